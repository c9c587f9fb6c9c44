//! Work that waits while a commit runs, and is then committed together.
//!
//! A commit costs a wait for the disk, however much it holds. So whoever comes while one runs waits, and all who
//! wait go into the next one. There is no timer: on a quick disk few wait together, on a slow one many do.
//!
//! A lane works on one batch at a time, in a task of its own. Whoever asked may go away; the work is done all the
//! same, whole. A lane without work costs nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that one batch holds.
const MOST_AT_ONCE: usize = 256;

/// The most that may wait in a lane. More are turned away, so that those who wait are answered in time.
const MOST_WAITING: usize = 8192;

/// How often a lane looks whether more come, at most.
const MOST_LOOKS: usize = 64;

/// Lanes of waiting work. What must not be done at the same time goes into the same lane.
pub(crate) struct Together<W> {
    lanes: Vec<Arc<Lane<W>>>,
}

/// One lane.
pub(crate) struct Lane<W>(Mutex<State<W>>);

struct State<W> {
    waiting: VecDeque<W>,
    /// Whether a task works on this lane.
    is_worked_on: bool,
}

/// There is no room for more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Full;

impl<W: Send + 'static> Together<W> {
    /// So many lanes.
    pub(crate) fn new(lanes: usize) -> Self {
        let empty = || State {
            waiting: VecDeque::new(),
            is_worked_on: false,
        };
        Self {
            lanes: (0..lanes.max(1))
                .map(|_| Arc::new(Lane(Mutex::new(empty()))))
                .collect(),
        }
    }

    /// Adds work to the lane of `key`. `turn` does what waits there, once: it takes it with [`Lane::take`] as late
    /// as it can, so that as much as possible goes together.
    pub(crate) fn add<F>(
        &self,
        key: u64,
        work: W,
        turn: impl Fn(Arc<Lane<W>>) -> F + Send + 'static,
    ) -> Result<(), Full>
    where
        F: Future<Output = ()> + Send,
    {
        let place = usize::try_from(key % self.lanes.len() as u64).unwrap_or_default();
        let lane = &self.lanes[place];
        let mut state = lane.state();
        if state.waiting.len() >= MOST_WAITING {
            return Err(Full);
        }
        state.waiting.push_back(work);
        if !std::mem::replace(&mut state.is_worked_on, true) {
            let worker = Worker(Arc::clone(lane));
            tokio::spawn(async move {
                while worker.0.has_work() {
                    turn(Arc::clone(&worker.0)).await;
                }
            });
        }
        Ok(())
    }

    /// How many wait, in all lanes.
    pub(crate) fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.state().waiting.len()).sum()
    }
}

impl<W> Lane<W> {
    /// Lets those come along who are on their way: as long as more come whenever everybody else had a turn, and no
    /// longer. A commit that many waited for answers many, and many of those send their next wish at once; without
    /// this, more of them would find the next batch gone. With nobody under way it takes one look. To look more often
    /// in vain was measured: the batches were no larger.
    pub(crate) async fn gather(&self) {
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

    /// Takes what waits, in the order in which it came.
    pub(crate) fn take(&self) -> Vec<W> {
        let mut state = self.state();
        let most = state.waiting.len().min(MOST_AT_ONCE);
        state.waiting.drain(..most).collect()
    }

    /// Whether something waits; if not, the lane is left, in the same moment.
    fn has_work(&self) -> bool {
        let mut state = self.state();
        state.is_worked_on = !state.waiting.is_empty();
        state.is_worked_on
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works on a lane. Should it end before its time, those who wait are let go, and told so by the ends of their
/// channels.
struct Worker<W>(Arc<Lane<W>>);

impl<W> Drop for Worker<W> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.waiting.clear();
            state.is_worked_on = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_waits_while_a_turn_runs_is_done_in_the_next() {
        let together = Together::new(1);
        let turns = Arc::new(AtomicUsize::new(0));
        let mut answers = Vec::new();
        for _ in 0..100 {
            let (answer, answered) = oneshot::channel();
            answers.push(answered);
            let turns = Arc::clone(&turns);
            let turn = move |lane: Arc<Lane<oneshot::Sender<usize>>>| {
                let turns = Arc::clone(&turns);
                async move {
                    let batch = lane.take();
                    let size = batch.len();
                    turns.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    for one in batch {
                        one.send(size).expect("somebody waits");
                    }
                }
            };
            together.add(7, answer, turn).expect("there is room");
        }
        let mut sizes = Vec::new();
        for answer in answers {
            sizes.push(answer.await.expect("answered"));
        }
        assert_eq!(
            (sizes[0], turns.load(Ordering::SeqCst)),
            (100, 1),
            "all came before the first turn"
        );
        assert_eq!(together.waiting(), 0);
    }

    #[tokio::test]
    async fn who_is_on_the_way_comes_along_and_nobody_is_waited_for() {
        let together = Arc::new(Together::new(1));
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let turn = {
            let sizes = Arc::clone(&sizes);
            move |lane: Arc<Lane<usize>>| {
                let sizes = Arc::clone(&sizes);
                async move {
                    lane.gather().await;
                    sizes.lock().expect("sizes").push(lane.take().len());
                }
            }
        };
        // Each comes when the one before has come.
        for one in 0..5 {
            together.add(0, one, turn.clone()).expect("there is room");
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        together.add(0, 5, turn).expect("there is room");
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }

        assert_eq!(*sizes.lock().expect("sizes"), [5, 1]);
    }

    #[tokio::test]
    async fn a_lane_lives_through_a_panic() {
        let together = Together::new(1);
        let (lost, answer) = oneshot::channel::<()>();
        together
            .add(0, lost, |lane| async move {
                let _batch = lane.take();
                panic!("a defect")
            })
            .expect("there is room");
        assert!(answer.await.is_err(), "whoever waited is told");
        tokio::task::yield_now().await;
        let (kept, answer) = oneshot::channel();
        together
            .add(0, kept, |lane| async move {
                for one in lane.take() {
                    one.send(()).expect("somebody waits");
                }
            })
            .expect("there is room");
        answer.await.expect("answered");
    }
}
