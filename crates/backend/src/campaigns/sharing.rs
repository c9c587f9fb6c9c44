//! That a credential was shared from its public page.

use domain::CredentialId;
use domain::campaigns::claims::PublicCredential;
use domain::tokens::Family;
use serde_json::json;

use super::{Campaigns, sql};
use crate::audit::{Entry, Event, Who};
use crate::error::Result;

impl Campaigns<'_> {
    /// Notes that a valid credential was shared, and says what its public page shows; `None` for what was deleted and for
    /// what never was. Neither who did it is noted nor how often: a press that is sent twice counts once, and whoever
    /// presses all day long writes nothing.
    ///
    /// # Errors
    /// A fault.
    pub async fn share(&self, id: CredentialId) -> Result<Option<PublicCredential>> {
        let Some(credential) = self.public(id).await? else {
            return Ok(None);
        };
        let sharer = sql::sharer(&mut self.0.db.read().await?, id).await?;
        let Some(sharer) = sharer.filter(|sharer| credential.is_good() && sharer.shared_at.is_none()) else {
            return Ok(Some(credential));
        };
        let mut tx = self.0.db.write().await?;
        if sql::set_shared(&mut tx, sharer.id, self.0.clock.now()).await? {
            let facts = json!({
                "campaign": sharer.campaign_id, "recipient": sharer.id, "title": sharer.title, "credential": id,
            });
            let entry = Entry::token(Event::CredentialShared, Family::Claim, sharer.token_id, facts);
            self.0
                .record(&mut tx, Who::program(sharer.organisation_id), entry)
                .await?;
        }
        self.0.commit(tx).await?;
        Ok(Some(credential))
    }
}
