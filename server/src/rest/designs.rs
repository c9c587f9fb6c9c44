//! `/campaigns/{id}/design`: how the certificates of a campaign look.
//!
//! Each change is a version. Its id is the strong tag of the answer, so that a program that sends `If-Match` overwrites
//! nobody's work.

mod drawing;
pub mod pictures;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::campaigns::design::{DesignVersion, DesignView, PreviewOf};
use domain::{CampaignId, DesignId, Permission, RecipientId, Refusal};
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use drawing::Drawing;

use super::door::{Input, Operation, Output};
use super::{Asked, Body, Id, Listed, Needs, Path, Problem, Program, Rest, get, post, put, row};
use crate::server::Server;

const READ: Needs = Needs::Permission(Permission::CampaignsRead);
const MANAGE: Needs = Needs::Permission(Permission::CampaignsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/campaigns/{id}/design",
        READ,
        "The design of a campaign. Its version is the tag of the answer.",
        || get(show),
    ),
    row(
        Method::PUT,
        "/api/v1/campaigns/{id}/design",
        MANAGE,
        "Save a design as the next version. With `If-Match` nothing is saved if another version counts by now.",
        || put(save),
    ),
    row(
        Method::GET,
        "/api/v1/campaigns/{id}/design/versions",
        READ,
        "The versions of a design, newest first.",
        || get(versions),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/design/preview",
        READ,
        "Draw a design that is not saved, as PNG, with one of some recipients.",
        || post(preview),
    ),
    row(
        Method::POST,
        pictures::PATH,
        MANAGE,
        "Add a picture for designs, cleaned of all that could do harm. It is kept for a day, and as long as a version uses it.",
        || post(pictures::add),
    ),
];

/// The design of a campaign.
#[derive(Debug, Serialize, JsonSchema)]
struct Designed {
    /// Which version it is.
    version: Version,
    /// How it looks.
    design: Drawing,
    /// The columns that recipients came with: placeholders beside those that every design knows.
    columns: Vec<String>,
}

/// A version of a design.
#[derive(Debug, Serialize, JsonSchema)]
struct Version {
    /// Its id, which is the tag of the design.
    id: Uuid,
    /// Counted from 1.
    number: i64,
    /// When it was saved.
    saved_at: DateTime<Utc>,
    /// Who saved it; empty where it was not recorded.
    saved_by: String,
    /// Whether it is the one that counts.
    is_current: bool,
}

/// A design to be looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToSee {
    /// The design.
    design: Drawing,
    /// Whose certificate is drawn.
    #[serde(default)]
    recipient: Sample,
}

/// Whose certificate is drawn.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sample {
    /// Somebody with an ordinary name.
    #[default]
    Ordinary,
    /// Somebody with as long a name as one may have.
    Longest,
    /// Somebody whose name mixes scripts and directions.
    Strangest,
    /// A recipient of the campaign, by their id.
    Id(Uuid),
}

/// What a list of versions takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "DesignEverything")]
struct Everything {}

async fn show(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Tagged, Problem> {
    let view = backend.campaigns().design(&caller, CampaignId(id)).await?;
    Ok(Tagged(view))
}

async fn save(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    based_on: IfMatch,
    Body(design): Body<Drawing>,
) -> Result<Tagged, Problem> {
    let saved = backend
        .campaigns()
        .save_design(&caller, CampaignId(id), based_on.0, &design.into())
        .await;
    match saved {
        Ok(view) => Ok(Tagged(view)),
        Err(backend::Error::Refused(Refusal::Conflict(sentence))) => Err(changed(sentence)),
        Err(error) => Err(error.into()),
    }
}

async fn versions(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    asked: Asked<Everything>,
) -> Result<Listed<Version>, Problem> {
    let page = backend
        .campaigns()
        .design_versions(&caller, CampaignId(id), asked.after.as_ref(), Some(asked.rows))
        .await?;
    Ok(asked.listed(page))
}

async fn preview(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(to_see): Body<ToSee>,
) -> Result<Png, Problem> {
    let of = to_see.recipient.into();
    let picture = backend
        .campaigns()
        .preview_design(&caller, CampaignId(id), &to_see.design.into(), of)
        .await
        .map_err(|error| Problem::from(error).within("design"))?;
    Ok(Png(picture))
}

fn changed(sentence: String) -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", sentence)
}

/// The version that a change was made from, by its tag in `If-Match`; nothing for a change that takes whatever counts.
/// That the tag is right was seen before; here it is compared once more in the transaction that saves.
struct IfMatch(Option<DesignId>);

impl FromRequestParts<Server> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        let text = parts.headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
        let tag = text.map(|text| text.trim().trim_matches('"'));
        Ok(Self(tag.and_then(|tag| tag.parse().ok())))
    }
}

impl Input for IfMatch {
    // Every change of something that is shown takes the header.
    fn describe(_: &mut Operation<'_>) {}
}

/// A design with its version as its tag.
struct Tagged(DesignView);

impl IntoResponse for Tagged {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.0.version.id));
        let mut response = Json(Designed::from(self.0)).into_response();
        if let Ok(tag) = tag {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

impl Output for Tagged {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.gives.subschema_for::<Designed>().to_value();
        operation.answers(200, "As it is now; `ETag` is its version.", Some(schema));
    }
}

/// A picture.
struct Png(Vec<u8>);

impl IntoResponse for Png {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "image/png")], self.0).into_response()
    }
}

impl Output for Png {
    fn describe(operation: &mut Operation<'_>) {
        let answer = json!({
            "description": "The picture.",
            "content": { "image/png": { "schema": { "type": "string", "format": "binary" } } },
        });
        operation.responses.insert("200".into(), answer);
    }
}

impl From<Sample> for PreviewOf {
    fn from(sample: Sample) -> Self {
        match sample {
            Sample::Ordinary => Self::Ordinary,
            Sample::Longest => Self::Longest,
            Sample::Strangest => Self::Strangest,
            Sample::Id(id) => Self::Recipient(RecipientId(id)),
        }
    }
}

impl From<DesignView> for Designed {
    fn from(view: DesignView) -> Self {
        Self {
            version: view.version.into(),
            design: view.design.into(),
            columns: view.columns,
        }
    }
}

impl From<DesignVersion> for Version {
    fn from(version: DesignVersion) -> Self {
        Self {
            id: version.id.0,
            number: version.number,
            saved_at: version.saved.at,
            saved_by: version.author,
            is_current: version.is_current,
        }
    }
}
