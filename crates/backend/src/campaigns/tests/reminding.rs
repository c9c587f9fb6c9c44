//! Recipients who did not claim are reminded: so often and no more, and not when there is nothing to be reminded of.

use chrono::TimeDelta;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{CampaignForm, CampaignState, ScheduleForm};
use domain::{CampaignId, Refusal};

use super::{Campaign, form, recipient};
use crate::error::Error;
use crate::testing::on_each_engine;

const SUBJECT: &str = "Still waiting for you";

impl Campaign<'_> {
    /// The reminders that a time brings.
    async fn later(&self, days: i64) -> usize {
        self.world.backend.clock.advance(TimeDelta::days(days));
        let reminded = self.backend.campaigns().do_what_is_due().await.expect("looked");
        self.backend.mail().deliver_due().await.expect("delivered");
        reminded
    }

    async fn with_reminders(&self) {
        let form = CampaignForm {
            reminders: "3, 10, 30".into(),
            ..form()
        };
        self.backend
            .campaigns()
            .update(&self.ada, self.id, &form)
            .await
            .expect("changed");
    }
}

#[tokio::test]
async fn who_did_not_claim_is_reminded_three_times_and_then_no_more() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.with_reminders().await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        assert_eq!(campaign.later(2).await, 0, "not yet");
        assert_eq!(campaign.later(1).await, 1);
        assert_eq!(campaign.later(0).await, 0, "once");
        let mail = campaign
            .mail_to("zoe@example.org", SUBJECT)
            .await
            .expect("a mail");
        assert!(
            mail.contains("List-Unsubscribe") && mail.contains("/r/"),
            "{mail}"
        );
        assert_eq!(campaign.later(7).await, 1);
        assert_eq!(campaign.later(20).await, 1);
        assert_eq!(campaign.later(400).await, 0, "that was the last one");
        assert_eq!(campaign.row(zoe).await.reminded, 3);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_claimed_withdrawn_deleted_or_refused() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.with_reminders().await;
        let campaigns = campaign.backend.campaigns();
        let claimed = campaign.add("Claimed", "claimed@example.org").await;
        let revoked = campaign.add("Revoked", "revoked@example.org").await;
        let deleted = campaign.add("Deleted", "deleted@example.org").await;
        campaign.add("Refused", "refused@example.org").await;
        campaign.claimed(&campaign.token(claimed).await, "claimed@example.org").await;
        for (id, action) in [
            (revoked, RecipientAction::RevokeToken),
            (deleted, RecipientAction::DeleteRecipient),
        ] {
            campaigns.act(&campaign.ada, id, action, "").await.expect("done");
        }
        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("INSERT INTO mail_stops (organisation_id, address, reason, at) VALUES ($1, 'refused@example.org', 'unsubscribed', $2)")
            .bind(campaign.ada.organisation())
            .bind(world.backend.clock.now())
            .run()
            .await
            .expect("noted");
        tx.commit().await.expect("committed");
        assert_eq!(campaign.later(3).await, 0);

        // A token that is enabled again is one to be reminded of.
        campaigns.act(&campaign.ada, revoked, RecipientAction::EnableToken, "").await.expect("enabled");
        assert_eq!(campaign.later(1).await, 1);
        assert_eq!(campaign.row(revoked).await.reminded, 1);
        assert_eq!(campaign.row(claimed).await.reminded, 0);

        campaigns.set_state(&campaign.ada, campaign.id, CampaignState::Paused).await.expect("paused");
        assert_eq!(campaign.later(7).await, 0, "a pause is one for reminders, too");
        campaigns.set_state(&campaign.ada, campaign.id, CampaignState::Live).await.expect("resumed");
        assert_eq!(campaign.later(1).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_reminder_that_waits_is_withdrawn_by_the_claim() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.with_reminders().await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        campaign
            .backend
            .mail()
            .deliver_due()
            .await
            .expect("the first mail");
        world.backend.clock.advance(TimeDelta::days(3));
        assert_eq!(
            campaign
                .backend
                .campaigns()
                .do_what_is_due()
                .await
                .expect("looked"),
            1
        );
        campaign.claimed(&token, "zoe@example.org").await;
        assert_eq!(campaign.mail_to("zoe@example.org", SUBJECT).await, None);
    })
    .await;
}

#[tokio::test]
async fn several_servers_remind_everybody_once() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        campaign.with_reminders().await;
        let people: Vec<_> = (0..230)
            .map(|n| recipient(&format!("Nr. {n}"), &format!("n{n}@example.org")))
            .collect();
        let campaigns = campaign.backend.campaigns();
        campaigns.add_recipients(&campaign.ada, campaign.id, &people).await.expect("added");
        world.backend.clock.advance(TimeDelta::days(3));
        let servers = (0..4).map(|_| async { campaign.backend.campaigns().do_what_is_due().await.expect("looked") });
        let reminded: usize = futures::future::join_all(servers).await.into_iter().sum();
        assert_eq!(reminded, 230);
        let mut conn = world.backend.db.read().await.expect("a reader");
        let mails = conn
            .query("SELECT CAST(COUNT(*) AS BIGINT) FROM mails WHERE template = 'claim_reminder'")
            .number()
            .await
            .expect("counted");
        let readers = conn
            .query("SELECT CAST(COUNT(DISTINCT to_address) AS BIGINT) FROM mails WHERE template = 'claim_reminder'")
            .number()
            .await
            .expect("counted");
        assert_eq!((mails, readers), (230, 230));
    })
    .await;
}

#[tokio::test]
async fn a_draft_starts_at_its_time_and_sends_what_it_has() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let id: CampaignId = campaigns
            .create(&campaign.ada, &form())
            .await
            .expect("a draft")
            .row
            .id;
        campaigns
            .add_recipients(&campaign.ada, id, &[recipient("Zoë", "zoe@example.org")])
            .await
            .expect("added");
        let at = |text: &str| ScheduleForm {
            starts_at: text.into(),
            anyway: false,
        };
        let past = campaigns
            .schedule(&campaign.ada, id, &at("2001-01-01T09:00"))
            .await;
        assert!(
            matches!(past, Err(Error::Refused(Refusal::Invalid(_)))),
            "{past:?}"
        );
        let live = campaigns
            .schedule(&campaign.ada, campaign.id, &at("2999-01-01T09:00"))
            .await;
        assert!(
            matches!(live, Err(Error::Refused(Refusal::Conflict(_)))),
            "{live:?}"
        );
        let tomorrow = world.backend.clock.now() + TimeDelta::days(1);
        let typed = tomorrow
            .with_timezone(&campaign.ada.time_zone)
            .format("%Y-%m-%dT%H:%M")
            .to_string();
        let view = campaigns
            .schedule(&campaign.ada, id, &at(&typed))
            .await
            .expect("set");
        assert!(view.starts.is_some());
        let gone = campaigns
            .schedule(&campaign.ada, id, &at(""))
            .await
            .expect("let go");
        assert_eq!(gone.starts, None);
        campaigns
            .schedule(&campaign.ada, id, &at(&typed))
            .await
            .expect("set again");

        campaigns.do_what_is_due().await.expect("looked");
        assert_eq!(
            campaigns.view(&campaign.ada, id).await.expect("there").row.state,
            CampaignState::Draft
        );
        world
            .backend
            .clock
            .advance(TimeDelta::days(1) + TimeDelta::minutes(1));
        campaigns.do_what_is_due().await.expect("looked");
        let view = campaigns.view(&campaign.ada, id).await.expect("there");
        assert_eq!(
            (view.row.state, view.unsent, view.starts),
            (CampaignState::Live, 0, None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_restored_database_reminds_nobody_and_starts_nothing_until_somebody_has_looked() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        campaign.with_reminders().await;
        // The first mail waits in the outbox of the backup: it may have gone out since.
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let draft = campaigns
            .create(&campaign.ada, &form())
            .await
            .expect("a draft")
            .row
            .id;
        let tomorrow = world.backend.clock.now() + TimeDelta::days(1);
        let typed = tomorrow.with_timezone(&campaign.ada.time_zone);
        let at = ScheduleForm {
            starts_at: typed.format("%Y-%m-%dT%H:%M").to_string(),
            anyway: false,
        };
        campaigns.schedule(&campaign.ada, draft, &at).await.expect("set");
        let state = async || {
            campaigns
                .view(&campaign.ada, draft)
                .await
                .expect("there")
                .row
                .state
        };

        let quarantine = world.backend.quarantine();
        quarantine.begin().await.expect("begun");
        assert_eq!(campaign.later(4).await, 0);
        assert_eq!(state().await, CampaignState::Draft);
        assert_eq!(campaign.row(zoe).await.reminded, 0);
        assert_eq!(
            campaign.mail_to("zoe@example.org", "Your certificate").await,
            None
        );

        // What somebody asks for now goes out: admins sign in meanwhile.
        let ada = "ada@example.org".parse().expect("an address");
        let people = world.backend.people();
        people
            .send_sign_in_link(None, &ada, &super::client())
            .await
            .expect("asked");
        assert!(campaign.mail_to("ada@example.org", "").await.is_some());

        quarantine.end().await.expect("ended");
        assert_eq!(campaign.later(0).await, 1);
        assert_eq!(state().await, CampaignState::Live);
        assert!(
            campaign
                .mail_to("zoe@example.org", "Your certificate")
                .await
                .is_some()
        );
        assert!(campaign.mail_to("zoe@example.org", SUBJECT).await.is_some());
    })
    .await;
}
