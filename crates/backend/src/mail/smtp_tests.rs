//! Stories of mail by SMTP, against a server that misbehaves, on both engines. Mails are counted by their `Message-ID`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use domain::OrganisationId;
use serde_json::json;
use smtp_peer::{Peer, Reaction, Step};

use super::retry::MOST_TRIES;
use super::worker::LEASE;
use super::*;
use crate::MailTransport;
use crate::organisations::testing::organisation;
use crate::testing::World;

/// A world whose mail goes to a peer.
struct Story<'a> {
    world: &'a World,
    peer: &'a Peer,
    organisation: OrganisationId,
}

async fn on_each_engine(test: impl AsyncFn(&Story<'_>)) {
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let peer = Peer::start().await.expect("a mail server");
        let server = SmtpServer::parse(&peer.url()).expect("a server");
        let world = World::sending_by(database, MailTransport::Smtp(server));
        let organisation = organisation(&world.backend).await;
        test(&Story {
            world: &world,
            peer: &peer,
            organisation,
        })
        .await;
        world.backend.database().close().await;
    }
}

impl Story<'_> {
    async fn queue(&self, mail: impl Fn(usize) -> NewMail, count: usize) -> Vec<MailId> {
        let backend = &self.world.backend;
        let mut tx = backend.db.write().await.expect("a transaction");
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(backend.queue_mail(&mut tx, mail(number)).await.expect("queued"));
        }
        backend.commit(tx).await.expect("committed");
        ids
    }

    async fn queue_some(&self, count: usize) -> Vec<MailId> {
        let mail = |number| self.mail(&format!("reader{number}@example.org"));
        self.queue(mail, count).await
    }

    fn mail(&self, to: &str) -> NewMail {
        NewMail {
            facts: json!({"organisation": "Acme", "collection": "Onboarding", "assigned_by": "Grete"}),
            link: Some(Secret::new("https://tokens.example.org/t/canary-7F3K")),
            ..NewMail::to(
                self.organisation,
                to.parse().expect("an address"),
                Template::CodeAssigned,
            )
        }
    }

    async fn deliver(&self) -> usize {
        self.world.backend.mail().deliver_due().await.expect("delivered")
    }

    fn later(&self, by: TimeDelta) {
        self.world.backend.clock().advance(by);
    }

    /// State, number of tries and problem.
    async fn row(&self, id: MailId) -> (String, i64, Option<String>) {
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        conn.query("SELECT state, attempts, problem FROM mails WHERE id = $1")
            .bind(id)
            .one()
            .await
            .expect("a mail")
    }

    async fn states(&self, ids: &[MailId]) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for id in ids {
            *states.entry(self.row(*id).await.0).or_default() += 1;
        }
        states
    }

    /// How often each mail arrived.
    fn arrived(&self) -> BTreeMap<String, usize> {
        let mut arrived = BTreeMap::new();
        for message in self.peer.received() {
            *arrived.entry(message.message_id()).or_default() += 1;
        }
        arrived
    }

    /// Each of these mails arrived, and none twice.
    fn all_arrived_once(&self, ids: &[MailId]) {
        let expected: BTreeMap<String, usize> = ids
            .iter()
            .map(|id| (format!("<{id}@tokens.example.org>"), 1))
            .collect();
        assert_eq!(self.arrived(), expected);
    }
}

#[tokio::test]
async fn mails_arrive_over_few_connections_each_with_its_own_way_back() {
    on_each_engine(async |story| {
        let ids = story.queue_some(40).await;

        assert_eq!(story.deliver().await, 40);

        story.all_arrived_once(&ids);
        assert!(story.peer.connections() <= 4, "{}", story.peer.connections());
        let received = story.peer.received();
        let ways_back: BTreeSet<&str> = received.iter().map(|mail| mail.from.as_str()).collect();
        assert_eq!(ways_back.len(), 40);
        assert!(
            ways_back
                .iter()
                .all(|from| from.starts_with("no-reply+") && from.ends_with("@tokens.example.org"))
        );
        assert!(received.iter().all(|mail| mail.to.len() == 1
            && mail.fields("To") == [mail.to[0].clone()]
            && mail.fields("From") == ["Acme <no-reply@tokens.example.org>"]));
        assert_eq!(story.states(&ids).await, BTreeMap::from([("sent".into(), 40)]));
    })
    .await;
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_down() {
    on_each_engine(async |story| {
        let ids = story.queue_some(12).await;
        story.peer.behave(|_| Reaction::Vanish);

        assert_eq!(story.deliver().await, 0);
        let mut tried = 0;
        for id in &ids {
            let (state, tries, _) = story.row(*id).await;
            assert_eq!(state, "queued");
            tried += tries;
        }
        assert!(
            (1..=4).contains(&tried),
            "a server that is down is not asked for each mail: {tried}"
        );
        assert_eq!(story.deliver().await, 0, "it rests");

        story.peer.behave(|_| Reaction::Proceed);
        story.later(TimeDelta::minutes(1));
        assert_eq!(story.deliver().await, 12);
        story.all_arrived_once(&ids);
    })
    .await;
}

#[tokio::test]
async fn a_slow_server_gets_each_mail_once() {
    on_each_engine(async |story| {
        let ids = story.queue_some(8).await;
        story.peer.behave(|_| Reaction::Slowly(Duration::from_millis(40)));

        assert_eq!(story.deliver().await, 8);

        story.all_arrived_once(&ids);
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_is_busy_is_tried_again_and_others_do_not_wait_for_it() {
    on_each_engine(async |story| {
        let ids = story.queue_some(6).await;
        story.peer.behave(|step| match step {
            Step::Recipient("reader2@example.org") => Reaction::Say("450 4.2.0 greylisted, come back later"),
            _ => Reaction::Proceed,
        });
        assert_eq!(story.deliver().await, 5);
        let (state, tries, problem) = story.row(ids[2]).await;
        assert_eq!((state.as_str(), tries), ("queued", 1));
        assert_eq!(problem.as_deref(), Some("450 4.2.0 greylisted, come back later"));

        story.peer.behave(|_| Reaction::Proceed);
        story.later(TimeDelta::seconds(59));
        assert_eq!(story.deliver().await, 0);
        story.later(TimeDelta::seconds(1));
        assert_eq!(story.deliver().await, 1);
        story.all_arrived_once(&ids);
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_fails_at_once_with_the_servers_words() {
    on_each_engine(async |story| {
        let ids = story.queue_some(6).await;
        story.peer.behave(|step| match step {
            Step::Recipient("reader1@example.org") => Reaction::Say("550 5.1.1 no such user"),
            Step::Message(message) if message.to == ["reader3@example.org"] => {
                Reaction::Say("554 5.7.1 this looks like spam")
            }
            _ => Reaction::Proceed,
        });

        assert_eq!(story.deliver().await, 4);

        let failed = |problem: &str| ("failed".to_owned(), 1, Some(problem.to_owned()));
        assert_eq!(story.row(ids[1]).await, failed("550 5.1.1 no such user"));
        assert_eq!(story.row(ids[3]).await, failed("554 5.7.1 this looks like spam"));
        story.later(TimeDelta::days(2));
        assert_eq!(story.deliver().await, 0);
        assert_eq!(story.arrived().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_a_server_never_takes_is_given_up_after_ten_tries_in_a_day() {
    on_each_engine(async |story| {
        let ids = story.queue_some(1).await;
        story.peer.behave(|step| match step {
            Step::Data => Reaction::Say("451 4.3.0 disk full"),
            _ => Reaction::Proceed,
        });
        for tries in 1..=MOST_TRIES {
            assert_eq!(story.row(ids[0]).await.1, tries - 1);
            assert_eq!(story.deliver().await, 0);
            story.later(TimeDelta::hours(12));
        }
        let (state, tries, problem) = story.row(ids[0]).await;
        assert_eq!((state.as_str(), tries), ("failed", MOST_TRIES));
        assert_eq!(problem.as_deref(), Some("451 4.3.0 disk full"));
        assert_eq!(
            story.world.backend.fsck().await.expect("checked"),
            Vec::<String>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_after_the_message_costs_a_double_at_most_and_loses_nothing() {
    on_each_engine(async |story| {
        let ids = story.queue_some(20).await;
        let messages = Arc::new(AtomicUsize::new(0));
        story.peer.behave(move |step| match step {
            Step::Message(_) => match messages.fetch_add(1, Ordering::SeqCst) {
                3 => Reaction::TakeAndVanish,
                7 => Reaction::Vanish,
                _ => Reaction::Proceed,
            },
            _ => Reaction::Proceed,
        });

        assert_eq!(story.deliver().await, 18);
        story.later(TimeDelta::minutes(1));
        assert_eq!(story.deliver().await, 2);

        let arrived = story.arrived();
        assert_eq!(arrived.len(), 20, "none is lost");
        assert_eq!(arrived.values().filter(|times| **times > 1).count(), 1);
        assert_eq!(story.states(&ids).await, BTreeMap::from([("sent".into(), 20)]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_share_the_mail_and_take_over_from_a_frozen_one() {
    on_each_engine(async |story| {
        let ids = story.queue_some(60).await;
        // A worker takes three mails and stands still.
        let (backend, now) = (&story.world.backend, story.world.backend.clock.now());
        let mut frozen = Vec::new();
        for _ in 0..3 {
            let mut tx = backend.db.write().await.expect("a transaction");
            let taken = sql::take(&mut tx, story.organisation, now, now + LEASE, &sql::Free::ALL).await;
            frozen.push(taken.expect("taken").expect("a mail"));
            tx.commit().await.expect("committed");
        }
        let other = story.world.another_server().await;
        let (mail, others_mail) = (backend.mail(), other.mail());
        let (here, there) = tokio::join!(mail.deliver_due(), others_mail.deliver_due());
        assert_eq!(here.expect("delivered") + there.expect("delivered"), 57);

        story.later(LEASE);
        let (here, there) = tokio::join!(mail.deliver_due(), others_mail.deliver_due());
        assert_eq!(here.expect("delivered") + there.expect("delivered"), 3);

        // It moves again, and finds that none of them is its own any more.
        let mut tx = backend.db.write().await.expect("a transaction");
        for mail in &frozen {
            assert!(!sql::hold(&mut tx, mail, now).await.expect("asked"));
            assert!(!sql::set_failed(&mut tx, mail, "late").await.expect("asked"));
        }
        drop(tx);
        story.all_arrived_once(&ids);
        other.database().close().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_no_longer_held_is_not_handed_over() {
    let peer = Peer::start().await.expect("a mail server");
    let server = SmtpServer::parse(&peer.url()).expect("a server");
    let line = smtp::Line::new(server, "tokens.example.org", true);
    let envelope = lettre::address::Envelope::new(
        "no-reply@example.org".parse().ok(),
        vec!["ada@example.org".parse().expect("an address")],
    )
    .expect("an envelope");

    let outcome = line.send(&envelope, b"Subject: x\r\n\r\nx\r\n", || false).await;

    assert_eq!(outcome.err(), Some(smtp::Trouble::Late));
    assert_eq!(peer.count(), 0);
}

#[tokio::test]
async fn the_server_is_told_user_and_password_and_a_wrong_one_is_not_repeated() {
    let peer = Peer::start().await.expect("a mail server");
    peer.ask_for("ada", "canary p@ss");
    for (password, arrives) in [("canary%20wrong", false), ("canary%20p%40ss", true)] {
        let url = format!("smtp://ada:{password}@{}", peer.address());
        let transport = MailTransport::Smtp(SmtpServer::parse(&url).expect("a server"));
        let world = World::sending_by(database::testing::sqlite().await, transport);
        let story = Story {
            world: &world,
            peer: &peer,
            organisation: organisation(&world.backend).await,
        };
        let ids = story.queue_some(1).await;
        assert_eq!(story.deliver().await, usize::from(arrives));
        let (_, _, problem) = story.row(ids[0]).await;
        assert_eq!(problem.is_none(), arrives);
        if let Some(problem) = problem {
            assert!(
                problem.contains("535") && !problem.contains("canary"),
                "{problem}"
            );
        }
        world.backend.database().close().await;
    }
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_and_others_do_not_wait() {
    on_each_engine(async |story| {
        let flood = story.queue(|_| story.mail("ada@example.org"), 150).await;
        let other = story.queue_some(1).await;

        let at_once = story.deliver().await;

        let most = usize::try_from(pace::PER_ADDRESS).expect("a number");
        // Mails that are on their way at the same moment are not counted yet.
        assert!((most + 1..=most + 4).contains(&at_once), "{at_once}");
        assert_eq!(story.row(other[0]).await.0, "sent");
        for hour in 1..=2 {
            story.later(TimeDelta::hours(1));
            assert!(story.deliver().await <= most + 3, "in hour {hour}");
        }
        assert_eq!(story.states(&flood).await, BTreeMap::from([("sent".into(), 150)]));
        assert!(story.arrived().values().all(|times| *times == 1));
    })
    .await;
}

#[tokio::test]
async fn an_organisation_keeps_its_pace() {
    on_each_engine(async |story| {
        let backend = &story.world.backend;
        let mut tx = backend.db.write().await.expect("a transaction");
        tx.query("INSERT INTO mail_settings (organisation_id, per_hour, changed_at) VALUES ($1, 100, $2)")
            .bind(story.organisation)
            .bind(backend.clock.now())
            .run()
            .await
            .expect("settings");
        tx.commit().await.expect("committed");
        story.queue_some(40).await;

        // A tenth of an hour's mails may go at once, and the one that is then due.
        assert_eq!(story.deliver().await, 11);
        story.later(TimeDelta::minutes(6));
        assert_eq!(story.deliver().await, 10);
        let elsewhere = organisation(backend).await;
        let mail = |_| NewMail {
            organisation: elsewhere,
            ..story.mail("ada@example.org")
        };
        story.queue(mail, 3).await;
        assert_eq!(
            story.deliver().await,
            3,
            "another organisation does not wait for it"
        );
    })
    .await;
}
