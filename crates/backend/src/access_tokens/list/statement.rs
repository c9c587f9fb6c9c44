//! The statement of a list.

use chrono::{DateTime, Utc};
use database::{Conn, Part, Query, Sql};
use domain::TokenId;
use domain::access_tokens::{TokenList, TokenOrder, TokenQuery, TokenType};
use domain::tokens::State;

use super::COLUMNS;
use super::place::{Key, Place};
use crate::Scope;
use crate::access_tokens::RESTORABLE;
use crate::access_tokens::search::Narrowed;
use crate::keyset::{self, Walk};
use crate::tokens::Filters;

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

/// The statement of a list. Placeholders: `$1` organisation, `$2` now, `$3` and `$4` where the page starts,
/// `$5` collection, `$6` rows, `$7` and on: the few that pass a filter, and what was typed.
pub(super) struct Statement<'a> {
    /// The rows that may be seen, as far as the list is filtered to a department of them.
    pub scope: Scope,
    pub query: &'a TokenQuery,
    /// The tokens that pass one of the filters, when they are few.
    pub only: Option<Vec<TokenId>>,
    pub filters: &'a Filters,
    pub narrowed: &'a Narrowed,
    pub after: Option<&'a Place>,
    pub walk: Walk,
}

impl Statement<'_> {
    /// A page of the rows.
    pub fn page<'c>(&self, conn: &'c mut Conn, now: DateTime<Utc>) -> Query<'c> {
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

    /// How many there are, up to so many.
    pub fn count<'c>(&self, conn: &'c mut Conn, now: DateTime<Utc>, most: i64) -> Query<'c> {
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
        let descending = self.walk.descending(self.query.descending);
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
            walk: Walk::Forward,
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
