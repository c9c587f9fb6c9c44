//! The keys that an organisation signs with: the newest one signs, older ones stay in its document, so that what they signed
//! goes on validating.

use credentials::did::Did;
use credentials::keys::PublicKeys;
use database::Conn;
use domain::campaigns::issuer::IssuerKey;
use domain::{Permission, Refusal};
use serde_json::json;

use super::super::{Campaigns, sql};
use super::make;
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::{Fault, Result};

/// The most keys of an issuer: its document holds them all.
const MOST: i64 = 50;

impl Campaigns<'_> {
    /// The keys of the organisation, the newest first; none, before it issued anything.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn issuer_keys(&self, caller: &Caller) -> Result<Vec<IssuerKey>> {
        caller.may(Permission::CampaignsRead)?;
        self.keys_of(&mut self.0.db.read().await?, caller).await
    }

    /// Makes another key, with which everything is signed from now on.
    ///
    /// # Errors
    /// Forbidden, or a conflict: the issuer is named by its key, or has too many.
    pub async fn rotate_issuer_keys(&self, caller: &Caller) -> Result<Vec<IssuerKey>> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let organisation = caller.organisation();
        if Did::web(&self.0.settings.public_url, "").is_none() {
            let sentence = "Without a public https address an issuer is named by its key (did:key), which cannot be replaced.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let mut tx = self.0.db.write().await?;
        crate::organisations::lock(&mut tx, organisation).await?;
        let number = sql::newest_key(&mut tx, organisation)
            .await?
            .map_or(1, |newest| newest.number + 1);
        if number > MOST {
            let sentence = format!("An issuer has at most {MOST} keys: each verifier reads them all.");
            return Err(Refusal::Conflict(sentence).into());
        }
        make(&mut tx, self.0, organisation, number).await?;
        let entry = Entry {
            facts: json!({"number": number}),
            ..Entry::new(Event::IssuerKeyMade)
        };
        self.0.record(&mut tx, caller, entry).await?;
        let keys = self.keys_of(&mut tx, caller).await?;
        self.0.commit(tx).await?;
        Ok(keys)
    }

    async fn keys_of(&self, conn: &mut Conn, caller: &Caller) -> Result<Vec<IssuerKey>> {
        let times = self.times(caller);
        let rows = sql::keys_of(conn, caller.organisation()).await?;
        let keys = rows
            .into_iter()
            .enumerate()
            .map(|(at, row)| -> Result<IssuerKey> {
                let public: PublicKeys = serde_json::from_str(&row.public).map_err(Fault::new)?;
                Ok(IssuerKey {
                    number: row.number,
                    public: public.multibase,
                    made: times.when(row.created_at),
                    signs: at == 0,
                })
            });
        keys.collect()
    }
}
