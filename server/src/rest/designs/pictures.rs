//! `/campaigns/{id}/design/pictures`: logos, signatures, backgrounds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::campaigns::design::DesignPicture;
use domain::{CampaignId, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rest::{Body, Id, One, Path, Problem, Program};

/// Where pictures are sent, which are larger than other things.
pub const PATH: &str = "/api/v1/campaigns/{id}/design/pictures";

/// A picture to be used in a design.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPicture")]
pub(super) struct New {
    /// What the file is called.
    #[serde(default)]
    file_name: String,
    /// The file in Base64: SVG, PNG, JPEG, or a PDF, whose first page is taken.
    file: String,
}

/// A picture that designs of the campaign may use.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PictureAdded")]
pub(super) struct Added {
    /// Its id: the `picture_id` of a background or a layer.
    id: Uuid,
    /// What its file was called.
    file_name: String,
    /// Its width, in pixels or units of its own.
    width: i64,
    /// Its height.
    height: i64,
}

pub(super) async fn add(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(new): Body<New>,
) -> Result<One<Added>, Problem> {
    let (campaigns, id) = (backend.campaigns(), CampaignId(id));
    campaigns.may_add_picture(&caller, id).await?;
    let file = BASE64_STANDARD.decode(new.file.trim()).map_err(|_| {
        let mut problems = Problems::default();
        problems.add("file", "Send the file in Base64, without line breaks.");
        problems
    })?;
    let name = match new.file_name.trim() {
        "" => "picture",
        name => name,
    };
    let added = campaigns.add_picture(&caller, id, name, file).await?;
    Ok(One(added.into()))
}

impl From<DesignPicture> for Added {
    fn from(picture: DesignPicture) -> Self {
        Self {
            id: picture.id.0,
            file_name: picture.name,
            width: picture.width,
            height: picture.height,
        }
    }
}
