//! Those who look after mail send claim mails again and correct their addresses.

use chrono::TimeDelta;
use domain::campaigns::claims::ClaimLink;
use domain::campaigns::{CampaignForm, CampaignState};
use domain::mail::{MailQuery, MailState};
use domain::{MailId, RecipientId, Refusal};

use super::{Campaign, form};
use crate::error::{Error, Result};
use crate::testing::on_each_engine;

impl Campaign<'_> {
    /// The newest mail in the list, and to whom it goes.
    async fn newest_mail(&self) -> (MailId, String) {
        let rows = self.backend.mail().list(&self.ada, &MailQuery::default()).await;
        let newest = rows.expect("a list").rows.swap_remove(0);
        (newest.id, newest.to.to_string())
    }

    async fn sent(&self, name: &str, email: &str) -> (RecipientId, MailId) {
        let id = self.add(name, email).await;
        self.backend.mail().deliver_due().await.expect("delivered");
        // Mails of different instants have an order.
        self.world.backend.clock().advance(TimeDelta::seconds(1));
        (id, self.newest_mail().await.0)
    }
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(Refusal::Conflict(words))) => words,
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn a_claim_mail_is_sent_again_with_the_same_link() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mail = campaign.backend.mail();
        let (zoe, first) = campaign.sent("Zoë", "zoe@example.org").await;
        let text = campaign
            .mail_to("zoe@example.org", "Your certificate")
            .await
            .expect("a mail");
        let owner = &campaign.ada.signed_in().expect("a person").email;
        assert!(text.contains(&format!("Reply-To: {owner}")), "{text}");
        let token = campaign.token(zoe).await;
        let again = mail.send_again(&campaign.ada, first).await.expect("sent again");
        assert_eq!(again.state, MailState::Queued);
        let view = mail.view(&campaign.ada, again.id).await.expect("a mail");
        assert_eq!(view.repeats, Some(first));
        assert!(conflict(mail.send_again(&campaign.ada, again.id).await).contains("on its way"));
        campaign.backend.mail().deliver_due().await.expect("delivered");
        assert!(
            matches!(campaign.link(&token).await, ClaimLink::Open(_)),
            "the link stays"
        );

        let campaigns = campaign.backend.campaigns();
        for (state, way) in [
            (CampaignState::Paused, "Resume the campaign"),
            (CampaignState::Ended, "has ended"),
        ] {
            campaigns
                .set_state(&campaign.ada, campaign.id, state)
                .await
                .expect("changed");
            let words = conflict(mail.send_again(&campaign.ada, first).await);
            assert!(words.contains(way), "{words}");
            let words = conflict(campaigns.send_again(&campaign.ada, zoe).await);
            assert!(words.contains(way), "{words}");
        }
        assert!(matches!(campaign.link(&token).await, ClaimLink::Ended(_)));
    })
    .await;
}

#[tokio::test]
async fn a_claim_mail_that_went_astray_is_corrected() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let mail = campaign.backend.mail();
        let (zoe, first) = campaign.sent("Zoë", "zoo@example.org").await;
        campaign.add("Ben", "ben@example.org").await;
        let before = campaign.token(zoe).await;
        for taken in ["ben@example.org", "zoo@example.org", "nobody"] {
            let refused = mail.correct_address(&campaign.ada, first, taken).await;
            assert!(
                matches!(&refused, Err(Error::Refused(refusal)) if refusal.problems().is_some_and(|found| found.at("email").is_some())),
                "{taken}: {refused:?}"
            );
        }
        let corrected = mail
            .correct_address(&campaign.ada, first, "zoe@example.org")
            .await
            .expect("corrected");
        assert_eq!(corrected.to.as_str(), "zoe@example.org");
        assert_ne!(corrected.id, first);
        assert_eq!(campaign.row(zoe).await.email, "zoe@example.org");
        assert!(matches!(campaign.link(&before).await, ClaimLink::Unknown), "the wrong mailbox has nothing");
        let after = campaign.token(zoe).await;
        assert!(matches!(campaign.link(&after).await, ClaimLink::Open(_)));
        assert!(conflict(mail.send_again(&campaign.ada, first).await).contains("another address"));
    })
    .await;
}

#[tokio::test]
async fn a_reminder_is_sent_again_until_the_claim() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let reminding = CampaignForm {
            reminders: "3, 10, 30".into(),
            ..form()
        };
        let campaigns = campaign.backend.campaigns();
        campaigns
            .update(&campaign.ada, campaign.id, &reminding)
            .await
            .expect("changed");
        let (zoe, _) = campaign.sent("Zoë", "zoe@example.org").await;
        world.backend.clock().advance(TimeDelta::days(3));
        assert_eq!(campaigns.do_what_is_due().await.expect("looked"), 1);
        let mail = campaign.backend.mail();
        mail.deliver_due().await.expect("delivered");
        let (reminder, to) = campaign.newest_mail().await;
        assert_eq!(to, "zoe@example.org");
        world.backend.clock().advance(TimeDelta::seconds(1));
        let again = mail
            .send_again(&campaign.ada, reminder)
            .await
            .expect("sent again");
        assert_ne!(again.id, reminder);
        assert_eq!(
            campaign.row(zoe).await.reminded,
            1,
            "time did not remind them again"
        );
        mail.deliver_due().await.expect("delivered");
        campaign
            .claimed(&campaign.token(zoe).await, "zoe@example.org")
            .await;
        assert!(conflict(mail.send_again(&campaign.ada, reminder).await).contains("claimed"));
    })
    .await;
}
