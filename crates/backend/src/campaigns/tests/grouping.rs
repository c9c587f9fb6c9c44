//! Recipients who share an address share one mail, if their campaign says so, and each keeps a link of their own.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::bulk::{BulkAction, BulkForm};
use domain::campaigns::claims::ClaimLink;
use domain::campaigns::{CampaignForm, CampaignState, RecipientForm, RecipientRow};
use domain::mail::{MailQuery, MailState};
use domain::{MailId, RecipientId};

use super::importing::twice;
use super::{Campaign, form};
use crate::testing::{World, on_each_engine};

const FAMILY: &str = "family@example.org";

/// Three at one address, in rows that others stand between.
const FILE: &str = "Name,Email\nAnn,family@example.org\nOtto,otto@example.org\nBen,family@example.org\nCleo,Family@Example.org\n";

impl<'w> Campaign<'w> {
    async fn grouped(world: &'w World) -> Self {
        let campaign = Self::live(world).await;
        let form = CampaignForm {
            grouped: true,
            reminders: "3, 10, 30".into(),
            ..form()
        };
        let view = campaign
            .backend
            .campaigns()
            .update(&campaign.ada, campaign.id, &form)
            .await
            .expect("changed");
        assert!(view.grouped);
        campaign
    }

    async fn with_family(world: &'w World) -> Self {
        let campaign = Self::grouped(world).await;
        campaign.import(FILE, twice("allow")).await;
        campaign
    }

    /// What arrived at an address until now, as text.
    async fn arrived(&self, email: &str) -> Vec<String> {
        self.backend.mail().deliver_due().await.expect("delivered");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.world.mail.path()).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
            let text = text.replace("=\r\n", "").replace("=3D", "=");
            if text.contains(&format!("<{email}>")) || text.contains(&format!("To: {email}")) {
                found.push(text);
            }
        }
        found.sort();
        found
    }

    async fn named(&self, name: &str) -> RecipientRow {
        let rows = self.rows().await;
        rows.into_iter().find(|row| row.name == name).expect("somebody")
    }

    async fn link_of(&self, name: &str) -> (RecipientId, String) {
        let id = self.named(name).await.id;
        let (_, link) = self
            .backend
            .campaigns()
            .copy_token(&self.ada, id)
            .await
            .expect("copied");
        (id, link.reveal().to_owned())
    }

    /// The newest mail to an address, on the Mail screen.
    async fn listed(&self, email: &str) -> MailId {
        let query = MailQuery {
            search: email.into(),
            ..MailQuery::default()
        };
        let page = self.backend.mail().list(&self.ada, &query).await;
        page.expect("a list").rows.swap_remove(0).id
    }
}

/// The links in the plain text of a mail.
fn links(mail: &str) -> BTreeSet<String> {
    let text = mail.split("Content-Type: text/html").next().unwrap_or_default();
    text.lines()
        .filter(|line| line.contains("/r/"))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[tokio::test]
async fn rows_with_one_address_get_one_mail_with_a_link_each() {
    on_each_engine(async |world| {
        let campaign = Campaign::with_family(world).await;
        let mails = campaign.arrived(FAMILY).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(
            mails[0].contains("Subject: Safety at work: 3 links for this address"),
            "{}",
            mails[0]
        );
        let mut expected = BTreeSet::new();
        for name in ["Ann", "Ben", "Cleo"] {
            let (id, link) = campaign.link_of(name).await;
            assert!(mails[0].contains(&format!("For {name}:")), "{}", mails[0]);
            assert_eq!(campaign.row(id).await.mail, Some(MailState::Sent), "{name}");
            let history = campaign
                .backend
                .campaigns()
                .recipient_history(&campaign.ada, id)
                .await;
            let sent = history
                .expect("a history")
                .iter()
                .filter(|entry| entry.what.contains(FAMILY))
                .count();
            assert!(sent >= 1, "{name}");
            expected.insert(link);
        }
        assert_eq!(links(&mails[0]), expected);
        assert_eq!(campaign.arrived("otto@example.org").await.len(), 1);

        // Each link is its recipient's alone.
        let (ben, link) = campaign.link_of("Ben").await;
        let token = link.rsplit_once('/').expect("a link").1.to_owned();
        campaign.claimed(&token, FAMILY).await;
        for name in ["Ann", "Cleo"] {
            let (id, link) = campaign.link_of(name).await;
            let token = link.rsplit_once('/').expect("a link").1;
            assert!(matches!(campaign.link(token).await, ClaimLink::Open(_)), "{name}");
            assert_eq!(campaign.row(id).await.lock, None);
        }
        assert!(campaign.row(ben).await.lock.is_some());

        // It comes back for all of them.
        let mut conn = world.backend.db.read().await.expect("a reader");
        let key: (Vec<u8>,) = conn
            .query("SELECT return_key FROM mails WHERE to_address = $1")
            .bind(FAMILY.to_owned())
            .one()
            .await
            .expect("a mail");
        drop(conn);
        let key: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let report = format!("{{\"address\": \"b+{key}@example.org\", \"reason\": \"no such user\"}}");
        campaign
            .backend
            .mail()
            .take_back(None, report.as_bytes())
            .await
            .expect("taken");
        for name in ["Ann", "Ben", "Cleo"] {
            assert_eq!(
                campaign.named(name).await.mail,
                Some(MailState::Bounced),
                "{name}"
            );
        }
        let view = campaign
            .backend
            .campaigns()
            .view(&campaign.ada, campaign.id)
            .await;
        assert_eq!(view.expect("there").row.bounced, 3);
    })
    .await;
}

#[tokio::test]
async fn without_the_choice_each_row_has_a_mail_of_its_own() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.import(FILE, twice("allow")).await;
        let mails = campaign.arrived(FAMILY).await;
        assert_eq!(mails.len(), 3);
        assert!(mails.iter().all(|mail| links(mail).len() == 1), "{mails:?}");
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_withdrawn_takes_no_other_with_it() {
    on_each_engine(async |world| {
        let campaign = Campaign::with_family(world).await;
        let campaigns = campaign.backend.campaigns();
        let (ann, _) = campaign.link_of("Ann").await;
        let (ben, _) = campaign.link_of("Ben").await;
        let (_, cleo) = campaign.link_of("Cleo").await;
        campaigns
            .act(&campaign.ada, ann, RecipientAction::DeleteRecipient, "")
            .await
            .expect("deleted");
        let moved = RecipientForm {
            name: "Ben".into(),
            email: "ben@example.org".into(),
        };
        campaigns
            .correct(&campaign.ada, ben, &moved)
            .await
            .expect("corrected");
        let mails = campaign.arrived(FAMILY).await;
        assert_eq!(mails.len(), 1, "the others were withdrawn: {mails:?}");
        assert_eq!(links(&mails[0]), BTreeSet::from([cleo]));
        assert_eq!(campaign.arrived("ben@example.org").await.len(), 1);
        for name in ["Ben", "Cleo"] {
            assert_eq!(campaign.named(name).await.mail, Some(MailState::Sent), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_is_reminded_once_of_all_that_still_wait() {
    on_each_engine(async |world| {
        let campaign = Campaign::with_family(world).await;
        campaign.arrived(FAMILY).await;
        let (_, claimed) = campaign.link_of("Ann").await;
        let token = claimed.rsplit_once('/').expect("a link").1.to_owned();
        campaign.claimed(&token, FAMILY).await;
        world.backend.clock.advance(TimeDelta::days(3));
        let servers = (0..3).map(|_| async {
            let due = campaign.backend.campaigns().do_what_is_due().await;
            due.expect("looked")
        });
        let reminded: usize = futures::future::join_all(servers).await.into_iter().sum();
        assert_eq!(reminded, 3, "Ben, Cleo and Otto");

        // One of them claims before the reminder is out: it goes out without their link.
        let (_, link) = campaign.link_of("Ben").await;
        let token = link.rsplit_once('/').expect("a link").1.to_owned();
        campaign.claimed(&token, "ben@example.org").await;
        let (_, cleo) = campaign.link_of("Cleo").await;
        let mails = campaign.arrived(FAMILY).await;
        let reminders: Vec<_> = mails
            .iter()
            .filter(|mail| mail.contains("Subject: Still waiting"))
            .collect();
        assert_eq!(reminders.len(), 1, "{reminders:?}");
        assert_eq!(links(reminders[0]), BTreeSet::from([cleo]));
        assert!(reminders[0].contains("List-Unsubscribe"), "{}", reminders[0]);
        for name in ["Ben", "Cleo"] {
            assert_eq!(campaign.named(name).await.reminded, 1, "{name}");
        }
        assert_eq!(campaign.named("Ann").await.reminded, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_with_several_links_is_sent_again_and_corrected_as_a_whole() {
    on_each_engine(async |world| {
        let campaign = Campaign::with_family(world).await;
        campaign.arrived(FAMILY).await;
        let mail = campaign.backend.mail();
        let first = campaign.listed(FAMILY).await;
        let (ann, _) = campaign.link_of("Ann").await;
        let campaigns = campaign.backend.campaigns();
        campaigns
            .act(&campaign.ada, ann, RecipientAction::RevokeToken, "")
            .await
            .expect("revoked");
        world.backend.clock.advance(TimeDelta::seconds(1));
        let again = mail.send_again(&campaign.ada, first).await.expect("sent again");
        let view = mail.view(&campaign.ada, again.id).await.expect("a mail");
        assert!(
            !view.text.contains("For "),
            "links are shown to nobody: {}",
            view.text
        );
        let mails = campaign.arrived(FAMILY).await;
        assert_eq!(mails.len(), 2);
        let (_, ben) = campaign.link_of("Ben").await;
        let (_, cleo) = campaign.link_of("Cleo").await;
        let both = BTreeSet::from([ben, cleo]);
        assert!(mails.iter().any(|mail| links(mail) == both), "{mails:?}");

        let corrected = mail
            .correct_address(&campaign.ada, again.id, "home@example.org")
            .await
            .expect("corrected");
        assert_eq!(corrected.to.as_str(), "home@example.org");
        let mails = campaign.arrived("home@example.org").await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        let new = links(&mails[0]);
        assert_eq!((new.len(), new.is_disjoint(&both)), (2, true));
        for name in ["Ben", "Cleo"] {
            let row = campaign.named(name).await;
            assert_eq!(
                (row.email.as_str(), row.mail),
                ("home@example.org", Some(MailState::Sent))
            );
        }
        for old in both {
            let token = old.rsplit_once('/').expect("a link").1;
            assert!(matches!(campaign.link(token).await, ClaimLink::Unknown));
        }
    })
    .await;
}

#[tokio::test]
async fn many_rows_of_few_addresses_are_sent_and_sent_again_in_few_mails() {
    on_each_engine(async |world| {
        let campaign = Campaign::grouped(world).await;
        let campaigns = campaign.backend.campaigns();
        let mut file = String::from("Name,Email\n");
        for n in 0..330 {
            file.push_str(&format!("Nr. {n:03},class{}@example.org\n", n % 11));
        }
        let view = campaign.import(&file, twice("allow")).await;
        assert_eq!(view.outcome.added, 330);
        let count = async |class: usize| campaign.arrived(&format!("class{class}@example.org")).await.len();
        for class in 0..11 {
            assert_eq!(count(class).await, 1, "class {class}");
        }
        let all = BulkForm {
            action: BulkAction::SendAgain,
            reason: String::new(),
            ids: Vec::new(),
            all: true,
            search: String::new(),
            state: None,
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &all)
            .await
            .expect("begun");
        campaign.work().await;
        let batch = campaigns.batch(&campaign.ada, batch.id).await.expect("there");
        assert_eq!((batch.done, batch.refused), (330, 0));
        for class in 0..11 {
            let mails = campaign.arrived(&format!("class{class}@example.org")).await;
            assert_eq!(mails.len(), 2, "class {class}");
            assert!(mails.iter().all(|mail| links(mail).len() == 30));
        }

        // A draft with more rows than one request sends is sent by a job, and no address is cut in two.
        let draft = campaigns
            .create(
                &campaign.ada,
                &CampaignForm {
                    grouped: true,
                    ..form()
                },
            )
            .await
            .expect("a draft")
            .row
            .id;
        let other = Campaign {
            id: draft,
            ada: campaign.ada.clone(),
            ..campaign
        };
        let mut file = String::from("Name,Email\n");
        for n in 0..2_100 {
            file.push_str(&format!("Nr. {n:04},office{:02}@example.org\n", n % 50));
        }
        other.import(&file, twice("allow")).await;
        campaigns
            .set_state(&other.ada, draft, CampaignState::Live)
            .await
            .expect("started");
        other.work().await;
        for office in [0, 23, 48, 49] {
            let mails = other.arrived(&format!("office{office:02}@example.org")).await;
            assert_eq!(mails.len(), 1, "office {office}");
            assert_eq!(links(&mails[0]).len(), 42);
        }
    })
    .await;
}
