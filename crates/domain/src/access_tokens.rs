//! Access tokens: links that open a collection.
//!
//! A *single token* is one code, used many times up to a limit. A *multi token* is a list of codes, each
//! used once. What the Token Manager shows and takes is here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::collections::Cover;
use crate::email::EmailAddress;
use crate::form::{self, Problems};
use crate::id::{CollectionId, PersonId, TokenId};
use crate::jobs::Progress;
use crate::mail::MailState;
use crate::page::Cursor;
use crate::tokens::State;
use crate::when::When;

/// The most codes that a multi token may have.
pub const MOST_CODES: i64 = 100_000;

/// The highest limit that may be typed for a single token.
pub const HIGHEST_LIMIT: i64 = 1_000_000_000;

/// Up to this many codes are made while the admin waits (a blink); more become a job.
pub const CODES_AT_ONCE: i64 = 2_000;

/// One link for many, or many links for one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// One link, used many times up to a limit.
    Single,
    /// A list of links, each used once.
    Multi,
}

impl TokenType {
    /// The words on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::Single => "Single Token",
            Self::Multi => "Multi Token",
        }
    }

    /// The word in forms, addresses and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multi => "multi",
        }
    }

    /// The type behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Single, Self::Multi]
            .into_iter()
            .find(|token_type| token_type.key() == key)
    }
}

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
    /// The token that was described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewToken, Problems> {
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

/// The two lists of the Token Manager.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenList {
    /// Not yet, live and suspended ones.
    #[default]
    Active,
    /// Used up, expired and revoked ones.
    Expired,
    /// Deleted ones that can still be restored.
    Deleted,
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOrder {
    /// The name.
    Name,
    /// When it was made.
    #[default]
    Created,
    /// When it ends; never comes last.
    Expires,
    /// How often it was used.
    Uses,
    /// How many uses are left; no limit comes last.
    Remaining,
    /// When it was last used; never comes first.
    LastUsed,
}

impl TokenOrder {
    /// All orders, as in the menu.
    pub const ALL: [TokenOrder; 6] = [
        Self::Created,
        Self::Name,
        Self::Expires,
        Self::Uses,
        Self::Remaining,
        Self::LastUsed,
    ];

    /// The words in the menu.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Created => "Created",
            Self::Expires => "Expires",
            Self::Uses => "Uses",
            Self::Remaining => "Remaining",
            Self::LastUsed => "Last used",
        }
    }

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::Expires => "expires",
            Self::Uses => "uses",
            Self::Remaining => "remaining",
            Self::LastUsed => "last-used",
        }
    }

    /// The order behind a word in an address, with a leading `-` for the way down.
    pub fn from_key(key: &str) -> Option<(Self, bool)> {
        let (word, descending) = key.strip_prefix('-').map_or((key, false), |word| (word, true));
        Self::ALL
            .into_iter()
            .find(|order| order.key() == word)
            .map(|order| (order, descending))
    }
}

/// What the Token Manager asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenQuery {
    /// Which of the lists.
    pub list: TokenList,
    /// Words, an e-mail address, a code or the shown part of one; blank: everything.
    pub search: String,
    /// What it is ordered by.
    pub order: TokenOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Only this type.
    pub token_type: Option<TokenType>,
    /// Only this collection.
    pub collection: Option<CollectionId>,
    /// Only this state.
    pub state: Option<State>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
}

impl Default for TokenQuery {
    /// The newest of the active tokens.
    fn default() -> Self {
        Self {
            list: TokenList::Active,
            search: String::new(),
            order: TokenOrder::Created,
            descending: true,
            token_type: None,
            collection: None,
            state: None,
            after: None,
        }
    }
}

/// A row of the Token Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Single or multi.
    pub token_type: TokenType,
    /// What is shown of a single token's code: `7F3K…M5QJ`. A multi token has none of its own.
    pub hint: Option<String>,
    /// What it opens.
    pub collection: CollectionId,
    /// The collection's title.
    pub collection_title: String,
    /// How often it, or its codes together, were used.
    pub uses: i64,
    /// How often it may be used; the number of codes of a multi token; `None`: no limit.
    pub limit: Option<i64>,
    /// What it is now.
    pub state: State,
    /// Its start, if it has one.
    pub starts: Option<When>,
    /// Its last valid minute, if it has an end: what `Expires` shows.
    pub expires: Option<When>,
    /// When it was last used.
    pub last_used: Option<When>,
    /// When it was made.
    pub created: When,
    /// Who made it.
    pub created_by: String,
    /// When it was deleted, if it was.
    pub deleted: Option<When>,
    /// The job that is making its codes, while one does.
    pub making: Option<Progress>,
}

impl TokenRow {
    /// How many uses are left; `None`: no limit.
    pub fn remaining(&self) -> Option<i64> {
        self.limit.map(|limit| (limit - self.uses).max(0))
    }

    /// Whether it may be edited like any other: what was deleted has to be restored first.
    pub fn is_deleted(&self) -> bool {
        self.deleted.is_some()
    }
}

/// What the page of a multi token's codes asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeQuery {
    /// An e-mail address, a name, a code or the shown part of one; blank: everything.
    pub search: String,
    /// Only these.
    pub show: CodeFilter,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
}

/// Which codes of a multi token are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeFilter {
    /// All of them.
    #[default]
    All,
    /// Neither assigned nor used.
    Free,
    /// Assigned and not used.
    Assigned,
    /// Used.
    Used,
}

impl CodeFilter {
    /// All filters, as in the menu.
    pub const ALL: [CodeFilter; 4] = [Self::All, Self::Free, Self::Assigned, Self::Used];

    /// The words in the menu.
    pub fn words(self) -> &'static str {
        match self {
            Self::All => "All codes",
            Self::Free => "Free",
            Self::Assigned => "Assigned, not used",
            Self::Used => "Used",
        }
    }

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Free => "free",
            Self::Assigned => "assigned",
            Self::Used => "used",
        }
    }

    /// The filter behind a word in an address.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.key() == key)
    }
}

/// A code of a multi token, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRow {
    /// The code.
    pub id: TokenId,
    /// Its number within the multi token, from 1.
    pub number: i64,
    /// What is shown of it: `7F3K…M5QJ`.
    pub hint: String,
    /// What it is now.
    pub state: State,
    /// Whom it was assigned to.
    pub assigned: Option<EmailAddress>,
    /// Where the mail with its link is.
    pub mail: Option<MailState>,
    /// Who used it.
    pub used_by: Option<UsedBy>,
    /// The code that replaces this one, if one was issued.
    pub replaced_by: Option<TokenId>,
    /// Whether this code replaces another one.
    pub is_replacement: bool,
}

/// Who used a code, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedBy {
    /// The person, whose name leads to the user report.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// When.
    pub when: When,
}

/// A link to hand out. The only answer that holds a code; showing it was recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedLink {
    /// The link.
    pub link: String,
    /// The code as people type it.
    pub code: String,
    /// The link as a QR code: an SVG picture.
    pub qr_svg: String,
}

impl std::fmt::Debug for SharedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedLink(…)")
    }
}

/// A page of the history of a token or code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it happened.
    pub when: When,
    /// Who did it.
    pub who: String,
    /// What happened, as a sentence.
    pub what: String,
}

/// A published collection that a token can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionChoice {
    /// The collection.
    pub id: CollectionId,
    /// Its title.
    pub title: String,
    /// Its cover.
    pub cover: Cover,
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

    #[test]
    fn a_filled_in_form_describes_a_token() {
        let token = form().parse().expect("a good form");
        assert_eq!(token.what, NewTokenKind::Multi { codes: 25 });
        assert_eq!(token.expires, NaiveDate::from_ymd_opt(2026, 12, 31));

        let single = NewTokenForm {
            token_type: "single".into(),
            ..form()
        }
        .parse()
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
        .parse()
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
        .parse()
        .expect_err("ends first");
        assert_eq!(
            problems.at("expires"),
            Some("Expires is a date on or after the start.")
        );
    }

    #[test]
    fn orders_and_filters_lead_back_from_their_words() {
        for order in TokenOrder::ALL {
            assert_eq!(TokenOrder::from_key(order.key()), Some((order, false)));
            assert_eq!(
                TokenOrder::from_key(&format!("-{}", order.key())),
                Some((order, true))
            );
        }
        for filter in CodeFilter::ALL {
            assert_eq!(CodeFilter::from_key(filter.key()), Some(filter));
        }
    }
}
