//! Keys in operation: whether they fit the database, how they are rotated, listed and dropped.
//!
//! A rotation takes steps that each leave everything found and opened, so that it may end at any instant and be run
//! again. A new key is written to the source of the keys first. When every server that runs has it, it makes; when
//! every server makes with it, and what was under way has ended, all rows are moved to it that can be. The old key
//! stays for as long as a row carries its number, and for as long after that as a backup may need it.
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

/// Everything that is kept under keys.
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

/// The view on the keys in operation.
pub struct KeyManagement<'a>(&'a Backend);

impl Backend {
    /// The keys in operation.
    pub fn key_management(&self) -> KeyManagement<'_> {
        KeyManagement(self)
    }
}
