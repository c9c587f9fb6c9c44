//! What is known of tokens, kept in memory for as long as it is true.
//!
//! Found by the digest of the secret. Each entry carries the moment before it was read, and is trusted only as long as
//! nothing about its token and its organisation has changed since ([`database::Generations`]): so a token that was
//! withdrawn opens nothing from the next request on. How many are kept is bounded, by a setting, and secrets that belong to
//! nothing take no room.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use database::{Db, Moment};
use uuid::Uuid;

use super::Meter;

/// Parts that are locked each for itself.
const SHARDS: usize = 64;

/// Tokens that are kept in each, unless it is set.
const MOST: usize = 4096;

/// The tokens that are known, with what is known of each.
pub(crate) struct Contexts<C> {
    shards: Vec<Mutex<Shard<C>>>,
    /// How many are kept in each shard.
    most: AtomicUsize,
}

type Shard<C> = HashMap<Digest, Entry<C>, BuildHasherDefault<FirstBytes>>;

/// What a secret is found by, in the table itself: elsewhere, each look would wait for the memory once more.
type Digest = [u8; 32];

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
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            most: AtomicUsize::new(MOST),
        }
    }
}

impl<C: OfToken> Contexts<C> {
    /// Keeps about so many tokens from now on, and forgets those that are known.
    pub(crate) fn keep_at_most(&self, tokens: usize) {
        self.most.store(tokens.div_ceil(SHARDS).max(1), Ordering::Relaxed);
        for shard in 0..SHARDS {
            self.locked(shard).clear();
        }
    }

    /// What is known by this digest, if it is still true; otherwise at least the meter.
    pub(crate) fn find(&self, db: &Db, digest: &[u8]) -> Result<Entry<C>, Option<Arc<Meter>>> {
        let digest = Digest::try_from(digest).map_err(|_| None)?;
        let entry = self.shard(&digest).get(&digest).cloned().ok_or(None)?;
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
        let Ok(digest) = Digest::try_from(digest) else {
            return entry;
        };
        let most = self.most.load(Ordering::Relaxed);
        let mut shard = self.shard(&digest);
        if shard.len() >= most && !shard.contains_key(&digest) {
            // Any of them: digests are in no order that anybody could choose.
            let some: Vec<_> = shard.keys().take(most.div_ceil(8)).copied().collect();
            for digest in some {
                shard.remove(&digest);
            }
        }
        shard.insert(digest, entry.clone());
        entry
    }

    /// Forgets a digest that belongs to nothing any more.
    pub(crate) fn forget(&self, digest: &[u8]) {
        if let Ok(digest) = Digest::try_from(digest) {
            self.shard(&digest).remove(&digest);
        }
    }

    fn shard(&self, digest: &[u8]) -> MutexGuard<'_, Shard<C>> {
        self.locked(digest.last().copied().map_or(0, usize::from) % SHARDS)
    }

    fn locked(&self, shard: usize) -> MutexGuard<'_, Shard<C>> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl OfToken for Nothing {
        fn stands_on(&self) -> [Uuid; 2] {
            [Uuid::nil(); 2]
        }
    }

    #[tokio::test]
    async fn no_more_are_kept_than_is_set() {
        let db = database::testing::sqlite().await.db;
        let known = Contexts::default();
        known.keep_at_most(640);
        let meter = || Arc::new(Meter::new(domain::TokenId(Uuid::nil()), None, Default::default()));
        let digest = |n: u32| [[0; 28].as_slice(), &n.to_be_bytes()].concat();
        for n in 0..10_000 {
            let read = db.generations().moment();
            known.keep(digest(n), Arc::new(Nothing), meter(), read);
            assert!(known.find(&db, &digest(n)).is_ok(), "the newest is known");
        }
        let kept = (0..10_000).filter(|n| known.find(&db, &digest(*n)).is_ok());
        let kept = kept.count();
        assert!((500..=640).contains(&kept), "{kept}");
    }
}
