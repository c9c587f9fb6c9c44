//! Hits of tokens without a limit: added up in memory and written every few seconds, so that a request writes nothing.
//! A crash loses those of the last seconds; what a limit depends on is never here.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::TokenId;

use super::Question;
use crate::Backend;
use crate::error::Result;
use crate::tokens::{self, Unnumbered};

/// Hits that are not written yet.
#[derive(Default)]
pub(super) struct Tally {
    hits: Mutex<HashMap<TokenId, Hits>>,
    /// Gives requests their numbers: nobody outside can choose one.
    hasher: RandomState,
}

/// The hits of a token.
#[derive(Clone)]
struct Hits {
    count: i64,
    last: DateTime<Utc>,
    /// What the last request was called: one that is asked about twice is asked about twice in a row.
    number: Option<u64>,
}

impl Tally {
    /// Adds a hit.
    pub(super) fn add(&self, token: TokenId, asks: &Question<'_>, now: DateTime<Utc>) {
        let number = asks.number(&self.hasher);
        let mut tally = self.locked();
        let hits = tally.entry(token).or_insert(Hits {
            count: 0,
            last: now,
            number: None,
        });
        if number.is_some() && hits.number == number {
            return;
        }
        hits.count += 1;
        hits.last = now;
        hits.number = number;
    }

    fn take(&self) -> HashMap<TokenId, Hits> {
        std::mem::take(&mut *self.locked())
    }

    fn give_back(&self, taken: HashMap<TokenId, Hits>) {
        let mut tally = self.locked();
        for (token, hits) in taken {
            tally
                .entry(token)
                .and_modify(|newer| newer.count += hits.count)
                .or_insert(hits);
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<TokenId, Hits>> {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what was added up; says of how many tokens.
pub(super) async fn write(backend: &Backend) -> Result<usize> {
    let taken = backend.gate.tally.take();
    if taken.is_empty() {
        return Ok(0);
    }
    match try_to_write(backend, &taken).await {
        Ok(()) => Ok(taken.len()),
        Err(error) => {
            backend.gate.tally.give_back(taken);
            Err(error)
        }
    }
}

async fn try_to_write(backend: &Backend, taken: &HashMap<TokenId, Hits>) -> Result<()> {
    let mut uses: Vec<Unnumbered> = taken
        .iter()
        .map(|(token, hits)| Unnumbered {
            token: *token,
            count: hits.count,
            last: hits.last,
        })
        .collect();
    // Rows are locked in one order everywhere.
    uses.sort_unstable_by_key(|uses| uses.token);
    let mut tx = backend.db.write().await?;
    tokens::add_unnumbered(&mut tx, &uses).await?;
    backend.commit_keeping_cache(tx).await
}
