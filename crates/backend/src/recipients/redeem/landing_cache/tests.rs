//! Stories of what is kept of a code: it is asked for once, and never older than the last change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use domain::collections::CollectionState;
use domain::recipients::LinkStatus;

use crate::recipients::Redeemed;
use crate::recipients::testing::{Story, look, redeem};
use crate::testing::on_each_engine;
use crate::{Backend, access_tokens};

fn digest(backend: &Backend, code: &str) -> Vec<u8> {
    access_tokens::presented(&code.parse().expect("a code")).digest(backend)
}

fn is_kept(backend: &Backend, code: &str) -> bool {
    let digest = digest(backend, code);
    backend.landing_cache.find(&backend.db, &digest).is_ok()
}

#[tokio::test]
async fn every_change_shows_at_the_next_look() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (backend, ada) = (&world.backend, &story.ada);
        let (tokens, collections) = (backend.access_tokens(), backend.collections());
        let (id, code) = story.single("2").await;
        // Twice: the second look finds what the first one left.
        let seen = async || {
            let first = look(backend, &code).await;
            assert_eq!(look(backend, &code).await, first);
            first
        };
        let is_open = async || matches!(seen().await, LinkStatus::Open(_));
        assert!(is_open().await);
        assert_eq!(is_kept(backend, &code), !backend.db.is_shared());

        tokens.suspend(ada, id).await.expect("paused");
        assert!(matches!(seen().await, LinkStatus::Suspended(_)));
        tokens.resume(ada, id).await.expect("resumed");
        assert!(is_open().await);

        let draft = CollectionState::Draft;
        collections
            .set_state(ada, story.collection, draft)
            .await
            .expect("closed");
        assert!(matches!(seen().await, LinkStatus::Suspended(_)));
        let published = CollectionState::Published;
        collections
            .set_state(ada, story.collection, published)
            .await
            .expect("opened");
        assert!(is_open().await);

        tokens.delete(ada, id).await.expect("deleted");
        assert_eq!(seen().await, LinkStatus::Unknown);
        tokens.restore(ada, id).await.expect("restored");
        assert!(is_open().await);

        redeem(backend, &code, "grete@example.org").await;
        assert!(is_open().await, "one use is left");
        redeem(backend, &code, "jo@example.org").await;
        assert!(matches!(seen().await, LinkStatus::UsedUp(_)));

        let (_, code) = story.single_until("1", "2027-12-31").await;
        assert!(matches!(look(backend, &code).await, LinkStatus::Open(_)));
        backend.clock.advance(TimeDelta::days(800));
        assert!(
            matches!(look(backend, &code).await, LinkStatus::Expired { .. }),
            "nothing changed but the time"
        );
        backend
            .organisations()
            .cancel(ada.organisation())
            .await
            .expect("cancelled");
        assert_eq!(look(backend, &code).await, LinkStatus::Unknown);
    })
    .await;
}

#[tokio::test]
async fn whoever_was_told_that_a_use_is_spent_sees_no_open_card_again() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        for round in 0..25 {
            let (_, code) = story.single("1").await;
            let is_over = Arc::new(AtomicBool::new(false));
            let lookers: Vec<_> = (0..4)
                .map(|_| {
                    let (backend, code, is_over) =
                        (world.backend.clone(), code.clone(), Arc::clone(&is_over));
                    tokio::spawn(async move {
                        while !is_over.load(Ordering::SeqCst) {
                            look(&backend, &code).await;
                            // A kept card is there at once, without anybody else having a turn.
                            tokio::task::yield_now().await;
                        }
                    })
                })
                .collect();
            tokio::time::sleep(std::time::Duration::from_millis(round % 5)).await;

            let answer = redeem(&world.backend, &code, &format!("p{round}@example.org")).await;

            assert!(matches!(answer, Redeemed::Done { .. }), "{answer:?}");
            for _ in 0..3 {
                let card = look(&world.backend, &code).await;
                assert!(matches!(card, LinkStatus::UsedUp(_)), "{card:?}");
                tokio::task::yield_now().await;
            }
            is_over.store(true, Ordering::SeqCst);
            for looker in lookers {
                looker.await.expect("no panic");
            }
            let card = look(&world.backend, &code).await;
            assert!(matches!(card, LinkStatus::UsedUp(_)), "{card:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let backend = &world.backend;
        let (id, code) = story.single("2").await;
        let digest = digest(backend, &code);
        let cache = &backend.landing_cache;
        look(backend, &code).await;
        let Ok(known) = cache.find(&backend.db, &digest) else {
            assert!(backend.db.is_shared());
            return;
        };
        for is_use in [true, false] {
            cache.forget([id].into_iter());
            let before = cache.find(&backend.db, &digest).err().expect("forgotten");
            if is_use {
                cache.forget([id].into_iter());
            } else {
                let tx = backend.db.write().await.expect("a transaction");
                tx.commit().await.expect("committed");
            }
            cache.keep(&backend.db, digest.clone(), &known, before);
            assert!(!is_kept(backend, &code));
        }
        let before = cache.find(&backend.db, &digest).err().expect("forgotten");
        cache.keep(&backend.db, digest.clone(), &known, before);
        assert!(is_kept(backend, &code));
    })
    .await;
}
