//! The lists of the Token Manager: active, expired and deleted tokens, in every order, page by page.
//!
//! A page is cut by the key of its order and the id (see `domain::page`), and each order of each list has an
//! index of just its rows, so that no page costs more than the first.

mod statement;

use std::collections::HashMap;

use chrono::{DateTime, TimeZone, Utc};
use database::{Conn, FromRow, Part};
use domain::access_tokens::{TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::page::{Count, NOT_COUNTED, PAGE_ROWS};
use domain::tokens::Bounds;
use domain::{CollectionId, Page, Permission, PersonId, Refusal, TokenId};

use self::statement::{Wanted, order};
use super::MULTI;
use super::search::{self, Narrowed};
use super::{AccessTokens, selective_filters};
use crate::caller::Caller;
use crate::error::Result;
use crate::keyset::{self, Key, Place, Start};
use crate::tokens::Filters;
use crate::{Scope, collections, departments, jobs, people};

/// Whom a limited caller may not see is not named to them.
const SOMEBODY_ELSE: &str = "somebody else";

impl AccessTokens<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an unknown department; [`Refusal::Malformed`] for a cursor that is
    /// none of ours.
    pub async fn list(&self, caller: &Caller, query: &TokenQuery) -> Result<Page<TokenRow>> {
        self.list_within(caller, query, &Filters::default()).await
    }

    /// The same, narrowed further.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_within(
        &self,
        caller: &Caller,
        query: &TokenQuery,
        filters: &Filters,
    ) -> Result<Page<TokenRow>> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let start = order(query).start(query.after.as_ref())?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        let now = self.0.clock.now();
        let wanted = Wanted {
            scope,
            query,
            only: selective_filters::passing(&mut conn, &scope, query, filters, now).await?,
            filters,
            narrowed: &narrowed,
        };
        let rows: Vec<Record> = wanted.page(&start, now).query(&mut conn).all().await?;
        let page = keyset::page_of(rows, keyset::rows(query.rows), &start, |row| {
            row.place(query.order)
        });
        Ok(Page {
            rows: self.shown_rows(&mut conn, caller, page.rows).await?,
            next: page.next,
            prev: page.prev,
        })
    }

    /// How many tokens a query finds, as [`Count::number`] writes it; [`NOT_COUNTED`] where each would have to be asked whether
    /// it has the words: nobody waits for that while typing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count(&self, caller: &Caller, query: &TokenQuery) -> Result<i64> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        if matches!(narrowed, Narrowed::Dense(_)) {
            return Ok(NOT_COUNTED);
        }
        let filters = Filters::default();
        let now = self.0.clock.now();
        let wanted = Wanted {
            scope,
            query,
            only: selective_filters::passing(&mut conn, &scope, query, &filters, now).await?,
            filters: &filters,
            narrowed: &narrowed,
        };
        Ok(keyset::count(&mut conn, wanted.count(now)).await?.number())
    }

    /// The same, however many they are: for work on all of them.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count_all(&self, caller: &Caller, query: &TokenQuery) -> Result<i64> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        self.count_in(&mut conn, &scope, query, &narrowed).await
    }

    pub(super) async fn count_in(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        query: &TokenQuery,
        narrowed: &Narrowed,
    ) -> Result<i64> {
        let now = self.0.clock.now();
        let filters = Filters::default();
        let wanted = Wanted {
            scope: *scope,
            query,
            only: selective_filters::passing(conn, scope, query, &filters, now).await?,
            filters: &filters,
            narrowed,
        };
        Ok(keyset::count_up_to(conn, wanted.count(now), i64::MAX).await?)
    }

    /// A page of ids after one of them, of a query in the order of making.
    pub(super) async fn ids_in(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        query: &TokenQuery,
        narrowed: &Narrowed,
        after: TokenId,
    ) -> Result<Vec<TokenId>> {
        let now = self.0.clock.now();
        let filters = Filters::default();
        let wanted = Wanted {
            scope: *scope,
            query,
            only: selective_filters::passing(conn, scope, query, &filters, now).await?,
            filters: &filters,
            narrowed,
        };
        let start = Start::behind((Key::None, after.0));
        let mut rows: Vec<Record> = wanted.page(&start, now).query(conn).all().await?;
        rows.truncate(PAGE_ROWS);
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// How many tokens a query finds, up to ten thousand.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn count_within(
        &self,
        caller: &Caller,
        query: &TokenQuery,
        filters: &Filters,
    ) -> Result<Count> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        let now = self.0.clock.now();
        let wanted = Wanted {
            scope,
            query,
            only: selective_filters::passing(&mut conn, &scope, query, filters, now).await?,
            filters,
            narrowed: &narrowed,
        };
        Ok(keyset::count(&mut conn, wanted.count(now)).await?)
    }

    /// Some tokens as they are now, deleted ones too. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<TokenRow>> {
        caller.may(Permission::TokensRead)?;
        self.changed_rows(caller, ids).await
    }

    /// The same to anyone who just made or changed them, and may have no permission to see all others.
    async fn changed_rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<TokenRow>> {
        let ids = &ids[..ids.len().min(search::MOST)];
        let mut conn = self.0.db.read().await?;
        self.rows_in(&mut conn, caller, ids).await
    }

    pub(super) async fn rows_in(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        ids: &[TokenId],
    ) -> Result<Vec<TokenRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let head = [
            Part::Text(COLUMNS),
            Part::Text("WHERE t.family = 'access' AND t.organisation_id = $1 AND t.id IN"),
            Part::Values {
                first: 2,
                count: ids.len(),
            },
        ];
        let mut query = caller
            .scope
            .query(conn, "t.department_id", 2 + ids.len(), &head, &[])
            .organisation();
        for id in ids {
            query = query.bind(*id);
        }
        let rows: Vec<Record> = query.all().await?;
        self.shown_rows(conn, caller, rows).await
    }

    /// One token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        let rows = self.rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// One token to anyone who just made or changed it, and may have no permission to see all others.
    pub(super) async fn changed(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        let rows = self.changed_rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    async fn shown_rows(&self, conn: &mut Conn, caller: &Caller, rows: Vec<Record>) -> Result<Vec<TokenRow>> {
        let times = self.0.times(caller);
        let collections: Vec<CollectionId> = rows.iter().map(|row| row.collection_id).collect();
        let titles = collections::titles(conn, &collections).await?;
        let makers: Vec<PersonId> = rows.iter().filter_map(|row| row.created_by).collect();
        let names = people::names_within(conn, &caller.scope, &makers).await?;
        let multis: Vec<TokenId> = rows
            .iter()
            .filter(|row| row.is_multi())
            .map(|row| row.id)
            .collect();
        let mut making: HashMap<TokenId, _> = jobs::of_tokens(conn, caller.organisation(), &multis)
            .await?
            .into_iter()
            .collect();
        Ok(rows
            .into_iter()
            .map(|row| TokenRow {
                token_type: if row.is_multi() {
                    TokenType::Multi
                } else {
                    TokenType::Single
                },
                state: row.bounds().state(times.now),
                hint: row.hint(),
                collection_title: titles.get(&row.collection_id).cloned().unwrap_or_default(),
                created_by: row
                    .created_by
                    .map(|id| {
                        names
                            .get(&id)
                            .cloned()
                            .unwrap_or_else(|| SOMEBODY_ELSE.to_owned())
                    })
                    .unwrap_or_default(),
                making: making.remove(&row.id),
                id: row.id,
                name: row.name,
                collection: row.collection_id,
                uses: row.uses,
                limit: row.use_limit,
                starts: row.starts_at.map(|at| times.when(at)),
                expires: row.expires_at.map(|end| times.last_minute(end)),
                last_used: row.last_used_at.map(|at| times.when(at)),
                created: times.when(row.created_at),
                deleted: row.deleted_at.map(|at| times.when(at)),
            })
            .collect())
    }
}

#[derive(FromRow)]
struct Record {
    id: TokenId,
    kind: String,
    name: String,
    name_key: Vec<u8>,
    hint_head: Option<String>,
    hint_tail: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    use_limit: Option<i64>,
    uses: i64,
    suspended_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    created_by: Option<PersonId>,
    last_used_at: Option<DateTime<Utc>>,
    collection_id: CollectionId,
}

const COLUMNS: &str =
    "SELECT t.id, t.kind, t.name, t.name_key, t.hint_head, t.hint_tail, t.starts_at, t.expires_at,
           t.use_limit, t.uses, t.suspended_at, t.revoked_at, t.deleted_at, t.created_at, t.created_by,
           t.last_used_at, a.collection_id
    FROM tokens t JOIN access_tokens a ON a.token_id = t.id";

impl Record {
    fn is_multi(&self) -> bool {
        self.kind == MULTI.key
    }

    fn hint(&self) -> Option<String> {
        let parts = self.hint_head.as_ref().zip(self.hint_tail.as_ref());
        parts.map(|(head, tail)| format!("{head}…{tail}"))
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            starts_at: self.starts_at,
            expires_at: self.expires_at,
            use_limit: self.use_limit,
            uses: self.uses,
            suspended: self.suspended_at.is_some(),
            revoked: self.revoked_at.is_some(),
        }
    }

    fn place(&self, order: TokenOrder) -> Place {
        let key = match order {
            TokenOrder::Created => Key::None,
            TokenOrder::Name => Key::Text(self.name_key.clone()),
            TokenOrder::Expires => Key::Instant(self.expires_at.unwrap_or_else(never_ends)),
            TokenOrder::LastUsed => Key::Instant(self.last_used_at.unwrap_or_else(never_used)),
            TokenOrder::Uses => Key::Number(self.uses),
            TokenOrder::Remaining => Key::Number(self.bounds().remaining().unwrap_or(i64::MAX)),
        };
        (key, self.id.0)
    }
}

fn never_ends() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 59)
        .single()
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn never_used() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(1, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}
