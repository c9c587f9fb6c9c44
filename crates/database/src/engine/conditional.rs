//! A change that is made only while something still holds: nobody else writes between the question and the change.
//!
//! Whoever asks for it puts a question around the work ([`only_if`]). The first transaction of that work begins alone: on
//! SQLite every transaction to write in does; on PostgreSQL all others hold a lock together that this one holds by itself,
//! on all servers. Then the question is asked, and the transaction goes on or is refused. The question reads what was
//! committed, through connections of its own, so that those who wait for the lock cannot take the last one from it.
//!
//! One question at a time is asked on each server, and the lock is held for as long as one transaction takes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::engine::Db;
use crate::query::WriteTx;

/// The lock that transactions to write in hold together, and a conditional one alone; the number is the product's own.
macro_rules! alone {
    () => {
        "SELECT pg_advisory_xact_lock(7821190442)"
    };
}
macro_rules! together {
    () => {
        "SELECT pg_advisory_xact_lock_shared(7821190442)"
    };
}

/// Begins a transaction among others on PostgreSQL.
pub(super) const AMONG_OTHERS: &str = concat!("BEGIN; ", together!());

/// Begins one that finds rows by their keys alone.
pub(super) const BY_KEYS: &str = concat!(
    "BEGIN; ",
    together!(),
    "; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
);

/// Begins one while no other is open.
const ALONE: &str = concat!("BEGIN; ", alone!());

type Answer = Pin<Box<dyn Future<Output = bool> + Send>>;

tokio::task_local! {
    static CONDITION: Arc<Condition>;
    static ASKING: ();
}

struct Condition {
    question: Box<dyn Fn() -> Answer + Send + Sync>,
    state: AtomicU8,
}

const OPEN: u8 = 0;
const HOLDS: u8 = 1;
const FAILED: u8 = 2;

/// A transaction was not begun, since what it was to be made for does not hold any more.
#[derive(Debug, thiserror::Error)]
#[error("what this change was to be made for does not hold any more")]
struct DoesNotHold;

/// A transaction was to be begun while a question is asked, which would wait for itself.
#[derive(Debug, thiserror::Error)]
#[error("whether a change may be made is asked without writing")]
struct WritesWhileAsked;

/// Does some work whose first transaction to write in begins only if the answer is yes. Says what came of the work, and
/// whether it was not refused for that reason. The work and the question stay in this task.
pub async fn only_if<T, F>(
    question: impl Fn() -> F + Send + Sync + 'static,
    work: impl Future<Output = T>,
) -> (T, bool)
where
    F: Future<Output = bool> + Send + 'static,
{
    let condition = Arc::new(Condition {
        question: Box::new(move || Box::pin(question())),
        state: AtomicU8::new(OPEN),
    });
    let done = CONDITION.scope(Arc::clone(&condition), work).await;
    (done, condition.state.load(Ordering::SeqCst) != FAILED)
}

/// Whether an error says that what a change was to be made for does not hold any more.
pub fn does_not_hold(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Configuration(cause) if cause.is::<DoesNotHold>())
}

/// Whether this runs to answer such a question: then nothing is written down.
pub fn is_asking() -> bool {
    ASKING.try_with(|()| ()).is_ok()
}

/// The condition of the work that this belongs to, if it has one that was not asked yet.
fn condition() -> Option<Arc<Condition>> {
    let condition = CONDITION.try_with(Arc::clone).ok()?;
    (condition.state.load(Ordering::SeqCst) != HOLDS).then_some(condition)
}

impl Db {
    /// A transaction for what is only noted in passing: it is none of the changes that a condition is about.
    ///
    /// # Errors
    /// When none could be had in time, or the engine is gone.
    pub async fn write_aside(&self) -> sqlx::Result<WriteTx> {
        self.begin(AMONG_OTHERS).await
    }

    /// Begins a transaction as PostgreSQL is told to, or alone if it has a condition.
    pub(super) async fn begin_if_it_holds(&self, on_postgres: &'static str) -> sqlx::Result<WriteTx> {
        if is_asking() {
            return Err(sqlx::Error::Configuration(Box::new(WritesWhileAsked)));
        }
        let Some(condition) = condition() else {
            return self.begin(on_postgres).await;
        };
        let _turn = self.questions.lock().await;
        let tx = self.begin(ALONE).await?;
        if ASKING.scope((), (condition.question)()).await {
            condition.state.store(HOLDS, Ordering::SeqCst);
            return Ok(tx);
        }
        condition.state.store(FAILED, Ordering::SeqCst);
        Err(sqlx::Error::Configuration(Box::new(DoesNotHold)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{self, TestDb};

    async fn number(db: &Db) -> i64 {
        let mut conn = db.read().await.expect("a reader");
        conn.query("SELECT n FROM probe")
            .number()
            .await
            .expect("a number")
    }

    async fn set(tx: &mut WriteTx, n: i64) {
        tx.query("UPDATE probe SET n = $1")
            .bind(n)
            .run()
            .await
            .expect("set");
    }

    /// Sets the number to another if it is still what it was.
    async fn set_if(db: Db, seen: i64, n: i64) -> bool {
        let asked = db.clone();
        let question = move || {
            let db = asked.clone();
            async move { number(&db).await == seen }
        };
        let work = async {
            let begun = db.write().await;
            if let Err(error) = &begun {
                assert!(does_not_hold(error), "{error}");
            }
            let Ok(mut tx) = begun else { return };
            set(&mut tx, n).await;
            tx.commit().await.expect("committed");
            let tx = db
                .write()
                .await
                .expect("what comes after it is not asked about again");
            tx.commit().await.expect("committed");
        };
        only_if(question, work).await.1
    }

    async fn databases() -> Vec<(TestDb, Db)> {
        let (sqlite, postgres) = (testing::sqlite().await, testing::postgres().await);
        let other = Db::open(&postgres.settings).await.expect("another server");
        let same = sqlite.db.clone();
        let all = vec![(sqlite, same), (postgres, other)];
        for (one, _) in &all {
            let mut tx = one.db.write().await.expect("a transaction");
            let make = tx.query("CREATE TABLE probe (n BIGINT NOT NULL)");
            make.run().await.expect("a table");
            let first = tx.query("INSERT INTO probe (n) VALUES (0)");
            first.run().await.expect("a row");
            tx.commit().await.expect("committed");
        }
        all
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_who_have_seen_the_same_one_changes_it_wherever_they_ask() {
        for (here, there) in databases().await {
            for round in 0..10 {
                let tries = (0..8).map(|n| {
                    let db = if n % 2 == 0 {
                        here.db.clone()
                    } else {
                        there.clone()
                    };
                    tokio::spawn(set_if(db, round, round + 1))
                });
                let mut made = 0;
                for tried in tries.collect::<Vec<_>>() {
                    made += i32::from(tried.await.expect("it ends"));
                }
                assert_eq!((made, number(&here.db).await), (1, round + 1));
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whoever_was_there_before_is_waited_for_even_if_they_ask_nothing() {
        for (here, there) in databases().await {
            let mut before = here.db.write().await.expect("a transaction");
            set(&mut before, 7).await;
            let late = tokio::spawn(set_if(there.clone(), 0, 1));
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(!late.is_finished());
            before.commit().await.expect("committed");
            assert!(!late.await.expect("it ends"), "it was changed meanwhile");
            assert_eq!(number(&there).await, 7);
        }
    }

    #[tokio::test]
    async fn what_is_noted_in_passing_is_not_asked_about_and_a_question_writes_nothing() {
        for (here, _) in databases().await {
            let db = here.db.clone();
            let never = || async { false };
            let work = async {
                let tx = db.write_aside().await.expect("a transaction");
                tx.commit().await.expect("committed");
            };
            assert!(only_if(never, work).await.1);
            let asked = db.clone();
            let writes = move || {
                let db = asked.clone();
                async move { is_asking() && db.write().await.is_ok() }
            };
            let work = async { db.write().await.is_ok() };
            assert_eq!(
                only_if(writes, work).await,
                (false, false),
                "refused, not waited for"
            );
            assert!(!is_asking());
        }
    }
}
