//! The dialogs that make and change tokens: what is typed, and what it means.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{HIGHEST_LIMIT, MOST_CODES, TokenType};
use crate::form::{self, Problems};
use crate::id::CollectionId;

/// The Create Token dialog, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewTokenForm {
    /// *Name*.
    pub name: String,
    /// *Token Type*: `single` or `multi`.
    pub token_type: String,
    /// *Usage Limit* of a single token; blank: no limit.
    pub usage_limit: String,
    /// *No of Tokens* of a multi token.
    pub no_of_tokens: String,
    /// *Starts*; blank: at once.
    pub starts: String,
    /// *Expires*; blank: never.
    pub expires: String,
    /// *Collection*: the id of a published one.
    pub collection: String,
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// What is made.
    pub what: NewTokenKind,
    /// The first day, in the organisation's time zone.
    pub starts: Option<NaiveDate>,
    /// The last day, in the organisation's time zone.
    pub expires: Option<NaiveDate>,
    /// What it opens.
    pub collection: CollectionId,
}

/// One link with a limit, or so many links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewTokenKind {
    /// One link; `None`: no limit.
    Single {
        /// How often it may be used.
        limit: Option<i64>,
    },
    /// So many links, each used once.
    Multi {
        /// How many.
        codes: i64,
    },
}

impl NewTokenForm {
    /// The token that was described, where it is `today`.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self, today: NaiveDate) -> Result<NewToken, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", name(&self.name));
        let what = match TokenType::from_key(&self.token_type) {
            Some(TokenType::Single) => problems
                .check(
                    "usage_limit",
                    form::number("Usage Limit", 1, HIGHEST_LIMIT, &self.usage_limit),
                )
                .map(|limit| NewTokenKind::Single { limit }),
            Some(TokenType::Multi) => problems
                .check("no_of_tokens", code_count("No of Tokens", &self.no_of_tokens))
                .map(|codes| NewTokenKind::Multi { codes }),
            None => {
                problems.add("token_type", "Choose Single Token or Multi Token.");
                None
            }
        };
        let starts = problems
            .check("starts", form::date("Starts", &self.starts))
            .flatten();
        let expires = problems
            .check("expires", form::date("Expires", &self.expires))
            .flatten();
        if starts
            .zip(expires)
            .is_some_and(|(starts, expires)| expires < starts)
        {
            problems.add("expires", "Expires is a date on or after the start.");
        } else if expires.is_some_and(|expires| expires < today) {
            problems.add(
                "expires",
                "Expires is today or a later date: a new token opens something.",
            );
        }
        let collection = problems.check(
            "collection",
            self.collection
                .parse()
                .map_err(|_| "Choose a published collection."),
        );
        problems.into_result()?;
        match (name, what, collection) {
            (Some(name), Some(what), Some(collection)) => Ok(NewToken {
                name,
                what,
                starts,
                expires,
                collection,
            }),
            _ => Err(Problems::one("name", "Fill in the form.")),
        }
    }
}

/// The Edit dialog, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditTokenForm {
    /// *Name*.
    pub name: String,
    /// *Starts*; blank: at once.
    pub starts: String,
    /// *Expires*; blank: never. Yesterday ends the token now.
    pub expires: String,
    /// *Usage Limit* of a single token, not below its uses; blank: no limit. Not read for a multi token.
    pub usage_limit: String,
}

/// What becomes of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditToken {
    /// Its name.
    pub name: String,
    /// The first day, in the organisation's time zone.
    pub starts: Option<NaiveDate>,
    /// The last day, in the organisation's time zone.
    pub expires: Option<NaiveDate>,
    /// How often a single token may be used; `None`: no limit.
    pub limit: Option<i64>,
}

impl EditTokenForm {
    /// Makes a form that was opened with `shown` one for what is there `now`, with what was changed in it. The problems are
    /// the fields that somebody else changed meanwhile, too.
    pub fn settle(&mut self, shown: &Self, now: &Self) -> Problems {
        let mut problems = Problems::default();
        for (field, typed, shown, now) in [
            ("name", &mut self.name, &shown.name, &now.name),
            ("starts", &mut self.starts, &shown.starts, &now.starts),
            ("expires", &mut self.expires, &shown.expires, &now.expires),
            (
                "usage_limit",
                &mut self.usage_limit,
                &shown.usage_limit,
                &now.usage_limit,
            ),
        ] {
            form::settle(&mut problems, field, typed, shown, now);
        }
        problems
    }

    /// The change that was described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<EditToken, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", name(&self.name));
        let starts = problems
            .check("starts", form::date("Starts", &self.starts))
            .flatten();
        let expires = problems
            .check("expires", form::date("Expires", &self.expires))
            .flatten();
        let limit = problems
            .check(
                "usage_limit",
                form::number("Usage Limit", 1, HIGHEST_LIMIT, &self.usage_limit),
            )
            .flatten();
        problems.into_result()?;
        Ok(EditToken {
            name: name.unwrap_or_default(),
            starts,
            expires,
            limit,
        })
    }
}

/// A token's name: one line of 1 to 120 characters.
///
/// # Errors
/// A sentence with the bounds.
pub fn name(text: &str) -> Result<String, form::BadText> {
    form::line("A name", 120, text)
}

/// A number of codes to make.
///
/// # Errors
/// A sentence with the bounds.
pub fn code_count(what: &str, text: &str) -> Result<i64, String> {
    form::number(what, 1, MOST_CODES, text)?.ok_or_else(|| {
        format!(
            "{what} is a whole number from 1 to {}.",
            form::grouped(MOST_CODES)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> NewTokenForm {
        NewTokenForm {
            name: "Spring intake".into(),
            token_type: "multi".into(),
            no_of_tokens: "25".into(),
            expires: "2026-12-31".into(),
            collection: "01900000-0000-7000-8000-000000000000".into(),
            ..NewTokenForm::default()
        }
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 7, 1).expect("a date")
    }

    #[test]
    fn a_new_token_is_not_over_before_it_begins() {
        let that_ends = |expires: &str| NewTokenForm {
            name: String::new(),
            expires: expires.into(),
            ..form()
        };
        let problems = |expires| that_ends(expires).parse(today()).expect_err("no name");
        assert_eq!(
            problems("2026-06-30").at("expires"),
            Some("Expires is today or a later date: a new token opens something."),
            "said together with what else is wrong"
        );
        assert_eq!(problems("2026-07-01").at("expires"), None);
    }

    #[test]
    fn a_filled_in_form_describes_a_token() {
        let token = form().parse(today()).expect("a good form");
        assert_eq!(token.what, NewTokenKind::Multi { codes: 25 });
        assert_eq!(token.expires, NaiveDate::from_ymd_opt(2026, 12, 31));

        let single = NewTokenForm {
            token_type: "single".into(),
            ..form()
        }
        .parse(today())
        .expect("a good form");
        assert_eq!(single.what, NewTokenKind::Single { limit: None });
    }

    #[test]
    fn all_problems_are_said_at_once_each_at_its_field() {
        let problems = NewTokenForm {
            name: " ".into(),
            no_of_tokens: "100001".into(),
            expires: "soon".into(),
            collection: String::new(),
            ..form()
        }
        .parse(today())
        .expect_err("a bad form");

        assert_eq!(problems.at("name"), Some("A name has 1 to 120 characters."));
        assert_eq!(
            problems.at("no_of_tokens"),
            Some("No of Tokens is a whole number from 1 to 100,000.")
        );
        assert_eq!(
            problems.at("expires"),
            Some("Expires is a date such as 2026-12-31, or blank.")
        );
        assert_eq!(problems.at("collection"), Some("Choose a published collection."));
        assert_eq!(problems.first_field(), Some("name"));
    }

    #[test]
    fn an_end_before_the_start_is_refused() {
        let problems = NewTokenForm {
            starts: "2027-01-01".into(),
            ..form()
        }
        .parse(today())
        .expect_err("ends first");
        assert_eq!(
            problems.at("expires"),
            Some("Expires is a date on or after the start.")
        );
    }
}
