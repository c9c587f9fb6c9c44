//! Mail, as it is shown.

use serde::{Deserialize, Serialize};

/// Where a mail is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Written with the change that caused it; the worker will take it.
    Queued,
    /// The worker has it.
    Sending,
    /// Handed over.
    Sent,
    /// Given up after several tries.
    Failed,
    /// Withdrawn before it went out, because its link was.
    Cancelled,
}

impl MailState {
    /// The word on screens, also the one in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state behind a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Sending,
            Self::Sent,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}
