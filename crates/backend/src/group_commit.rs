//! Group commit: work that waits while a commit runs goes into the next commit, all of it together.
//!
//! A commit waits for the disk, however much it contains. So callers that arrive while one runs wait in a queue, and
//! all waiting work goes into the next one. There is no timer: on a fast disk few wait together, on a slow one many do.
//!
//! Different kinds of [`Work`] share the queues, and so the commits. A queue works on one batch at a time, in its own
//! task. A caller may go away; the work is still done completely. A queue without work costs nothing.
//!
//! Nobody is answered before the commit, whether accepted or refused: a refusal, too, rests only on durable facts. When
//! a batch fails, nothing of it was kept, or, on PostgreSQL, the outcome may be unknown. Both cases are settled alike:
//! the batch is tried again with the same keys, and what was kept after all is found by them ([`runner`]).

mod group;
mod runner;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use database::WriteTx;
use tokio::sync::oneshot;

use crate::Backend;
use crate::error::{Fault, Result};
use group::{Group, GroupOf};

/// The most that one batch holds.
const MOST_AT_ONCE: usize = 256;

/// The most that may wait in a queue. More are turned away, so that the others are answered in time.
const MOST_WAITING: usize = 8192;

/// How often a queue checks at most whether more work is arriving.
const MOST_LOOKS: usize = 64;

/// Something that is done in a transaction shared with other waiting work.
pub(crate) trait Work: Send + Sync + Sized + 'static {
    /// Its outcome.
    type Outcome: Send + 'static;

    /// Its name in the metrics. Kinds of work that share a commit are done in the order of their names, so that no
    /// two batches wait for each other's rows.
    const NAME: &'static str;

    /// Does a whole batch in the transaction, without committing it: everything is read at once, decided in the order
    /// of the batch, and written at once. It may run several times for the same work, so it must find by a key what an
    /// earlier run has created.
    ///
    /// # Errors
    /// A fault: then nothing of the batch is kept.
    fn attempt(
        backend: &Backend,
        tx: &mut WriteTx,
        batch: &[Self],
    ) -> impl Future<Output = Result<Attempted<Self::Outcome>>> + Send;

    /// The outcome, in a word for the metrics.
    fn label(outcome: &Result<Self::Outcome>) -> &'static str;
}

/// The result of a batch, once it is committed.
pub(crate) struct Attempted<O> {
    /// The outcomes, in the order of the batch.
    pub outcomes: Vec<Result<O>>,
    /// Whether something was written, so that there is something to commit.
    pub wrote: bool,
    /// What has to happen between the commit and the answers: dropping cached copies of changed rows. The commit itself
    /// keeps the landing cache, so work that changes what it contains does that here.
    pub after_commit: Option<AfterCommit>,
}

/// See [`Attempted::after_commit`].
pub(crate) type AfterCommit = Box<dyn FnOnce(&Backend) + Send>;

/// The queues of a server.
pub(crate) struct GroupCommit {
    queues: Vec<Arc<Queue>>,
}

/// One queue.
struct Queue(Mutex<State>);

struct State {
    waiting: VecDeque<Box<dyn Group>>,
    /// Whether a task works on this queue.
    is_worked_on: bool,
}

impl GroupCommit {
    /// Creates this many queues.
    pub(crate) fn new(queues: usize) -> Self {
        let empty = || State {
            waiting: VecDeque::new(),
            is_worked_on: false,
        };
        Self {
            queues: (0..queues.max(1))
                .map(|_| Arc::new(Queue(Mutex::new(empty()))))
                .collect(),
        }
    }

    /// Whether all work goes into one queue, so that callers need not look up the row that it locks.
    pub(crate) fn has_one_queue(&self) -> bool {
        self.queues.len() == 1
    }

    /// How many wait, in all queues.
    fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.state().waiting.len()).sum()
    }

    fn queue(&self, row: u64) -> &Arc<Queue> {
        let place = usize::try_from(row % self.queues.len() as u64).unwrap_or_default();
        &self.queues[place]
    }
}

/// Waits for a commit that includes the work. `row` names the row that the work locks, a number drawn from its id: work
/// on one row goes into one queue, so that no batch waits for another one's lock.
///
/// # Errors
/// The work's refusal; or a fault, which is transient when too many wait or the database is unavailable.
pub(crate) async fn run<W: Work>(backend: &Backend, row: u64, work: W) -> Result<W::Outcome> {
    backend.opens()?;
    let (answer, answered) = oneshot::channel();
    let queue = backend.group_commit.queue(row);
    if !queue.push(Box::new(GroupOf::one(work, answer))) {
        return Err(Fault::busy("too much work waits for a commit").into());
    }
    queue.start(backend);
    answered
        .await
        .unwrap_or_else(|_| Err(Fault::new("a batch ended without an answer").into()))
}

impl Queue {
    /// Takes work in, unless too much is waiting.
    fn push(&self, work: Box<dyn Group>) -> bool {
        let mut state = self.state();
        let has_room = state.waiting.len() < MOST_WAITING;
        if has_room {
            state.waiting.push_back(work);
        }
        has_room
    }

    /// Lets a task work on the queue until it is empty, if none does.
    fn start(self: &Arc<Self>, backend: &Backend) {
        if std::mem::replace(&mut self.state().is_worked_on, true) {
            return;
        }
        let (worker, backend) = (Worker(Arc::clone(self)), backend.clone());
        tokio::spawn(async move {
            while worker.0.has_work() {
                runner::take_turn(&backend, &worker.0).await;
            }
        });
    }

    /// Waits for work that is about to arrive: as long as more arrives each time all other tasks had a turn, and no
    /// longer. A commit that answers many callers makes many of them send their next request at once; without this,
    /// more of them would miss the next batch. When nothing is arriving, this takes one check. More checks were
    /// measured: the batches were no larger.
    async fn gather(&self) {
        let mut there = 0;
        for _ in 0..MOST_LOOKS {
            let now = self.state().waiting.len();
            if now == there || now >= MOST_AT_ONCE {
                return;
            }
            there = now;
            tokio::task::yield_now().await;
        }
    }

    /// Takes the waiting work, in the order in which it came, grouped by kind.
    fn take(&self) -> Vec<Box<dyn Group>> {
        let mut state = self.state();
        let most = state.waiting.len().min(MOST_AT_ONCE);
        group::by_kind(state.waiting.drain(..most))
    }

    /// Whether something waits; if not, leaves the queue in the same step.
    fn has_work(&self) -> bool {
        let mut state = self.state();
        state.is_worked_on = !state.waiting.is_empty();
        state.is_worked_on
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works on a queue. If it ends early, the waiting callers are released, and learn it because their channels close.
struct Worker(Arc<Queue>);

impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.waiting.clear();
            state.is_worked_on = false;
        }
    }
}
