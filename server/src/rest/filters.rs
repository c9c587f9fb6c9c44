//! What lists of tokens of several kinds are narrowed to and ordered by, told once.

use backend::{Filters, Span};
use chrono::{DateTime, Datelike, Utc};
use domain::DepartmentId;
use domain::network::Network;
use domain::page::{Count, MOST_COUNTED, NOT_COUNTED};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::Problem;

/// What a list takes: its own parameters, and those of every list of tokens.
macro_rules! filter {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, Default, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$of_field])* $field: $type,)*
            /// Only those of this department and of those below it.
            department_id: Option<uuid::Uuid>,
            /// Whether those below the department are there, too; they are if it is not said.
            include_children: Option<bool>,
            /// Only those that end within so many days.
            expires_within: Option<i64>,
            /// Only those that were made at this instant or later.
            created_after: Option<chrono::DateTime<chrono::Utc>>,
            /// Only those that were made earlier.
            created_before: Option<chrono::DateTime<chrono::Utc>>,
            /// Only those that end at this instant or later.
            expires_after: Option<chrono::DateTime<chrono::Utc>>,
            /// Only those that end earlier.
            expires_before: Option<chrono::DateTime<chrono::Utc>>,
            /// Only those that were last used at this instant or later.
            last_used_after: Option<chrono::DateTime<chrono::Utc>>,
            /// Only those that were last used earlier; not those that never were.
            last_used_before: Option<chrono::DateTime<chrono::Utc>>,
        }

        impl $name {
            /// What is asked for beside what a screen asks.
            fn beside(&self) -> $crate::rest::filters::Beside {
                $crate::rest::filters::Beside {
                    department_id: self.department_id,
                    include_children: self.include_children,
                    created: backend::Span { from: self.created_after, before: self.created_before },
                    expires: backend::Span { from: self.expires_after, before: self.expires_before },
                    last_used: backend::Span { from: self.last_used_after, before: self.last_used_before },
                }
            }
        }
    };
}

/// The orders of a list, each from its least and from its greatest.
macro_rules! sort {
    (
        $(#[$meta:meta])*
        $visible:vis enum $name:ident: $order:ident {
            $($(#[$up_doc:meta])* $up:ident = $key:literal, $(#[$down_doc:meta])* $down:ident = $down_key:literal => $by:ident;)+
        }
    ) => {
        #[derive(Debug, Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
        $(#[$meta])*
        $visible enum $name {
            $(
                $(#[$up_doc])*
                #[serde(rename = $key)]
                $up,
                $(#[$down_doc])*
                #[serde(rename = $down_key)]
                $down,
            )+
        }

        impl From<$name> for ($order, bool) {
            fn from(sort: $name) -> Self {
                match sort {
                    $($name::$up => ($order::$by, false), $name::$down => ($order::$by, true),)+
                }
            }
        }
    };
}
pub(super) use {filter, sort};

/// What is asked for beside what a screen asks.
pub struct Beside {
    pub department_id: Option<Uuid>,
    pub include_children: Option<bool>,
    pub created: Span,
    pub expires: Span,
    pub last_used: Span,
}

impl Beside {
    /// As the backend takes it.
    ///
    /// # Errors
    /// An instant that no database knows; a span that ends before it begins; `include_children` without a department.
    pub fn filters(self) -> Result<Filters, Problem> {
        for (after, before, span) in [
            ("created_after", "created_before", self.created),
            ("expires_after", "expires_before", self.expires),
            ("last_used_after", "last_used_before", self.last_used),
        ] {
            for (name, at) in [(after, span.from), (before, span.before)] {
                if at.is_some_and(|at| !(1..=9999).contains(&at.year())) {
                    let sentence = "Write an instant of the years 1 to 9999, such as 2026-12-31T08:00:00Z.";
                    return Err(Problem::parameter(name, sentence));
                }
            }
            if span
                .from
                .zip(span.before)
                .is_some_and(|(from, before)| before <= from)
            {
                let sentence = format!("{before} is a later instant than {after}.");
                return Err(Problem::parameter(before, sentence));
            }
        }
        if self.include_children.is_some() && self.department_id.is_none() {
            let sentence = "It goes with department_id.";
            return Err(Problem::parameter("include_children", sentence));
        }
        let is_alone = self.include_children == Some(false);
        Ok(Filters {
            created: self.created,
            expires: self.expires,
            last_used: self.last_used,
            department_alone: self.department_id.filter(|_| is_alone).map(DepartmentId),
            ..Filters::default()
        })
    }
}

/// One network, in an address.
///
/// # Errors
/// It is none, or several.
pub fn network(name: &str, text: Option<&str>) -> Result<Option<Network>, Problem> {
    let Some(text) = text else { return Ok(None) };
    match Network::parse_list(text).as_deref() {
        Ok([one]) => Ok(Some(*one)),
        _ => Err(Problem::parameter(
            name,
            "Write one address or network, such as 203.0.113.7 or 203.0.113.0/24.",
        )),
    }
}

/// Whether a list is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    /// It is not.
    #[default]
    None,
    /// Up to 10,000 rows are; where there are more, `page.total_is_exact` is false.
    Exact,
}

/// How many rows a list has, as its page says it.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// How many.
    pub total: i64,
    /// Whether there are not more.
    pub is_exact: bool,
}

impl From<Count> for Counted {
    fn from(count: Count) -> Self {
        match count {
            Count::Exactly(total) => Self {
                total,
                is_exact: true,
            },
            Count::MoreThan(total) => Self {
                total,
                is_exact: false,
            },
        }
    }
}

impl From<i64> for Counted {
    /// As [`Count::number`] writes it.
    fn from(count: i64) -> Self {
        let total = match count {
            NOT_COUNTED => 0,
            count => count.saturating_abs().min(MOST_COUNTED),
        };
        Self {
            total,
            is_exact: total == count,
        }
    }
}

/// The instant that lies so many days ahead.
pub fn ahead(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    now + chrono::TimeDelta::days(days.clamp(0, 3650))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside() -> Beside {
        Beside {
            department_id: None,
            include_children: None,
            created: Span::default(),
            expires: Span::default(),
            last_used: Span::default(),
        }
    }

    #[test]
    fn what_can_find_nothing_is_refused_at_its_parameter() {
        let at = |text: &str| Some(text.parse().expect("an instant"));
        let backwards = Beside {
            last_used: Span {
                from: at("2026-05-02T00:00:00Z"),
                before: at("2026-05-01T00:00:00Z"),
            },
            ..beside()
        };
        let problem = backwards
            .filters()
            .expect_err("it ends before it begins")
            .as_json();
        assert_eq!(problem["errors"][0]["parameter"], "last_used_before");
        let far = Beside {
            created: Span {
                from: at("+12026-01-01T00:00:00Z"),
                before: None,
            },
            ..beside()
        };
        let problem = far.filters().expect_err("no database knows it").as_json();
        assert_eq!(problem["errors"][0]["parameter"], "created_after");
        let alone = Beside {
            include_children: Some(false),
            ..beside()
        };
        let problem = alone.filters().expect_err("of no department").as_json();
        assert_eq!(problem["errors"][0]["parameter"], "include_children");
        assert!(network("last_used_ip", Some("here")).is_err());
        assert!(network("last_used_ip", Some("203.0.113.0/24,198.51.100.1")).is_err());
        assert!(matches!(
            network("last_used_ip", Some("203.0.113.0/24")),
            Ok(Some(_))
        ));
        assert!(matches!(network("last_used_ip", None), Ok(None)));
    }
}
