//! Filters that few tokens pass.
//!
//! A list is walked in its order, which is quick as long as most rows fit: a page is full after a few more. A
//! filter that leaves three of a million would walk them all. So whoever passes a filter is looked up first, in
//! an index of just those; when they are few, the list has only to order them.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Statement};
use domain::TokenId;
use domain::access_tokens::{TokenList, TokenQuery, TokenType};
use domain::tokens::State;

use super::search::MOST;
use crate::Scope;
use crate::tokens::Filters;

/// The tokens that pass one of the query's filters, if they are few; deleted ones may be among them.
pub(super) async fn passing(
    conn: &mut Conn,
    scope: &Scope,
    query: &TokenQuery,
    filters: &Filters,
    now: DateTime<Utc>,
) -> Result<Option<Vec<TokenId>>> {
    if let Some(found) = of_department(conn, scope).await? {
        return Ok(Some(found));
    }
    let organisation = scope.whole_organisation("who passes here is asked for once more, within the scope");
    let by_type = match query.token_type {
        Some(TokenType::Multi) => Some(
            "SELECT id FROM tokens WHERE family = 'access' AND organisation_id = $1 AND kind = 'access_multi' AND $2 IS NOT NULL LIMIT $3",
        ),
        Some(TokenType::Single) | None => None,
    };
    let by_state = match query.state {
        Some(State::Suspended) => Some(
            "SELECT id FROM tokens
             WHERE family = 'access' AND organisation_id = $1 AND suspended_at IS NOT NULL AND $2 IS NOT NULL LIMIT $3",
        ),
        Some(State::NotYet) => {
            Some("SELECT id FROM tokens WHERE family = 'access' AND organisation_id = $1 AND starts_at > $2 LIMIT $3")
        }
        Some(State::Revoked) => Some(
            "SELECT id FROM tokens
             WHERE family = 'access' AND organisation_id = $1 AND revoked_at IS NOT NULL AND whole_id IS NULL AND $2 IS NOT NULL LIMIT $3",
        ),
        Some(State::Live | State::Expired | State::UsedUp) | None => None,
    };
    for statement in [by_type, by_state].into_iter().flatten() {
        let found = conn.query(statement).bind(organisation).bind(now).bind(most());
        if let Some(few) = few(found.all().await?) {
            return Ok(Some(few));
        }
    }
    if let Some(found) = in_time(conn, scope, query, filters).await? {
        return Ok(Some(found));
    }
    let Some(collection) = query.collection else {
        return Ok(None);
    };
    let found = conn
        .query("SELECT token_id AS id FROM access_tokens WHERE collection_id = $1 LIMIT $2")
        .bind(collection)
        .bind(most());
    Ok(few(found.all().await?))
}

/// The tokens that were made, end or were used when it is asked for, when they are few: read in the order of that instant,
/// in which the list has an index.
async fn in_time(
    conn: &mut Conn,
    scope: &Scope,
    query: &TokenQuery,
    filters: &Filters,
) -> Result<Option<Vec<TokenId>>> {
    let Some(key) = filters.key() else {
        return Ok(None);
    };
    let organisation = scope.whole_organisation("who passes here is asked for once more, within the scope");
    let statement =
        Statement::new("SELECT t.id FROM tokens t WHERE t.family = 'access' AND t.organisation_id =")
            .value(organisation)
            .text("AND t.whole_id IS NULL")
            .text(match query.list {
                TokenList::Active => "AND t.deleted_at IS NULL AND t.ended_at IS NULL",
                TokenList::Expired => "AND t.deleted_at IS NULL AND t.ended_at IS NOT NULL",
                TokenList::Deleted => "AND t.deleted_at IS NOT NULL",
            });
    let statement = filters.narrow(statement).text("ORDER BY").text(key);
    let found = statement.text("LIMIT").value(most()).query(conn).all().await?;
    Ok(few(found))
}

/// The tokens that a limited caller sees, when they are few.
async fn of_department(conn: &mut Conn, scope: &Scope) -> Result<Option<Vec<TokenId>>> {
    if scope.is_whole() {
        return Ok(None);
    }
    let head = Part::Text(
        "SELECT id FROM tokens
         WHERE family = 'access' AND whole_id IS NULL AND department_id IS NOT NULL AND organisation_id = $1",
    );
    let found = scope
        .query(conn, "department_id", 3, &[head], &[Part::Text("LIMIT $2")])
        .organisation()
        .bind(most())
        .all()
        .await?;
    Ok(few(found))
}

#[derive(FromRow)]
struct Id {
    id: TokenId,
}

/// One more than few.
fn most() -> i64 {
    i64::try_from(MOST + 1).unwrap_or(i64::MAX)
}

fn few(found: Vec<Id>) -> Option<Vec<TokenId>> {
    (found.len() <= MOST).then(|| found.into_iter().map(|row| row.id).collect())
}
