//! Stories of the outbox, on both engines.

use std::fs;

use chrono::TimeDelta;
use serde_json::json;

use super::retry::MOST_TRIES;
use super::worker::LEASE;
use super::*;
use crate::organisations::testing::organisation;
use crate::testing::{World, on_each_engine};

const ADA: &str = "ada@example.org";
const LINK: &str = "https://tokens.example.org/t/canary-7F3K";

async fn queue(world: &World) -> MailId {
    let backend = &world.backend;
    let organisation = organisation(backend).await;
    let mut tx = backend.db.write().await.expect("a transaction");
    let id = backend
        .queue_mail(
            &mut tx,
            NewMail {
                to_name: "Ada".into(),
                facts: json!({"organisation": "Acme", "collection": "Onboarding", "assigned_by": "Grete"}),
                link: Some(Secret::new(LINK)),
                ..NewMail::to(
                    organisation,
                    ADA.parse().expect("an address"),
                    Template::CodeAssigned,
                )
            },
        )
        .await
        .expect("queued");
    backend.commit(tx).await.expect("committed");
    id
}

async fn state(world: &World, id: MailId) -> Option<MailState> {
    let mut conn = world.backend.db.read().await.expect("a reader");
    states(&mut conn, &[id]).await.expect("states").get(&id).copied()
}

async fn holds_link(world: &World, id: MailId) -> bool {
    let mut conn = world.backend.db.read().await.expect("a reader");
    let (sealed,): (Option<Vec<u8>>,) = conn
        .query("SELECT sealed FROM mails WHERE id = $1")
        .bind(id)
        .one()
        .await
        .expect("a mail");
    sealed.is_some_and(|sealed| {
        assert!(
            !String::from_utf8_lossy(&sealed).contains("canary"),
            "the link is sealed"
        );
        true
    })
}

/// The files in the folder, decoded as far as quoted-printable goes.
fn delivered(world: &World) -> Vec<String> {
    fs::read_dir(world.mail.path())
        .expect("a folder")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a file"))
        .map(|text| text.replace("=\r\n", "").replace("=3D", "="))
        .collect()
}

/// A worker took the mail, and was never heard of again.
async fn taken_by_another(world: &World, id: MailId) {
    let (backend, now) = (&world.backend, world.backend.clock.now());
    let mut tx = backend.db.write().await.expect("a transaction");
    let (organisation,): (OrganisationId,) = tx
        .query("SELECT organisation_id FROM mails WHERE id = $1")
        .bind(id)
        .one()
        .await
        .expect("a mail");
    let taken = sql::take(&mut tx, organisation, now, now + LEASE, &sql::Free::ALL)
        .await
        .expect("taken");
    assert_eq!(taken.map(|mail| mail.id), Some(id));
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn a_mail_goes_out_once_and_its_link_is_forgotten() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        assert_eq!(state(world, id).await, Some(MailState::Queued));
        assert!(holds_link(world, id).await);

        assert_eq!(world.backend.mail().deliver_due().await.expect("delivered"), 1);
        assert_eq!(world.backend.mail().deliver_due().await.expect("nothing left"), 0);

        assert_eq!(state(world, id).await, Some(MailState::Sent));
        assert!(!holds_link(world, id).await);
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
        let files = delivered(world);
        assert_eq!(files.len(), 1);
        assert!(
            files[0].contains(LINK) && files[0].contains("To: Ada <ada@example.org>"),
            "{}",
            files[0]
        );
        assert!(
            files[0].contains(&format!("Message-ID: <{id}@tokens.example.org>")),
            "{}",
            files[0]
        );
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_mail_is_never_sent() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        let mut tx = world.backend.db.write().await.expect("a transaction");
        world.backend.cancel_mail(&mut tx, id).await.expect("cancelled");
        world.backend.commit(tx).await.expect("committed");

        assert_eq!(world.backend.mail().deliver_due().await.expect("delivered"), 0);

        assert_eq!(state(world, id).await, Some(MailState::Cancelled));
        assert!(delivered(world).is_empty() && !holds_link(world, id).await);
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_tried_again_less_and_less_often_then_given_up() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        // A file where the folder should be: nothing can be written into it.
        fs::remove_dir(world.mail.path()).expect("removed");
        fs::write(world.mail.path(), "").expect("a file");
        let mail = world.backend.mail();
        assert_eq!(mail.deliver_due().await.expect("tried"), 0);
        assert_eq!(state(world, id).await, Some(MailState::Queued));
        world.backend.clock().advance(TimeDelta::seconds(59));
        assert_eq!(mail.deliver_due().await.expect("not due"), 0);

        for _ in 1..MOST_TRIES {
            world.backend.clock().advance(TimeDelta::hours(12));
            assert_eq!(mail.deliver_due().await.expect("tried"), 0);
        }

        assert_eq!(state(world, id).await, Some(MailState::Failed));
        assert!(!holds_link(world, id).await);
        fs::remove_file(world.mail.path()).expect("removed");
        fs::create_dir(world.mail.path()).expect("a folder");
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_worker_died_is_taken_over_after_its_lease() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        let mail = world.backend.mail();
        taken_by_another(world, id).await;
        assert_eq!(mail.deliver_due().await.expect("leased"), 0);

        world.backend.clock().advance(LEASE);

        assert_eq!(mail.deliver_due().await.expect("taken over"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_organisations_mail_stays_where_it_is() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        let organisations = world.backend.organisations();
        let listed = organisations.list().await.expect("listed");
        organisations.cancel(listed[0].view.id).await.expect("cancelled");

        assert_eq!(
            world.backend.mail().deliver_due().await.expect("nothing to do"),
            0
        );

        assert_eq!(state(world, id).await, Some(MailState::Failed));
        assert!(delivered(world).is_empty() && !holds_link(world, id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_share_the_outbox() {
    on_each_engine(async |world| {
        for _ in 0..20 {
            queue(world).await;
        }
        let other = world.another_server().await;
        let (mail, others_mail) = (world.backend.mail(), other.mail());

        let (here, there) = tokio::join!(mail.deliver_due(), others_mail.deliver_due());

        let left = mail.deliver_due().await.expect("what both left to each other");
        assert_eq!(here.expect("delivered") + there.expect("delivered") + left, 20);
        assert_eq!(delivered(world).len(), 20);
        other.database().close().await;
    })
    .await;
}

#[tokio::test]
async fn the_auditor_finds_a_link_that_was_not_forgotten() {
    on_each_engine(async |world| {
        let id = queue(world).await;
        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("UPDATE mails SET state = 'sent' WHERE id = $1")
            .bind(id)
            .run()
            .await
            .expect("tampered");
        tx.commit().await.expect("committed");
        let findings = world.backend.fsck().await.expect("checked").join("\n");
        assert!(findings.contains("still holds its link"), "{findings}");
    })
    .await;
}
