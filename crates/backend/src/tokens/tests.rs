//! Exactly N of N: many at once, on both engines.

use std::sync::Arc;

use domain::tokens::State;
use domain::{OrganisationId, TokenId};
use tokio::sync::Barrier;

use super::testing::spend_one;
use super::{Kind, NewToken, Spending, Spent};
use crate::Backend;
use crate::testing::{World, on_each_engine};

async fn token(backend: &Backend, organisation: OrganisationId, limit: i64) -> TokenId {
    let new = NewToken {
        organisation,
        kind: Kind::Single,
        name: "Race".into(),
        starts_at: None,
        expires_at: None,
        use_limit: Some(limit),
        created_by: None,
    };
    let mut tx = backend.db.write().await.expect("a transaction");
    let id = super::issue(&mut tx, backend, &new).await.expect("a token");
    tx.commit().await.expect("committed");
    id
}

async fn spend(backend: Backend, organisation: OrganisationId, id: TokenId, key: Vec<u8>) -> Spent {
    let mut tx = backend.db.write().await.expect("a transaction");
    let spending = Spending {
        token: id,
        person: None,
        idempotency_key: key,
        address: None,
    };
    let spent = spend_one(&mut tx, organisation, spending, backend.clock.now())
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
        let read = super::sql::sealed(&mut tx, id)
            .await
            .expect("read")
            .expect("a secret");
        let old = super::reveal(&mut tx, backend, id).await.expect("a code");
        let new = super::renew(&mut tx, backend, id).await.expect("a new one");

        let moved = super::issue::Sealed::new(backend, id, &old);
        super::sql::move_secret(&mut tx, id, &read, &moved)
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
            super::find(&mut tx, backend, &old)
                .await
                .expect("looked")
                .is_none()
        );
    })
    .await;
}

/// All at once, each with the key that its number gives.
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
            kind: Kind::Multi,
            name: "Codes".into(),
            starts_at: None,
            expires_at: None,
            use_limit: Some(0),
            created_by: None,
        };
        let mut tx = backend.db.write().await.expect("a transaction");
        let whole = super::issue(&mut tx, backend, &whole).await.expect("a whole");
        let found = super::load(&mut tx, organisation, whole)
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
        let found = super::load(&mut conn, organisation, whole)
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
