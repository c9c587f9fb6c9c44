//! Exactly N of N: many at once, on both engines.

use std::sync::Arc;

use database::WriteTx;
use domain::tokens::State;
use domain::{OrganisationId, PersonId, TokenId};
use tokio::sync::Barrier;

use super::Sealing;
use super::secret::Kept;
use super::testing::spend_one;
use super::{Locked, NewToken, Spending, Spent};
use crate::access_tokens::presented;
use crate::testing::{World, noon, on_each_engine};
use crate::{Backend, Random};

async fn token(backend: &Backend, organisation: OrganisationId, limit: i64) -> TokenId {
    let new = NewToken {
        organisation,
        department: None,
        kind: backend.kinds.get("access_single").expect("a kind"),
        name: "Race".into(),
        starts_at: None,
        expires_at: None,
        use_limit: Some(limit),
        sealing: None,
        created_by: None,
    };
    let mut tx = backend.db.write().await.expect("a transaction");
    let (id, _) = super::issue(&mut tx, backend, &new).await.expect("a token");
    tx.commit().await.expect("committed");
    id
}

async fn spend(backend: Backend, organisation: OrganisationId, id: TokenId, key: Vec<u8>) -> Spent {
    let mut tx = backend.db.write().await.expect("a transaction");
    let spending = Spending {
        token: id,
        person: None,
        earlier_key: None,
        idempotency_key: key,
        address: None,
    };
    let spent = spend_one(&mut tx, &backend, organisation, spending, backend.clock.now())
        .await
        .expect("spent or not");
    tx.commit().await.expect("committed");
    spent
}

#[tokio::test]
async fn a_secret_that_was_withdrawn_does_not_come_back_with_a_rotation() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let id = token(backend, organisation, 3).await;
        let mut tx = backend.db.write().await.expect("a transaction");
        let found = super::load(&mut tx, backend, &crate::Scope::new(organisation, None), id).await;
        let token = found.expect("read").expect("a token").token;
        let read = super::sql::sealed(&mut tx, id).await.expect("read");
        let read = read.and_then(|shown| shown.sealed).expect("a secret");
        let old = super::reveal(&mut tx, backend, id).await.expect("a secret");
        let new = super::renew(&mut tx, backend, &token).await.expect("a new one");

        let kept = Kept::new(backend, id, token.kind, Sealing::Sealed, &old);
        super::sql::move_secret(&mut tx, id, &read, &kept)
            .await
            .expect("nothing to do");

        assert_eq!(
            super::reveal(&mut tx, backend, id)
                .await
                .expect("a code")
                .reveal(),
            new.reveal()
        );
        assert!(
            super::find(&mut tx, backend, presented(&old.into_code().expect("a code")))
                .await
                .expect("looked")
                .is_none()
        );
    })
    .await;
}

/// All at once, each with the key derived from its number.
async fn race(
    world: &World,
    organisation: OrganisationId,
    id: TokenId,
    keys: impl Fn(u8) -> u8,
) -> Vec<Spent> {
    let barrier = Arc::new(Barrier::new(40));
    let racers: Vec<_> = (0..40_u8)
        .map(|racer| {
            let (backend, barrier, key) = (world.backend.clone(), barrier.clone(), vec![keys(racer)]);
            tokio::spawn(async move {
                barrier.wait().await;
                spend(backend, organisation, id, key).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for racer in racers {
        answers.push(racer.await.expect("no panic"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_racers_for_three_uses_get_exactly_three_in_each_of_twenty_rounds() {
    on_each_engine(async |world| {
        let organisation = crate::organisations::testing::organisation(&world.backend).await;
        for round in 0..20 {
            let id = token(&world.backend, organisation, 3).await;

            let answers = race(world, organisation, id, |racer| racer).await;

            let mut numbers: Vec<i64> = answers
                .iter()
                .filter_map(|spent| match spent {
                    Spent::New { number } => Some(*number),
                    _ => None,
                })
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, [1, 2, 3], "round {round}");
            let refused = answers
                .iter()
                .filter(|spent| **spent == Spent::Refused(State::UsedUp))
                .count();
            assert_eq!(refused, 37, "round {round}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_sent_forty_times_at_once_is_one_use() {
    on_each_engine(async |world| {
        let organisation = crate::organisations::testing::organisation(&world.backend).await;
        let id = token(&world.backend, organisation, 10).await;

        let answers = race(world, organisation, id, |_| 7).await;

        assert_eq!(
            answers
                .iter()
                .filter(|spent| **spent == Spent::New { number: 1 })
                .count(),
            1
        );
        assert_eq!(
            answers
                .iter()
                .filter(|spent| **spent == Spent::Repeated { number: 1 })
                .count(),
            39
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parts_used_at_once_add_up_in_their_whole() {
    on_each_engine(async |world| {
        let organisation = crate::organisations::testing::organisation(&world.backend).await;
        let backend = &world.backend;
        let whole = NewToken {
            organisation,
            department: None,
            kind: backend.kinds.get("access_multi").expect("a kind"),
            name: "Codes".into(),
            starts_at: None,
            expires_at: None,
            use_limit: Some(0),
            sealing: None,
            created_by: None,
        };
        let mut tx = backend.db.write().await.expect("a transaction");
        let (whole, _) = super::issue(&mut tx, backend, &whole).await.expect("a whole");
        let found = super::load(&mut tx, backend, &crate::Scope::new(organisation, None), whole)
            .await
            .expect("found")
            .expect("there");
        super::issue_parts(&mut tx, backend, &found.token, 1, 30)
            .await
            .expect("parts");
        let parts: Vec<(TokenId,)> = tx
            .query("SELECT id FROM tokens WHERE whole_id = $1")
            .bind(whole)
            .all()
            .await
            .expect("parts");
        tx.commit().await.expect("committed");

        let racers: Vec<_> = parts
            .iter()
            .flat_map(|(part,)| [(*part, 1), (*part, 2)])
            .map(|(part, key)| tokio::spawn(spend(backend.clone(), organisation, part, vec![key])))
            .collect();
        let mut new = 0;
        for racer in racers {
            new += usize::from(racer.await.expect("no panic") == Spent::New { number: 1 });
        }

        assert_eq!(new, 30);
        let mut conn = backend.db.read().await.expect("a reader");
        let found = super::load(&mut conn, backend, &crate::Scope::new(organisation, None), whole)
            .await
            .expect("found")
            .expect("there");
        assert_eq!(
            (found.token.bounds.uses, found.token.bounds.use_limit),
            (30, Some(30))
        );
        let (ended,): (bool,) = conn
            .query("SELECT ended_at IS NOT NULL FROM tokens WHERE id = $1")
            .bind(whole)
            .one()
            .await
            .expect("a row");
        assert!(ended);
    })
    .await;
}

/// A use by a new person.
fn spending(token: TokenId) -> Spending {
    Spending {
        token,
        person: Some(PersonId(Random.id(noon()))),
        earlier_key: None,
        idempotency_key: Random.bytes::<16>().to_vec(),
        address: None,
    }
}

#[tokio::test]
async fn a_token_that_was_used_often_takes_no_longer_to_use() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let organisation = crate::organisations::testing::organisation(backend).await;
        let id = token(backend, organisation, 1_000).await;
        let mut tx = backend.db.write_by_keys().await.expect("a transaction");
        let mut read = Vec::new();
        for _ in 0..8 {
            let found = super::lock(&mut tx, backend, &crate::Scope::new(organisation, None), id)
                .await
                .expect("read");
            let mut locked = Locked::of(found.expect("a token"));
            let batch = (0..64).map(|_| spending(id)).collect();
            let decided = super::spend(&mut tx, &mut locked, batch, noon())
                .await
                .expect("decided");
            decided.write(&mut tx).await.expect("written");
            read.push(if backend.db.is_shared() {
                rows_read(&mut tx).await
            } else {
                0
            });
        }
        // The same statements on the same connection, whose plans assume from the first one on that there are few rows.
        assert!(read[7] <= 8 * 64, "{read:?} uses were read in all");
        tx.commit().await.expect("committed");
    })
    .await;
}

/// How many uses a transaction has read, on PostgreSQL: SQLite does not report it.
async fn rows_read(tx: &mut WriteTx) -> i64 {
    tx.query(
        "SELECT CAST(COALESCE(SUM(seq_tup_read + idx_tup_fetch), 0) AS BIGINT)
         FROM pg_stat_xact_user_tables WHERE relname = 'uses'",
    )
    .number()
    .await
    .expect("a number")
}

#[tokio::test]
async fn counting_a_use_writes_the_counter_and_the_orders_that_follow_it() {
    let world = World::on(database::testing::sqlite().await);
    let backend = &world.backend;
    let organisation = crate::organisations::testing::organisation(backend).await;
    let id = token(backend, organisation, 3).await;
    for (left, pages) in [
        // The row, and the orders by uses, by remaining uses and by last use; the use, its key and its person; the file
        // header, where a process beside a server reports that it wrote.
        (2, 4 + 3 + 1),
        (1, 4 + 3 + 1),
        // It moves to the other list, which has six orders as well.
        (0, 4 + 3 + 1 + 3 + 6),
    ] {
        let before = log_bytes(&world);
        let mut tx = backend.db.write().await.expect("a transaction");
        let spent = spend_one(&mut tx, backend, organisation, spending(id), noon()).await;
        assert!(matches!(spent, Ok(Spent::New { .. })), "{spent:?}");
        tx.commit().await.expect("committed");
        let written = (log_bytes(&world) - before) / PAGE_IN_LOG;
        assert!(written <= pages, "{written} pages with {left} uses left");
    }
}

/// A page and its head in SQLite's log.
const PAGE_IN_LOG: u64 = 4096 + 24;

fn log_bytes(world: &World) -> u64 {
    let database::Url::Sqlite(path) = &world.database.settings.url else {
        panic!("a file")
    };
    let log = path.with_extension("db-wal");
    std::fs::metadata(&log).expect("a log").len()
}
