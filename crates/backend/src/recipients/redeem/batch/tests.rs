//! Presses that wait for the same commit, on both engines.

use domain::access_tokens::NewTokenForm;
use domain::recipients::{LinkStatus, RedeemForm};
use domain::tokens::State;
use domain::{CollectionId, TokenId};

use super::super::Sight;
use super::Why;
use crate::recipients::Redeemed;
use crate::testing::{World, on_each_engine};
use crate::{Caller, Client, Error, Result};

async fn single(world: &World, ada: &Caller, collection: CollectionId, limit: &str) -> (TokenId, String) {
    let form = NewTokenForm {
        name: "Spring".into(),
        token_type: "single".into(),
        usage_limit: limit.into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    let tokens = world.backend.access_tokens();
    let id = tokens.create(ada, &form).await.expect("a token").id;
    (id, tokens.share(ada, id).await.expect("a link").code)
}

async fn press(world: &World, code: &str, email: &str) -> Result<Redeemed> {
    let form = RedeemForm {
        name: "Grete Høst".into(),
        email: email.into(),
    };
    let recipients = world.backend.recipients();
    recipients
        .redeem(code, &form, email, None, &Client::default())
        .await
}

#[tokio::test]
async fn who_gets_nothing_leaves_nothing_behind() {
    on_each_engine(async |world| {
        let ada = crate::people::testing::owner(&world.backend).await;
        let collection = world.published(&ada, "Safety 2027").await;
        let (_, code) = single(world, &ada, collection, "1").await;
        // The landing page comes first. It remembers which row the code locks, so that both queue at once, in order.
        let recipients = world.backend.recipients();
        recipients
            .open_link(&code, None, &Client::default())
            .await
            .expect("a landing page");

        let (first, second) = futures::join!(
            press(world, &code, "first@example.org"),
            press(world, &code, "second@example.org")
        );

        assert!(matches!(first, Ok(Redeemed::Done { .. })), "{first:?}");
        assert!(
            matches!(second, Ok(Redeemed::Card(LinkStatus::UsedUp(_)))),
            "{second:?}"
        );
        let mut conn = world.backend.db.read().await.expect("a reader");
        let known: Vec<(String,)> = conn
            .query("SELECT email FROM people WHERE user_type_id IS NULL")
            .all()
            .await
            .expect("people");
        assert_eq!(known, [("first@example.org".to_owned(),)]);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_harms_nobody_who_waits_beside_it() {
    on_each_engine(async |world| {
        let ada = crate::people::testing::owner(&world.backend).await;
        let collection = world.published(&ada, "Safety 2027").await;
        let (broken, broken_code) = single(world, &ada, collection, "").await;
        let (_, code) = single(world, &ada, collection, "").await;
        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("UPDATE tokens SET kind = 'nonsense' WHERE id = $1")
            .bind(broken)
            .run()
            .await
            .expect("broken");
        tx.commit().await.expect("committed");

        let (lost, served) = futures::join!(
            press(world, &broken_code, "first@example.org"),
            press(world, &code, "second@example.org")
        );

        assert!(matches!(lost, Err(Error::Fault(_))), "{lost:?}");
        assert!(matches!(served, Ok(Redeemed::Done { .. })), "{served:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_decided_is_shown_whatever_the_code_has_become_since() {
    on_each_engine(async |world| {
        let ada = crate::people::testing::owner(&world.backend).await;
        let collection = world.published(&ada, "Safety 2027").await;
        // Alive when it is read again: somebody has raised its limit, or taken a pause back.
        let (_, code) = single(world, &ada, collection, "5").await;
        let code: domain::Code = code.parse().expect("a code");
        let recipients = world.backend.recipients();
        let mut conn = world.backend.db.read().await.expect("a reader");
        let now = world.backend.clock.now();
        let seen = match recipients.see(&mut conn, &code, now).await.expect("read") {
            Sight::Code(seen) => seen,
            Sight::Withdrawn | Sight::Unknown => panic!("it is there"),
        };
        assert_eq!(seen.refusal(None), None);
        assert!(matches!(seen.card(None, None), LinkStatus::Open(_)));
        for (why, is_shown) in [
            (
                Why::State(State::UsedUp),
                (|look| matches!(look, LinkStatus::UsedUp(_))) as fn(&LinkStatus) -> bool,
            ),
            (Why::State(State::Suspended), |look| {
                matches!(look, LinkStatus::Suspended(_))
            }),
            (Why::NotOpen, |look| matches!(look, LinkStatus::Suspended(_))),
            (Why::Gone, |look| matches!(look, LinkStatus::Unknown)),
        ] {
            let card = recipients
                .card(&mut conn, &seen, Some(why), None)
                .await
                .expect("a card");
            assert!(is_shown(&card), "{why:?}: {card:?}");
        }
    })
    .await;
}
