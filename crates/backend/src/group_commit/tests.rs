//! Work of several kinds in one commit, and what happens to it when something breaks.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use database::WriteTx;
use uuid::Uuid;

use super::{Attempted, Work, run};
use crate::error::{Error, Fault, Result};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Random};

/// Writes a row, and reports which others were in its batch.
struct Note<const KIND: char> {
    text: String,
    batches: Arc<Mutex<Vec<usize>>>,
    is_broken: bool,
}

impl<const KIND: char> Work for Note<KIND> {
    type Outcome = String;
    const NAME: &'static str = if KIND == 'a' { "note a" } else { "note b" };

    async fn attempt(backend: &Backend, tx: &mut WriteTx, batch: &[Self]) -> Result<Attempted<String>> {
        if batch.iter().any(|one| one.is_broken) {
            return Err(Fault::new("a row that cannot be read").into());
        }
        batch[0].batches.lock().expect("batches").push(batch.len());
        for one in batch {
            tx.query("INSERT INTO attempts (scope, key, failures, since) VALUES ($1, $2, 1, $3)")
                .bind(Self::NAME)
                .bind(one.text.clone().into_bytes())
                .bind(backend.clock.now())
                .run()
                .await?;
        }
        Ok(Attempted {
            outcomes: batch.iter().map(|one| Ok(one.text.clone())).collect(),
            wrote: true,
            after_commit: None,
        })
    }

    fn label(_: &Result<String>) -> &'static str {
        "noted"
    }
}

fn note<const KIND: char>(batches: &Arc<Mutex<Vec<usize>>>, is_broken: bool) -> Note<KIND> {
    let id: [u8; 16] = Random.bytes();
    Note {
        text: Uuid::from_bytes(id).to_string(),
        batches: Arc::clone(batches),
        is_broken,
    }
}

async fn rows(world: &World) -> i64 {
    let mut conn = world.backend.db.read().await.expect("a reader");
    conn.query("SELECT COUNT(*) FROM attempts WHERE scope LIKE 'note%'")
        .number()
        .await
        .expect("a number")
}

#[tokio::test]
async fn work_of_two_kinds_that_waits_for_the_writer_goes_into_one_commit() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let batches = Arc::new(Mutex::new(Vec::new()));
        // All of it is submitted before the queue's task has its first turn.
        let (a, b) = (
            (0..20).map(|_| run(backend, 0, note::<'a'>(&batches, false))),
            (0..20).map(|_| run(backend, 0, note::<'b'>(&batches, false))),
        );
        let before = world.database.db.version();

        let (a, b) = futures::join!(futures::future::join_all(a), futures::future::join_all(b));

        let answers: BTreeSet<String> = a.into_iter().chain(b).collect::<Result<_>>().expect("answers");
        assert_eq!((answers.len(), rows(world).await), (40, 40));
        assert_eq!(*batches.lock().expect("batches"), [20, 20]);
        assert_eq!(
            world.database.db.version(),
            before,
            "the landing cache outlives a group commit"
        );
    })
    .await;
}

#[tokio::test]
async fn work_that_breaks_harms_nobody_who_waits_beside_it() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let batches = Arc::new(Mutex::new(Vec::new()));

        let (broken, same, other) = futures::join!(
            run(backend, 0, note::<'a'>(&batches, true)),
            run(backend, 0, note::<'a'>(&batches, false)),
            run(backend, 0, note::<'b'>(&batches, false)),
        );

        assert!(matches!(broken, Err(Error::Fault(_))), "{broken:?}");
        assert!(same.is_ok() && other.is_ok(), "{same:?} {other:?}");
        assert_eq!(rows(world).await, 2);
    })
    .await;
}

/// Ends the task that works on the queue.
struct Panics;

impl Work for Panics {
    type Outcome = ();
    const NAME: &'static str = "panics";

    async fn attempt(_: &Backend, _: &mut WriteTx, _: &[Self]) -> Result<Attempted<()>> {
        panic!("a defect")
    }

    fn label(_: &Result<()>) -> &'static str {
        "panicked"
    }
}

#[tokio::test]
async fn a_queue_lives_through_a_panic() {
    on_each_engine(async |world| {
        let lost = run(&world.backend, 0, Panics).await;
        assert!(matches!(lost, Err(Error::Fault(_))), "whoever waited is told");

        let batches = Arc::new(Mutex::new(Vec::new()));
        run(&world.backend, 0, note::<'a'>(&batches, false))
            .await
            .expect("the next one is served");
    })
    .await;
}

/// Counts its batches, each of which takes a while.
struct Slow(Arc<AtomicUsize>);

impl Work for Slow {
    type Outcome = usize;
    const NAME: &'static str = "slow";

    async fn attempt(_: &Backend, _: &mut WriteTx, batch: &[Self]) -> Result<Attempted<usize>> {
        batch[0].0.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Ok(Attempted {
            outcomes: batch.iter().map(|_| Ok(batch.len())).collect(),
            wrote: false,
            after_commit: None,
        })
    }

    fn label(_: &Result<usize>) -> &'static str {
        "done"
    }
}

#[tokio::test]
async fn what_comes_while_a_batch_runs_is_the_next_batch() {
    on_each_engine(async |world| {
        let batches = Arc::new(AtomicUsize::new(0));
        let first = tokio::spawn({
            let (backend, work) = (world.backend.clone(), Slow(Arc::clone(&batches)));
            async move { run(&backend, 0, work).await }
        });
        while batches.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let rest = (0..10).map(|_| run(&world.backend, 0, Slow(Arc::clone(&batches))));
        let rest = futures::future::join_all(rest).await;

        assert_eq!(first.await.expect("no panic").expect("done"), 1);
        let sizes: Vec<usize> = rest.into_iter().collect::<Result<_>>().expect("done");
        assert_eq!((sizes, batches.load(Ordering::SeqCst)), (vec![10; 10], 2));
    })
    .await;
}
