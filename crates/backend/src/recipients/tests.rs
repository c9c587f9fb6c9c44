//! Stories of recipients, on both engines.

use std::fs;

use chrono::TimeDelta;
use domain::access_tokens::NewTokenForm;
use domain::collections::CollectionState;
use domain::{BuiltIn, PersonId, TokenId};
use futures::TryStreamExt;

use super::*;
use crate::collections::testing::published;
use crate::collections::{NewGrant, grant_all};
use crate::people::testing::{browser, owner, owner_of, person};
use crate::people::{SessionKind, new_session};
use crate::testing::{World, on_each_engine};
use crate::{Caller, Error};

fn refusal<T>(outcome: Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("{fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}

async fn token(world: &World, caller: &Caller, collection: CollectionId) -> TokenId {
    let form = NewTokenForm {
        name: "Spring".into(),
        token_type: "single".into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    world
        .backend
        .access_tokens()
        .create(caller, &form)
        .await
        .expect("a token")
        .id
}

/// Somebody in a new browser, who is given a collection there.
async fn given(world: &World, caller: &Caller, person: PersonId, collection: CollectionId) -> Recipient {
    let token = token(world, caller, collection).await;
    let (backend, client) = (&world.backend, browser("192.0.2.9"));
    let mut tx = backend.db.write().await.expect("a transaction");
    let kind = SessionKind::Recipient;
    let session = new_session(
        &mut tx,
        backend,
        person,
        caller.organisation(),
        false,
        &client,
        kind,
    )
    .await
    .expect("in");
    let new = NewGrant {
        organisation: caller.organisation(),
        person,
        collection,
        token,
        use_number: 1,
        session: Some(session.id),
    };
    grant_all(&mut tx, &[new], backend.clock.now())
        .await
        .expect("given");
    backend.commit(tx).await.expect("committed");
    backend
        .people()
        .recipient(&session.secret, &client)
        .await
        .expect("looked up")
        .expect("a recipient")
}

/// The secrets of the sign-in links that were mailed, the oldest first.
async fn mailed(world: &World) -> Vec<Secret> {
    world.backend.mail().deliver_due().await.expect("delivered");
    let files = fs::read_dir(world.mail.path()).expect("a folder");
    let mut files: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let secret = |path| {
        let text = fs::read_to_string(path).expect("a mail").replace("=\r\n", "");
        let (_, rest) = text.split_once("/my/sign-in/").expect("a link");
        Secret::new(rest.split(['\r', '\n', '"']).next().expect("a secret"))
    };
    files.into_iter().map(secret).collect()
}

#[tokio::test]
async fn a_browser_sees_only_what_it_was_given_until_the_mailbox_is_proven() {
    on_each_engine(async |world| {
        let (backend, recipients) = (&world.backend, world.backend.recipients());
        let ada = owner(backend).await;
        let max = person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let first = published(backend, &ada, "First aid").await;
        let second = published(backend, &ada, "Fire safety").await;
        let here = given(world, &ada, max, first).await;
        backend.clock().advance(TimeDelta::minutes(1));
        let there = given(world, &ada, max, second).await;

        let titles = async |recipient: &Recipient| -> Vec<String> {
            let page = recipients.my(recipient).await.expect("a page");
            page.collections
                .into_iter()
                .map(|collection| collection.title)
                .collect()
        };
        assert_eq!(titles(&here).await, ["First aid"]);
        assert_eq!(titles(&there).await, ["Fire safety"]);
        assert_eq!(
            refusal(recipients.my_collection(&here, second).await),
            Refusal::NotFound
        );
        let item = recipients
            .my_collection(&there, second)
            .await
            .expect("theirs")
            .items[0]
            .item
            .id;
        assert_eq!(
            refusal(recipients.open_item(&here, second, item).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(recipients.mark_opened(&here, second, item).await),
            Refusal::NotFound
        );

        recipients
            .request_sign_in_link(" Max@example.org", &browser("192.0.2.9"))
            .await
            .expect("asked");
        let link = mailed(world).await.remove(0);
        let session = recipients
            .sign_in_by_link(&link, &browser("192.0.2.10"))
            .await
            .expect("in");
        assert!(!session.is_admin);
        let client = browser("192.0.2.10");
        let proven = backend
            .people()
            .recipient(&session.secret, &client)
            .await
            .expect("looked up")
            .expect("in");

        assert!(recipients.my(&proven).await.expect("a page").proven);
        assert_eq!(titles(&proven).await, ["Fire safety", "First aid"]);
    })
    .await;
}

#[tokio::test]
async fn items_are_ticked_once_and_counted() {
    on_each_engine(async |world| {
        let (backend, recipients) = (&world.backend, world.backend.recipients());
        let ada = owner(backend).await;
        let max = person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let collection = published(backend, &ada, "First aid").await;
        let max_here = given(world, &ada, max, collection).await;
        backend.clock().advance(TimeDelta::seconds(1));
        let first = recipients
            .my_collection(&max_here, collection)
            .await
            .expect("theirs")
            .items[0]
            .item
            .id;

        let page = recipients
            .open_item(&max_here, collection, first)
            .await
            .expect("opened");
        assert!(!page.opened && !page.preview);
        assert_eq!(
            recipients
                .my_collection(&max_here, collection)
                .await
                .expect("theirs")
                .collection
                .opened,
            0
        );
        for _ in 0..2 {
            recipients
                .mark_opened(&max_here, collection, first)
                .await
                .expect("ticked");
        }

        let page = recipients
            .my_collection(&max_here, collection)
            .await
            .expect("theirs");
        assert_eq!((page.collection.opened, page.collection.items), (1, 2));
        assert!(page.items[0].opened && !page.items[1].opened);
        let report = backend.reports().report(&ada, max).await.expect("a report");
        assert_eq!(
            (
                report.collections[0].opened,
                report.collections[0].items,
                report.person.collections
            ),
            (1, 2, 1)
        );
        let ticks = report
            .history
            .iter()
            .filter(|entry| entry.what == "Opened Welcome")
            .count();
        assert_eq!(ticks, 1);
        let refused = backend
            .collections()
            .set_state(&ada, collection, CollectionState::Draft)
            .await;
        assert!(
            matches!(refusal(refused), Refusal::Conflict(_)),
            "somebody has it"
        );
        let archived = backend
            .collections()
            .set_state(&ada, collection, CollectionState::Archived)
            .await;
        assert_eq!(archived.expect("archived").people, 1);
        recipients
            .open_item(&max_here, collection, first)
            .await
            .expect("who has it keeps it");
        backend
            .collections()
            .remove_item(&ada, collection, first)
            .await
            .expect("removed, ticks and all");
    })
    .await;
}

#[tokio::test]
async fn a_file_opens_for_those_who_have_its_collection() {
    on_each_engine(async |world| {
        let (backend, recipients) = (&world.backend, world.backend.recipients());
        let ada = owner(backend).await;
        let max = person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let collection = published(backend, &ada, "First aid").await;
        let content = futures::stream::iter([Ok::<_, std::convert::Infallible>(b"%PDF-1.7 x".to_vec())]);
        let view = backend
            .collections()
            .upload(&ada, collection, "plan.pdf", content)
            .await
            .expect("uploaded");
        let domain::collections::ItemViewContent::File { file, .. } = view.items[2].content else {
            panic!("no file")
        };
        let other = published(backend, &ada, "Other").await;
        let has_it = given(world, &ada, max, collection).await;
        let has_other = given(world, &ada, max, other).await;

        let given: Vec<Vec<u8>> = recipients
            .file(&has_it, file)
            .await
            .expect("theirs")
            .pieces
            .try_collect()
            .await
            .expect("read");
        assert_eq!(given.concat(), b"%PDF-1.7 x");
        assert_eq!(
            refusal(recipients.file(&has_other, file).await),
            Refusal::NotFound
        );

        let eve = owner_of(backend, "Other", "eve@example.org").await;
        let elsewhere = Recipient {
            organisation: eve.organisation(),
            proven: true,
            ..has_it
        };
        assert_eq!(
            refusal(recipients.file(&elsewhere, file).await),
            Refusal::NotFound
        );
        assert!(
            recipients
                .my(&elsewhere)
                .await
                .expect("a page")
                .collections
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_for_a_quarter_of_an_hour() {
    on_each_engine(async |world| {
        let (backend, recipients) = (&world.backend, world.backend.recipients());
        let ada = owner(backend).await;
        person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let client = browser("192.0.2.9");
        for _ in 0..2 {
            recipients
                .request_sign_in_link("max@example.org", &client)
                .await
                .expect("asked");
            backend.clock().advance(TimeDelta::seconds(1));
        }
        let links = mailed(world).await;

        let looked = recipients.look_sign_in_link(&links[0]).await.expect("looked");
        assert_eq!(looked.as_deref(), Some("m…x@example.org"));
        let (a, b) = tokio::join!(
            recipients.sign_in_by_link(&links[0], &client),
            recipients.sign_in_by_link(&links[0], &client)
        );
        assert!(a.is_ok() != b.is_ok(), "of two presses one counts");
        assert_eq!(
            recipients.look_sign_in_link(&links[0]).await.expect("looked"),
            None
        );

        backend.clock().advance(TimeDelta::minutes(15));
        assert_eq!(
            recipients.look_sign_in_link(&links[1]).await.expect("looked"),
            None
        );
        assert_eq!(
            refusal(recipients.sign_in_by_link(&links[1], &client).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(recipients.sign_in_by_link(&Secret::new("guess"), &client).await),
            Refusal::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_link_tells_nothing_and_is_slowed() {
    on_each_engine(async |world| {
        let (backend, recipients) = (&world.backend, world.backend.recipients());
        let ada = owner(backend).await;
        let max = person(
            backend,
            ada.organisation(),
            "Max",
            "max@example.org",
            BuiltIn::Member,
        )
        .await;
        let client = browser("192.0.2.9");
        for email in ["max@example.org", "nobody@example.org"] {
            for _ in 0..3 {
                recipients
                    .request_sign_in_link(email, &client)
                    .await
                    .expect("asked");
            }
            let slowed = refusal(recipients.request_sign_in_link(email, &client).await);
            assert_eq!(slowed, Refusal::TooMany { seconds: 900 }, "{email}");
        }
        assert!(
            refusal(recipients.request_sign_in_link("max", &client).await)
                .problems()
                .is_some()
        );
        let links = mailed(world).await;
        assert_eq!(links.len(), 3);

        backend.people().deactivate(&ada, max).await.expect("ended");
        assert_eq!(
            refusal(recipients.sign_in_by_link(&links[0], &client).await),
            Refusal::NotFound
        );
    })
    .await;
}
