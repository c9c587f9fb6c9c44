//! Another last day for what was claimed: it is signed anew under the same id, as it is for a corrected name.

use chrono::{DateTime, Utc};
use domain::form;
use domain::{CredentialId, Permission, RecipientId, Refusal};
use serde_json::json;

use super::{Campaigns, issuing, sql};
use crate::Caller;
use crate::audit::{Event, Who};
use crate::error::Result;
use crate::times::Times;

impl Campaigns<'_> {
    /// Gives what a recipient claimed another last day, `2027-12-31` where the organisation is; blank: it is valid for ever.
    /// What had expired is valid again, and a day that is over ends it at once. The same day changes nothing.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `expires`, or a conflict: nothing was claimed, or it was revoked.
    pub async fn change_expiry(&self, caller: &Caller, id: RecipientId, expires: &str) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let day = form::date("Expires", expires).map_err(|sentence| Refusal::at("expires", sentence))?;
        let mut tx = self.0.db.write().await?;
        let recipient = self.locked(&mut tx, &caller.scope, id).await?;
        let credential = redatable(&recipient)?;
        let times = self.times(caller);
        let before = recipient.valid_until;
        let until = day.map(|day| times.edited_end(before, day));
        if until == before {
            return Ok(());
        }
        let stored = sql::credential(&mut tx, credential)
            .await?
            .ok_or(Refusal::NotFound)?;
        if until.is_some_and(|end| end <= stored.valid_from) {
            let since = times.when(stored.valid_from).date;
            let sentence =
                format!("It was signed on {since}, and cannot end before: write that day or a later one.");
            return Err(Refusal::at("expires", sentence).into());
        }
        issuing::issue_until(&mut tx, self.0, credential, until).await?;
        let facts = json!({
            "name": recipient.name, "credential": credential, "before": told(&times, before), "after": told(&times, until),
        });
        self.note(
            &mut tx,
            &Who::from(caller),
            Event::CredentialRedated,
            &recipient,
            facts,
        )
        .await?;
        self.0.commit(tx).await
    }
}

/// The credential of a recipient that another day does something to.
fn redatable(recipient: &sql::Recipient) -> Result<CredentialId> {
    let sentence = match recipient.credential_id {
        Some(credential) if recipient.revoked_at.is_none() => return Ok(credential),
        Some(_) => "The credential was revoked, for good: no other day makes it valid again.",
        None => {
            "Nothing was claimed yet, so nothing expires. What is claimed is valid for as long as the campaign says."
        }
    };
    Err(Refusal::Conflict(sentence.into()).into())
}

/// The last day, in words.
fn told(times: &Times, until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(end) => times.last_minute(end).date,
        None => "never".to_owned(),
    }
}
