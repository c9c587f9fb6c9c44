//! Stories of codes that are looked at and redeemed, on both engines.

use chrono::TimeDelta;
use domain::Refusal;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::collections::CollectionState;
use domain::recipients::{LinkStatus, RedeemForm};

use super::Redeemed;
use super::testing::{Story, form, here};
use crate::Error;
use crate::testing::on_each_engine;

#[tokio::test]
async fn looking_spends_nothing_and_the_button_spends_one() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("2").await;
        for _ in 0..3 {
            let LinkStatus::Open(offer) = story.look(&code, None).await else {
                panic!("not open")
            };
            assert_eq!(
                (offer.organisation.as_str(), offer.title.as_str()),
                ("Kōwhai Training", "Safety 2027")
            );
        }
        assert_eq!(story.uses(id).await, 0);

        let grete = story.recipient(&code, "grete@example.org").await;

        assert_eq!(story.uses(id).await, 1);
        let my = world.backend.recipients().my(&grete).await.expect("a page");
        assert_eq!((my.proven, my.collections.len()), (false, 1));
        assert!(matches!(
            story.look(&code, Some(&grete)).await,
            LinkStatus::Yours { signed_in: true, .. }
        ));
        assert!(matches!(
            story.redeem(&code, "", "other key", Some(&grete)).await,
            Redeemed::Done { session: None, .. }
        ));
        assert_eq!(story.uses(id).await, 1);
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_use_and_the_second_answer_works_too() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("5").await;
        story.redeem(&code, "grete@example.org", "key", None).await;

        let grete = {
            let Redeemed::Done {
                session: Some(session),
                ..
            } = story.redeem(&code, "grete@example.org", "key", None).await
            else {
                panic!("not done")
            };
            world
                .backend
                .people()
                .recipient(&session.secret, &here())
                .await
                .expect("looked up")
                .expect("there")
        };

        assert_eq!(story.uses(id).await, 1);
        let my = world.backend.recipients().my(&grete).await.expect("a page");
        assert_eq!(my.collections.len(), 1, "what the first answer gave is there");
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_sent_again_and_again_makes_a_few_sessions_and_all_are_recorded() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("5").await;
        story.redeem(&code, "grete@example.org", "key", None).await;
        let sessions = async || {
            let mut conn = world.backend.db.read().await.expect("a reader");
            let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM sessions WHERE kind = 'recipient'";
            conn.query(sql).number().await.expect("a count")
        };

        let again = (0..400).map(|_| {
            let form = form("grete@example.org");
            let (world, code) = (story.world, code.clone());
            async move {
                let recipients = world.backend.recipients();
                recipients.redeem(&code, &form, "key", None, &here()).await
            }
        });
        let outcomes = futures::future::join_all(again).await;

        let done =
            |one: &&crate::Result<Redeemed>| matches!(one, Ok(Redeemed::Done { session: Some(_), .. }));
        assert_eq!(outcomes.iter().filter(done).count(), 5);
        let mailed = outcomes
            .iter()
            .filter(|one| matches!(one, Ok(Redeemed::Mailed)))
            .count();
        assert!(mailed <= 3, "{mailed} mails");
        for one in outcomes.iter().filter(|one| one.is_err()) {
            assert!(
                matches!(one, Err(Error::Refused(Refusal::TooMany { .. }))),
                "{one:?}"
            );
        }
        assert_eq!(sessions().await, 6);
        let tokens = world.backend.access_tokens();
        let history = tokens.history(&story.ada, id).await.expect("a history");
        let told = history
            .iter()
            .filter(|one| one.what.contains("with the form of use 1"));
        assert_eq!(told.count(), 5);
        assert_eq!(story.uses(id).await, 1);
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());

        world.backend.clock().advance(TimeDelta::hours(1));
        assert!(matches!(
            story.redeem(&code, "grete@example.org", "key", None).await,
            Redeemed::Done { session: Some(_), .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_sent_again_asks_the_state_first() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let (_, code) = story.single("1").await;
        story.redeem(&code, "grete@example.org", "key", None).await;
        let used_up = story.redeem(&code, "grete@example.org", "key", None).await;
        assert!(
            matches!(used_up, Redeemed::Done { session: Some(_), .. }),
            "used up by itself"
        );
        let (id, code) = story.single_until("2", "2026-11-05").await;
        story.redeem(&code, "grete@example.org", "key", None).await;
        let again = async || story.redeem(&code, "grete@example.org", "key", None).await;
        assert!(
            matches!(again().await, Redeemed::Done { session: Some(_), .. }),
            "live"
        );

        tokens.suspend(&story.ada, id).await.expect("suspended");
        assert!(
            matches!(again().await, Redeemed::Card(LinkStatus::Suspended(_))),
            "suspended"
        );
        tokens.resume(&story.ada, id).await.expect("resumed");
        assert!(
            matches!(again().await, Redeemed::Done { session: Some(_), .. }),
            "resumed"
        );
        world.backend.clock().advance(TimeDelta::days(30));
        assert!(matches!(again().await, Redeemed::Card(_)), "expired");
    })
    .await;
}

#[tokio::test]
async fn another_browser_with_the_same_address_gets_a_mail_and_spends_nothing() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("5").await;
        story.recipient(&code, "grete@example.org").await;

        assert!(matches!(
            story.redeem(&code, "grete@example.org", "elsewhere", None).await,
            Redeemed::Mailed
        ));

        assert_eq!(story.uses(id).await, 1);
        assert_eq!(world.backend.mail().deliver_due().await.expect("delivered"), 1);
    })
    .await;
}

#[tokio::test]
async fn who_merely_typed_an_address_learns_neither_its_name_nor_what_it_has() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (_, theirs) = story.single("5").await;
        story.recipient(&theirs, "grete@example.org").await;
        let collection = world.published(&story.ada, "Bread").await;
        let other = Story {
            world,
            ada: story.ada.clone(),
            collection,
        };
        let (_, public) = other.single("").await;

        let stranger = story.recipient(&public, "grete@example.org").await;

        let recipients = world.backend.recipients();
        let my = recipients.my(&stranger).await.expect("a page");
        assert_eq!((my.name.as_str(), my.collections.len()), ("grete@example.org", 1));
        let look = story.look(&theirs, Some(&stranger)).await;
        assert!(
            matches!(look, LinkStatus::Yours { signed_in: false, .. }),
            "{look:?}"
        );
        let redeemed = story
            .redeem(&theirs, "grete@example.org", "key", Some(&stranger))
            .await;
        assert!(matches!(redeemed, Redeemed::Mailed), "{redeemed:?}");
    })
    .await;
}

#[tokio::test]
async fn each_state_has_its_card() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let (id, code) = story.single("").await;

        story.edit(id, "2027-01-01", "").await;
        assert!(matches!(story.look(&code, None).await, LinkStatus::NotYet { starts, .. } if starts.input == "2027-01-01"));
        story.edit(id, "", "2026-10-01").await;
        assert!(matches!(story.look(&code, None).await, LinkStatus::Expired { ended, .. } if ended.input == "2026-10-01"));
        assert!(matches!(story.redeem(&code, "a@example.org", "k", None).await, Redeemed::Card(LinkStatus::Expired { .. })));
        story.edit(id, "", "").await;
        tokens.suspend(&story.ada, id).await.expect("suspended");
        assert!(matches!(story.look(&code, None).await, LinkStatus::Suspended(_)));
        tokens.resume(&story.ada, id).await.expect("resumed");
        let collections = world.backend.collections();
        collections.set_state(&story.ada, story.collection, CollectionState::Archived).await.expect("archived");
        assert!(matches!(story.look(&code, None).await, LinkStatus::Suspended(_)));
        assert!(matches!(story.redeem(&code, "a@example.org", "k", None).await, Redeemed::Card(LinkStatus::Suspended(_))));
        collections.set_state(&story.ada, story.collection, CollectionState::Published).await.expect("published");

        let (id, code) = story.single("1").await;
        story.recipient(&code, "a@example.org").await;
        assert!(matches!(story.look(&code, None).await, LinkStatus::UsedUp(_)));
        assert!(matches!(story.redeem(&code, "b@example.org", "k", None).await, Redeemed::Card(LinkStatus::UsedUp(_))));
        assert_eq!(story.uses(id).await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_assigned_code_takes_no_other_address() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let (_, single) = story.single("").await;
        let eve = story.recipient(&single, "eve@example.org").await;
        let form = NewTokenForm {
            name: "Codes".into(),
            token_type: "multi".into(),
            no_of_tokens: "2".into(),
            collection: story.collection.to_string(),
            ..NewTokenForm::default()
        };
        let multi = tokens.create(&story.ada, &form).await.expect("a token").id;
        let id = tokens
            .codes(&story.ada, multi, &CodeQuery::default())
            .await
            .expect("codes")
            .rows[0]
            .id;
        tokens
            .assign(&story.ada, id, "grete@example.org")
            .await
            .expect("assigned");
        let code = tokens.share(&story.ada, id).await.expect("a link").code;

        let LinkStatus::Open(offer) = story.look(&code, None).await else {
            panic!("not open")
        };
        assert_eq!(offer.assigned.as_deref(), Some("g…e@example.org"));
        assert!(matches!(
            story.look(&code, Some(&eve)).await,
            LinkStatus::WrongRecipient { .. }
        ));
        let wrong = story.redeem(&code, "", "k", Some(&eve)).await;
        assert!(matches!(wrong, Redeemed::Card(LinkStatus::WrongRecipient { .. })));

        let grete = story.recipient(&code, "ignored@example.org").await;
        assert_eq!(grete.email.as_str(), "grete@example.org");
        assert!(matches!(
            story.look(&code, None).await,
            LinkStatus::Yours { signed_in: false, .. }
        ));
        let row = &tokens
            .codes(&story.ada, multi, &CodeQuery::default())
            .await
            .expect("codes")
            .rows[0];
        assert_eq!(
            row.used_by.as_ref().map(|by| by.name.as_str()),
            Some("Grete Høst")
        );
    })
    .await;
}

#[tokio::test]
async fn strangers_are_told_the_same_of_everything_that_is_gone() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let (deleted, deleted_code) = story.single("").await;
        tokens.delete(&story.ada, deleted).await.expect("deleted");
        let (revoked, revoked_code) = story.single("").await;
        tokens.revoke(&story.ada, revoked).await.expect("revoked");
        let unknown = crate::Random.code().grouped();
        for code in [deleted_code.as_str(), &revoked_code, &unknown, "7F3K", "", "💥"] {
            assert_eq!(story.look(code, None).await, LinkStatus::Unknown, "{code}");
            let redeemed = story.redeem(code, "a@example.org", "k", None).await;
            assert!(matches!(redeemed, Redeemed::Card(LinkStatus::Unknown)), "{code}");
        }
        let (_, code) = story.single("").await;
        world
            .backend
            .organisations()
            .cancel(story.ada.organisation())
            .await
            .expect("cancelled");
        assert_eq!(story.look(&code, None).await, LinkStatus::Unknown);
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_from_its_address_alone() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (_, code) = story.single("").await;
        let mut answered = 0;
        loop {
            match story.look(&crate::Random.code().grouped(), None).await {
                LinkStatus::Unknown => answered += 1,
                LinkStatus::TooMany { seconds } => {
                    assert!((1..=600).contains(&seconds));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(answered, 30);
        assert!(
            matches!(story.look(&code, None).await, LinkStatus::Open(_)),
            "a real code is never refused for the guesses of others"
        );
        let redeemed = story.redeem(&code, "office@example.org", "k", None).await;
        assert!(matches!(redeemed, Redeemed::Done { .. }), "{redeemed:?}");
        let wrong = story
            .redeem(&crate::Random.code().grouped(), "office@example.org", "k2", None)
            .await;
        assert!(
            matches!(wrong, Redeemed::Card(LinkStatus::TooMany { .. })),
            "{wrong:?}"
        );
        let elsewhere = crate::people::testing::browser("192.0.2.8");
        let look = world
            .backend
            .recipients()
            .open_link(&code, None, &elsewhere)
            .await
            .expect("a card");
        assert!(
            matches!(look, LinkStatus::Open(_)),
            "people elsewhere are not slowed"
        );
        world.backend.clock.advance(TimeDelta::minutes(10));
        assert!(matches!(story.look(&code, None).await, LinkStatus::Open(_)));
    })
    .await;
}

#[tokio::test]
async fn a_bad_form_names_its_fields_and_spends_nothing() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("").await;
        let form = RedeemForm {
            name: " ".into(),
            email: "grete".into(),
        };
        let refused = world
            .backend
            .recipients()
            .redeem(&code, &form, "k", None, &here())
            .await;
        let Err(crate::Error::Refused(refusal)) = refused else {
            panic!("not refused")
        };
        let problems = refusal.problems().expect("problems");
        assert!(problems.at("name").is_some() && problems.at("email").is_some());
        assert_eq!(story.uses(id).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_is_withdrawn_while_a_press_waits_opens_nothing() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("2").await;
        let backend = world.backend.clone();
        let mut tx = backend.db.write().await.expect("a transaction");
        let found = crate::tokens::lock(&mut tx, &backend, &story.ada.scope, id)
            .await
            .expect("locked")
            .expect("a token");
        let waiting = tokio::spawn({
            let backend = backend.clone();
            async move {
                let form = RedeemForm {
                    name: "Grete".into(),
                    email: "grete@example.org".into(),
                };
                backend
                    .recipients()
                    .redeem(&code, &form, "key", None, &here())
                    .await
            }
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        crate::tokens::renew(&mut tx, &backend, &found.token)
            .await
            .expect("a new secret");
        tx.commit().await.expect("committed");

        let answer = waiting.await.expect("no panic").expect("an answer");

        assert!(
            matches!(answer, Redeemed::Card(LinkStatus::Unknown)),
            "{answer:?}"
        );
        assert_eq!(story.uses(id).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_was_opened_elsewhere_is_theirs_and_asks_for_the_mailbox() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let other = world.published(&story.ada, "Fire safety").await;
        let (id, code) = story.single("").await;
        let form = NewTokenForm {
            name: "Fire".into(),
            token_type: "single".into(),
            collection: other.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = world.backend.access_tokens();
        let fire = tokens.create(&story.ada, &form).await.expect("a token").id;
        let fire = tokens.share(&story.ada, fire).await.expect("a link").code;
        story.recipient(&code, "grete@example.org").await;
        let laptop = story.recipient(&fire, "grete@example.org").await;

        let look = story.look(&code, Some(&laptop)).await;
        assert!(
            matches!(look, LinkStatus::Yours { signed_in: false, .. }),
            "{look:?}"
        );
        let answer = story.redeem(&code, "", "key", Some(&laptop)).await;
        assert!(matches!(answer, Redeemed::Mailed), "{answer:?}");
        assert_eq!(story.uses(id).await, 1);
    })
    .await;
}

#[tokio::test]
async fn on_a_shared_device_the_address_decides_who_gets_it() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("").await;
        let grete = story.recipient(&code, "grete@example.org").await;

        let answer = story
            .redeem(&code, "max@example.org", "his key", Some(&grete))
            .await;

        let Redeemed::Done {
            session: Some(session),
            ..
        } = answer
        else {
            panic!("not for him: {answer:?}")
        };
        assert_ne!(session.person, grete.person);
        assert_eq!(story.uses(id).await, 2);
        let hers = story
            .redeem(&code, "Grete@example.org", "her key", Some(&grete))
            .await;
        assert!(matches!(hers, Redeemed::Done { session: None, .. }), "{hers:?}");
        assert_eq!(story.uses(id).await, 2);
    })
    .await;
}

#[tokio::test]
async fn without_a_key_no_request_repeats_another() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, code) = story.single("").await;
        story.redeem(&code, "grete@example.org", "", None).await;
        let stranger = story.redeem(&code, "grete@example.org", "", None).await;
        assert!(matches!(stranger, Redeemed::Mailed), "{stranger:?}");
        assert_eq!(story.uses(id).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_link_that_an_office_goes_on_opening_is_no_guess() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (id, withdrawn) = story.single("").await;
        let (_, code) = story.single("").await;
        world
            .backend
            .access_tokens()
            .revoke(&story.ada, id)
            .await
            .expect("revoked");
        for _ in 0..40 {
            assert_eq!(story.look(&withdrawn, None).await, LinkStatus::Unknown);
            let redeemed = story.redeem(&withdrawn, "office@example.org", "k", None).await;
            assert!(
                matches!(redeemed, Redeemed::Card(LinkStatus::Unknown)),
                "{redeemed:?}"
            );
        }
        assert!(matches!(story.look(&code, None).await, LinkStatus::Open(_)));
        for _ in 0..30 {
            story.look(&crate::Random.code().grouped(), None).await;
        }
        let slowed = story.look(&withdrawn, None).await;
        assert!(
            matches!(slowed, LinkStatus::TooMany { .. }),
            "answered like an unknown one: {slowed:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn very_many_wrong_codes_from_everywhere_are_answered_slowly_and_real_ones_at_once() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (_, code) = story.single("").await;
        let wrong = crate::Random.code().grouped();
        assert_eq!(story.look(&wrong, None).await, LinkStatus::Unknown);
        world.backend.add_wrong_codes().await.expect("counted");
        let mut tx = world.backend.db.write().await.expect("a transaction");
        let sql = "UPDATE attempts SET failures = 10000 WHERE scope = 'code.total'";
        assert_eq!(tx.query(sql).run().await.expect("counted"), 1);
        tx.commit().await.expect("committed");
        // One more, so that this server hears what the others have counted.
        assert_eq!(story.look(&wrong, None).await, LinkStatus::Unknown);
        world.backend.add_wrong_codes().await.expect("counted");

        let began = std::time::Instant::now();
        assert!(matches!(story.look(&code, None).await, LinkStatus::Open(_)));
        let real = began.elapsed();
        assert_eq!(story.look(&wrong, None).await, LinkStatus::Unknown);
        assert!(
            real < super::redeem::FLOODED && began.elapsed() >= super::redeem::FLOODED,
            "{real:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn sessions_are_kept_in_the_order_in_which_they_were_made() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let (_, code) = story.single("").await;
        for n in 0..8 {
            story.recipient(&code, &format!("p{n}@example.org")).await;
            world.backend.clock.advance(TimeDelta::milliseconds(1));
        }
        let mut conn = world.backend.db.read().await.expect("a reader");
        let made = "SELECT id FROM sessions WHERE kind = 'recipient' ORDER BY id";
        let kept = "SELECT id FROM sessions WHERE kind = 'recipient' ORDER BY digest";
        let made: Vec<(uuid::Uuid,)> = conn.query(made).all().await.expect("sessions");
        let kept: Vec<(uuid::Uuid,)> = conn.query(kept).all().await.expect("sessions");
        assert_eq!((made.len(), &made), (8, &kept));
    })
    .await;
}

#[tokio::test]
async fn a_second_code_of_the_same_token_is_spared_for_whoever_has_what_it_opens() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let tokens = world.backend.access_tokens();
        let form = NewTokenForm {
            name: "Codes".into(),
            token_type: "multi".into(),
            no_of_tokens: "2".into(),
            collection: story.collection.to_string(),
            ..NewTokenForm::default()
        };
        let multi = tokens.create(&story.ada, &form).await.expect("a token").id;
        let rows = tokens
            .codes(&story.ada, multi, &CodeQuery::default())
            .await
            .expect("codes")
            .rows;
        let one = tokens.share(&story.ada, rows[0].id).await.expect("a link").code;
        let two = tokens.share(&story.ada, rows[1].id).await.expect("a link").code;

        let grete = story.recipient(&one, "grete@example.org").await;
        assert!(matches!(
            story.look(&two, Some(&grete)).await,
            LinkStatus::Yours { signed_in: true, .. }
        ));
        assert!(matches!(
            story.redeem(&two, "", "k", Some(&grete)).await,
            Redeemed::Done { session: None, .. }
        ));
        let elsewhere = story.redeem(&two, "grete@example.org", "k2", None).await;
        assert!(matches!(elsewhere, Redeemed::Mailed), "{elsewhere:?}");
        let row = tokens.get(&story.ada, multi).await.expect("a row");
        assert_eq!(row.uses, 1, "nothing more was spent");

        let max = story.redeem(&two, "max@example.org", "k3", None).await;
        assert!(matches!(max, Redeemed::Done { .. }), "{max:?}");
        assert!(matches!(
            story.look(&one, Some(&grete)).await,
            LinkStatus::Yours { signed_in: true, .. }
        ));
    })
    .await;
}
