//! Filters of lists of tokens that programs ask for and no screen does: when a token was made, ends and was last used, from
//! where, and a department without those below it.
//!
//! The instants are looked up in the indexes of the orders, so that a list in that order begins where its rows do.

use chrono::{DateTime, Utc};
use database::Statement;
use domain::network::Network;
use domain::{DepartmentId, TokenId};
use uuid::Uuid;

/// Instants from one on, and before another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// This one or a later one.
    pub from: Option<DateTime<Utc>>,
    /// An earlier one.
    pub before: Option<DateTime<Utc>>,
}

/// What a list is narrowed to beside what its screen asks; the default narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// When tokens were made.
    pub created: Span,
    /// When they end; those that never end are left out.
    pub expires: Span,
    /// When they were last used; those that never were are left out.
    pub last_used: Span,
    /// Only those that nobody has used.
    pub never_used: bool,
    /// Only those of this department itself.
    pub department_alone: Option<DepartmentId>,
    /// Only those that were last used from here.
    pub last_network: Option<Network>,
}

/// A value that a condition compares with.
#[derive(Debug, Clone, Copy)]
enum Than {
    Instant(DateTime<Utc>),
    Id(TokenId),
    Department(DepartmentId),
}

impl Span {
    pub(crate) fn is_open(self) -> bool {
        self == Self::default()
    }
}

impl Filters {
    /// The conditions on a token `t`, each with the value that stands behind it.
    fn conditions(&self) -> Vec<(&'static str, Than)> {
        let id = |at: Option<DateTime<Utc>>, ahead: i64| at.map(|at| Than::Id(first_id(at, ahead)));
        let instant = |at: Option<DateTime<Utc>>| at.map(Than::Instant);
        let each = [
            // Ids sort by the time they were made, to the millisecond.
            ("AND t.id >=", id(self.created.from, 0)),
            ("AND t.created_at >=", instant(self.created.from)),
            ("AND t.id <", id(self.created.before, 1)),
            ("AND t.created_at <", instant(self.created.before)),
            (
                "AND t.expires_at IS NOT NULL AND t.expires_key >=",
                instant(self.expires.from),
            ),
            (
                "AND t.expires_at IS NOT NULL AND t.expires_key <",
                instant(self.expires.before),
            ),
            (
                "AND t.last_used_at IS NOT NULL AND t.last_used_key >=",
                instant(self.last_used.from),
            ),
            (
                "AND t.last_used_at IS NOT NULL AND t.last_used_key <",
                instant(self.last_used.before),
            ),
            (
                "AND t.department_id =",
                self.department_alone.map(Than::Department),
            ),
        ];
        each.into_iter()
            .filter_map(|(condition, than)| Some((condition, than?)))
            .collect()
    }

    /// Goes on with the conditions, where the token is `t`.
    pub(crate) fn narrow(&self, statement: Statement) -> Statement {
        let statement = self
            .conditions()
            .into_iter()
            .fold(statement, |statement, (condition, than)| {
                let statement = statement.text(condition);
                match than {
                    Than::Instant(at) => statement.value(at),
                    Than::Id(id) => statement.value(id),
                    Than::Department(id) => statement.value(id),
                }
            });
        match self.never_used {
            true => statement.text("AND t.last_used_at IS NULL"),
            false => statement,
        }
    }

    /// What the narrowest of the spans sorts by, if there is one: few tokens may lie in it.
    pub(crate) fn key(&self) -> Option<&'static str> {
        [
            (self.last_used, "t.last_used_key"),
            (self.expires, "t.expires_key"),
            (self.created, "t.id"),
        ]
        .into_iter()
        .find_map(|(span, key)| (!span.is_open()).then_some(key))
    }

    /// Those among the addresses that lie in the network that was asked for; `None`: none was.
    pub(crate) fn within_network(&self, addresses: Vec<String>) -> Option<Vec<String>> {
        let network = self.last_network?;
        let lies_in = |address: &String| address.parse().is_ok_and(|address| network.contains(address));
        Some(addresses.into_iter().filter(lies_in).collect())
    }
}

/// The least id that a token could have which was made in the millisecond of an instant, or so many later.
fn first_id(at: DateTime<Utc>, ahead: i64) -> TokenId {
    let millis = u64::try_from(at.timestamp_millis().saturating_add(ahead)).unwrap_or_default();
    // Ids of version 7 begin with 48 bits of milliseconds.
    let bits = u128::from(millis.min((1 << 48) - 1)) << 80;
    TokenId(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_lies_between_those_of_its_own_millisecond_and_of_the_next() {
        let at: DateTime<Utc> = "2026-05-04T03:02:01.234567Z".parse().expect("an instant");
        let seconds = u64::try_from(at.timestamp()).expect("after 1970");
        let made = uuid::Builder::from_unix_timestamp_millis(seconds * 1_000 + 234, &[255; 10]);
        let id = TokenId(made.into_uuid());
        assert!(first_id(at, 0) <= id && id < first_id(at, 1));
        let long_ago = "1900-01-01T00:00:00Z".parse().expect("an instant");
        assert!(first_id(long_ago, 0) < id);
    }

    #[test]
    fn what_is_not_said_narrows_nothing() {
        let nothing = Filters::default();
        assert_eq!((nothing.conditions().len(), nothing.key()), (0, None));
        assert_eq!(nothing.within_network(vec!["192.0.2.1".into()]), None);
        let network = Network::parse_list("192.0.2.0/24").expect("a network");
        let here = Filters {
            last_network: network.first().copied(),
            ..Filters::default()
        };
        let addresses = vec!["192.0.2.1".to_owned(), "198.51.100.1".into(), String::new()];
        assert_eq!(here.within_network(addresses), Some(vec!["192.0.2.1".into()]));
    }
}
