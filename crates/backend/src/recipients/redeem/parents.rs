//! Which token's row a code locks, kept in memory so that a redemption need not ask before it queues.
//!
//! It decides nothing but the queue that a redemption waits in, so an entry that is out of date costs a wait for
//! another batch's lock and nothing else. Landing pages fill it: they come before the redemption.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::TokenId;

/// How many codes are kept in mind: about 2 MB. When there are more, all are forgotten.
const MOST: usize = 16_384;

/// The token that admins see, by the digest that its code is found by.
#[derive(Default)]
pub(crate) struct Parents(Mutex<HashMap<Vec<u8>, TokenId>>);

impl Parents {
    /// The token that a code is part of, or the single token itself, if it is known.
    pub(super) fn find(&self, digest: &[u8]) -> Option<TokenId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).copied()
    }

    /// Keeps it in mind.
    pub(super) fn keep(&self, digest: Vec<u8>, token: TokenId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(digest, token);
    }
}
