//! Signing people out of apps: one session, all of a person, many at once; and the app's own sign-out.

use database::WriteTx;
use domain::api_tokens::{Bulk, BulkResult};
use domain::mobile_sessions::MobileSessionRow;
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::{Permission, PersonId, Refusal, TokenId};
use serde_json::json;

use super::{MobileSessions, entry, sql, whole};
use crate::api_tokens::{BulkOrder, Denied, MOST_AT_ONCE};
use crate::audit::{Entry, Event, Who};
use crate::error::{Error, Result};
use crate::tokens::{self, Token};
use crate::{Backend, Caller, Client, people};

impl MobileSessions<'_> {
    /// Signs a session out: it opens nothing from the next request on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn end(&self, caller: &Caller, id: TokenId) -> Result<()> {
        caller.may(Permission::MobileSessionsManage)?;
        let mut tx = self.0.db.write().await?;
        let (token, row) = self.locked(&mut tx, caller, id).await?;
        self.revoke(&mut tx, &token, caller, ended(&row)).await?;
        self.0.commit(tx).await
    }

    /// Signs the person of a session out of every app; says how many sessions that ended.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn end_everywhere(&self, caller: &Caller, id: TokenId) -> Result<i64> {
        caller.may(Permission::MobileSessionsManage)?;
        let mut tx = self.0.db.write().await?;
        let row = sql::by_id(&mut tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        self.end_all_of(tx, caller, row.person_id).await
    }

    /// The same of a person, whether they are signed in in an app or not.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn end_everywhere_of(&self, caller: &Caller, person: PersonId) -> Result<i64> {
        caller.may(Permission::MobileSessionsManage)?;
        let mut tx = self.0.db.write().await?;
        let seen = people::names_within(&mut tx, &caller.scope, &[person]).await?;
        if seen.is_empty() {
            return Err(Refusal::NotFound.into());
        }
        self.end_all_of(tx, caller, person).await
    }

    async fn end_all_of(&self, mut tx: WriteTx, caller: &Caller, person: PersonId) -> Result<i64> {
        let mut ended_now = 0;
        for session in sql::alive_of_person(&mut tx, caller.organisation(), person).await? {
            if let Some(token) = self
                .lock(&mut tx, &whole(caller.organisation()), session.id)
                .await?
            {
                let facts = json!({ "name": session.name, "app": session.app });
                let entry = entry(Event::MobileEnded, session.id, session.person_id, facts);
                ended_now += i64::from(self.revoke(&mut tx, &token, caller, entry).await?);
            }
        }
        self.0.commit(tx).await?;
        Ok(ended_now)
    }

    /// Signs many sessions out, in one transaction, with what became of each. Somebody else's are answered like unknown
    /// ones.
    ///
    /// # Errors
    /// A sentence at `ids` or `reason`; [`Refusal::Conflict`] where it is all or none, and not all can be changed.
    pub async fn bulk(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        order: impl Into<BulkOrder> + Send,
    ) -> Result<Vec<(TokenId, BulkResult)>> {
        caller.may(Permission::MobileSessionsManage)?;
        let order = order.into().checked()?;
        if ids.is_empty() || ids.len() > MOST_AT_ONCE {
            return Err(Refusal::at("ids", "Name 1 to 1,000 sessions.").into());
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        // In one order, so that two calls for the same sessions do not wait for each other.
        let mut ordered: Vec<TokenId> = ids.to_vec();
        ordered.sort_unstable();
        ordered.dedup();
        let mut results = Vec::with_capacity(ordered.len());
        for id in ordered {
            let (token, row) = match self.locked(&mut tx, caller, id).await {
                Ok(found) => found,
                Err(Error::Refused(_)) => {
                    results.push((id, BulkResult::NotFound));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let result = match order.what {
                _ if token.bounds.revoked => BulkResult::AlreadyRevoked,
                Bulk::Revoke => {
                    self.revoke(&mut tx, &token, caller, order.noted(ended(&row)))
                        .await?;
                    BulkResult::Revoked
                }
                Bulk::Suspend => {
                    tokens::set_suspended(&mut tx, &token, Some(now)).await?;
                    let entry = entry(Event::TokenSuspended, id, row.person_id, json!(null));
                    self.0.record(&mut tx, caller, order.noted(entry)).await?;
                    BulkResult::Suspended
                }
                Bulk::Resume => {
                    let entry = entry(Event::TokenResumed, id, row.person_id, json!(null));
                    self.go_on(&mut tx, &token, caller, order.noted(entry)).await?;
                    BulkResult::Resumed
                }
            };
            results.push((id, result));
        }
        order.settled(&results)?;
        self.0.commit(tx).await?;
        Ok(results)
    }

    /// Lets a session go on that was paused.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for one that is over.
    pub async fn resume(&self, caller: &Caller, id: TokenId) -> Result<MobileSessionRow> {
        caller.may(Permission::MobileSessionsManage)?;
        let mut tx = self.0.db.write().await?;
        let (token, row) = self.locked(&mut tx, caller, id).await?;
        if token.bounds.revoked {
            return Err(Refusal::Conflict("This sign-in was ended, which is for good.".into()).into());
        }
        let entry = entry(Event::TokenResumed, id, row.person_id, json!(null));
        self.go_on(&mut tx, &token, caller, entry).await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    async fn go_on(&self, tx: &mut WriteTx, token: &Token, caller: &Caller, entry: Entry) -> Result<()> {
        if token.bounds.suspended {
            tokens::set_suspended(tx, token, None).await?;
            self.0.record(tx, caller, entry).await?;
        }
        Ok(())
    }

    /// Ends what a token belongs to, for anyone who has it (RFC 7009): the session of a refresh token, an access token alone,
    /// an API token. Of a token that is unknown nothing is said.
    ///
    /// # Errors
    /// A fault.
    pub async fn revoke_token(&self, secret: &str, client: &Client) -> Result<()> {
        if let Ok(secret) = PrefixedSecret::parse(Prefix::MOBILE, secret) {
            let Some(context) = self.by_access(&secret).await? else {
                return Ok(());
            };
            let mut tx = self.0.db.write().await?;
            sql::remove_access_token(&mut tx, self.access_digests(&secret)).await?;
            // Nothing is recorded, for the session goes on; what is kept in memory of this token must not.
            tx.changes(context.session.0);
            return self.0.commit_keeping_cache(tx).await;
        }
        let Ok(secret) = PrefixedSecret::parse(Prefix::MOBILE_REFRESH, secret) else {
            return self.revoke_api_token(secret, client).await;
        };
        let mut conn = self.0.db.read().await?;
        let Some(presenting) = self.presenting(&mut conn, &secret).await? else {
            return Ok(());
        };
        let Some(context) = self.context_of(&mut conn, presenting.session).await? else {
            return Ok(());
        };
        drop(conn);
        let mut tx = self.0.db.write().await?;
        let token = self
            .lock(&mut tx, &whole(context.organisation), context.session)
            .await?;
        if let Some(token) = token {
            let facts = json!({ "app": context.app.1 });
            let entry = entry(Event::MobileSignedOut, context.session, context.person, facts);
            self.revoke(&mut tx, &token, Self::person_behind(&context, client), entry)
                .await?;
        }
        self.0.commit(tx).await
    }
}

impl MobileSessions<'_> {
    async fn revoke_api_token(&self, secret: &str, client: &Client) -> Result<()> {
        let api_tokens = self.0.api_tokens();
        match api_tokens.check(secret, client).await {
            Ok(itself) => {
                let id = api_tokens.myself(&itself)?.id;
                api_tokens.revoke(&itself, id).await
            }
            Err(Denied::Fault(error)) => Err(error),
            Err(_) => Ok(()),
        }
    }
}

/// Ends some of the sessions that are alive, of every organisation, for the operator; says how many. None are left when
/// it is none.
pub(crate) async fn end_some(backend: &Backend, most: i64) -> Result<usize> {
    let sessions = backend.mobile_sessions();
    let mut tx = backend.db.write_slice().await?;
    let mut ended_now = 0;
    for (session, organisation) in sql::alive(&mut tx, most).await? {
        let Some(token) = sessions.lock(&mut tx, &whole(organisation), session).await? else {
            continue;
        };
        let row = sql::by_id(&mut tx, &whole(organisation), session).await?;
        if let Some(row) = row
            && sessions
                .revoke(&mut tx, &token, Who::operator(organisation), ended(&row))
                .await?
        {
            ended_now += 1;
        }
    }
    backend.commit(tx).await?;
    Ok(ended_now)
}

/// An admin signed somebody out.
pub(super) fn ended(row: &sql::Listed) -> Entry {
    let facts = json!({ "name": row.name, "app": row.app });
    entry(Event::MobileEnded, row.id, row.person_id, facts)
}
