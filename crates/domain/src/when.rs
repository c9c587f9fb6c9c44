//! Instants as people read them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An instant with its texts. The server produces the texts, in the organisation's time zone, so that server and
/// browser show the same and the browser needs no time zone table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct When {
    /// The instant.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub at: DateTime<Utc>,
    /// The date: `31 Dec 2026`.
    pub date: String,
    /// The minute: `31 Dec 2026, 23:59`.
    pub minute: String,
    /// The date as `<input type="date">` wants it: `2026-12-31`.
    pub input: String,
    /// How far away it is, as of the request: `in 9 days`, `3 minutes ago`.
    pub relative: String,
}

impl When {
    /// The instant for `<time datetime>`.
    pub fn machine(&self) -> String {
        self.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
}
