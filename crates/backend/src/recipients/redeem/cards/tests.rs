//! Stories of what is kept of a code: it is asked for once, and never older than the last change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use domain::access_tokens::NewTokenForm;
use domain::collections::CollectionState;
use domain::recipients::{Look, RedeemForm};
use domain::{CollectionId, TokenId};

use crate::people::testing::{browser, owner_of};
use crate::recipients::Redeemed;
use crate::testing::{World, on_each_engine};
use crate::{Actor, Backend, tokens};

struct Story<'a> {
    backend: &'a Backend,
    ada: Actor,
    collection: CollectionId,
}

impl<'a> Story<'a> {
    async fn new(world: &'a World) -> Self {
        let ada = owner_of(&world.backend, "Kōwhai Training", "ada@example.org").await;
        let collection = world.published(&ada, "Safety 2027").await;
        Self {
            backend: &world.backend,
            ada,
            collection,
        }
    }

    async fn single(&self, limit: &str) -> (TokenId, String) {
        let form = NewTokenForm {
            name: "Spring".into(),
            token_type: "single".into(),
            usage_limit: limit.into(),
            expires: "2027-12-31".into(),
            collection: self.collection.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = self.backend.access_tokens();
        let id = tokens.create(&self.ada, &form).await.expect("a token").id;
        (id, tokens.share(&self.ada, id).await.expect("a link").code)
    }

    fn is_kept(&self, code: &str) -> bool {
        let digest = tokens::digest(self.backend, &code.parse().expect("a code"));
        self.backend.cards.find(&self.backend.db, &digest).is_ok()
    }
}

async fn look(backend: &Backend, code: &str) -> Look {
    let recipients = backend.recipients();
    recipients
        .look(code, None, &browser("192.0.2.7"))
        .await
        .expect("a card")
}

async fn redeem(backend: &Backend, code: &str, email: &str) -> Redeemed {
    let form = RedeemForm {
        name: "Grete Høst".into(),
        email: email.into(),
    };
    let recipients = backend.recipients();
    recipients
        .redeem(code, &form, email, None, &browser("192.0.2.7"))
        .await
        .expect("an answer")
}

#[tokio::test]
async fn every_change_shows_at_the_next_look() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (backend, ada) = (story.backend, &story.ada);
        let (tokens, collections) = (backend.access_tokens(), backend.collections());
        let (id, code) = story.single("2").await;
        // Twice: the second look finds what the first one left.
        let seen = async || {
            let first = look(backend, &code).await;
            assert_eq!(look(backend, &code).await, first);
            first
        };
        let is_open = async || matches!(seen().await, Look::Open(_));
        assert!(is_open().await);
        assert_eq!(story.is_kept(&code), !backend.db.is_shared());

        tokens.suspend(ada, id).await.expect("paused");
        assert!(matches!(seen().await, Look::Suspended(_)));
        tokens.resume(ada, id).await.expect("resumed");
        assert!(is_open().await);

        let draft = CollectionState::Draft;
        collections
            .set_state(ada, story.collection, draft)
            .await
            .expect("closed");
        assert!(matches!(seen().await, Look::Suspended(_)));
        let published = CollectionState::Published;
        collections
            .set_state(ada, story.collection, published)
            .await
            .expect("opened");
        assert!(is_open().await);

        tokens.delete(ada, id).await.expect("deleted");
        assert_eq!(seen().await, Look::Unknown);
        tokens.restore(ada, id).await.expect("restored");
        assert!(is_open().await);

        redeem(backend, &code, "grete@example.org").await;
        assert!(is_open().await, "one use is left");
        redeem(backend, &code, "jo@example.org").await;
        assert!(matches!(seen().await, Look::UsedUp(_)));

        let (_, code) = story.single("1").await;
        assert!(matches!(look(backend, &code).await, Look::Open(_)));
        backend.clock.advance(TimeDelta::days(800));
        assert!(
            matches!(look(backend, &code).await, Look::Expired { .. }),
            "nothing changed but the time"
        );
        backend
            .organisations()
            .cancel(ada.organisation)
            .await
            .expect("cancelled");
        assert_eq!(look(backend, &code).await, Look::Unknown);
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
                        (story.backend.clone(), code.clone(), Arc::clone(&is_over));
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

            let answer = redeem(story.backend, &code, &format!("p{round}@example.org")).await;

            assert!(matches!(answer, Redeemed::Done { .. }), "{answer:?}");
            for _ in 0..3 {
                let card = look(story.backend, &code).await;
                assert!(matches!(card, Look::UsedUp(_)), "{card:?}");
                tokio::task::yield_now().await;
            }
            is_over.store(true, Ordering::SeqCst);
            for looker in lookers {
                looker.await.expect("no panic");
            }
            let card = look(story.backend, &code).await;
            assert!(matches!(card, Look::UsedUp(_)), "{card:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let backend = story.backend;
        let (id, code) = story.single("2").await;
        let digest = tokens::digest(backend, &code.parse().expect("a code"));
        let cards = &backend.cards;
        look(backend, &code).await;
        let Ok(known) = cards.find(&backend.db, &digest) else {
            assert!(backend.db.is_shared());
            return;
        };
        for is_use in [true, false] {
            cards.forget([id].into_iter());
            let before = cards.find(&backend.db, &digest).err().expect("forgotten");
            if is_use {
                cards.forget([id].into_iter());
            } else {
                let tx = backend.db.write().await.expect("a transaction");
                tx.commit().await.expect("committed");
            }
            cards.keep(&backend.db, digest.clone(), &known, before);
            assert!(!story.is_kept(&code));
        }
        let before = cards.find(&backend.db, &digest).err().expect("forgotten");
        cards.keep(&backend.db, digest.clone(), &known, before);
        assert!(story.is_kept(&code));
    })
    .await;
}
