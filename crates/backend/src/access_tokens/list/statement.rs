//! The statements of a list.

use chrono::{DateTime, Utc};
use database::Statement;
use domain::TokenId;
use domain::access_tokens::{TokenList, TokenOrder, TokenQuery, TokenType};

use super::COLUMNS;
use crate::Scope;
use crate::access_tokens::RESTORABLE;
use crate::access_tokens::search::Narrowed;
use crate::keyset::{self, KeyForm, Order, Start};
use crate::tokens::{self, Filters};

/// What a list is asked, with what had to be looked up for it.
pub(super) struct Wanted<'a> {
    /// The rows that may be seen, as far as the list is filtered to a department of them.
    pub scope: Scope,
    pub query: &'a TokenQuery,
    /// The tokens that pass one of the filters, when they are few.
    pub only: Option<Vec<TokenId>>,
    pub filters: &'a Filters,
    pub narrowed: &'a Narrowed,
}

/// The order that is asked for; that by age is the order of the ids. Where "never" and "no limit" stand is said by
/// `0013_keys_of_orders.sql`.
pub(super) fn order(query: &TokenQuery) -> Order {
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

impl Wanted<'_> {
    /// A page of the rows.
    pub fn page(&self, start: &Start, now: DateTime<Utc>) -> Statement {
        self.page_of(Statement::new(COLUMNS), start, now)
    }

    fn page_of(&self, head: Statement, start: &Start, now: DateTime<Utc>) -> Statement {
        let statement = self.fitting(head, now);
        order(self.query).page(statement, start, keyset::rows(self.query.rows) + 1)
    }

    /// How many there are. What a token opens is looked up only where something depends on it: for each of a million
    /// tokens, that takes its time.
    pub fn count(&self, now: DateTime<Utc>) -> Statement {
        let from = if self.query.collection.is_none() && !matches!(self.narrowed, Narrowed::Dense(_)) {
            "FROM tokens t"
        } else {
            "FROM tokens t JOIN access_tokens a ON a.token_id = t.id"
        };
        self.fitting(keyset::counting(from), now)
    }

    fn fitting(&self, statement: Statement, now: DateTime<Utc>) -> Statement {
        let statement = statement.text("WHERE t.family = 'access' AND t.organisation_id =");
        let statement = self.scope.within(statement, "t.department_id");
        let statement = self.in_list(statement, now);
        let statement = match self.query.token_type {
            None => statement,
            Some(TokenType::Single) => statement.text("AND t.kind = 'access_single'"),
            Some(TokenType::Multi) => statement.text("AND t.kind = 'access_multi'"),
        };
        let statement = match self.query.collection {
            None => statement,
            Some(collection) => statement.text("AND a.collection_id =").value(collection),
        };
        let statement = match &self.only {
            None => statement,
            Some(few) => statement.text("AND").is_among("t.id", few.clone()),
        };
        self.narrowed.narrow(self.filters.narrow(statement))
    }

    fn in_list(&self, statement: Statement, now: DateTime<Utc>) -> Statement {
        let statement = statement.text("AND t.whole_id IS NULL");
        let (statement, now) = match self.query.list {
            TokenList::Active => {
                let active = "AND t.deleted_at IS NULL AND t.ended_at IS NULL
                    AND (t.expires_at IS NULL OR t.expires_at >";
                (statement.text(active).value(now).text(")"), now)
            }
            TokenList::Expired => {
                let expired = "AND t.deleted_at IS NULL AND t.ended_at IS NOT NULL";
                (statement.text(expired), now)
            }
            // A deleted token leaves its list after 30 days: there, "now" is that much earlier.
            TokenList::Deleted => {
                let now = now - RESTORABLE;
                let deleted = "AND t.deleted_at IS NOT NULL AND t.deleted_at >";
                (statement.text(deleted).value(now), now)
            }
        };
        tokens::list::in_state(statement, self.query.state, now)
    }
}

#[cfg(test)]
mod tests {
    use database::Conn;

    use super::*;
    use crate::keyset::Key;
    use crate::testing::{World, noon};

    /// What SQLite does for a page that starts somewhere in an order.
    async fn plan(conn: &mut Conn, query: &TokenQuery, key: Key) -> String {
        let wanted = Wanted {
            scope: Scope::new(domain::OrganisationId(uuid::Uuid::nil()), None),
            query,
            only: None,
            filters: &Filters::default(),
            narrowed: &Narrowed::Not,
        };
        let head = Statement::new("EXPLAIN QUERY PLAN").text(COLUMNS);
        let statement = wanted.page_of(head, &Start::behind((key, uuid::Uuid::nil())), noon());
        let steps: Vec<(i64, i64, i64, String)> = statement.query(conn).all().await.expect("a plan");
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
