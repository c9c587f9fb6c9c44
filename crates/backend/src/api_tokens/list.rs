//! The list of API tokens, and a token's page.

use chrono::TimeDelta;
use domain::api_tokens::{ApiTokenList, ApiTokenQuery, ApiTokenRow, ApiTokenView};
use domain::tokens::Bounds;
use domain::{Page, Permission, Permissions, Refusal, TokenId};

use super::context::Context;
use super::{ApiTokens, sql};
use crate::error::{Result, corrupt};
use crate::keyset::{self, Place};
use crate::times::Times;
use crate::{Caller, Who, audit, words};

/// Days of use that a token's page shows.
const DAYS_SHOWN: i64 = 90;

impl ApiTokens<'_> {
    /// A page of the list, the newest first.
    ///
    /// # Errors
    /// Forbidden; not found for a cursor that is none.
    pub async fn list(&self, caller: &Caller, query: &ApiTokenQuery) -> Result<Page<ApiTokenRow>> {
        caller.may(Permission::ApiTokensRead)?;
        let times = self.0.times(caller);
        let place = Place::after(query.after.as_ref())?;
        let rows = keyset::rows(query.rows);
        let wanted = sql::Wanted {
            ended: query.list == ApiTokenList::Ended,
            person: query.person,
            user_type: query.user_type,
            department: query.department,
            expires_before: query
                .expires_within
                .map(|days| times.now + TimeDelta::days(days.clamp(0, 3650))),
            never_used: query.never_used,
            word: words::words(&query.search).into_iter().next(),
            address: query.search.trim().to_lowercase(),
            before: query.after.as_ref().map(|_| TokenId(place.id)),
            rows: rows + 1,
        };
        let mut conn = self.0.db.read().await?;
        let found = sql::list(&mut conn, &caller.scope, &wanted).await?;
        let page = keyset::page_of(found, rows, |row| Place {
            key: Vec::new(),
            id: row.id.0,
        });
        Ok(Page {
            rows: page
                .rows
                .into_iter()
                .map(|row| shown(row, &times))
                .collect::<Result<_>>()?,
            next: page.next,
        })
    }

    /// A row of the list.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn row(&self, caller: &Caller, id: TokenId) -> Result<ApiTokenRow> {
        self.may_see(caller, id)?;
        let mut conn = self.0.db.read().await?;
        let row = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        shown(row, &self.0.times(caller))
    }

    /// A token's page.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn view(&self, caller: &Caller, id: TokenId) -> Result<ApiTokenView> {
        self.may_see(caller, id)?;
        self.note_uses().await?;
        let times = self.0.times(caller);
        let mut conn = self.0.db.read().await?;
        let row = sql::by_id(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let token = self.loaded(&mut conn, caller, id).await?;
        let organisation = caller.organisation();
        let details = sql::details(&mut conn, organisation, id)
            .await?
            .ok_or_else(|| corrupt("api_tokens", "token_id", id))?;
        let policy = sql::policy(&mut conn, organisation).await?;
        let before = sql::last_replaced(&mut conn, id).await?;
        let grace = before
            .as_ref()
            .map(|before| before.opens_until)
            .filter(|until| *until > times.now);
        let context = Context::new(&token, &details, policy, None, before)?;
        let since = times.now.timestamp().div_euclid(86_400) - DAYS_SHOWN + 1;
        Ok(ApiTokenView {
            tenant: organisation,
            narrowed: details.permissions.clone().map(Permissions::from),
            permissions: context.permissions,
            used_permissions: context.used_permissions,
            networks: details.networks.clone(),
            last_agent: details.last_agent.clone(),
            can_be_shown: token.is_sealed && !token.bounds.revoked,
            grace: grace.map(|until| times.when(until)),
            held_back: context.held_back(),
            history: audit::history_of_token(&mut conn, organisation, id, &times).await?,
            days: sql::days(&mut conn, id, since)
                .await?
                .into_iter()
                .map(|(day, uses)| (day - since, uses))
                .collect(),
            address: self.0.settings.public_url.clone(),
            description: details.description,
            row: shown(row, &times)?,
        })
    }

    /// Whether somebody may see a token: who sees them all, or the token itself.
    fn may_see(&self, caller: &Caller, id: TokenId) -> Result<(), Refusal> {
        match &caller.who {
            Who::ApiToken(token) if token.token() == id => Ok(()),
            _ => caller.may(Permission::ApiTokensRead),
        }
    }
}

fn shown(row: sql::Listed, times: &Times) -> Result<ApiTokenRow> {
    let bounds = Bounds {
        expires_at: row.expires_at,
        suspended: row.suspended_at.is_some(),
        revoked: row.revoked_at.is_some(),
        ..Bounds::default()
    };
    let hint = row
        .hint_head
        .zip(row.hint_tail)
        .map(|(head, tail)| domain::code::Hint { head, tail });
    Ok(ApiTokenRow {
        state: bounds.state(times.now),
        id: row.id,
        name: row.name,
        hint: hint.map(|hint| hint.to_string()).unwrap_or_default(),
        person: row.person_id,
        person_name: row.person_name,
        email: row
            .email
            .parse()
            .map_err(|_| corrupt("people", "email", row.person_id))?,
        department: row.department_id.zip(row.department_name),
        user_type: (row.user_type_id, row.user_type),
        created: times.when(row.created_at),
        expires: row.expires_at.map(|end| times.last_minute(end)),
        expires_at: row.expires_at,
        last_used: row.last_used_at.map(|at| times.when(at)),
        last_address: row.last_address,
    })
}
