//! The codes of a multi token: what their list is asked, and its rows.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::id::{PersonId, TokenId};
use crate::mail::MailState;
use crate::page::Cursor;
use crate::tokens::State;
use crate::when::When;

/// What the page of a multi token's codes asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeQuery {
    /// An e-mail address, a name, a code or the shown part of one; blank: everything.
    pub search: String,
    /// Only these.
    pub show: CodeFilter,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
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
    pub fn label(self) -> &'static str {
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
    /// The person, whose name leads to the user report; `None`: somebody of another department, whom a reader who is
    /// limited to one may not see.
    pub person: Option<PersonId>,
    /// Their name; blank for one who may not be seen.
    pub name: String,
    /// When.
    pub when: When,
}

/// Days, up to today, for which it is told how often a token was used.
pub const USE_DAYS: i64 = 90;

/// Latest uses that a token's page shows.
pub const LATEST_USES: u16 = 20;

/// Whether a token works: how often it was used on which days, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsesView {
    /// The days with a use, the first of them first.
    pub days: Vec<DayOfUses>,
    /// The latest uses of a single token; those of a multi token stand with its codes.
    pub latest: Vec<UseRow>,
}

/// A day on which a token was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfUses {
    /// Its place among the [`USE_DAYS`], from 0; the last one is today.
    pub day: i64,
    /// Its date, as lists show it.
    pub date: String,
    /// How often it was used.
    pub uses: i64,
}

/// A use of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseRow {
    /// Its number within its token, or within its code.
    pub number: i64,
    /// The code of a multi token.
    pub code: Option<TokenId>,
    /// The person; `None`: somebody of another department, whom a reader who is limited to one may not see.
    pub person: Option<PersonId>,
    /// Their name; blank for one who may not be seen.
    pub name: String,
    /// When.
    pub when: When,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_lead_back_from_their_words() {
        for filter in CodeFilter::ALL {
            assert_eq!(CodeFilter::from_key(filter.key()), Some(filter));
        }
    }
}
