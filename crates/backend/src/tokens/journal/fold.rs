//! Folding: what stands in the journal is put in its places.

use std::collections::BTreeSet;

use database::WriteTx;
use domain::TokenId;

use super::memory::uses_of;
use super::{sql, write};
use crate::Backend;
use crate::error::{Error, Fault, Result, corrupt};
use crate::tokens::spend::Decided;
use crate::tokens::{Spending, Spent, Token, lock};

/// Puts everything that stands in the journal in its places; returns whether there was something. Nothing else may be
/// decided from what was read of the tokens before.
///
/// # Errors
/// When the database fails, or the journal does not follow the uses in their places; the transaction must then not be
/// committed.
pub(in crate::tokens) async fn fold(tx: &mut WriteTx, backend: &Backend) -> Result<bool> {
    if backend.db.is_shared() {
        return Ok(false);
    }
    let rows = sql::rows(tx).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let mut made = Vec::new();
    for row in &rows {
        made.extend(uses_of(row)?.into_iter().map(|one| (row.at, one)));
    }
    let tokens: BTreeSet<TokenId> = made.iter().map(|(_, one)| one.token).collect();
    let mut locked = lock::lock_to_fold(tx, backend, &tokens).await?;
    let now = backend.clock.now();
    let mut decided = Decided::none(now);
    for (at, one) in made {
        let next = locked.get(one.token).map(|token| token.bounds.uses + 1);
        if next != Some(one.number) {
            return Err(corrupt("hit_journal", "hits", one.token));
        }
        let spending = Spending {
            token: one.token,
            person: None,
            idempotency_key: one.key,
            earlier_key: None,
            address: one.address,
        };
        decided.add(&mut locked, spending, Spent::New { number: one.number }, at);
    }
    write(tx, backend, &locked, &decided, now).await?;
    if sql::clear(tx).await? != rows.len() as u64 {
        return Err(Fault::new("the journal changed while it was folded").into());
    }
    Ok(true)
}

/// Refuses to change a token of which uses may stand in the journal: they were made by what it was before.
///
/// # Errors
/// A fault, unless the caller has locked the token.
pub(in crate::tokens) async fn must_be_folded(tx: &mut WriteTx, token: &Token) -> Result<()> {
    if token.kind.journal.is_some() && !sql::is_empty(tx).await? {
        return Err(Fault::new("a token was to be changed before its uses were in their places").into());
    }
    Ok(())
}

impl Backend {
    /// Folds the journal, if something stands in it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn fold_journal(&self) -> Result<()> {
        if self.db.is_shared() {
            return Ok(());
        }
        let mut conn = self.db.read().await?;
        let is_empty = sql::is_empty(&mut conn).await?;
        drop(conn);
        if is_empty {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        if fold(&mut tx, self).await? {
            self.commit_keeping_cache(tx).await?;
        }
        Ok(())
    }

    /// The same before something is read that uses change: who was answered finds what they did. A database that takes no
    /// writes for now is read as it is.
    ///
    /// # Errors
    /// When the database fails otherwise.
    pub(crate) async fn fold_to_read(&self) -> Result<()> {
        match self.fold_journal().await {
            Err(Error::Fault(fault)) if fault.is_passing() => {
                tracing::warn!(cause = ?fault, "the last hits are not in the lists yet");
                Ok(())
            }
            other => other,
        }
    }
}
