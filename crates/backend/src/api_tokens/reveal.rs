//! Seeing a token's secret again.

use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::ApiTokens;
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::tokens;

impl ApiTokens<'_> {
    /// The secret of a token, for a person who types their password again. Each time is recorded.
    ///
    /// # Errors
    /// A sentence at `password`; [`Refusal::Conflict`] for one that was shown once.
    pub async fn reveal(&self, caller: &Caller, id: TokenId, password: &str) -> Result<String> {
        caller.may(Permission::ApiTokensManage)?;
        let signed_in = caller.signed_in()?;
        // Somebody else's is not there, whatever password is typed.
        self.loaded(&mut self.0.db.read().await?, caller, id).await?;
        self.0
            .people()
            .confirm_password(caller, signed_in.person, password)
            .await?;
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if !token.is_sealed {
            let sentence = "This token was shown once, when it was made. Rotate it to get a new string.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let secret = tokens::reveal(&mut tx, self.0, id).await?;
        let facts = json!({ "hint": secret.hint().to_string() });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::ApiTokenRevealed, Family::Api, id, facts),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(secret.reveal().to_owned())
    }
}
