//! Many tokens at once: ended, paused or resumed, and what that would hit.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::api_tokens::{Bulk, BulkPreview, BulkResult};
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{ApiTokens, BulkOrder, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::tokens;

/// Tokens in one call at most.
pub const MOST_AT_ONCE: usize = 1_000;

impl ApiTokens<'_> {
    /// Ends, pauses or resumes many, in one transaction, with what became of each. Somebody else's are answered like unknown ones.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; a sentence at `ids` or `reason`; [`Refusal::Conflict`] where it is all or none, and not all can
    /// be changed.
    pub async fn bulk(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        order: impl Into<BulkOrder> + Send,
    ) -> Result<Vec<(TokenId, BulkResult)>> {
        caller.may(Permission::ApiTokensManage)?;
        not_too_many(ids)?;
        let order = order.into().checked()?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let mut results = Vec::with_capacity(ids.len());
        // In one order, so that two calls for the same tokens do not wait for each other.
        let mut ordered: Vec<TokenId> = ids.to_vec();
        ordered.sort_unstable();
        ordered.dedup();
        for id in ordered {
            let token = match self.locked(&mut tx, caller, id).await {
                Ok(token) => token,
                Err(crate::Error::Refused(_)) => {
                    results.push((id, BulkResult::NotFound));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let (event, result) = match order.what {
                _ if token.bounds.revoked => {
                    results.push((id, BulkResult::AlreadyRevoked));
                    continue;
                }
                Bulk::Revoke => {
                    tokens::revoke(&mut tx, &token, now).await?;
                    (Event::TokenRevoked, BulkResult::Revoked)
                }
                Bulk::Suspend => {
                    tokens::set_suspended(&mut tx, &token, Some(now)).await?;
                    (Event::TokenSuspended, BulkResult::Suspended)
                }
                Bulk::Resume => {
                    tokens::set_suspended(&mut tx, &token, None).await?;
                    (Event::TokenResumed, BulkResult::Resumed)
                }
            };
            let entry = order.noted(Entry::token(event, Family::Api, id, json!(null)));
            self.0.record(&mut tx, caller, entry).await?;
            results.push((id, result));
        }
        order.settled(&results)?;
        self.0.commit(tx).await?;
        Ok(results)
    }

    /// What a change of these tokens would hit: how many of them are in use, and how much.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; a sentence at `ids`.
    pub async fn preview(&self, caller: &Caller, ids: &[TokenId]) -> Result<BulkPreview> {
        caller.may(Permission::ApiTokensManage)?;
        if ids.is_empty() {
            // A filter that finds nothing hits nothing.
            return Ok(BulkPreview::default());
        }
        not_too_many(ids)?;
        self.note_uses().await?;
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let rows = sql::by_ids(&mut conn, &caller.scope, ids).await?;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.revoked_at.is_none()).collect();
        let within = |time: TimeDelta| {
            let since = now - time;
            rows.iter()
                .filter(move |row| row.last_used_at.is_some_and(|at| at > since))
        };
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        let used_last_hour = within(hour).count();
        let spoken_of = if used_last_hour > 0 { hour } else { day };
        let addresses: HashSet<_> = within(spoken_of).map(|row| &row.last_address).collect();
        let people: HashSet<_> = rows.iter().map(|row| row.person_id).collect();
        let never_used = rows.iter().filter(|row| row.last_used_at.is_none());
        Ok(BulkPreview {
            tokens: number(rows.len()),
            used_last_hour: number(used_last_hour),
            used_last_day: number(within(day).count()),
            addresses: number(addresses.len()),
            never_used: number(never_used.count()),
            people: number(people.len()),
        })
    }
}

fn not_too_many(ids: &[TokenId]) -> Result<(), Refusal> {
    match ids.len() {
        1..=MOST_AT_ONCE => Ok(()),
        _ => Err(Refusal::at("ids", "Name 1 to 1,000 tokens.")),
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
