//! Names that no font can draw are told before anything is sent.

use domain::campaigns::CampaignState;
use domain::{CampaignId, Refusal};

use super::{Campaign, form, recipient};
use crate::error::Error;
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
