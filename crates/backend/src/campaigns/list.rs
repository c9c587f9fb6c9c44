//! The list of campaigns, newest first.

use std::collections::HashMap;

use domain::campaigns::CampaignRow;
use domain::{CampaignId, Cursor, Page, Permission};

use super::{Campaigns, sql};
use crate::Caller;
use crate::error::Result;
use crate::keyset::{self, Place};
use crate::times::Times;

impl Campaigns<'_> {
    /// The campaigns, newest first.
    ///
    /// # Errors
    /// Forbidden, or not found: a cursor that is none.
    pub async fn list(
        &self,
        caller: &Caller,
        after: Option<&Cursor>,
        rows: Option<u16>,
    ) -> Result<Page<CampaignRow>> {
        caller.may(Permission::CampaignsRead)?;
        let most = keyset::rows(rows);
        let before = after.map(|cursor| Place::after(Some(cursor))).transpose()?;
        let mut conn = self.0.db.read().await?;
        let found = sql::list(&mut conn, &caller.scope, before.map(|place| place.id), most + 1).await?;
        let found = keyset::page_of(found, most, |row| Place {
            key: Vec::new(),
            id: row.id.0,
        });
        let ids: Vec<CampaignId> = found.rows.iter().map(|row| row.id).collect();
        let counts = sql::counts(&mut conn, &ids).await?;
        let times = self.times(caller);
        let rows = found.rows.iter().map(|campaign| row(&times, campaign, &counts));
        Ok(Page {
            rows: rows.collect::<Result<_>>()?,
            next: found.next,
        })
    }

    pub(super) fn times(&self, caller: &Caller) -> Times {
        Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        }
    }
}

pub(super) fn row(
    times: &Times,
    campaign: &sql::Campaign,
    counts: &HashMap<CampaignId, sql::Counts>,
) -> Result<CampaignRow> {
    let counts = counts.get(&campaign.id).copied().unwrap_or_default();
    Ok(CampaignRow {
        id: campaign.id,
        kind: campaign.kind()?,
        state: campaign.state()?,
        title: campaign.title.clone(),
        recipients: counts.recipients,
        claimed: counts.claimed,
        created: times.when(campaign.created_at),
    })
}
