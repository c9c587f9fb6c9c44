//! Whether a token opens something: pausing, revoking and deleting it, and what can be taken back of that.
//!
//! Each is there for one token at once, and inside somebody's transaction for work on many ([`super::bulk`]). The latter
//! say whether there was something to change.

use database::WriteTx;
use domain::access_tokens::TokenRow;
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{AccessTokens, RESTORABLE, not_deleted, sql};
use crate::audit::{Entry, Event, Who};
use crate::caller::Caller;
use crate::error::Result;
use crate::tokens::{self, Token};
use crate::{Scope, mail};

impl AccessTokens<'_> {
    /// Pauses a token: until it is resumed it opens nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn suspend(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        self.set_suspended(caller, id, true).await
    }

    /// Takes a pause back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn resume(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        self.set_suspended(caller, id, false).await
    }

    async fn set_suspended(&self, caller: &Caller, id: TokenId, suspended: bool) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        self.set_suspended_in(&mut tx, &caller.into(), &caller.scope, id, suspended)
            .await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    pub(super) async fn set_suspended_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        id: TokenId,
        suspended: bool,
    ) -> Result<bool> {
        let token = self.shown(tx, scope, id).await?;
        not_deleted(&token)?;
        if token.bounds.suspended == suspended {
            return Ok(false);
        }
        tokens::set_suspended(tx, &token, suspended.then(|| self.0.clock.now())).await?;
        let event = match suspended {
            true => Event::TokenSuspended,
            false => Event::TokenResumed,
        };
        let entry = Entry::token(event, Family::Access, id, json!(null));
        self.0.record(tx, who.clone(), entry).await?;
        Ok(true)
    }

    /// Ends a token for good: it opens nothing from the next request on, and strangers are told nothing about
    /// it. What was used stays with whoever used it. Mails with its links that still wait are withdrawn.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn revoke(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        self.revoke_in(&mut tx, &caller.into(), &caller.scope, id).await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    pub(super) async fn revoke_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        id: TokenId,
    ) -> Result<bool> {
        let token = self.shown(tx, scope, id).await?;
        not_deleted(&token)?;
        if token.bounds.revoked {
            return Ok(false);
        }
        tokens::revoke(tx, &token, self.0.clock.now()).await?;
        let facts = json!({ "withdrawn_mails": self.withdraw_mails(tx, &token).await? });
        let entry = Entry::token(Event::TokenRevoked, Family::Access, id, facts);
        self.0.record(tx, who.clone(), entry).await?;
        Ok(true)
    }

    /// Deletes a token. It opens nothing any more and can be restored for 30 days. Mails with its links that
    /// still wait are withdrawn.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        self.delete_in(&mut tx, &caller.into(), &caller.scope, id).await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    pub(super) async fn delete_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        id: TokenId,
    ) -> Result<bool> {
        let token = self.shown(tx, scope, id).await?;
        if token.deleted_at.is_some() {
            return Ok(false);
        }
        tokens::set_deleted(tx, &token, Some(self.0.clock.now())).await?;
        let withdrawn = self.withdraw_mails(tx, &token).await?;
        let facts = json!({ "name": token.name, "withdrawn_mails": withdrawn });
        let entry = Entry::token(Event::TokenDeleted, Family::Access, id, facts);
        self.0.record(tx, who.clone(), entry).await?;
        Ok(true)
    }

    /// Takes a deletion back: links that were sent before open again. Mails that the deletion withdrew stay
    /// withdrawn, since weeks may have passed and nobody expects mail to go out by restoring something. Their
    /// codes keep the address, say that its mail was not sent, and *Send a new link* sends one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] after 30 days.
    pub async fn restore(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        self.restore_in(&mut tx, &caller.into(), &caller.scope, id)
            .await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    pub(super) async fn restore_in(
        &self,
        tx: &mut WriteTx,
        who: &Who,
        scope: &Scope,
        id: TokenId,
    ) -> Result<bool> {
        let token = self.shown(tx, scope, id).await?;
        let Some(deleted_at) = token.deleted_at else {
            return Ok(false);
        };
        if deleted_at + RESTORABLE <= self.0.clock.now() {
            return Err(Refusal::Conflict("It was deleted more than 30 days ago.".into()).into());
        }
        tokens::set_deleted(tx, &token, None).await?;
        let entry = Entry::token(
            Event::TokenRestored,
            Family::Access,
            id,
            json!({ "name": token.name }),
        );
        self.0.record(tx, who.clone(), entry).await?;
        Ok(true)
    }

    /// Withdraws the mails that still wait with links of a token, and says how many they were.
    async fn withdraw_mails(&self, tx: &mut WriteTx, token: &Token) -> Result<usize> {
        let waiting = mail::waiting_with_link(tx, token.organisation).await?;
        let of_token = sql::codes_among(tx, token.id, waiting.keys()).await?;
        for code in &of_token {
            for mail in waiting.get(code).into_iter().flatten() {
                self.0.cancel_mail(tx, *mail).await?;
            }
        }
        Ok(of_token.len())
    }
}
