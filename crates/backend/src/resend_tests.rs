//! Stories of people who manage mail: they find it, see what happened to it, send it again, and correct addresses.

use chrono::TimeDelta;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::mail::{MailQuery, MailState};
use domain::{MailId, Permission, Permissions, Refusal, TokenId};

use crate::error::Error;
use crate::testing::{World, on_each_engine};
use crate::{Caller, Scope};

struct Story<'a> {
    world: &'a World,
    ada: Caller,
    codes: Vec<TokenId>,
}

impl<'a> Story<'a> {
    async fn new(world: &'a World) -> Self {
        let ada = world.owner("Ada", "ada@example.org", "Acme").await;
        let collection = world.published(&ada, "Onboarding").await;
        let form = NewTokenForm {
            name: "Seats".into(),
            token_type: "multi".into(),
            no_of_tokens: "4".into(),
            collection: collection.to_string(),
            ..NewTokenForm::default()
        };
        let tokens = world.backend.access_tokens();
        let multi = tokens.create(&ada, &form).await.expect("a token").id;
        let codes = tokens
            .codes(&ada, multi, &CodeQuery::default())
            .await
            .expect("codes");
        Self {
            world,
            ada,
            codes: codes.rows.iter().map(|code| code.id).collect(),
        }
    }

    async fn assign(&self, code: usize, email: &str) -> MailId {
        // Mails of different instants have an order.
        self.world.backend.clock().advance(TimeDelta::seconds(1));
        let tokens = self.world.backend.access_tokens();
        tokens
            .assign(&self.ada, self.codes[code], email)
            .await
            .expect("assigned");
        self.found("", None).await[0].0
    }

    async fn found(&self, search: &str, state: Option<MailState>) -> Vec<(MailId, String)> {
        let query = MailQuery {
            search: search.into(),
            state,
            ..MailQuery::default()
        };
        let mail = self.world.backend.mail();
        let rows = mail.list(&self.ada, &query).await.expect("a list").rows;
        let count = mail.count(&self.ada, &query).await.expect("a count");
        assert_eq!(usize::try_from(count), Ok(rows.len()), "{query:?}");
        rows.into_iter().map(|row| (row.id, row.to.to_string())).collect()
    }

    async fn addresses(&self, search: &str, state: Option<MailState>) -> Vec<String> {
        let found = self.found(search, state).await;
        found.into_iter().map(|(_, address)| address).collect()
    }

    async fn deliver(&self) -> usize {
        self.world.backend.mail().deliver_due().await.expect("delivered")
    }

    /// The messages in the folder, decoded as far as quoted-printable goes.
    fn delivered(&self, to: &str) -> Vec<String> {
        std::fs::read_dir(self.world.mail.path())
            .expect("a folder")
            .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a file"))
            .map(|text| text.replace("=\r\n", "").replace("=3D", "="))
            .filter(|text| text.contains(&format!("To: {to}")))
            .collect()
    }

    async fn return_key(&self, id: MailId) -> String {
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        let (key,): (Vec<u8>,) = conn
            .query("SELECT return_key FROM mails WHERE id = $1")
            .bind(id)
            .one()
            .await
            .expect("a mail");
        key.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    async fn bounce(&self, id: MailId) {
        let key = self.return_key(id).await;
        let report = format!(
            "To: no-reply+{key}@tokens.example.org\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\n\
             Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        );
        let mail = self.world.backend.mail();
        mail.take_back(None, report.as_bytes()).await.expect("taken back");
    }

    fn link_in(text: &str) -> String {
        let start = text.find("https://tokens.example.org/t/").expect("a link");
        text[start..]
            .split_whitespace()
            .next()
            .expect("a link")
            .to_owned()
    }
}

#[tokio::test]
async fn mail_is_found_by_address_name_and_state_and_shown_without_its_link() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let ben = story.assign(0, "ben.carter@example.org").await;
        story.assign(1, "cleo@other.example").await;
        assert_eq!(
            story.addresses("", None).await,
            ["cleo@other.example", "ben.carter@example.org"]
        );
        for (search, expected) in [
            ("ben", 1),
            ("CARTER", 1),
            ("ben.carter@exa", 1),
            ("cleo example", 1),
            ("cleo carter", 0),
            ("example", 2),
            ("a@b", 0),
        ] {
            assert_eq!(story.found(search, None).await.len(), expected, "{search}");
        }
        assert_eq!(story.found("", Some(MailState::Queued)).await.len(), 2);
        assert_eq!(story.deliver().await, 2);
        assert_eq!(story.found("", Some(MailState::Queued)).await.len(), 0);
        assert_eq!(story.found("example", Some(MailState::Sent)).await.len(), 2);

        let mail = world.backend.mail();
        let view = mail.view(&story.ada, ben).await.expect("a mail");
        assert_eq!(view.subject, "Your access to Onboarding");
        let link = Story::link_in(&story.delivered("ben.carter@example.org")[0]);
        let html = mail.html(&story.ada, ben).await.expect("its HTML");
        for shown in [&view.text, &html] {
            assert!(
                shown.contains("Onboarding") && !shown.contains(&link) && !shown.contains("/t/"),
                "{shown}"
            );
        }
        assert_eq!(view.history.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let organisation = story.ada.organisation();
        let mut tx = world.backend.db.write().await.expect("a transaction");
        for number in 0..120 {
            world.backend.clock().advance(TimeDelta::milliseconds(1));
            let to = format!("reader{number}@example.org").parse().expect("an address");
            let mail = crate::mail::NewMail::to(organisation, to, crate::mail::Template::SignInLink);
            world.backend.queue_mail(&mut tx, mail).await.expect("queued");
        }
        world.backend.commit(tx).await.expect("committed");
        for search in ["", "example"] {
            let mut query = MailQuery {
                search: search.into(),
                ..MailQuery::default()
            };
            let mut seen = Vec::new();
            loop {
                let page = world
                    .backend
                    .mail()
                    .list(&story.ada, &query)
                    .await
                    .expect("a page");
                seen.extend(page.rows.iter().map(|row| row.id));
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 120, "{search}");
            assert!(
                seen.is_sorted_by(|one, other| one > other),
                "the newest first, each once"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_came_back_is_told_and_its_address_corrected() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let wrong = story.assign(0, "bne@example.org").await;
        story.deliver().await;
        let dead_link = Story::link_in(&story.delivered("bne@example.org")[0]);
        story.bounce(wrong).await;
        story.bounce(wrong).await;

        assert_eq!(
            story.addresses("", Some(MailState::Bounced)).await,
            ["bne@example.org"]
        );
        assert!(story.addresses("", Some(MailState::Sent)).await.is_empty());
        let mail = world.backend.mail();
        let view = mail.view(&story.ada, wrong).await.expect("a mail");
        assert_eq!(view.row.state, MailState::Bounced);
        assert_eq!(view.row.problem.as_deref(), Some("550 5.1.1 no such user"));
        assert_eq!(view.history.len(), 3, "once is enough: {:?}", view.history);

        let refused = mail.correct_address(&story.ada, wrong, "nobody").await;
        assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.problems().is_some()));
        let right = mail
            .correct_address(&story.ada, wrong, "ben@example.org")
            .await
            .expect("corrected");
        assert_eq!(
            (right.to.as_str(), right.state),
            ("ben@example.org", MailState::Queued)
        );
        story.deliver().await;
        let link = Story::link_in(&story.delivered("ben@example.org")[0]);
        assert_ne!(link, dead_link, "the link in the wrong mailbox opens nothing");
        let again = mail.send_again(&story.ada, wrong).await;
        assert!(
            matches!(again, Err(Error::Refused(Refusal::Conflict(_)))),
            "it belongs to another address now"
        );
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_sent_again_with_the_same_link_and_not_while_it_is_on_its_way() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let first = story.assign(0, "ben@example.org").await;
        let mail = world.backend.mail();
        let too_early = mail.send_again(&story.ada, first).await;
        assert!(matches!(too_early, Err(Error::Refused(Refusal::Conflict(_)))));
        story.deliver().await;
        world.backend.clock().advance(TimeDelta::seconds(1));

        let second = mail.send_again(&story.ada, first).await.expect("sent again");
        story.deliver().await;

        let delivered = story.delivered("ben@example.org");
        assert_eq!(delivered.len(), 2);
        assert_eq!(Story::link_in(&delivered[0]), Story::link_in(&delivered[1]));
        let view = mail.view(&story.ada, second.id).await.expect("a mail");
        assert_eq!((view.repeats, view.row.state), (Some(first), MailState::Sent));
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn mail_is_shown_and_sent_by_whoever_may_and_nobody_else() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let id = story.assign(0, "ben@example.org").await;
        story.deliver().await;
        let mail = world.backend.mail();
        let with = |permissions: &[Permission]| Caller {
            permissions: permissions.iter().copied().collect(),
            ..story.ada.clone()
        };
        let none = Caller {
            permissions: Permissions::NONE,
            ..story.ada.clone()
        };
        assert!(matches!(
            mail.view(&none, id).await,
            Err(Error::Refused(Refusal::Forbidden))
        ));
        let reader = with(&[Permission::MailsRead]);
        assert!(mail.view(&reader, id).await.is_ok());
        assert!(matches!(
            mail.send_again(&reader, id).await,
            Err(Error::Refused(Refusal::Forbidden))
        ));
        // A person who may not manage tokens cannot send their links elsewhere.
        let sender = with(&[Permission::MailsRead, Permission::MailsManage]);
        let elsewhere = mail.correct_address(&sender, id, "mine@example.org").await;
        assert!(matches!(elsewhere, Err(Error::Refused(Refusal::Forbidden))));

        let stranger = world.owner("Eve", "eve@example.org", "Elsewhere").await;
        let limited = Caller {
            scope: Scope::new(
                story.ada.organisation(),
                Some(domain::DepartmentId(uuid::Uuid::nil())),
            ),
            ..story.ada.clone()
        };
        for other in [&stranger, &limited] {
            assert!(
                mail.list(other, &MailQuery::default())
                    .await
                    .expect("a list")
                    .rows
                    .is_empty()
            );
            assert!(mail.rows(other, &[id]).await.expect("rows").is_empty());
            assert!(matches!(
                mail.view(other, id).await,
                Err(Error::Refused(Refusal::NotFound))
            ));
            assert!(matches!(
                mail.send_again(other, id).await,
                Err(Error::Refused(Refusal::NotFound))
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_want_reminders_gets_none_and_other_mail_still_arrives() {
    on_each_engine(async |world| {
        let story = Story::new(world).await;
        let id = story.assign(0, "ben@example.org").await;
        story.deliver().await;
        let (mail, key) = (world.backend.mail(), story.return_key(id).await);
        for unknown in ["", "00", &"0".repeat(24), "é"] {
            assert_eq!(mail.refuse_reminders(unknown).await.expect("an answer"), None);
        }
        let reader = mail.reader(&key).await.expect("an answer").expect("a reader");
        assert_eq!(
            (reader.masked.as_str(), reader.refused),
            ("b…n@example.org", false)
        );
        for _ in 0..2 {
            let refused = mail
                .refuse_reminders(&key)
                .await
                .expect("refused")
                .expect("a reader");
            assert!(refused.refused);
        }

        let reminder = |class| crate::mail::NewMail {
            class,
            ..crate::mail::NewMail::to(
                story.ada.organisation(),
                "ben@example.org".parse().expect("an address"),
                crate::mail::Template::SignInLink,
            )
        };
        let mut tx = world.backend.db.write().await.expect("a transaction");
        for class in [
            crate::mail::Class::Reminder,
            crate::mail::Class::Bulk,
            crate::mail::Class::Single,
        ] {
            world
                .backend
                .queue_mail(&mut tx, reminder(class))
                .await
                .expect("queued");
        }
        world.backend.commit(tx).await.expect("committed");
        assert_eq!(story.deliver().await, 2);
        assert_eq!(story.found("", Some(MailState::Failed)).await.len(), 1);

        story.bounce(id).await;
        let mut tx = world.backend.db.write().await.expect("a transaction");
        world
            .backend
            .queue_mail(&mut tx, reminder(crate::mail::Class::Bulk))
            .await
            .expect("queued");
        world.backend.commit(tx).await.expect("committed");
        assert_eq!(story.deliver().await, 0, "mail to this address came back");
    })
    .await;
}
