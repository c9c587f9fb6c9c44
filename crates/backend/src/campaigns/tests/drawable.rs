//! Names that no font can draw are told before anything is sent.

use chrono::TimeDelta;
use domain::campaigns::bulk::{BulkAction, BulkForm, RecipientFilter};
use domain::campaigns::{
    CampaignForm, CampaignState, CampaignView, RecipientForm, RecipientQuery, ScheduleForm,
};
use domain::mail::MailState;
use domain::{CampaignId, Refusal};

use super::{Campaign, form, recipient};
use crate::error::{Error, Result};
use crate::testing::on_each_engine;

#[tokio::test]
async fn names_that_cannot_be_drawn_are_added_only_by_those_who_know() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let people = [
            recipient("Ada", "ada@example.net"),
            recipient("李四", "li@example.net"),
        ];
        let refused = campaigns
            .add_drawable(&campaign.ada, campaign.id, &people, false)
            .await;
        let Err(Error::Refused(Refusal::Invalid(problems))) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            problems
                .at("recipients")
                .is_some_and(|sentence| sentence.contains("李四"))
        );
        assert_eq!(campaign.rows().await.len(), 0, "nobody was added");
        let added = campaigns
            .add_drawable(&campaign.ada, campaign.id, &people, true)
            .await;
        assert_eq!(added.expect("added").ids.len(), 2);
        let drawn = [recipient("राम", "ram@example.net")];
        let added = campaigns
            .add_drawable(&campaign.ada, campaign.id, &drawn, false)
            .await;
        assert_eq!(added.expect("added").ids.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_campaign_tells_before_it_starts_which_names_cannot_be_drawn() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let draft = async |title: &str| -> CampaignId {
            let form = domain::campaigns::CampaignForm {
                title: title.into(),
                ..form()
            };
            campaigns
                .create(&campaign.ada, &form)
                .await
                .expect("a draft")
                .row
                .id
        };
        let start = async |id, anyway| {
            campaigns
                .set_state_asking(&campaign.ada, id, CampaignState::Live, anyway)
                .await
        };
        let fine = draft("Zürich").await;
        assert!(start(fine, false).await.is_ok());
        let titled = draft("Snow ☃").await;
        let refused = start(titled, false).await;
        assert!(
            matches!(&refused, Err(Error::Refused(Refusal::Conflict(words))) if words.contains("Snow ☃ (☃)")),
            "{refused:?}"
        );
        let view = campaigns.view(&campaign.ada, titled).await.expect("there");
        assert_eq!(view.row.state, CampaignState::Draft);
        assert!(start(titled, true).await.is_ok());

        let with = draft("Safety").await;
        campaigns
            .add_recipients(&campaign.ada, with, &[recipient("山田", "yamada@example.net")])
            .await
            .expect("added");
        assert!(start(with, false).await.is_err());
        assert_eq!(
            campaign.mail_to("yamada@example.net", "Your certificate").await,
            None
        );
        // Who pauses and resumes was told already.
        assert!(start(with, true).await.is_ok());
        campaigns
            .set_state(&campaign.ada, with, CampaignState::Paused)
            .await
            .expect("paused");
        assert!(start(with, false).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_corrected_name_that_cannot_be_drawn_is_told_before_anything_is_signed() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.net").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.net").await;
        let correct = async |name: &str, email: &str, anyway| {
            let form = RecipientForm {
                name: name.into(),
                email: email.into(),
            };
            campaigns
                .correct_drawable(&campaign.ada, zoe, &form, anyway)
                .await
        };
        let named = async || {
            let page = campaigns.public(credential).await.expect("read").expect("there");
            (campaign.row(zoe).await.name, page.recipient)
        };

        // Neither the name nor the address that came with it is taken.
        let words = conflict(correct("李四 Zoë", "new@example.net", false).await);
        for expected in [
            "No font has all letters of 李四 Zoë (李四)",
            "Noto Sans SC",
            "save once more",
        ] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
        assert_eq!(named().await, ("Zoë".into(), "Zoë".into()));
        assert_eq!(campaign.row(zoe).await.email, "zoe@example.net");

        correct("李四 Zoë", "zoe@example.net", true).await.expect("meant");
        assert_eq!(named().await, ("李四 Zoë".into(), "李四 Zoë".into()));
        assert!(campaign.validates(credential).await);
        // The name that is there already is not asked about again.
        correct("李四 Zoë", "new@example.net", false)
            .await
            .expect("the address alone");
        assert_eq!(campaign.row(zoe).await.email, "new@example.net");
        correct("राम", "new@example.net", false).await.expect("drawn");
    })
    .await;
}

impl Campaign<'_> {
    /// A draft with these recipients, as the story's campaign.
    async fn draft(&self, title: &str, people: &[(&str, &str)]) -> Campaign<'_> {
        let form = CampaignForm {
            title: title.into(),
            ..form()
        };
        let campaigns = self.backend.campaigns();
        let id = campaigns.create(&self.ada, &form).await.expect("a draft").row.id;
        let people: Vec<_> = people
            .iter()
            .map(|(name, email)| recipient(name, email))
            .collect();
        campaigns
            .add_recipients(&self.ada, id, &people)
            .await
            .expect("added");
        Campaign {
            id,
            ada: self.ada.clone(),
            ..*self
        }
    }

    async fn plan(&self, anyway: bool) -> Result<CampaignView> {
        let tomorrow = self.world.backend.clock.now() + TimeDelta::days(1);
        let local = tomorrow.with_timezone(&self.ada.time_zone);
        let form = ScheduleForm {
            starts_at: local.format("%Y-%m-%dT%H:%M").to_string(),
            anyway,
        };
        self.backend.campaigns().schedule(&self.ada, self.id, &form).await
    }

    async fn seen(&self) -> CampaignView {
        self.backend
            .campaigns()
            .view(&self.ada, self.id)
            .await
            .expect("there")
    }

    /// Lets the planned time come.
    async fn tomorrow(&self) {
        self.world
            .backend
            .clock
            .advance(TimeDelta::days(1) + TimeDelta::minutes(1));
        self.backend.campaigns().do_what_is_due().await.expect("looked");
    }
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(Refusal::Conflict(words))) => words,
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn a_start_at_a_time_is_not_planned_with_names_that_cannot_be_drawn() {
    on_each_engine(async |world| {
        let story = Campaign::live(world).await;
        let people = [
            ("Ada", "ada@example.net"),
            ("李四", "li@example.net"),
            ("அம்மா", "amma@example.net"),
        ];
        let campaign = story.draft("Safety", &people).await;
        let words = conflict(campaign.plan(false).await);
        for expected in ["李四 (李四)", "அம்மா", "Noto Sans SC", "Noto Sans Tamil"] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
        assert_eq!(campaign.seen().await.starts, None);
        assert!(conflict(story.draft("Snow ☃", &[]).await.plan(false).await).contains("Noto Sans Symbols 2"));

        // Anyone who knows may plan it all the same, and then nobody is held back.
        assert!(campaign.plan(true).await.expect("planned").starts.is_some());
        campaign.tomorrow().await;
        let view = campaign.seen().await;
        assert_eq!(
            (view.row.state, view.row.sent, view.held),
            (CampaignState::Live, 3, 0)
        );
    })
    .await;
}

#[tokio::test]
async fn names_that_cannot_be_drawn_when_the_time_comes_are_held_back_until_they_are_corrected() {
    on_each_engine(async |world| {
        let story = Campaign::live(world).await;
        let campaign = story.draft("Safety", &[("Ada", "ada@example.net")]).await;
        let campaigns = campaign.backend.campaigns();
        campaign.plan(false).await.expect("planned");
        // Added after the plan, by somebody who was told.
        let late = [
            recipient("李四", "li@example.net"),
            recipient("山田", "yamada@example.net"),
        ];
        campaigns
            .add_drawable(&campaign.ada, campaign.id, &late, true)
            .await
            .expect("added");
        campaign.tomorrow().await;

        let view = campaign.seen().await;
        assert_eq!(
            (view.row.state, view.row.sent, view.held, view.unsent),
            (CampaignState::Live, 1, 2, 0)
        );
        let query = RecipientQuery {
            state: Some(RecipientFilter::Held),
            ..RecipientQuery::default()
        };
        let held = campaigns
            .recipients(&campaign.ada, campaign.id, &query)
            .await
            .expect("a page")
            .rows;
        let mut letters: Vec<_> = held
            .iter()
            .map(|row| row.held.clone().unwrap_or_default())
            .collect();
        letters.sort();
        assert_eq!(letters, ["山田", "李四"]);
        assert!(
            campaign
                .mail_to("ada@example.net", "Your certificate")
                .await
                .is_some()
        );
        assert_eq!(campaign.mail_to("li@example.net", "Your certificate").await, None);

        // Nothing else sends them by the way, and sending again says what is in the way.
        campaign.add("Zoë", "zoe@example.net").await;
        campaigns
            .set_state(&campaign.ada, campaign.id, CampaignState::Paused)
            .await
            .expect("paused");
        campaigns
            .resume(&campaign.ada, campaign.id)
            .await
            .expect("resumed");
        let li = held.iter().find(|row| row.name == "李四").expect("there").id;
        let yamada = held.iter().find(|row| row.name == "山田").expect("there").id;
        assert!(conflict(campaigns.send_again(&campaign.ada, li).await).contains("Noto Sans SC"));
        assert_eq!(campaign.mail_to("li@example.net", "Your certificate").await, None);

        let corrected = RecipientForm {
            name: "Li Si".into(),
            email: "li@example.net".into(),
        };
        campaigns
            .correct(&campaign.ada, li, &corrected)
            .await
            .expect("corrected");
        assert_eq!(campaign.row(li).await.held.as_deref(), Some(""));
        let all = BulkForm {
            action: BulkAction::SendAgain,
            reason: String::new(),
            ids: Vec::new(),
            all: true,
            search: String::new(),
            state: Some(RecipientFilter::Held),
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &all)
            .await
            .expect("begun");
        campaign.work().await;
        let batch = campaigns.batch(&campaign.ada, batch.id).await.expect("there");
        assert_eq!((batch.done, batch.refused), (1, 1));
        assert!(batch.refusals[0].reason.contains("山田"), "{:?}", batch.refusals);
        assert!(
            campaign
                .mail_to("li@example.net", "Your certificate")
                .await
                .is_some()
        );
        let row = campaign.row(li).await;
        assert_eq!((row.held, row.mail), (None, Some(MailState::Sent)));
        assert_eq!(campaign.seen().await.held, 1);

        // Anyone who starts it once more knowing of it sends the rest.
        campaigns
            .set_state_asking(&campaign.ada, campaign.id, CampaignState::Live, true)
            .await
            .expect("started once more");
        assert!(
            campaign
                .mail_to("yamada@example.net", "Your certificate")
                .await
                .is_some()
        );
        assert_eq!(
            (campaign.row(yamada).await.held, campaign.seen().await.held),
            (None, 0)
        );
    })
    .await;
}
