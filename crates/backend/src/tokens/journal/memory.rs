//! What a process remembers of the journal, so that it need not be read for each batch.
//!
//! It is taken out for each batch and put back after its commit, with what the batch added: a batch that fails, or whose
//! outcome nobody learns, leaves nothing behind, and the next one reads the table. What is remembered is believed only if the
//! table begins and ends, in the transaction that decides, with the rows that it was remembered of. Rows are added at the end,
//! removed by folds alone, all together, and their numbers never come again: so whoever folded or added meanwhile, in this
//! process or in another one, is noticed, and the table is read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TokenId;
use tokio::sync::Notify;

use super::packed::{Use, unpacked};
use super::sql::{self, Ends};
use crate::Random;
use crate::error::{Result, corrupt};
use crate::tokens::Spending;
use crate::tokens::spend::Keys;

/// How long hits wait in the journal. The longer, the more of them fall on the same pages; whoever asks for them earlier has
/// them put in their places at once.
const SOON: Duration = Duration::from_millis(300);

/// So many do not wait any longer.
const ENOUGH: usize = 4_096;

/// With so many in the journal, the next batch folds them before it adds its own: no transaction that folds is longer than
/// this and a batch.
const MOST: usize = 6_144;

/// The journal, as this process knows it.
#[derive(Default)]
pub(crate) struct Journal {
    kept: Mutex<Option<Unfolded>>,
    woken: Notify,
    full: Notify,
}

/// The uses that stand in the journal and not in their places.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    /// Of the rows that they stand in.
    ends: Option<Ends>,
    hits: usize,
    counts: HashMap<TokenId, i64>,
    keys: Keys,
}

impl Journal {
    /// Takes out what is known of a journal with these ends.
    pub(super) fn take(&self, ends: Option<Ends>) -> Option<Unfolded> {
        self.lock().take().filter(|unfolded| unfolded.ends == ends)
    }

    /// Puts back what was taken out, with what was committed since.
    pub(super) fn put_back(&self, unfolded: Unfolded) {
        let hits = unfolded.hits;
        *self.lock() = Some(unfolded);
        if hits > 0 {
            self.woken.notify_one();
        }
        if hits >= ENOUGH {
            self.full.notify_one();
        }
    }

    /// Waits until hits have stood in the journal for long enough.
    pub(crate) async fn is_due(&self) {
        self.woken.notified().await;
        tokio::select! {
            () = tokio::time::sleep(SOON) => {}
            () = self.full.notified() => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Unfolded>> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unfolded {
    /// What the table says.
    pub(super) fn of(rows: &[sql::Row]) -> Result<Self> {
        let mut unfolded = Self::default();
        for row in rows {
            for one in uses_of(row)? {
                unfolded.add(one.token, one.key, one.number);
            }
            unfolded.stands_in(row.sequence);
        }
        Ok(unfolded)
    }

    /// A number for the next row.
    pub(super) fn next_sequence(&self, random: Random) -> i64 {
        let chance = i64::from_be_bytes(random.bytes());
        match self.ends {
            None => chance & ((1 << 60) - 1),
            // A journal is folded long before these are used up.
            Some(ends) => ends.last + 1 + (chance & ((1 << 40) - 1)),
        }
    }

    /// Notes that the uses that were added last stand in this row, the last one.
    pub(super) fn stands_in(&mut self, sequence: i64) {
        self.ends = Some(Ends {
            first: self.ends.map_or(sequence, |ends| ends.first),
            last: sequence,
        });
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
