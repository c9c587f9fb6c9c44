//! Many sessions at once: which ones a list finds, and what a change of them would hit.

use std::collections::HashSet;

use chrono::TimeDelta;
use domain::api_tokens::BulkPreview;
use domain::mobile_sessions::MobileQuery;
use domain::{Permission, Refusal, TokenId};

use super::{MobileSessions, sql};
use crate::Caller;
use crate::api_tokens::MOST_AT_ONCE;
use crate::error::Result;
use crate::keyset::MOST_BY_ID;
use crate::tokens::Filters;

impl MobileSessions<'_> {
    /// The ids of all sessions that a query finds, as many as are changed at once.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn ids(&self, caller: &Caller, query: &MobileQuery, filters: &Filters) -> Result<Vec<TokenId>> {
        caller.may(Permission::MobileSessionsRead)?;
        let mut ids = Vec::new();
        let mut query = MobileQuery {
            after: None,
            rows: Some(200),
            ..query.clone()
        };
        while ids.len() < MOST_AT_ONCE {
            let page = self.list_within(caller, &query, filters).await?;
            ids.extend(page.rows.iter().map(|row| row.id));
            if page.next.is_none() {
                break;
            }
            query.after = page.next;
        }
        ids.truncate(MOST_AT_ONCE);
        Ok(ids)
    }

    /// What a change of these sessions would hit: how many of them are in use, and how much.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; a sentence at `ids`.
    pub async fn preview(&self, caller: &Caller, ids: &[TokenId]) -> Result<BulkPreview> {
        caller.may(Permission::MobileSessionsManage)?;
        if ids.is_empty() {
            // A filter that finds nothing hits nothing.
            return Ok(BulkPreview::default());
        }
        if ids.len() > MOST_AT_ONCE {
            return Err(Refusal::at("ids", "Name 1 to 1,000 sessions.").into());
        }
        self.note_uses().await?;
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let mut rows = Vec::new();
        for some in ids.chunks(MOST_BY_ID) {
            rows.extend(sql::by_ids(&mut conn, &caller.scope, some).await?);
        }
        rows.retain(|row| row.revoked_at.is_none());
        let within = |time: TimeDelta| {
            let since = now - time;
            rows.iter().filter(move |row| row.last_active_at > since)
        };
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        let used_last_hour = within(hour).count();
        let spoken_of = if used_last_hour > 0 { hour } else { day };
        let addresses: HashSet<_> = within(spoken_of).map(|row| &row.last_address).collect();
        let people: HashSet<_> = rows.iter().map(|row| row.person_id).collect();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(BulkPreview {
            tokens: number(rows.len()),
            used_last_hour: number(used_last_hour),
            used_last_day: number(within(day).count()),
            addresses: number(addresses.len()),
            // An app is active from the moment at which somebody signs in.
            never_used: 0,
            people: number(people.len()),
        })
    }
}
