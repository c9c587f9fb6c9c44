//! The list of API tokens, and a token's page.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, Statement};
use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery, ApiTokenRow, ApiTokenView, Policy};
use domain::page::Count;
use domain::tokens::{Bounds, Family, TokenList, TokenOrder};
use domain::{Cursor, Page, Permission, Permissions, Refusal, TokenId, UserTypeId};

use super::context::Context;
use super::{ApiTokens, MOST_AT_ONCE, sql};
use crate::error::{Result, corrupt};
use crate::keyset;
use crate::times::Times;
use crate::tokens::Filters;
use crate::tokens::list::{self as core, ListQuery, Narrow};
use crate::user_types::UserTypes;
use crate::{Backend, Caller, Scope, Who, audit, departments, people};

/// Days of use that a token's page shows.
pub const DAYS_SHOWN: i64 = 90;

impl ApiTokens<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an unknown department; [`Refusal::Malformed`] for a cursor that is
    /// none of ours.
    pub async fn list(&self, caller: &Caller, query: &ApiTokenQuery) -> Result<Page<ApiTokenRow>> {
        self.list_within(caller, query, &Filters::default()).await
    }

    /// The same, narrowed further.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_within(
        &self,
        caller: &Caller,
        query: &ApiTokenQuery,
        filters: &Filters,
    ) -> Result<Page<ApiTokenRow>> {
        caller.may(Permission::ApiTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let asked = Asked::within(&mut conn, caller, query, filters, self.0.clock.now()).await?;
        self.page(&mut conn, caller, &asked, query).await
    }

    async fn page(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        asked: &Asked,
        query: &ApiTokenQuery,
    ) -> Result<Page<ApiTokenRow>> {
        let narrow = |statement: Statement| asked.narrow(statement);
        let page = asked
            .tokens(conn, self.0, query, &narrow, query.after.as_ref())
            .await?;
        let ids: Vec<TokenId> = page.rows.iter().map(|row| row.token.id).collect();
        let rows = self.of_ids(conn, caller, &ids).await?;
        let mut rows: HashMap<TokenId, ApiTokenRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(Page {
            rows: ids.iter().filter_map(|id| rows.remove(id)).collect(),
            next: page.next,
            prev: page.prev,
        })
    }

    /// How many tokens a query finds; where there are very many, how many of them were counted.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn count(&self, caller: &Caller, query: &ApiTokenQuery) -> Result<i64> {
        Ok(self
            .count_within(caller, query, &Filters::default())
            .await?
            .number())
    }

    /// How many tokens a query finds, up to ten thousand.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn count_within(
        &self,
        caller: &Caller,
        query: &ApiTokenQuery,
        filters: &Filters,
    ) -> Result<Count> {
        caller.may(Permission::ApiTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let asked = Asked::within(&mut conn, caller, query, filters, self.0.clock.now()).await?;
        self.count_of(&mut conn, &asked, query).await
    }

    pub(super) async fn count_of(
        &self,
        conn: &mut Conn,
        asked: &Asked,
        query: &ApiTokenQuery,
    ) -> Result<Count> {
        let narrow = |statement: Statement| asked.narrow(statement);
        core::count(conn, self.0, &asked.query(query, &narrow)).await
    }

    /// The ids of all tokens that a query finds, as many as are changed at once.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn ids(
        &self,
        caller: &Caller,
        query: &ApiTokenQuery,
        filters: &Filters,
    ) -> Result<Vec<TokenId>> {
        caller.may(Permission::ApiTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let asked = Asked::within(&mut conn, caller, query, filters, self.0.clock.now()).await?;
        let narrow = |statement: Statement| asked.narrow(statement);
        let mut ids = Vec::new();
        let mut after = None;
        while ids.len() < MOST_AT_ONCE {
            let page = asked
                .tokens(&mut conn, self.0, query, &narrow, after.as_ref())
                .await?;
            ids.extend(page.rows.iter().map(|row| row.token.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        ids.truncate(MOST_AT_ONCE);
        Ok(ids)
    }

    /// Some tokens as they are now. Ids that the caller may not see are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<ApiTokenRow>> {
        caller.may(Permission::ApiTokensRead)?;
        let ids = &ids[..ids.len().min(keyset::MOST_BY_ID)];
        let mut conn = self.0.db.read().await?;
        self.of_ids(&mut conn, caller, ids).await
    }

    async fn of_ids(&self, conn: &mut Conn, caller: &Caller, ids: &[TokenId]) -> Result<Vec<ApiTokenRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let times = self.0.times(caller);
        let rows = sql::by_ids(conn, &caller.scope, ids).await?;
        rows.into_iter().map(|row| shown(row, &times)).collect()
    }

    /// A row of the list.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn row(&self, caller: &Caller, id: TokenId) -> Result<ApiTokenRow> {
        self.may_see(caller, id)?;
        self.changed(caller, id).await
    }

    /// The same to anyone who just changed it, and may have no permission to see all others.
    pub(super) async fn changed(&self, caller: &Caller, id: TokenId) -> Result<ApiTokenRow> {
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
        self.changed_view(caller, id).await
    }

    /// The same to anyone who just changed it, and may have no permission to see all others.
    pub(super) async fn changed_view(&self, caller: &Caller, id: TokenId) -> Result<ApiTokenView> {
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
        let before = details.before(&token);
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
            addresses: sql::addresses(&mut conn, id)
                .await?
                .into_iter()
                .map(|(address, at)| (address, times.when(at)))
                .collect(),
            can_be_shown: token.is_sealed && !token.bounds.revoked,
            grace: grace.map(|until| times.when(until)),
            held_back: context.held_back(),
            history: audit::history_of_token(&mut conn, &caller.scope, id, &times).await?,
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

/// What a list is asked, with what had to be looked up for it.
pub(super) struct Asked {
    scope: Scope,
    search: String,
    narrowed: sql::Narrowed,
    filters: Filters,
}

impl Asked {
    pub(super) async fn of(
        conn: &mut Conn,
        caller: &Caller,
        query: &ApiTokenQuery,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        Self::within(conn, caller, query, &Filters::default(), now).await
    }

    async fn within(
        conn: &mut Conn,
        caller: &Caller,
        query: &ApiTokenQuery,
        filters: &Filters,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let organisation = caller.organisation();
        let is_address = query.search.contains('@');
        let people = match is_address {
            true => Some(people::matching(conn, organisation, &query.search, keyset::MOST_BY_ID).await?),
            false => None,
        };
        let may = match query.may.is_empty() {
            true => None,
            false => {
                let types = UserTypes::of(conn, organisation).await?;
                let able = types.all().filter(|one| query.may.is_subset(one.permissions));
                Some((query.may, able.map(|one| one.id).collect::<Vec<UserTypeId>>()))
            }
        };
        let refused = match query.refused {
            true => {
                let policy = sql::policy(conn, organisation).await?;
                Some(sql::Refused::by(conn, policy))
            }
            false => None,
        };
        let addresses = match filters.last_network {
            Some(_) => filters.within_network(sql::last_addresses(conn, organisation).await?),
            None => None,
        };
        let end = |days: i64| now + TimeDelta::days(days.clamp(0, 3650));
        Ok(Self {
            scope: departments::narrowed(conn, &caller.scope, query.department).await?,
            search: match is_address {
                true => String::new(),
                false => query.search.clone(),
            },
            narrowed: sql::Narrowed {
                person: query.person,
                user_type: query.user_type,
                expires_before: query.expires_within.map(end),
                never_used: query.never_used,
                people,
                refused,
                may,
                addresses,
                find: sql::find(conn),
            },
            filters: filters.clone(),
        })
    }

    /// Goes on with what narrows the list.
    fn narrow(&self, statement: Statement) -> Statement {
        self.narrowed.narrow(self.filters.narrow(statement))
    }

    /// Asks for what another policy refuses.
    pub(super) fn refused_by(&mut self, conn: &Conn, policy: Policy) {
        self.narrowed.refused = Some(sql::Refused::by(conn, policy));
    }

    /// A page of the tokens that are asked for, in their order.
    async fn tokens<'a>(
        &'a self,
        conn: &mut Conn,
        backend: &Backend,
        query: &ApiTokenQuery,
        narrow: Narrow<'a>,
        after: Option<&Cursor>,
    ) -> Result<Page<core::Listed>> {
        let asked = self.query(query, narrow);
        match own_order(query.order) {
            None => core::list(conn, backend, &asked, after).await,
            Some(order) => core::list_in_own_order(conn, backend, &asked, order, after).await,
        }
    }

    fn query<'a>(&'a self, query: &ApiTokenQuery, narrow: Narrow<'a>) -> ListQuery<'a> {
        ListQuery {
            family: Family::Api,
            scope: &self.scope,
            kinds: &[],
            list: match query.list {
                ApiTokenList::Active => TokenList::Active,
                ApiTokenList::Ended => TokenList::Expired,
            },
            state: query.state,
            order: of_core(query.order).unwrap_or_default(),
            descending: query.descending,
            search: &self.search,
            narrow: Some(narrow),
            rows: query.rows,
        }
    }
}

/// The order as the core knows it.
fn of_core(order: ApiTokenOrder) -> Option<TokenOrder> {
    match order {
        ApiTokenOrder::Created => Some(TokenOrder::Created),
        ApiTokenOrder::Name => Some(TokenOrder::Name),
        ApiTokenOrder::LastUsed => Some(TokenOrder::LastUsed),
        ApiTokenOrder::Expires => Some(TokenOrder::Expires),
        ApiTokenOrder::User | ApiTokenOrder::Department => None,
    }
}

/// The orders of this family's own.
fn own_order(order: ApiTokenOrder) -> Option<core::OwnOrder> {
    match order {
        ApiTokenOrder::User => Some(core::OwnOrder::Holder),
        ApiTokenOrder::Department => Some(core::OwnOrder::Place),
        _ => None,
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
        email: people::address(row.person_id, &row.email)?,
        department: row.department_id.zip(row.department_name),
        user_type: (row.user_type_id, row.user_type),
        created: times.when(row.created_at),
        expires: row.expires_at.map(|end| times.last_minute(end)),
        expires_at: row.expires_at,
        last_used: row.last_used_at.map(|at| times.when(at)),
        last_address: row.last_address,
    })
}
