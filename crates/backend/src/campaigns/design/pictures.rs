//! Pictures for designs: logos, signatures, backgrounds.

use chrono::TimeDelta;
use credentials::rendering::Artwork;
use domain::campaigns::design::{DesignPicture, MOST_PICTURE_BYTES, MOST_PICTURES, PICTURE_TOO_LARGE};
use domain::{CampaignId, DesignPictureId, Permission, Refusal};
use serde_json::json;

use super::super::{Campaigns, edit, sql};
use super::entry;
use crate::Caller;
use crate::audit::Event;
use crate::error::Result;

/// How long a picture waits to be used by a version.
const WAITS: TimeDelta = TimeDelta::days(1);
/// The longest name of a file that is kept.
const NAME: usize = 120;

impl Campaigns<'_> {
    /// Whether a caller may add pictures to a campaign: asked before a file is read.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn may_add_picture(&self, caller: &Caller, id: CampaignId) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let mut conn = self.0.db.read().await?;
        sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(())
    }

    /// Takes an SVG, PNG or JPEG file, or the first page of a PDF, cleaned. It is kept as long as a version uses it.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `file`.
    pub async fn add_picture(
        &self,
        caller: &Caller,
        id: CampaignId,
        name: &str,
        file: Vec<u8>,
    ) -> Result<DesignPicture> {
        self.may_add_picture(caller, id).await?;
        if file.len() > MOST_PICTURE_BYTES {
            return Err(Refusal::at("file", PICTURE_TOO_LARGE).into());
        }
        let page = self.0.page_of(caller, &file).await?;
        let cleaning = move || {
            Ok(match page {
                Some(drawn) => Artwork::of_page(&drawn),
                None => Artwork::clean(&file),
            })
        };
        let artwork = self
            .0
            .drawing
            .draw(caller, cleaning)
            .await?
            .map_err(|error| Refusal::at("file", error.to_string()))?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let campaign = edit::locked(&mut tx, caller, id).await?;
        sql::remove_unused_pictures(&mut tx, id, now - WAITS).await?;
        if sql::count_pictures(&mut tx, id).await? >= MOST_PICTURES {
            let sentence = format!(
                "The versions of this design use {MOST_PICTURES} pictures already. Use one of them, or make another campaign."
            );
            return Err(Refusal::at("file", sentence).into());
        }
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
        let seen = DesignPicture {
            id: DesignPictureId(self.0.random.id(now)),
            name,
            width: artwork.width.into(),
            height: artwork.height.into(),
        };
        let stored = sql::StoredPicture {
            id: seen.id,
            media: artwork.media.key().into(),
            width: seen.width,
            height: seen.height,
            content: artwork.content,
        };
        sql::insert_picture(&mut tx, caller.organisation(), id, &seen.name, stored, now).await?;
        let facts = json!({"campaign": id, "title": campaign.title, "name": seen.name});
        self.0
            .record(&mut tx, caller, entry(Event::DesignPictureAdded, facts))
            .await?;
        self.0.commit(tx).await?;
        Ok(seen)
    }

    /// A picture of a campaign, as it was cleaned: its media type and its bytes.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn picture(
        &self,
        caller: &Caller,
        campaign: CampaignId,
        id: DesignPictureId,
    ) -> Result<(String, Vec<u8>)> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        sql::by_id(&mut conn, &caller.scope, campaign)
            .await?
            .ok_or(Refusal::NotFound)?;
        let found = sql::pictures(&mut conn, campaign, &[id]).await?.pop();
        let picture = found.ok_or(Refusal::NotFound)?;
        Ok((picture.media, picture.content))
    }
}
