//! What is typed to make, change and rotate an API token.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};
use crate::id::{DepartmentId, PersonId};
use crate::network::Network;
use crate::permission::Permissions;
use crate::user_types::UserTypeRef;

/// The longest time that can be typed, in days.
const LONGEST: i64 = 3650;

/// Networks that a token may be limited to, at most.
const MOST_NETWORKS: usize = 50;

/// Characters of a description.
const DESCRIPTION: usize = 1000;

/// *New API token*, as typed; or as it is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiTokenForm {
    /// *Token Name*.
    pub name: String,
    /// *Expiry Date*: `90d`, a date, or `never`; blank: as the organisation's policy says.
    pub expires: String,
    /// *Select User*: the id of a person, or their address.
    pub user: String,
    /// The id of a department; blank: the whole of what the user sees.
    pub department: String,
    /// The id of a user type, or a word for a built-in one; blank: the user's own.
    pub user_type: String,
    /// Keys of permissions; blank: all that the user type has, unless it is narrowed.
    pub permissions: String,
    /// *Only some…*: whether it may do what is named and nothing else. Then something has to be named, so that a slip does
    /// not make a token that may do everything.
    pub narrowed: bool,
    /// Networks that it may be used from, as CIDR; blank: from everywhere.
    pub networks: String,
    /// What it is for.
    pub description: String,
}

/// An API token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiToken {
    /// Its name.
    pub name: String,
    /// When it ends; `None`: as the organisation's policy says.
    pub lifetime: Option<Lifetime>,
    /// The person behind it; `None`: the one who makes it.
    pub person: Option<PersonId>,
    /// The department that it is limited to.
    pub department: Option<DepartmentId>,
    /// Its user type; `None`: the person's.
    pub user_type: Option<UserTypeRef>,
    /// What it may do at most; `None`: all that its user type may.
    pub permissions: Option<Permissions>,
    /// Where it may be used from; none: everywhere.
    pub networks: Vec<Network>,
    /// What it is for.
    pub description: String,
}

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// So many days from now, to the minute.
    Days(i64),
    /// Through the end of this date, where the organisation is.
    Through(NaiveDate),
    /// Until this instant. Programs say so; nobody types it.
    Until(DateTime<Utc>),
    /// Never.
    Never,
}

impl Lifetime {
    /// The choices of the form, in days.
    pub const CHOICES: [i64; 4] = [30, 90, 180, 365];

    /// Reads `90d`, `2027-01-31` or `never`; blank is `None`.
    ///
    /// # Errors
    /// A sentence that shows the forms.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.eq_ignore_ascii_case("never") {
            return Ok(Some(Self::Never));
        }
        if let Some(days) = text.strip_suffix(['d', 'D']).and_then(|days| days.parse().ok()) {
            return (1..=LONGEST)
                .contains(&days)
                .then_some(Some(Self::Days(days)))
                .ok_or_else(|| format!("Expiry Date is 1 to {} days ahead.", form::grouped(LONGEST)));
        }
        form::date("Expiry Date", text)
            .map(|date| date.map(Self::Through))
            .map_err(|_| {
                "Expiry Date is a number of days such as 90d, a date such as 2027-01-31, or never.".to_owned()
            })
    }
}

/// Reads networks, with spaces, commas or line breaks between them. An address alone is a network of one.
///
/// # Errors
/// A sentence that names what cannot be read.
pub fn networks(text: &str) -> Result<Vec<Network>, String> {
    let networks = Network::parse_list(&text.replace([' ', '\n', '\r', '\t', ';'], ","))?;
    if networks.len() > MOST_NETWORKS {
        return Err(format!("A token has up to {MOST_NETWORKS} networks."));
    }
    Ok(networks)
}

impl ApiTokenForm {
    /// The token that was described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewApiToken, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", form::line("A name", 120, &self.name));
        let lifetime = problems
            .check("expires", Lifetime::parse(&self.expires))
            .flatten();
        let person = optional(&self.user, &mut problems, "user", "Choose a user from the list.");
        let department = optional(
            &self.department,
            &mut problems,
            "department",
            "Choose a department from the list.",
        );
        let user_type = optional(
            &self.user_type,
            &mut problems,
            "user_type",
            "Choose a user type from the list.",
        );
        let permissions = match self.permissions.trim() {
            "" if self.narrowed => {
                problems.add("permissions", "Choose what the token may do, at least one thing.");
                None
            }
            "" => None,
            keys => problems.check("permissions", keys.replace(',', " ").parse::<Permissions>()),
        };
        let networks = problems
            .check("networks", networks(&self.networks))
            .unwrap_or_default();
        let description = form::text(self.description.trim());
        if description.chars().count() > DESCRIPTION {
            problems.add("description", "A description has up to 1,000 characters.");
        }
        problems.into_result()?;
        Ok(NewApiToken {
            name: name.unwrap_or_default(),
            lifetime,
            person,
            department,
            user_type,
            permissions,
            networks,
            description,
        })
    }
}

fn optional<T: std::str::FromStr>(
    text: &str,
    problems: &mut Problems,
    field: &str,
    sentence: &'static str,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    problems.check(field, text.parse().map_err(|_| sentence))
}

/// *Rotate*, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RotateForm {
    /// How long the old secret still opens: `0`, `1h`, `24h`, `7d`; blank: not at all.
    pub grace: String,
    /// Whether it ends at the first use of the new one.
    pub until_first_use: bool,
}

impl RotateForm {
    /// The choices of the form: what is sent, and its words.
    pub const GRACES: [(&'static str, &'static str); 4] = [
        ("0", "Now"),
        ("1h", "In 1 hour"),
        ("24h", "In 24 hours"),
        ("7d", "In 7 days"),
    ];

    /// How long the old secret still opens.
    ///
    /// # Errors
    /// A sentence at `grace`.
    pub fn parse(&self) -> Result<chrono::TimeDelta, Problems> {
        let text = self.grace.trim();
        let sentence = "The grace is a time such as 0, 30m, 24h or 7d, up to 30 days.";
        let seconds = match text.char_indices().next_back() {
            None => Some(0),
            Some(_) if text == "0" => Some(0),
            Some((at, unit)) => {
                let per = match unit {
                    's' => Some(1),
                    'm' => Some(60),
                    'h' => Some(3600),
                    'd' => Some(86_400),
                    _ => None,
                };
                text[..at]
                    .parse::<i64>()
                    .ok()
                    .zip(per)
                    .and_then(|(number, per)| number.checked_mul(per))
            }
        };
        seconds
            .filter(|seconds| (0..=30 * 86_400).contains(seconds))
            .map(chrono::TimeDelta::seconds)
            .ok_or_else(|| Problems::one("grace", sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_days_a_date_or_never() {
        assert_eq!(Lifetime::parse("90d"), Ok(Some(Lifetime::Days(90))));
        assert_eq!(Lifetime::parse(" never "), Ok(Some(Lifetime::Never)));
        assert_eq!(Lifetime::parse(""), Ok(None));
        let date = NaiveDate::from_ymd_opt(2027, 1, 31).expect("a date");
        assert_eq!(Lifetime::parse("2027-01-31"), Ok(Some(Lifetime::Through(date))));
        for wrong in ["0d", "-1d", "4000d", "soon", "31.1.2027", "d"] {
            assert!(Lifetime::parse(wrong).is_err(), "{wrong}");
        }
        let sentence = Lifetime::parse("0d").expect_err("no time at all");
        assert_eq!(sentence, "Expiry Date is 1 to 3,650 days ahead.");
    }

    #[test]
    fn networks_are_read_in_any_of_their_forms() {
        let read =
            |text: &str| networks(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read("203.0.113.7"), Ok(vec!["203.0.113.7/32".into()]));
        assert_eq!(
            read("203.0.113.7/24, 2001:db8::1/32\n::ffff:198.51.100.0/120"),
            Ok(vec![
                "203.0.113.7/24".into(),
                "2001:db8::1/32".into(),
                "198.51.100.0/24".into()
            ])
        );
        assert_eq!(read(" "), Ok(Vec::new()));
        assert!(read("203.0.113.0/33").is_err() && read("everywhere").is_err());
    }

    #[test]
    fn a_grace_is_short_and_written_with_its_unit() {
        let grace = |text: &str| {
            RotateForm {
                grace: text.into(),
                ..RotateForm::default()
            }
            .parse()
        };
        assert_eq!(grace(""), Ok(chrono::TimeDelta::zero()));
        assert_eq!(grace("24h"), Ok(chrono::TimeDelta::hours(24)));
        for wrong in ["31d", "-1h", "h", "5", "99999999999999999999d", "1ä"] {
            assert!(grace(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_that_is_narrowed_to_nothing_does_not_become_one_that_may_do_everything() {
        let narrowed = |permissions: &str| {
            let form = ApiTokenForm {
                name: "Narrow".into(),
                permissions: permissions.into(),
                narrowed: true,
                ..ApiTokenForm::default()
            };
            form.parse()
        };
        for blank in ["", "  ", "\n"] {
            let problems = narrowed(blank).expect_err("nothing is named");
            assert!(problems.at("permissions").is_some());
        }
        let some = narrowed("tokens:read").expect("something is named").permissions;
        assert_eq!(some.map(|some| some.to_string()), Some("tokens:read".into()));
    }

    #[test]
    fn all_problems_are_said_at_once() {
        let problems = ApiTokenForm {
            expires: "soon".into(),
            user: "x".into(),
            permissions: "root".into(),
            networks: "here".into(),
            ..ApiTokenForm::default()
        }
        .parse()
        .expect_err("a bad form");
        for field in ["name", "expires", "user", "permissions", "networks"] {
            assert!(problems.at(field).is_some(), "{field}");
        }
    }
}
