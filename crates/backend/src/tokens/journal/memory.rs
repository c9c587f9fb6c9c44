//! What a server remembers of the journal, so that it need not be read for each batch.
//!
//! It is taken out for each batch and put back after its commit, with what the batch added: a batch that fails, or whose
//! outcome nobody learns, leaves nothing behind, and the next one reads the table. Whoever folds makes it forgotten while it
//! holds the one write transaction, so that nobody can decide by what was folded; a batch that was committed before and is
//! put back after is then left out. Another process that folds moves the number that a server compares.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TokenId;
use tokio::sync::Notify;

use super::packed::{Use, unpacked};
use super::sql;
use crate::error::{Result, corrupt};
use crate::tokens::Spending;
use crate::tokens::spend::Keys;

/// How long hits wait in the journal. The longer, the more of them fall on the same pages; whoever asks for them earlier has
/// them put in their places at once.
const SOON: Duration = Duration::from_millis(250);

/// So many do not wait any longer.
const ENOUGH: usize = 3_072;

/// With so many in the journal, the next batch folds them before it adds its own: no transaction that folds is longer than
/// this and a batch.
const MOST: usize = 4_096;

/// The journal, as this process knows it.
#[derive(Default)]
pub(crate) struct Journal {
    kept: Mutex<Kept>,
    woken: Notify,
    full: Notify,
}

#[derive(Default)]
struct Kept {
    /// How often it was forgotten.
    forgotten: u64,
    unfolded: Option<Unfolded>,
}

/// The uses that stand in the journal and not in their places.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    /// What other processes had written ([`database::Conn::written_beside`]); `None` where that says nothing, because this
    /// process is not the server.
    beside: Option<i64>,
    hits: usize,
    counts: HashMap<TokenId, i64>,
    keys: Keys,
}

/// When something was taken out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(u64);

impl Journal {
    /// Takes out what is known, if it is still true. Only in a write transaction.
    pub(super) fn take(&self, beside: Option<i64>) -> (Moment, Option<Unfolded>) {
        let mut kept = self.lock();
        let unfolded = kept
            .unfolded
            .take()
            .filter(|unfolded| unfolded.beside.is_some() && unfolded.beside == beside);
        (Moment(kept.forgotten), unfolded)
    }

    /// Puts back what was taken out, with what was committed since.
    pub(super) fn put_back(&self, moment: Moment, unfolded: Unfolded) {
        let hits = unfolded.hits;
        let mut kept = self.lock();
        if kept.forgotten == moment.0 && unfolded.beside.is_some() {
            kept.unfolded = Some(unfolded);
        }
        drop(kept);
        if hits > 0 {
            self.woken.notify_one();
        }
        if hits >= ENOUGH {
            self.full.notify_one();
        }
    }

    /// Forgets what is known. Only in a write transaction.
    pub(super) fn forget(&self) {
        let mut kept = self.lock();
        kept.forgotten += 1;
        kept.unfolded = None;
    }

    /// Waits until hits have stood in the journal for long enough.
    pub(crate) async fn is_due(&self) {
        self.woken.notified().await;
        tokio::select! {
            () = tokio::time::sleep(SOON) => {}
            () = self.full.notified() => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unfolded {
    /// Nothing.
    pub(super) fn none(beside: Option<i64>) -> Self {
        Self {
            beside,
            ..Self::default()
        }
    }

    /// What the table says.
    pub(super) fn of(rows: &[sql::Row], beside: Option<i64>) -> Result<Self> {
        let mut unfolded = Self::none(beside);
        for row in rows {
            for one in uses_of(row)? {
                unfolded.add(one.token, one.key, one.number);
            }
        }
        Ok(unfolded)
    }

    /// Whether they have to be folded before anything is added.
    pub(super) fn is_full(&self) -> bool {
        self.hits >= MOST
    }

    /// How many uses of a token there are.
    pub(super) fn count(&self, token: TokenId) -> i64 {
        self.counts.get(&token).copied().unwrap_or_default()
    }

    /// The number of the use that a spending would repeat.
    pub(super) fn with_key(&self, spending: &Spending) -> Option<i64> {
        self.keys.with_key(spending)
    }

    pub(super) fn add(&mut self, token: TokenId, key: Vec<u8>, number: i64) {
        self.hits += 1;
        *self.counts.entry(token).or_default() += 1;
        self.keys.add(token, key, number);
    }
}

/// The uses of a row.
pub(super) fn uses_of(row: &sql::Row) -> Result<Vec<Use>> {
    unpacked(&row.hits).ok_or_else(|| corrupt("hit_journal", "hits", row.sequence))
}
