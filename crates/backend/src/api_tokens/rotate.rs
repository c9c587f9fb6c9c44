//! Rotation: a new secret, while the old one opens for a while longer.

use domain::api_tokens::{IssuedApiToken, RotateForm};
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{ApiTokens, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::tokens;
use crate::{Caller, Who};

impl ApiTokens<'_> {
    /// Gives a token a new secret. A token may rotate itself. The grace of the old one never outlives the token; its use
    /// afterwards raises an alarm.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for one that is over.
    pub async fn rotate(&self, caller: &Caller, id: TokenId, form: &RotateForm) -> Result<IssuedApiToken> {
        self.may_change(caller, id)?;
        let grace = form.parse()?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if !token.bounds.state(now).is_active() {
            return Err(Refusal::Conflict("This token is over. Make a new one instead.".into()).into());
        }
        let opens_until = token
            .bounds
            .expires_at
            .map_or(now + grace, |end| end.min(now + grace));
        sql::keep_replaced(&mut tx, id, now, opens_until, form.until_first_use).await?;
        let secret = tokens::renew(&mut tx, self.0, &token).await?;
        let until = self.0.times(caller).when(opens_until).minute;
        let facts = json!({ "hint": secret.hint().to_string(), "until": until });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::ApiTokenRotated, Family::Api, id, facts),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(IssuedApiToken {
            id,
            secret: secret.reveal().to_owned(),
            expires_at: token.bounds.expires_at,
            shown_once: !token.is_sealed,
        })
    }

    /// Whether somebody may change a token: who manages them, or the token itself.
    pub(super) fn may_change(&self, caller: &Caller, id: TokenId) -> Result<(), Refusal> {
        match &caller.who {
            Who::ApiToken(token) if token.token() == id => Ok(()),
            _ => caller.may(Permission::ApiTokensManage),
        }
    }
}
