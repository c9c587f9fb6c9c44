//! The list of what was issued, newest first. What everybody may see of a credential is in [`super::public`].

use domain::campaigns::{CampaignKind, CredentialQuery, CredentialRow, CredentialState};
use domain::{CredentialId, Page, Permission, Refusal};

use super::{Campaigns, sql};
use crate::Caller;
use crate::error::{Result, corrupt};
use crate::keyset::{self, Key};
use crate::times::Times;

impl Campaigns<'_> {
    /// What was issued, newest first, without what was deleted.
    ///
    /// # Errors
    /// Forbidden, or malformed: a cursor that is none.
    pub async fn credentials(&self, caller: &Caller, query: &CredentialQuery) -> Result<Page<CredentialRow>> {
        caller.may(Permission::CampaignsRead)?;
        let start = sql::NEWEST_FIRST.start(query.after.as_ref())?;
        let most = keyset::rows(query.rows);
        let mut conn = self.0.db.read().await?;
        let found = sql::credentials(&mut conn, &caller.scope, query.campaign, &start, most + 1).await?;
        let found = keyset::page_of(found, most, &start, |row| (Key::None, row.id.0));
        let times = self.times(caller);
        let rows = found.rows.into_iter().map(|row| self.listed(&times, row));
        Ok(Page {
            rows: rows.collect::<Result<_>>()?,
            next: found.next,
            prev: found.prev,
        })
    }

    /// One credential.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn credential(&self, caller: &Caller, id: CredentialId) -> Result<CredentialRow> {
        caller.may(Permission::CampaignsRead)?;
        let mut conn = self.0.db.read().await?;
        let row = sql::listed_credential(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        self.listed(&self.times(caller), row)
    }

    fn listed(&self, times: &Times, row: sql::Listed) -> Result<CredentialRow> {
        let state = if row.revoked_at.is_some() {
            CredentialState::Revoked
        } else if row.valid_until.is_some_and(|end| end <= times.now) {
            CredentialState::Expired
        } else {
            CredentialState::Valid
        };
        Ok(CredentialRow {
            id: row.id,
            campaign: row.campaign_id,
            recipient: row.recipient_id,
            kind: CampaignKind::from_key(&row.kind)
                .ok_or_else(|| corrupt("campaigns", "kind", row.campaign_id))?,
            title: row.title,
            name: row.recipient,
            state,
            address: format!("{}/c/{}", self.0.settings.public_url, row.id),
            awarded: times.when(row.awarded_at),
            signed: times.when(row.valid_from),
            until: row.valid_until.map(|end| times.when(end)),
            revoked: row
                .revoked_at
                .map(|at| (times.when(at), row.reason.unwrap_or_default())),
        })
    }
}
