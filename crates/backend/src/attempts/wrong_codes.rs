//! Wrong codes, counted without a write for each.
//!
//! Checking a code takes a read, and thousands fit into a second. If each wrong one were a transaction, guessers would
//! occupy SQLite's only writer, and everybody who redeems would wait. So wrong codes are noted in memory, and twice a
//! second all of them are added to the table in one transaction: a guesser causes two small writes a second, however
//! fast they guess. An address that is over its budget is remembered until its period ends and costs no statement at
//! all until then.
//!
//! The table remains what servers share and what survives a restart. The price is small: a server that is killed
//! forgets what it noted in its last half second, and several servers learn of each other's counts half a second to a
//! second late.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use database::Conn;

use super::{Budget, Try, sql};
use crate::error::Result;
use crate::{Backend, Client};

/// How long wrong codes are collected before they are added to the table.
const COLLECT: Duration = Duration::from_millis(500);

/// How long a read count of an address is trusted where other servers may have counted meanwhile. Where there is one
/// server, it stays true: everything that was counted since, the server counted itself.
const BELIEVED: TimeDelta = TimeDelta::seconds(1);

/// How many addresses are remembered: about 4 MB. When there are more, those are dropped whose counts are in the table,
/// and beyond that only the total is counted.
const MOST: usize = 20_000;

/// How many counts are added in one transaction, so that nobody waits long for it.
const SLICE: usize = 500;

/// The table's content that is in memory.
#[derive(Debug, Default)]
pub(crate) struct WrongCodes {
    tallies: Mutex<HashMap<Try, Tally>>,
    is_collecting: AtomicBool,
    adding: tokio::sync::Mutex<()>,
}

/// Whether codes from an address are accepted; if not, the seconds until they are again.
pub(crate) type Standing = std::result::Result<(), i64>;

/// One count.
#[derive(Debug, Clone, Copy)]
struct Tally {
    /// What the table said last.
    counted: i64,
    /// What was noted since, and is not in the table.
    noted: i64,
    /// When the first of them was made.
    since: DateTime<Utc>,
    /// When the table was last read.
    read_at: Option<DateTime<Utc>>,
}

impl WrongCodes {
    fn tallies(&self) -> MutexGuard<'_, HashMap<Try, Tally>> {
        // Each change is complete in itself, so a panic elsewhere leaves nothing half done.
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether codes are accepted; `None` when the table has to be read.
    fn standing(&self, one: &Try, now: DateTime<Utc>, is_shared: bool) -> Option<Standing> {
        let tallies = self.tallies();
        let tally = tallies.get(one)?;
        if tally.is_over(one.budget, now) {
            return Some(Err(one.budget.wait(tally.since, now)));
        }
        let is_fresh = tally
            .read_at
            .is_some_and(|at| !is_shared || (TimeDelta::zero()..BELIEVED).contains(&(now - at)));
        is_fresh.then_some(Ok(()))
    }

    /// Takes over the table's count.
    fn learn(&self, one: &Try, said: Option<sql::Count>, now: DateTime<Utc>) {
        let mut tallies = self.tallies();
        let Some(tally) = room_for(&mut tallies, one, now) else {
            return;
        };
        let said = said.filter(|count| count.since > one.budget.start(now));
        tally.counted = said.as_ref().map_or(0, |count| count.failures);
        if let Some(said) = said {
            tally.since = said.since;
        }
        tally.read_at = Some(now);
    }

    /// Notes a wrong code; returns whether there are too many in total.
    fn note(&self, address: &Try, total: &Try, now: DateTime<Utc>) -> bool {
        let mut tallies = self.tallies();
        let is_flooded = tallies
            .get(total)
            .is_some_and(|tally| tally.is_over(total.budget, now));
        for one in [address, total] {
            if let Some(tally) = room_for(&mut tallies, one, now) {
                tally.noted += 1;
            }
        }
        is_flooded
    }

    /// What is to be added to the table: in one order, because several servers lock the same rows.
    fn noted(&self) -> Vec<(Try, Tally)> {
        let tallies = self.tallies();
        let mut noted: Vec<_> = tallies
            .iter()
            .filter(|(_, tally)| tally.noted > 0)
            .map(|(one, tally)| (one.clone(), *tally))
            .collect();
        noted.sort_by(|(one, _), (other, _)| one.cmp(other));
        noted
    }

    /// What was noted is now in the table, which returned its total.
    fn added(&self, one: &Try, tries: i64, said: &sql::Count, now: DateTime<Utc>) {
        if let Some(tally) = self.tallies().get_mut(one) {
            tally.noted -= tries;
            tally.counted = said.failures;
            tally.since = said.since;
            tally.read_at = Some(now);
        }
    }
}

impl Tally {
    fn is_over(self, budget: Budget, now: DateTime<Utc>) -> bool {
        self.counted + self.noted >= budget.most && self.since > budget.start(now)
    }
}

/// The tally of an attempt, reset if its period has ended. `None` when there is no room for one more.
fn room_for<'t>(
    tallies: &'t mut HashMap<Try, Tally>,
    one: &Try,
    now: DateTime<Utc>,
) -> Option<&'t mut Tally> {
    if tallies.len() >= MOST && !tallies.contains_key(one) {
        tallies.retain(|one, tally| tally.noted > 0 || one.budget == Budget::CODE_TOTAL);
        if tallies.len() >= MOST && one.budget != Budget::CODE_TOTAL {
            return None;
        }
    }
    let fresh = Tally {
        counted: 0,
        noted: 0,
        since: now,
        read_at: None,
    };
    Some(match tallies.entry(one.clone()) {
        Entry::Vacant(place) => place.insert(fresh),
        Entry::Occupied(place) => {
            let tally = place.into_mut();
            // What is not yet in the table is added to it as it was, before it is forgotten.
            if tally.noted == 0 && tally.since <= one.budget.start(now) {
                *tally = fresh;
            }
            tally
        }
    })
}

impl Backend {
    /// Whether codes from this address are accepted, as far as that is known without reading the table.
    pub(crate) fn known_wrong_codes(&self, client: &Client, now: DateTime<Utc>) -> Option<Standing> {
        let address = self.try_from(Budget::CODE_ADDRESS, client);
        self.wrong_codes.standing(&address, now, self.db.is_shared())
    }

    /// Whether codes from this address are accepted. Only the address is slowed down: a total budget would let a
    /// guesser lock out the real holders.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn check_wrong_codes(
        &self,
        conn: &mut Conn,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Result<Standing> {
        let address = self.try_from(Budget::CODE_ADDRESS, client);
        let is_shared = self.db.is_shared();
        if let Some(standing) = self.wrong_codes.standing(&address, now, is_shared) {
            return Ok(standing);
        }
        let said = sql::count(conn, address.budget.scope, &address.key).await?;
        self.wrong_codes.learn(&address, said, now);
        Ok(self
            .wrong_codes
            .standing(&address, now, is_shared)
            .unwrap_or(Ok(())))
    }

    /// Notes a wrong code from this address; returns whether so many come from everywhere that the answer should be
    /// slow.
    pub(crate) fn note_wrong_code(&self, client: &Client, now: DateTime<Utc>) -> bool {
        let address = self.try_from(Budget::CODE_ADDRESS, client);
        let total = self.try_on(Budget::CODE_TOTAL, "");
        let is_flooded = self.wrong_codes.note(&address, &total, now);
        if !self.wrong_codes.is_collecting.swap(true, Ordering::AcqRel) {
            let backend = self.clone();
            tokio::spawn(async move { backend.collect_wrong_codes().await });
        }
        is_flooded
    }

    /// Adds the noted counts to the table, until there is nothing left.
    async fn collect_wrong_codes(&self) {
        loop {
            tokio::time::sleep(COLLECT).await;
            if let Err(error) = self.add_wrong_codes().await {
                tracing::warn!(%error, "wrong codes could not be counted; trying again");
            }
            self.wrong_codes.is_collecting.store(false, Ordering::Release);
            let is_done = self.wrong_codes.noted().is_empty();
            if is_done || self.wrong_codes.is_collecting.swap(true, Ordering::AcqRel) {
                break;
            }
        }
    }

    /// Adds the noted counts to the table.
    ///
    /// # Errors
    /// When the database fails; what was not added stays noted.
    pub(crate) async fn add_wrong_codes(&self) -> Result<()> {
        // A server that stops does not add what its collector is already adding.
        let _turn = self.wrong_codes.adding.lock().await;
        for slice in self.wrong_codes.noted().chunks(SLICE) {
            let mut tx = self.db.write().await?;
            let mut said = Vec::with_capacity(slice.len());
            for (one, tally) in slice {
                said.push(sql::add(&mut tx, one, tally.noted, tally.since).await?);
            }
            tx.commit_keeping_cache().await?;
            let now = self.clock.now();
            for ((one, tally), said) in slice.iter().zip(&said) {
                self.wrong_codes.added(one, tally.noted, said, now);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::testing::browser;
    use crate::testing::{World, on_each_engine};

    async fn counted(world: &World) -> Vec<(String, i64)> {
        let mut conn = world.backend.db.read().await.expect("a reader");
        conn.query("SELECT scope, failures FROM attempts ORDER BY scope, failures")
            .all()
            .await
            .expect("rows")
    }

    async fn standing(backend: &Backend, client: &Client) -> Standing {
        let mut conn = backend.db.read().await.expect("a reader");
        backend
            .check_wrong_codes(&mut conn, client, backend.clock.now())
            .await
            .expect("an answer")
    }

    #[tokio::test]
    async fn ten_thousand_wrong_codes_are_one_write_and_then_no_statement_at_all() {
        on_each_engine(async |world| {
            let backend = &world.backend;
            let (guesser, now) = (browser("192.0.2.7"), backend.clock.now());
            for _ in 0..10_000 {
                backend.note_wrong_code(&guesser, now);
            }
            assert_eq!(
                counted(world).await,
                [],
                "nothing is written while the guesser waits"
            );
            assert_eq!(
                backend.known_wrong_codes(&guesser, now),
                Some(Err(600)),
                "that it is too many is known without asking the table"
            );

            backend.add_wrong_codes().await.expect("added");

            let expected = [("code.address", 10_000), ("code.total", 10_000)];
            assert_eq!(
                counted(world).await,
                expected.map(|(scope, failures)| (scope.to_owned(), failures))
            );
            backend.add_wrong_codes().await.expect("nothing more to add");
            assert_eq!(counted(world).await[0].1, 10_000, "each is counted once");
        })
        .await;
    }

    #[tokio::test]
    async fn wrong_codes_are_added_by_themselves_soon_after() {
        on_each_engine(async |world| {
            let now = world.backend.clock.now();
            world.backend.note_wrong_code(&browser("192.0.2.7"), now);
            let deadline = std::time::Instant::now() + Duration::from_secs(20);
            while counted(world).await.is_empty() {
                assert!(std::time::Instant::now() < deadline, "nothing is added");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_budget_survives_a_restart_and_is_shared_by_servers() {
        on_each_engine(async |world| {
            let (one, guesser) = (&world.backend, browser("192.0.2.7"));
            for _ in 0..30 {
                one.note_wrong_code(&guesser, one.clock.now());
            }
            // Stopped in an orderly way: noted counts are written last.
            one.upkeep().finish().await.expect("written down");
            let other = world.another_server().await;
            assert_eq!(other.known_wrong_codes(&guesser, other.clock.now()), None);
            assert_eq!(standing(&other, &guesser).await, Err(600));
            assert_eq!(
                other.known_wrong_codes(&guesser, other.clock.now()),
                Some(Err(600)),
                "from then on without asking"
            );
            assert_eq!(standing(&other, &browser("192.0.2.8")).await, Ok(()));
            other.database().close().await;
        })
        .await;
    }

    #[tokio::test]
    async fn two_servers_count_into_one_budget() {
        on_each_engine(async |world| {
            if !world.backend.db.is_shared() {
                // A server has a SQLite file to itself, and trusts what it has read for as long as it runs.
                return;
            }
            let (one, guesser) = (&world.backend, browser("192.0.2.7"));
            let other = world.another_server().await;
            for server in [one, &other] {
                assert_eq!(standing(server, &guesser).await, Ok(()));
                for _ in 0..15 {
                    server.note_wrong_code(&guesser, server.clock.now());
                }
                server.add_wrong_codes().await.expect("added");
            }
            assert_eq!(
                standing(&other, &guesser).await,
                Err(600),
                "it heard the sum when it added"
            );
            assert_eq!(
                standing(one, &guesser).await,
                Ok(()),
                "for a second, what was read is believed"
            );
            one.clock.advance(TimeDelta::seconds(1));
            assert_eq!(standing(one, &guesser).await, Err(599));
            one.clock.advance(TimeDelta::minutes(10));
            for server in [one, &other] {
                assert_eq!(standing(server, &guesser).await, Ok(()), "listened to again");
            }
            other.database().close().await;
        })
        .await;
    }

    #[test]
    fn memory_stays_bounded_however_many_addresses_guess() {
        let codes = WrongCodes::default();
        let now = crate::testing::noon();
        let of = |number: usize| Try {
            budget: Budget::CODE_ADDRESS,
            key: number.to_le_bytes().to_vec(),
        };
        let total = Try {
            budget: Budget::CODE_TOTAL,
            key: Vec::new(),
        };
        for number in 0..MOST + 1000 {
            codes.note(&of(number), &total, now);
        }
        assert!(codes.tallies().len() <= MOST + 1);
        assert_eq!(
            codes.tallies()[&total].noted,
            i64::try_from(MOST + 1000).expect("a number"),
            "the total misses none"
        );
        assert!(
            codes.note(&of(0), &total, now),
            "and says that there are very many"
        );
        for (one, tally) in codes.noted() {
            let said = sql::Count {
                failures: tally.noted,
                since: tally.since,
            };
            codes.added(&one, tally.noted, &said, now);
        }
        codes.note(&of(MOST + 5000), &total, now);
        assert!(codes.tallies().len() <= 2, "what the table knows can go");
    }
}
