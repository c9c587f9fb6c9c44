//! Whether what was read about callers' rights is still true.
//!
//! What a caller may do is needed for each request, and nearly every request finds the same as the one before. So it
//! may be cached in memory, together with the [`Moment`] before it was read. A transaction that changes callers' rights
//! says so ([`WriteTx::changes`](crate::WriteTx::changes)), and the commit moves a counter before anybody is answered:
//! what was read before is no longer trusted.
//!
//! There are a few thousand counters, shared by all ids. Two ids that share one make each other read again, nothing
//! more.
//!
//! Where several servers share a database, each checks four times a second whether another has changed anything; then
//! nothing in its cache is trusted. A server that cannot check for two seconds trusts nothing until it can again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::engine::Db;

/// The number of counters; a power of two.
const SLOTS: usize = 4096;

/// How often a server checks what others have changed.
const ASK: Duration = Duration::from_millis(250);

/// How long cached data may be trusted without news from the others.
const SILENCE: Duration = Duration::from_secs(2);

/// The counters of a database; cheap to clone.
#[derive(Clone)]
pub struct Generations(Arc<Counters>);

struct Counters {
    /// Moves with each change; each counter holds its value at that counter's last change.
    now: AtomicU64,
    slots: Vec<AtomicU64>,
    everything: AtomicU64,
    began: Instant,
    /// When the others were last checked, in milliseconds since the start; none where there are no others.
    heard: Option<AtomicU64>,
    /// The number that all servers share, as this one last knew it.
    shared: AtomicI64,
}

/// A moment before something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

impl Generations {
    pub(crate) fn new(is_shared: bool) -> Self {
        Self(Arc::new(Counters {
            now: AtomicU64::new(1),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            everything: AtomicU64::new(0),
            began: Instant::now(),
            // Nothing was checked yet, which counts as infinitely long ago.
            heard: is_shared.then(|| AtomicU64::new(0)),
            shared: AtomicI64::new(-1),
        }))
    }

    /// This moment, to be kept with what is read after it.
    pub fn moment(&self) -> Moment {
        Moment(self.0.now.load(Ordering::SeqCst))
    }

    /// Whether nothing of these ids has changed since.
    pub fn are_unchanged(&self, since: Moment, ids: &[Uuid]) -> bool {
        self.is_in_touch()
            && self.0.everything.load(Ordering::SeqCst) <= since.0
            && ids
                .iter()
                .all(|id| self.slot(*id).load(Ordering::SeqCst) <= since.0)
    }

    fn is_in_touch(&self) -> bool {
        let Some(heard) = &self.0.heard else { return true };
        let heard = heard.load(Ordering::SeqCst);
        heard > 0 && self.millis().saturating_sub(heard) < SILENCE.as_millis() as u64
    }

    pub(crate) fn change(&self, ids: &[Uuid]) {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        for id in ids {
            self.slot(*id).fetch_max(now, Ordering::SeqCst);
        }
    }

    pub(crate) fn change_everything(&self) {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.everything.fetch_max(now, Ordering::SeqCst);
    }

    /// A number that this server has not set itself means that another server changed something.
    fn hears(&self, number: i64, asked_at: u64) {
        if self.0.shared.swap(number, Ordering::SeqCst) != number {
            self.change_everything();
        }
        if let Some(heard) = &self.0.heard {
            heard.fetch_max(asked_at.max(1), Ordering::SeqCst);
        }
    }

    /// This server itself has set this number.
    pub(crate) fn made(&self, number: i64) {
        // If others came in between, it lags behind, and the next check finds out.
        let _ = self
            .0
            .shared
            .compare_exchange(number - 1, number, Ordering::SeqCst, Ordering::SeqCst);
    }

    fn slot(&self, id: Uuid) -> &AtomicU64 {
        // The last bytes of an id are random.
        let [.., a, b] = id.into_bytes();
        &self.0.slots[usize::from(u16::from_be_bytes([a, b])) % SLOTS]
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Db {
    /// Checks what other servers have changed. Runs until the program ends.
    pub async fn ask_for_changes(&self) {
        let generations = self.generations();
        while self.is_shared() {
            let asked_at = generations.millis();
            // Silence and errors mean that nothing is trusted; the statements that run instead report what is wrong.
            if let Ok(Ok(number)) = tokio::time::timeout(SILENCE, self.shared_number()).await {
                generations.hears(number, asked_at);
            }
            tokio::time::sleep(ASK).await;
        }
    }

    async fn shared_number(&self) -> sqlx::Result<i64> {
        self.read()
            .await?
            .query("SELECT number FROM generations WHERE id = 1")
            .number()
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn what_was_read_before_a_change_is_not_trusted_after_it() {
        let generations = Generations::new(false);
        let before = generations.moment();
        assert!(generations.are_unchanged(before, &[id(1), id(2)]));
        generations.change(&[id(1)]);
        assert!(!generations.are_unchanged(before, &[id(1), id(2)]));
        assert!(generations.are_unchanged(before, &[id(2)]));
        assert!(
            generations.are_unchanged(generations.moment(), &[id(1)]),
            "it was read again"
        );
        generations.change_everything();
        assert!(!generations.are_unchanged(before, &[id(2)]));
    }

    #[test]
    fn without_news_of_the_others_nothing_is_trusted() {
        let generations = Generations::new(true);
        assert!(
            !generations.are_unchanged(generations.moment(), &[]),
            "nothing was heard yet"
        );
        generations.hears(7, generations.millis());
        let read = generations.moment();
        assert!(generations.are_unchanged(read, &[id(1)]));
        generations.made(8);
        generations.hears(8, generations.millis());
        assert!(
            generations.are_unchanged(read, &[id(1)]),
            "this server made it itself"
        );
        generations.hears(10, generations.millis());
        assert!(
            !generations.are_unchanged(read, &[id(1)]),
            "another server made one"
        );
    }

    #[tokio::test]
    async fn a_commit_says_what_it_changed_to_this_server_and_to_others() {
        for database in [crate::testing::sqlite().await, crate::testing::postgres().await] {
            let here = &database.db;
            let read = here.generations().moment();
            let mut tx = here.write().await.expect("a transaction");
            tx.changes(id(1));
            assert!(
                here.generations()
                    .0
                    .slots
                    .iter()
                    .all(|slot| slot.load(Ordering::SeqCst) == 0),
                "not before"
            );
            tx.commit_keeping_cache().await.expect("committed");
            assert!(here.generations().slot(id(1)).load(Ordering::SeqCst) > read.0);
            if here.is_shared() {
                let there = Db::open(&database.settings).await.expect("another server");
                there
                    .generations()
                    .hears(there.shared_number().await.expect("a number"), 1);
                let (read, number) = (
                    there.generations().moment(),
                    there.shared_number().await.expect("a number"),
                );
                let mut tx = here.write().await.expect("a transaction");
                tx.changes(id(1));
                tx.commit().await.expect("committed");
                let next = there.shared_number().await.expect("a number");
                assert_eq!(next, number + 1);
                there.generations().hears(next, there.generations().millis());
                assert!(!there.generations().are_unchanged(read, &[id(1)]));
            }
            here.close().await;
        }
    }
}
