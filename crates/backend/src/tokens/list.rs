//! Lists of tokens of a family: in every order, filtered by state, kind and search text, page by page.
//!
//! Pages are cut by the sort key and the id (see `domain::page`), and each order of each list has an index of just its
//! rows, led by the family, so that no page costs more than the first and no family slows another down. What a family
//! stores beside its tokens is read for the rows of a page, by their ids; or it narrows the list with
//! [`ListQuery::narrow`].

mod search;

use chrono::{DateTime, TimeZone, Utc};
use database::{Conn, FromRow, Statement};
use domain::page::Count;
use domain::tokens::{Family, State, TokenList, TokenOrder};
use domain::{Cursor, Page};

use super::kind::Kind;
use super::{RESTORABLE, Token, sql};
use crate::error::Result;
use crate::keyset::{self, Key, KeyForm, Order, Place, Start};
use crate::{Backend, Scope};

/// The query for a list.
pub(crate) struct ListQuery<'a> {
    pub family: Family,
    /// Whose tokens.
    pub scope: &'a Scope,
    /// Only these kinds; empty: all kinds of the family.
    pub kinds: &'a [&'static Kind],
    pub list: TokenList,
    /// Only this state.
    pub state: Option<State>,
    pub order: TokenOrder,
    pub descending: bool,
    /// Words of a name, a secret, or the part of a secret that lists show; blank: everything.
    pub search: &'a str,
    /// A condition on what the family stores beside its tokens: continues with `AND …`, where the token is `t`.
    pub narrow: Option<Narrow<'a>>,
    /// How many rows a page has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

/// Appends a condition.
pub(crate) type Narrow<'a> = &'a (dyn Fn(Statement) -> Statement + Send + Sync);

/// A row of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub token: Token,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A page of a list.
///
/// # Errors
/// [`domain::Refusal::Malformed`] for a cursor that is not one of ours, or belongs to another order.
pub(crate) async fn list(
    conn: &mut Conn,
    backend: &Backend,
    query: &ListQuery<'_>,
    after: Option<&Cursor>,
) -> Result<Page<Listed>> {
    let start = order(query).start(after)?;
    let found = search::tokens(conn, backend, query).await?;
    let head = Statement::new("SELECT");
    let statement = page(head, query, &found, &start, backend.clock.now());
    let rows: Vec<Row> = statement.query(conn).all().await?;
    let page = keyset::page_of(rows, keyset::rows(query.rows), &start, |row| {
        row.place(query.order)
    });
    listed(backend, page)
}

fn listed(backend: &Backend, page: Page<Row>) -> Result<Page<Listed>> {
    let rows = page.rows.into_iter().map(|row| {
        Ok(Listed {
            token: Token::read(&backend.kinds, row.token)?,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    });
    Ok(Page {
        rows: rows.collect::<Result<_>>()?,
        next: page.next,
        prev: page.prev,
    })
}

/// An order of the family's own: a folded text that its tokens carry for this purpose, and those of other families do
/// not.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OwnOrder {
    /// By the name of the person they belong to.
    Holder,
    /// By the name of their department; those in none come first.
    Place,
}

impl OwnOrder {
    /// The key, and that it is set: a row without one is not in the index.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Holder => ("t.holder_key", "AND t.holder_key IS NOT NULL"),
            Self::Place => ("t.place_key", "AND t.place_key IS NOT NULL"),
        }
    }

    fn of(self, query: &ListQuery<'_>) -> Order {
        Order {
            descending: query.descending,
            ..Order::by(self.columns().0, KeyForm::Text, "t.id")
        }
    }
}

/// A page of a list in an order of the family's own, whatever `query.order` says.
///
/// # Errors
/// As [`list`].
pub(crate) async fn list_in_own_order(
    conn: &mut Conn,
    backend: &Backend,
    query: &ListQuery<'_>,
    order: OwnOrder,
    after: Option<&Cursor>,
) -> Result<Page<Listed>> {
    let start = order.of(query).start(after)?;
    let found = search::tokens(conn, backend, query).await?;
    let head = Statement::new("SELECT");
    let statement = page_in_own_order(head, query, &found, order, &start, backend.clock.now());
    let rows: Vec<Row> = statement.query(conn).all().await?;
    let page = keyset::page_of(rows, keyset::rows(query.rows), &start, |row| {
        (Key::Text(row.name_key.clone()), row.token.id.0)
    });
    listed(backend, page)
}

fn page_in_own_order(
    head: Statement,
    query: &ListQuery<'_>,
    found: &search::Found,
    order: OwnOrder,
    start: &Start,
    now: DateTime<Utc>,
) -> Statement {
    let (key, is_there) = order.columns();
    let statement = head
        .text(key)
        .text("AS name_key, t.created_at, t.last_used_at, t.uses_key,")
        .text(sql::COLUMNS_OF_T)
        .text("FROM tokens t");
    let statement = fitting(statement, query, found, now).text(is_there);
    order
        .of(query)
        .page(statement, start, keyset::rows(query.rows) + 1)
}

/// How many tokens match, up to ten thousand.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(conn: &mut Conn, backend: &Backend, query: &ListQuery<'_>) -> Result<Count> {
    let found = search::tokens(conn, backend, query).await?;
    let statement = keyset::counting("FROM tokens t");
    let statement = fitting(statement, query, &found, backend.clock.now());
    Ok(keyset::count(conn, statement).await?)
}

/// The statement of a page.
fn page(
    head: Statement,
    query: &ListQuery<'_>,
    found: &search::Found,
    start: &Start,
    now: DateTime<Utc>,
) -> Statement {
    let statement = head
        .text("t.name_key, t.created_at, t.last_used_at, t.uses_key,")
        .text(sql::COLUMNS_OF_T)
        .text("FROM tokens t");
    let statement = fitting(statement, query, found, now);
    order(query).page(statement, start, keyset::rows(query.rows) + 1)
}

#[derive(FromRow)]
struct Row {
    name_key: Vec<u8>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    uses_key: i64,
    #[sqlx(flatten)]
    token: sql::TokenRow,
}

impl Row {
    fn place(&self, order: TokenOrder) -> Place {
        let token = &self.token;
        let key = match order {
            TokenOrder::Created => Key::None,
            TokenOrder::Name => Key::Text(self.name_key.clone()),
            TokenOrder::Expires => Key::Instant(token.expires_at.unwrap_or_else(never_ends)),
            TokenOrder::LastUsed => Key::Instant(self.last_used_at.unwrap_or_else(never_used)),
            TokenOrder::Uses => Key::Number(self.uses_key),
            TokenOrder::Remaining => {
                Key::Number(token.use_limit.map_or(i64::MAX, |limit| limit - token.uses))
            }
        };
        (key, token.id.0)
    }
}

/// Where tokens without an end sort among the others, as `0013_keys_of_orders.sql` says.
fn never_ends() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 59)
        .single()
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Where tokens that were never used sort.
fn never_used() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(1, 1, 1, 0, 0, 0)
        .single()
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The order that is asked for; that by age is the order of the ids.
fn order(query: &ListQuery<'_>) -> Order {
    let key = match query.order {
        TokenOrder::Created => None,
        TokenOrder::Name => Some(("t.name_key", KeyForm::Text)),
        TokenOrder::Expires => Some(("t.expires_key", KeyForm::Instant)),
        TokenOrder::LastUsed => Some(("t.last_used_key", KeyForm::Instant)),
        TokenOrder::Uses => Some(("t.uses_key", KeyForm::Number)),
        TokenOrder::Remaining => Some(("t.remaining_key", KeyForm::Number)),
    };
    Order {
        key,
        id: "t.id",
        descending: query.descending,
    }
}

/// The rows that match the query.
fn fitting(
    statement: Statement,
    query: &ListQuery<'_>,
    found: &search::Found,
    now: DateTime<Utc>,
) -> Statement {
    let statement = statement
        .text("WHERE t.family =")
        .value(query.family.key())
        .text("AND t.organisation_id =");
    let statement = query.scope.within(statement, "t.department_id");
    let statement = match query.list {
        TokenList::Active => statement
            .text(
                "AND t.whole_id IS NULL AND t.deleted_at IS NULL AND t.ended_at IS NULL
                 AND (t.expires_at IS NULL OR t.expires_at >",
            )
            .value(now)
            .text(")"),
        TokenList::Expired => {
            statement.text("AND t.whole_id IS NULL AND t.deleted_at IS NULL AND t.ended_at IS NOT NULL")
        }
        TokenList::Deleted => statement
            .text("AND t.whole_id IS NULL AND t.deleted_at IS NOT NULL AND t.deleted_at >")
            .value(now - RESTORABLE),
    };
    let statement = in_state(statement, query.state, now);
    let statement = if query.kinds.is_empty() {
        statement
    } else {
        let kinds = query.kinds.iter().map(|kind| kind.key).collect();
        statement.text("AND").is_among("t.kind", kinds)
    };
    let statement = match query.narrow {
        Some(narrow) => narrow(statement),
        None => statement,
    };
    found.narrow(statement)
}

/// Appends the condition that a token, `t`, is in a state.
pub(crate) fn in_state(statement: Statement, state: Option<State>, now: DateTime<Utc>) -> Statement {
    match state {
        None => statement,
        Some(State::Live) => statement
            .text("AND t.suspended_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <=")
            .value(now)
            .text(")"),
        Some(State::NotYet) => statement
            .text("AND t.suspended_at IS NULL AND t.starts_at >")
            .value(now),
        Some(State::Suspended) => statement.text("AND t.suspended_at IS NOT NULL"),
        Some(State::Revoked) => statement.text("AND t.revoked_at IS NOT NULL"),
        Some(State::Expired) => statement
            .text("AND t.revoked_at IS NULL AND t.expires_at <=")
            .value(now),
        Some(State::UsedUp) => statement
            .text("AND t.revoked_at IS NULL AND t.uses >= t.use_limit AND (t.expires_at IS NULL OR t.expires_at >")
            .value(now)
            .text(")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, noon};

    /// A list of a family whose tokens all carry the key, in an order.
    fn query(scope: &Scope, list: TokenList, order: TokenOrder, descending: bool) -> ListQuery<'_> {
        ListQuery {
            family: Family::Api,
            scope,
            kinds: &[],
            list,
            state: None,
            order,
            descending,
            search: "",
            narrow: None,
            rows: None,
        }
    }

    /// The page begins at its position in an index of the family's own, and nothing is sorted.
    async fn is_found(conn: &mut Conn, statement: Statement, start: &str, what: &str) {
        let steps: Vec<(i64, i64, i64, String)> = statement.query(conn).all().await.expect("a plan");
        let plan: Vec<String> = steps.into_iter().map(|(.., what)| what).collect();
        let plan = plan.join("\n");
        let is_found = plan.contains("family=? AND organisation_id=?")
            && plan.contains(start)
            && !plan.contains("TEMP B-TREE");
        assert!(is_found, "{what}:\n{plan}");
    }

    #[tokio::test]
    async fn a_page_far_down_a_list_of_any_family_is_found_and_not_walked_to() {
        let world = World::on(database::testing::sqlite().await);
        let mut conn = world.backend.db.read().await.expect("a reader");
        let scope = Scope::new(domain::OrganisationId(uuid::Uuid::nil()), None);
        let head = || Statement::new("EXPLAIN QUERY PLAN SELECT");
        let everything = search::Found::Everything;
        for list in [TokenList::Active, TokenList::Expired] {
            for descending in [false, true] {
                let within = if descending { ",id)<(?,?)" } else { ",id)>(?,?)" };
                for order in TokenOrder::ALL {
                    let query = query(&scope, list, order, descending);
                    let key = match super::order(&query).key.map(|(_, form)| form) {
                        None => Key::None,
                        Some(KeyForm::Text) => Key::Text(Vec::new()),
                        Some(KeyForm::Instant) => Key::Instant(noon()),
                        Some(KeyForm::Number) => Key::Number(0),
                    };
                    let start = match (&key, descending) {
                        (Key::None, true) => "id<?",
                        (Key::None, false) => "id>?",
                        _ => within,
                    };
                    let from = Start::behind((key, uuid::Uuid::nil()));
                    let statement = page(head(), &query, &everything, &from, noon());
                    is_found(&mut conn, statement, start, &format!("{list:?} by {order:?}")).await;
                }
                for order in [OwnOrder::Holder, OwnOrder::Place] {
                    let query = query(&scope, list, TokenOrder::Created, descending);
                    let from = Start::behind((Key::Text(Vec::new()), uuid::Uuid::nil()));
                    let statement = page_in_own_order(head(), &query, &everything, order, &from, noon());
                    is_found(&mut conn, statement, within, &format!("{list:?} by {order:?}")).await;
                }
            }
        }
    }
}
