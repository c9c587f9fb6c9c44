//! The lists of the Token Manager: active, expired and deleted tokens, in every order, page by page.
//!
//! A page is cut by the key of its order and the id (see `domain::page`), and each order of each list has an
//! index of just its rows, so that no page costs more than the first.

mod place;

use std::collections::HashMap;

use chrono::{DateTime, TimeZone, Utc};
use database::{Conn, FromRow, Part, Query, Sql};
use domain::access_tokens::{TokenList, TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::page::{Count, PAGE_ROWS};
use domain::tokens::{Bounds, State};
use domain::{CollectionId, Cursor, Page, Permission, PersonId, Refusal, TokenId};

use self::place::{Key, Place};
use super::MULTI;
use super::search::{self, Narrowed};
use super::{AccessTokens, RESTORABLE, few};
use crate::caller::Caller;
use crate::error::Result;
use crate::tokens::Filters;
use crate::{Scope, collections, departments, jobs, keyset, people};

/// Tokens that are counted one by one for programs; beyond that "more" will do.
const COUNTED: i64 = 10_000;

/// Whom a limited caller may not see is not named to them.
const SOMEBODY_ELSE: &str = "somebody else";

/// What each order sorts by. Where "never" and "no limit" stand is said by `0013_keys_of_orders.sql`.
macro_rules! key {
    (name) => {
        "t.name_key"
    };
    (uses) => {
        "t.uses_key"
    };
    (expires) => {
        "t.expires_key"
    };
    (last_used) => {
        "t.last_used_key"
    };
    (remaining) => {
        "t.remaining_key"
    };
}

/// What comes after `($3, $4)`, and the order, both ways.
macro_rules! sorted_by {
    ($key:ident, $descending:expr) => {
        if $descending {
            [
                concat!("AND (", key!($key), ", t.id) < ($3, $4)"),
                concat!("ORDER BY ", key!($key), " DESC, t.id DESC"),
            ]
        } else {
            [
                concat!("AND (", key!($key), ", t.id) > ($3, $4)"),
                concat!("ORDER BY ", key!($key), ", t.id"),
            ]
        }
    };
}

impl AccessTokens<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
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
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        let after = query
            .after
            .as_ref()
            .and_then(|cursor| Place::read(cursor, query.order));
        let now = self.0.clock.now();
        let statement = Statement {
            scope,
            query,
            only: few::passing(&mut conn, &scope, query, filters, now).await?,
            filters,
            narrowed: &narrowed,
            after: after.as_ref(),
        };
        let mut rows: Vec<Record> = statement.page(&mut conn, now).all().await?;
        let most = usize::try_from(keyset::rows(query.rows)).unwrap_or(PAGE_ROWS);
        let next = (rows.len() > most).then(|| {
            rows.truncate(most);
            rows.last()
                .map(|row| row.place(query.order).write())
                .unwrap_or(Cursor(String::new()))
        });
        Ok(Page {
            rows: self.shown_rows(&mut conn, caller, rows).await?,
            next,
        })
    }

    /// How many tokens a query finds; −1 when they are too many to be worth counting while somebody types.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn count(&self, caller: &Caller, query: &TokenQuery) -> Result<i64> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        let scope = departments::narrowed(&mut conn, &caller.scope, query.department).await?;
        let narrowed = search::tokens(&mut conn, self.0, &scope, &query.search).await?;
        if matches!(narrowed, Narrowed::Dense(_)) {
            return Ok(-1);
        }
        let now = self.0.clock.now();
        let filters = Filters::default();
        let statement = Statement {
            scope,
            query,
            only: few::passing(&mut conn, &scope, query, &filters, now).await?,
            filters: &filters,
            narrowed: &narrowed,
            after: None,
        };
        Ok(statement.count(&mut conn, now, i64::MAX).number().await?)
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
        let statement = Statement {
            scope,
            query,
            only: few::passing(&mut conn, &scope, query, filters, now).await?,
            filters,
            narrowed: &narrowed,
            after: None,
        };
        let counted = statement.count(&mut conn, now, COUNTED + 1).number().await?;
        Ok(Count::up_to(COUNTED, counted))
    }

    /// Some tokens as they are now, deleted ones too. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<TokenRow>> {
        caller.may(Permission::TokensRead)?;
        self.changed_rows(caller, ids).await
    }

    /// The same to whoever just made or changed them, and may have no permission to see all others.
    async fn changed_rows(&self, caller: &Caller, ids: &[TokenId]) -> Result<Vec<TokenRow>> {
        let ids = &ids[..ids.len().min(search::MOST)];
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.0.db.read().await?;
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
            .query(&mut conn, "t.department_id", 2 + ids.len(), &head, &[])
            .organisation();
        for id in ids {
            query = query.bind(*id);
        }
        let rows: Vec<Record> = query.all().await?;
        self.shown_rows(&mut conn, caller, rows).await
    }

    /// One token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get(&self, caller: &Caller, id: TokenId) -> Result<TokenRow> {
        let rows = self.rows(caller, &[id]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// One token to whoever just made or changed it, and may have no permission to see all others.
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
        Place { key, id: self.id }
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

/// The statement of a list. Placeholders: `$1` organisation, `$2` now, `$3` and `$4` where the page starts,
/// `$5` collection, `$6` rows, `$7` and on: the few that pass a filter, and what was typed.
struct Statement<'a> {
    /// The rows that may be seen, as far as the list is filtered to a department of them.
    scope: Scope,
    query: &'a TokenQuery,
    /// The tokens that pass one of the filters, when they are few.
    only: Option<Vec<TokenId>>,
    filters: &'a Filters,
    narrowed: &'a Narrowed,
    after: Option<&'a Place>,
}

impl Statement<'_> {
    fn page<'c>(&self, conn: &'c mut Conn, now: DateTime<Utc>) -> Query<'c> {
        let query = conn.query(Sql::parts(&self.parts_of_page()));
        let query = self.bind_head(query, now);
        self.bind_narrowing(query.bind(keyset::rows(self.query.rows) + 1))
    }

    fn parts_of_page(&self) -> Vec<Part> {
        let mut parts = vec![Part::Text(COLUMNS)];
        parts.extend(self.rows_that_fit());
        parts.extend(self.narrowing());
        parts.push(Part::Text(self.starting_point()));
        parts.push(Part::Text(self.order()));
        parts.push(Part::Text("LIMIT $6"));
        parts
    }

    fn count<'c>(&self, conn: &'c mut Conn, now: DateTime<Utc>, most: i64) -> Query<'c> {
        let mut parts = vec![Part::Text(self.counted())];
        parts.extend(self.rows_that_fit());
        parts.extend(self.narrowing());
        parts.push(Part::Text(self.starting_point()));
        parts.push(Part::Text("LIMIT $6) AS found"));
        let query = self.bind_head(conn.query(Sql::parts(&parts)), now);
        self.bind_narrowing(query.bind(most))
    }

    /// What a token opens is looked up only where something depends on it: for each of a million tokens, that
    /// takes its time.
    fn counted(&self) -> &'static str {
        if self.query.collection.is_none() && !matches!(self.narrowed, Narrowed::Dense(_)) {
            "SELECT COUNT(*) FROM (SELECT t.id FROM tokens t"
        } else {
            "SELECT COUNT(*) FROM (SELECT t.id FROM tokens t JOIN access_tokens a ON a.token_id = t.id"
        }
    }

    fn narrowing(&self) -> Vec<Part> {
        let first = 7 + self.scope.values();
        let mut parts = self.scope.parts("t.department_id", 7);
        match self.only.as_deref() {
            None => {}
            Some([]) => parts.push(Part::Text("AND 1 = 0")),
            Some(few) => parts.extend([
                Part::Text("AND t.id IN"),
                Part::Values {
                    first,
                    count: few.len(),
                },
            ]),
        }
        let first = first + self.only.as_ref().map_or(0, Vec::len);
        parts.extend(self.filters.parts(first));
        parts.extend(self.narrowed.parts(first + self.filters.values()));
        parts
    }

    fn bind_narrowing<'c>(&self, query: Query<'c>) -> Query<'c> {
        let query = self.scope.bind(query);
        let query = self.only.iter().flatten().copied().fold(query, Query::bind);
        self.narrowed.bind(self.filters.bind(query))
    }

    fn bind_head<'c>(&self, query: Query<'c>, now: DateTime<Utc>) -> Query<'c> {
        // A deleted token leaves its list after 30 days: there, "now" is that much earlier.
        let now = if self.query.list == TokenList::Deleted {
            now - RESTORABLE
        } else {
            now
        };
        let organisation = self
            .scope
            .whole_organisation("the department is bound with what narrows the list");
        let query = query.bind(organisation).bind(now);
        let id = self.after.map(|place| place.id);
        let query = match self.after.map(|place| &place.key) {
            None | Some(Key::None) => query.bind(None::<i64>),
            Some(Key::Text(bytes)) => query.bind(bytes.clone()),
            Some(Key::Instant(at)) => query.bind(*at),
            Some(Key::Number(number)) => query.bind(*number),
        };
        query.bind(id).bind(self.query.collection)
    }

    fn rows_that_fit(&self) -> Vec<Part> {
        let list = match self.query.list {
            TokenList::Active => {
                "WHERE t.family = 'access' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NULL AND t.ended_at IS NULL
                   AND (t.expires_at IS NULL OR t.expires_at > $2)"
            }
            TokenList::Expired => {
                "WHERE t.family = 'access' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NULL
                   AND t.ended_at IS NOT NULL AND $2 IS NOT NULL"
            }
            TokenList::Deleted => {
                "WHERE t.family = 'access' AND t.organisation_id = $1 AND t.whole_id IS NULL AND t.deleted_at IS NOT NULL
                   AND t.deleted_at > $2"
            }
        };
        let token_type = match self.query.token_type {
            None => "",
            Some(TokenType::Single) => "AND t.kind = 'access_single'",
            Some(TokenType::Multi) => "AND t.kind = 'access_multi'",
        };
        let collection = match self.query.collection {
            None => "AND $5 IS NULL",
            Some(_) => "AND a.collection_id = $5",
        };
        let state = match self.query.state {
            None => "",
            Some(State::Live) => "AND t.suspended_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $2)",
            Some(State::NotYet) => "AND t.suspended_at IS NULL AND t.starts_at > $2",
            Some(State::Suspended) => "AND t.suspended_at IS NOT NULL",
            Some(State::Revoked) => "AND t.revoked_at IS NOT NULL",
            Some(State::Expired) => "AND t.revoked_at IS NULL AND t.expires_at <= $2",
            Some(State::UsedUp) => {
                "AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND t.uses >= t.use_limit"
            }
        };
        [list, token_type, collection, state].map(Part::Text).to_vec()
    }

    /// Where the page starts. `$3` and `$4` are named in each form, because PostgreSQL wants every value that
    /// is bound to stand in the statement.
    fn starting_point(&self) -> &'static str {
        if self.after.is_some() {
            self.sorted()[0]
        } else {
            "AND $3 IS NULL AND $4 IS NULL"
        }
    }

    fn order(&self) -> &'static str {
        self.sorted()[1]
    }

    fn sorted(&self) -> [&'static str; 2] {
        let descending = self.query.descending;
        match self.query.order {
            // The id alone: ids sort by the time they were made.
            TokenOrder::Created if descending => ["AND $3 IS NULL AND t.id < $4", "ORDER BY t.id DESC"],
            TokenOrder::Created => ["AND $3 IS NULL AND t.id > $4", "ORDER BY t.id"],
            TokenOrder::Name => sorted_by!(name, descending),
            TokenOrder::Uses => sorted_by!(uses, descending),
            TokenOrder::Expires => sorted_by!(expires, descending),
            TokenOrder::LastUsed => sorted_by!(last_used, descending),
            TokenOrder::Remaining => sorted_by!(remaining, descending),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    /// What SQLite does for a page that starts somewhere in an order.
    async fn plan(conn: &mut Conn, query: &TokenQuery, key: Key) -> String {
        let place = Place {
            key,
            id: TokenId(uuid::Uuid::nil()),
        };
        let statement = Statement {
            scope: Scope::new(domain::OrganisationId(uuid::Uuid::nil()), None),
            query,
            only: None,
            filters: &Filters::default(),
            narrowed: &Narrowed::Not,
            after: Some(&place),
        };
        let mut parts = vec![Part::Text("EXPLAIN QUERY PLAN")];
        parts.extend(statement.parts_of_page());
        let steps: Vec<(i64, i64, i64, String)> = conn.query(Sql::parts(&parts)).all().await.expect("a plan");
        let steps: Vec<String> = steps.into_iter().map(|(.., what)| what).collect();
        steps.join("\n")
    }

    #[tokio::test]
    async fn a_page_far_down_a_list_is_found_and_not_walked_to() {
        let world = World::on(database::testing::sqlite().await);
        let mut conn = world.backend.db.read().await.expect("a reader");
        for list in [TokenList::Active, TokenList::Expired] {
            for order in TokenOrder::ALL {
                for descending in [false, true] {
                    let query = TokenQuery {
                        list,
                        order,
                        descending,
                        ..TokenQuery::default()
                    };
                    let (key, start) = match order {
                        TokenOrder::Created => (Key::None, if descending { "id<?" } else { "id>?" }),
                        _ => (
                            Key::Number(0),
                            if descending { ",id)<(?,?)" } else { ",id)>(?,?)" },
                        ),
                    };
                    let plan = plan(&mut conn, &query, key).await;
                    let is_found = plan.contains(start) && !plan.contains("TEMP B-TREE");
                    assert!(is_found, "{list:?} by {order:?}:\n{plan}");
                }
            }
        }
    }
}
