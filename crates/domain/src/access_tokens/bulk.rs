//! The same for many tokens, or for many codes of a multi token, at once: which ones, what is done, and what became of it
//! for each.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CodeQuery, TokenList, TokenQuery};
use crate::form::{self, Problems};
use crate::jobs::{JobState, Progress};
use crate::{BatchId, TokenId};

/// The most tokens that may be named one by one; more are meant by what they have in common.
pub const MOST_NAMED: usize = 1_000;

/// Refusals that a screen shows.
pub const SHOWN: usize = 100;

/// The most codes that may be meant by a search; without one there is no limit.
pub const MOST_SEARCHED: usize = 10_000;

/// What is done to many tokens, or to many codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// They are paused.
    Suspend,
    /// The pause ends.
    Resume,
    /// They expire on another day, or never.
    ChangeExpiry,
    /// They are deleted; for 30 days they can be restored.
    Delete,
    /// They are brought back.
    Restore,
    /// They end for good.
    Revoke,
    /// Codes: a new link goes to the address that each is assigned to, and the one before opens nothing.
    NewLink,
    /// Codes: they are assigned to nobody any more, and the links that were mailed open nothing.
    ClearAssignment,
}

impl BulkAction {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Suspend,
        Self::Resume,
        Self::ChangeExpiry,
        Self::Delete,
        Self::Restore,
        Self::Revoke,
        Self::NewLink,
        Self::ClearAssignment,
    ];

    /// The word in the database and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangeExpiry => "change_expiry",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Revoke => "revoke",
            Self::NewLink => "new_link",
            Self::ClearAssignment => "clear_assignment",
        }
    }

    /// The action behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.key() == key)
    }

    /// What an admin presses.
    pub fn label(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend",
            Self::Resume => "Resume",
            Self::ChangeExpiry => "Change expiry",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
            Self::Revoke => "Revoke",
            Self::NewLink => "Send a new link",
            Self::ClearAssignment => "Clear assignment",
        }
    }

    /// What it will do to each of them.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Suspend => "Their links open nothing until they are resumed.",
            Self::Resume => "Their links open their collections again.",
            Self::ChangeExpiry => {
                "They all expire at the end of this day. Blank: never. A day that is over ends them now."
            }
            Self::Delete => {
                "Their links open nothing any more, and mails with them that still wait are withdrawn. \
                 For 30 days they can be restored."
            }
            Self::Restore => "Links that were handed out before open again.",
            Self::Revoke => {
                "Their links open nothing any more, for good, and mails with them that still wait are withdrawn. \
                 This cannot be undone."
            }
            Self::NewLink => {
                "Each code that is assigned and not used gets a new link, which goes to the same address. The links \
                 that were mailed before open nothing any more. This cannot be undone."
            }
            Self::ClearAssignment => {
                "The codes are free again, and the links in those mailboxes open nothing any more. Used codes stay with \
                 whoever used them. This cannot be undone."
            }
        }
    }

    /// What was done, as it is said afterwards.
    pub fn done(self) -> &'static str {
        match self {
            Self::Suspend => "suspended",
            Self::Resume => "resumed",
            Self::ChangeExpiry => "given another expiry",
            Self::Delete => "deleted",
            Self::Restore => "restored",
            Self::Revoke => "revoked",
            Self::NewLink => "given a new link",
            Self::ClearAssignment => "cleared",
        }
    }

    /// Whether it can be taken back.
    pub fn can_be_undone(self) -> bool {
        !matches!(self, Self::Revoke | Self::NewLink | Self::ClearAssignment)
    }

    /// Whether it is done to codes, and not to tokens as a whole.
    pub fn is_for_codes(self) -> bool {
        Self::offered_for_codes().contains(&self)
    }

    /// What the page of a multi token offers for its codes.
    pub fn offered_for_codes() -> &'static [Self] {
        &[Self::NewLink, Self::ClearAssignment]
    }

    /// What a list offers for its tokens.
    pub fn offered_in(list: TokenList) -> &'static [Self] {
        match list {
            TokenList::Active => &[
                Self::Suspend,
                Self::Resume,
                Self::ChangeExpiry,
                Self::Delete,
                Self::Revoke,
            ],
            TokenList::Expired => &[Self::ChangeExpiry, Self::Delete],
            TokenList::Deleted => &[Self::Restore],
        }
    }
}

/// What is done to which tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkForm {
    /// What.
    pub action: BulkAction,
    /// For another expiry: the last day, in the organisation's time zone; blank: never.
    pub expires: String,
    /// Which ones.
    pub chosen: Chosen,
}

/// Which tokens are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chosen {
    /// These.
    These(Vec<TokenId>),
    /// All that a list shows. Those that are made meanwhile are not among them.
    AllThatFit {
        /// The list, without an order or a page.
        query: TokenQuery,
        /// How many it said that it has; blank, if it did not say.
        expected: Option<i64>,
    },
    /// These codes of a multi token.
    TheseCodes {
        /// The multi token.
        token: TokenId,
        /// Its codes.
        codes: Vec<TokenId>,
    },
    /// All codes that the page of a multi token shows.
    AllCodesThatFit {
        /// The multi token.
        token: TokenId,
        /// The list, without a page.
        query: CodeQuery,
        /// How many it said that it has; blank, if it did not say.
        expected: Option<i64>,
    },
}

impl Chosen {
    /// Whether codes are meant.
    pub fn is_codes(&self) -> bool {
        matches!(self, Self::TheseCodes { .. } | Self::AllCodesThatFit { .. })
    }
}

impl BulkForm {
    /// The last day that they are given; `None`: they never expire.
    ///
    /// # Errors
    /// A sentence at `expires`, or at `chosen` for what is not done to such rows.
    pub fn parse(&self) -> Result<Option<NaiveDate>, Problems> {
        if self.action.is_for_codes() != self.chosen.is_codes() {
            let sentence = match self.chosen.is_codes() {
                true => "This is done to tokens, not to codes.",
                false => "This is done to codes, not to tokens.",
            };
            return Err(Problems::one("chosen", sentence));
        }
        match self.action {
            BulkAction::ChangeExpiry => {
                form::date("Expires", &self.expires).map_err(|sentence| Problems::one("expires", sentence))
            }
            _ => Ok(None),
        }
    }
}

/// Why nothing was done to one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRefusal {
    /// The token.
    pub token: TokenId,
    /// Its name.
    pub name: String,
    /// Why, in words.
    pub reason: String,
}

/// How far work on many tokens is, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkView {
    /// Its id.
    pub id: BatchId,
    /// What is done.
    pub action: BulkAction,
    /// Whether it takes back what was done before.
    pub is_undo: bool,
    /// How far it is.
    pub progress: Progress,
    /// How many were changed.
    pub changed: i64,
    /// How many were as wished already.
    pub unchanged: i64,
    /// How many were refused.
    pub refused: i64,
    /// The first of those.
    pub refusals: Vec<BulkRefusal>,
}

impl BulkView {
    /// Whether it can be taken back now.
    pub fn can_be_undone(&self) -> bool {
        !self.is_undo
            && self.action.can_be_undone()
            && self.changed > 0
            && self.progress.state != JobState::Running
    }
}
