//! Keys in operation: whether they match the database, how they are rotated, listed and dropped.
//!
//! A rotation consists of steps, after each of which everything can still be found and opened, so that it may be
//! interrupted at any instant and run again. First a new key is written to the source of the keys. When every running
//! server has it, it becomes the current key; when every server uses it, and what was under way has ended, all rows
//! that can be moved are moved to it. The old key stays for as long as a row carries its number, and after that for as
//! long as a backup may need it.
//!
//! One rotation runs at a time: it holds a lock on the key file and a lease in the database.

mod check;
mod drop;
mod lease;
mod list;
mod rotate;
mod servers;
mod sql;
#[cfg(test)]
mod tests;
mod watch;

pub use list::{KeyList, ListedKey};
pub use rotate::{Rotated, Rotation};
pub(crate) use watch::Watch;

use crate::keys::Kept;
use crate::{Backend, api_tokens, campaigns, identity_providers, mail, mobile_sessions, page_tokens, tokens};

/// Everything that is stored under keys.
const KEPT: [Kept; 9] = [
    tokens::KEPT,
    api_tokens::KEPT,
    page_tokens::KEPT,
    page_tokens::KEPT_ASSERTION_KEYS,
    mobile_sessions::KEPT,
    mail::KEPT,
    mail::KEPT_PASSWORDS,
    campaigns::KEPT,
    identity_providers::KEPT,
];

/// The view of the keys in operation.
pub struct KeyManagement<'a>(&'a Backend);

impl Backend {
    /// The keys in operation.
    pub fn key_management(&self) -> KeyManagement<'_> {
        KeyManagement(self)
    }
}
