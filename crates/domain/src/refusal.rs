//! Why a request is refused, in plain words.

use serde::{Deserialize, Serialize};

use crate::form::Problems;

/// The answer to a request that is not carried out. It crosses the wire and is shown as it is, so it contains nothing
/// that its reader may not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in.
    #[error("Sign in first.")]
    SignedOut,
    /// The signed-in person may not do this.
    #[error("Your user type does not allow this. Ask an owner of your organisation.")]
    Forbidden,
    /// There is no such thing, or it belongs to another organisation: both get the same answer.
    #[error("There is nothing here under this address, or you have no access to it.")]
    NotFound,
    /// No page of this version makes such a request: something is missing from it, or has the wrong type.
    #[error(
        "Part of what was sent is missing or cannot be read, so nothing was changed. Reload the page and try again."
    )]
    Malformed,
    /// Something typed is invalid; each sentence belongs to a field.
    #[error("{0}")]
    Invalid(Problems),
    /// The request is valid, but conflicts with the current state: what is in the way, and what to do.
    #[error("{0}")]
    Conflict(String),
    /// Too many attempts; another one is accepted after this many seconds.
    #[error("Too many tries. Wait {} and try again.", seconds_in_words(*.seconds))]
    TooMany {
        /// Seconds until the next attempt is accepted.
        seconds: i64,
    },
    /// The organisation lacks the full Tokens feature.
    #[error(
        "The full Tokens feature is not switched on for your organisation. Ask whoever runs this installation."
    )]
    FeatureOff,
}

impl Refusal {
    /// One sentence at one field.
    pub fn at(field: &str, sentence: impl Into<String>) -> Self {
        Self::Invalid(Problems::one(field, sentence))
    }

    /// The sentences by field, when there are any.
    pub fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Invalid(problems) => Some(problems),
            _ => None,
        }
    }

    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Forbidden | Self::FeatureOff => 403,
            Self::NotFound => 404,
            Self::Malformed => 400,
            Self::Invalid(_) => 422,
            Self::Conflict(_) => 409,
            Self::TooMany { .. } => 429,
        }
    }
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}

/// How long to wait, as people say it.
pub fn seconds_in_words(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        91..=5400 => format!("{} minutes", (seconds + 59) / 60),
        _ => format!("{} hours", (seconds + 3599) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_said_in_words() {
        assert_eq!(
            Refusal::TooMany { seconds: 30 }.to_string(),
            "Too many tries. Wait 30 seconds and try again."
        );
        assert_eq!(
            Refusal::TooMany { seconds: 900 }.to_string(),
            "Too many tries. Wait 15 minutes and try again."
        );
    }
}
