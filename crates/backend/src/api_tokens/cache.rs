//! What is known of tokens, kept in memory for as long as it is true.
//!
//! Found by the digest of the secret. Each entry carries the moment before it was read, and is trusted only as long as
//! nothing about its token and its organisation has changed since ([`database::Generations`]): so a token that was
//! withdrawn opens nothing from the next request on. How many are kept is bounded, and secrets that belong to nothing
//! take no room.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use database::{Db, Moment};
use uuid::Uuid;

use super::Meter;

/// Parts that are locked each for itself.
const SHARDS: usize = 64;

/// Tokens that are kept in each.
const MOST: usize = 4096;

/// The tokens that are known, with what is known of each.
pub(crate) struct Contexts<C>(Vec<Mutex<Shard<C>>>);

type Shard<C> = HashMap<Vec<u8>, Entry<C>, BuildHasherDefault<FirstBytes>>;

/// What can be known of a token.
pub(crate) trait OfToken {
    /// The token and its organisation: when something changes about either, it is read again.
    fn stands_on(&self) -> [Uuid; 2];
}

/// What is known of a token.
pub(crate) struct Entry<C> {
    pub context: Arc<C>,
    pub meter: Arc<Meter>,
    read_after: Moment,
}

impl<C> Clone for Entry<C> {
    fn clone(&self) -> Self {
        Self {
            context: Arc::clone(&self.context),
            meter: Arc::clone(&self.meter),
            read_after: self.read_after,
        }
    }
}

impl<C> Default for Contexts<C> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl<C: OfToken> Contexts<C> {
    /// What is known by this digest, if it is still true; otherwise at least the meter.
    pub(crate) fn find(&self, db: &Db, digest: &[u8]) -> Result<Entry<C>, Option<Arc<Meter>>> {
        let entry = self.shard(digest).get(digest).cloned().ok_or(None)?;
        let ids = entry.context.stands_on();
        if db.generations().are_unchanged(entry.read_after, &ids) {
            Ok(entry)
        } else {
            Err(Some(entry.meter))
        }
    }

    /// Keeps what was read after a moment.
    pub(crate) fn keep(
        &self,
        digest: Vec<u8>,
        context: Arc<C>,
        meter: Arc<Meter>,
        read_after: Moment,
    ) -> Entry<C> {
        let entry = Entry {
            context,
            meter,
            read_after,
        };
        let mut shard = self.shard(&digest);
        if shard.len() >= MOST && !shard.contains_key(&digest) {
            // Any of them: digests are in no order that anybody could choose.
            let some: Vec<_> = shard.keys().take(MOST / 8).cloned().collect();
            for digest in some {
                shard.remove(&digest);
            }
        }
        shard.insert(digest, entry.clone());
        entry
    }

    /// Forgets a digest that belongs to nothing any more.
    pub(crate) fn forget(&self, digest: &[u8]) {
        self.shard(digest).remove(digest);
    }

    fn shard(&self, digest: &[u8]) -> MutexGuard<'_, Shard<C>> {
        let shard = digest.last().copied().map_or(0, usize::from) % SHARDS;
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.0[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digests are random already, under a key that nobody outside knows.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // The length comes first, as a number of its own.
        if let Some(first) = bytes.first_chunk::<8>()
            && bytes.len() > 8
        {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}
