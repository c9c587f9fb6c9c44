//! One batch: taken, attempted, committed, settled if its outcome is unknown, answered.

use std::time::{Duration, Instant};

use database::{Trouble, WriteTx};

use super::Queue;
use super::group::Group;
use crate::Backend;
use crate::error::{Error, Fault, Result};

/// How long a batch is retried while the database is unavailable. Then the waiting callers are asked to try again
/// themselves: with the same key they get the same outcome.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does everything that waits in a queue, up to the size of a batch.
pub(super) async fn take_turn(backend: &Backend, queue: &Queue) {
    // Work that arrives while this waits for the writer is included.
    let first = backend.db.write_by_keys().await;
    queue.gather().await;
    let mut batch = queue.take();
    let size: usize = batch.iter().map(|group| group.len()).sum();
    metrics::histogram!("group_commit_size").record(size as f64);
    metrics::gauge!("group_commit_waiting").set(backend.group_commit.waiting() as f64);
    let tried = match first {
        Ok(tx) => attempt(backend, tx, &mut batch).await,
        Err(error) => Err(error.into()),
    };
    match settle(backend, &mut batch, tried).await {
        Ok(()) => answer(backend, batch),
        Err(fault) if fault.is_passing() || size == 1 => fail(batch, &fault),
        // Something in it fails. Each caller that can be served is served alone.
        Err(_) => {
            for one in batch.into_iter().flat_map(Group::split) {
                alone(backend, one).await;
            }
        }
    }
}

async fn alone(backend: &Backend, one: Box<dyn Group>) {
    let mut one = vec![one];
    let tried = try_again(backend, &mut one).await;
    match settle(backend, &mut one, tried).await {
        Ok(()) => answer(backend, one),
        Err(fault) => fail(one, &fault),
    }
}

/// Retries a batch as long as it conflicts with other transactions, or its outcome is unknown.
async fn settle(backend: &Backend, batch: &mut [Box<dyn Group>], mut tried: Result<()>) -> Result<(), Fault> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(10);
    loop {
        let fault = match tried {
            Ok(()) => return Ok(()),
            Err(Error::Fault(fault)) => fault,
            Err(Error::Refused(refusal)) => Fault::new(refusal),
        };
        let may_pass = matches!(fault.trouble(), Some(Trouble::Broken | Trouble::Conflict));
        if !may_pass || began.elapsed() >= PATIENCE {
            return Err(fault);
        }
        tracing::warn!(cause = ?fault, "a batch is tried again, to settle what became of it");
        metrics::counter!("group_commit_retries_total").increment(1);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
        tried = try_again(backend, batch).await;
    }
}

async fn try_again(backend: &Backend, batch: &mut [Box<dyn Group>]) -> Result<()> {
    let tx = backend.db.write_by_keys().await?;
    attempt(backend, tx, batch).await
}

/// Does the work of all groups in one transaction, and commits it if something was written.
async fn attempt(backend: &Backend, mut tx: WriteTx, batch: &mut [Box<dyn Group>]) -> Result<()> {
    let mut wrote = false;
    for group in batch {
        wrote |= group.attempt(backend, &mut tx).await?;
    }
    if !wrote {
        return Ok(());
    }
    #[cfg(feature = "wrong-versions")]
    if crate::wrong::is(crate::wrong::ANSWER_BEFORE_COMMIT) {
        let backend = backend.clone();
        tokio::spawn(async move {
            tokio::time::sleep(crate::wrong::MOMENT).await;
            let _ = backend.commit(tx).await;
        });
        return Ok(());
    }
    let began = Instant::now();
    backend.commit_keeping_cache(tx).await?;
    metrics::histogram!("group_commit_seconds").record(began.elapsed().as_secs_f64());
    Ok(())
}

fn answer(backend: &Backend, batch: Vec<Box<dyn Group>>) {
    for group in batch {
        group.answer(backend);
    }
}

fn fail(batch: Vec<Box<dyn Group>>, fault: &Fault) {
    for group in batch {
        group.fail(fault);
    }
}
