//! Things that happened not long ago, by a digest that is this process's own.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is remembered at once.
const MOST: usize = 16_384;

/// What happened not long ago, each with something that is known of it.
pub(super) struct Recent<V> {
    hasher: RandomState,
    seen: Mutex<HashMap<u64, (Instant, V)>>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            seen: Mutex::default(),
        }
    }
}

impl<V: Copy> Recent<V> {
    /// Notes what happens now.
    pub(super) fn note(&self, what: &impl Hash, known: V, lasts: Duration) {
        let mut seen = self.lock();
        if seen.len() >= MOST {
            seen.retain(|_, (at, _)| at.elapsed() < lasts);
        }
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(self.hasher.hash_one(what), (Instant::now(), known));
    }

    /// What is known of something that happened not longer ago.
    pub(super) fn get(&self, what: &impl Hash, lasts: Duration) -> Option<V> {
        let seen = self.lock();
        let (at, known) = seen.get(&self.hasher.hash_one(what))?;
        (at.elapsed() < lasts).then_some(*known)
    }

    /// It counts no more.
    pub(super) fn forget(&self, what: &impl Hash) {
        self.lock().remove(&self.hasher.hash_one(what));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, (Instant, V)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
