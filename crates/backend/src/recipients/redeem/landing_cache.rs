//! What the database says of codes, kept in memory for as long as it stays true.
//!
//! The same link is looked at by many people, and by most of them before anything about it changes. So what a card
//! is made from is read once. It is forgotten when it may have changed: all of it with every commit, but for those
//! that are committed beside because nothing of it is theirs ([`database::Db::version`]), and for redemptions, which
//! come by the thousand and say themselves which codes they used. What a card says *now*, such as that its time is over, is found out for each
//! look. Nothing is decided by what is kept here: a redemption reads everything itself, under its locks.
//!
//! Where several servers share a database nothing is kept: no server hears of the others' commits in time.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use database::Db;
use domain::TokenId;

use super::Known;

/// How many codes are kept in mind: about 16 MB. When there are more, all are read anew.
const MOST: usize = 16_384;

/// The codes of which everything is known.
#[derive(Default)]
pub(crate) struct LandingCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The version of the database that all this was read at.
    version: Option<u64>,
    /// How often codes were used.
    used: u64,
    /// By the digest that a code is found by.
    known: HashMap<Vec<u8>, Arc<Known>>,
    digests: HashMap<TokenId, Vec<u8>>,
}

/// A moment before something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    version: Option<u64>,
    used: u64,
}

impl LandingCache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a code; otherwise this moment, to be named when it was read.
    pub(super) fn find(&self, db: &Db, digest: &[u8]) -> Result<Arc<Known>, Moment> {
        let mut kept = self.kept();
        let version = db.version();
        if kept.version != version {
            kept.clear();
            kept.version = version;
        }
        let moment = Moment {
            version,
            used: kept.used,
        };
        kept.known.get(digest).cloned().ok_or(moment)
    }

    /// Keeps what was read, if nothing has changed since the moment before.
    pub(super) fn keep(&self, db: &Db, digest: Vec<u8>, known: &Arc<Known>, before: Moment) {
        let mut kept = self.kept();
        let now = Moment {
            version: db.version(),
            used: kept.used,
        };
        if before != now || now.version.is_none() || kept.version != now.version {
            return;
        }
        if kept.known.len() >= MOST {
            kept.clear();
        }
        kept.digests.insert(known.code(), digest.clone());
        kept.known.insert(digest, Arc::clone(known));
    }

    /// Forgets codes that were used. Anyone who used them is answered after this.
    pub(crate) fn forget(&self, used: impl Iterator<Item = TokenId>) {
        let mut kept = self.kept();
        // What is being read right now may be older.
        kept.used += 1;
        for code in used {
            if let Some(digest) = kept.digests.remove(&code) {
                kept.known.remove(&digest);
            }
        }
    }
}

impl Kept {
    fn clear(&mut self) {
        self.known.clear();
        self.digests.clear();
    }
}
