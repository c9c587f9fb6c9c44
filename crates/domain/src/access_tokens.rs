//! Access tokens: links that open a collection.
//!
//! A *single token* is one code, used many times up to a limit. A *multi token* is a list of codes, each
//! used once. What the Token Manager shows and takes is here.

pub mod bulk;
mod codes;
mod forms;
mod list;
mod sheet;

use serde::{Deserialize, Serialize};

use crate::collections::Cover;
use crate::email::EmailAddress;
use crate::id::CollectionId;
use crate::tokens::State;
use crate::when::When;

pub use codes::{CodeFilter, CodeQuery, CodeRow, DayOfUses, LATEST_USES, USE_DAYS, UseRow, UsedBy, UsesView};
pub use forms::{EditToken, EditTokenForm, NewToken, NewTokenForm, NewTokenKind, code_count, name};
pub use list::{TokenList, TokenOrder, TokenQuery, TokenRow};
pub use sheet::{CODES_OF_SHEET, Sheet, SheetCode};

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
    pub fn label(self) -> &'static str {
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

/// A link to hand out. The answer holds a code; showing it was recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedLink {
    /// The link.
    pub link: String,
    /// The code as people type it.
    pub code: String,
    /// The link as a QR code: an SVG picture.
    pub qr_svg: String,
    /// The same as a PNG picture: an address of its own, with the bytes in it (RFC 2397).
    pub qr_png: String,
    /// Whether it opens something now.
    pub state: State,
    /// Whom the code was assigned to.
    pub assigned: Option<EmailAddress>,
    /// Whether what it opens is there for those who have the link.
    pub is_published: bool,
}

impl SharedLink {
    /// What there is to know before it is handed out.
    pub fn sentence(&self) -> String {
        match (self.state, &self.assigned) {
            (State::Revoked, _) => "This link was revoked: it opens nothing any more.".into(),
            (State::Expired, _) => {
                "This link has expired: it opens nothing until it gets a later expiry.".into()
            }
            (State::UsedUp, _) => "This link is used up: it opens nothing for anybody else.".into(),
            (State::Suspended, _) => "This link is suspended: it opens nothing until it is resumed.".into(),
            _ if !self.is_published => {
                "Its collection is not published: the link opens nothing for now.".into()
            }
            (_, Some(email)) => format!("It was assigned to {email}, but whoever has the link can use it."),
            (State::NotYet, None) => "It does not open anything before its start.".into(),
            (State::Live, None) => "Whoever has the link can use it.".into(),
        }
    }
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
