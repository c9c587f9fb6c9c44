//! The same for many recipients, and which recipients a list shows.

use domain::campaigns::bulk::{BulkAction, BulkForm, RecipientFilter};
use domain::campaigns::{ClaimState, CredentialState, RecipientQuery};
use domain::jobs::JobState;
use domain::{RecipientId, Refusal};

use super::{Campaign, recipient};
use crate::error::Error;
use crate::testing::on_each_engine;

fn to_all(action: BulkAction) -> BulkForm {
    BulkForm {
        action,
        reason: String::new(),
        ids: Vec::new(),
        all: true,
        search: String::new(),
        state: None,
    }
}

impl Campaign<'_> {
    async fn found(&self, state: RecipientFilter) -> Vec<String> {
        let query = RecipientQuery {
            state: Some(state),
            ..RecipientQuery::default()
        };
        let page = self
            .backend
            .campaigns()
            .recipients(&self.ada, self.id, &query)
            .await;
        let rows = page.expect("a page").rows;
        let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_list_shows_those_of_one_state() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        for name in ["Waiting", "Claimed", "Revoked", "Unlocked"] {
            campaign
                .add(name, &format!("{}@example.org", name.to_lowercase()))
                .await;
        }
        let mut rows = campaign.rows().await;
        // In the order of the names above: who was added at the same instant stands in any order.
        rows.sort_by_key(|row| {
            ["Waiting", "Claimed", "Revoked", "Unlocked"]
                .iter()
                .position(|name| *name == row.name)
        });
        let ids: Vec<RecipientId> = rows.into_iter().map(|row| row.id).collect();
        for id in [ids[1], ids[3]] {
            campaign
                .claimed(&campaign.token(id).await, "somebody@example.org")
                .await;
        }
        for (id, action) in [(ids[2], BulkAction::RevokeToken), (ids[3], BulkAction::Reset)] {
            let action = action.action().expect("in the table");
            campaigns.act(&campaign.ada, id, action, "").await.expect("done");
        }
        assert_eq!(campaign.found(RecipientFilter::Waiting).await, ["Waiting"]);
        assert_eq!(campaign.found(RecipientFilter::Claimed).await, ["Claimed"]);
        assert_eq!(campaign.found(RecipientFilter::TokenRevoked).await, ["Revoked"]);
        assert_eq!(campaign.found(RecipientFilter::Unlocked).await, ["Unlocked"]);
        for nobody in [
            RecipientFilter::Unsent,
            RecipientFilter::Held,
            RecipientFilter::AsksToUnlock,
            RecipientFilter::AsksForName,
            RecipientFilter::CredentialRevoked,
            RecipientFilter::Expired,
            RecipientFilter::Bounced,
            RecipientFilter::MailFailed,
        ] {
            assert_eq!(campaign.found(nobody).await, [""; 0], "{nobody:?}");
        }
        world.backend.clock.advance(chrono::TimeDelta::days(366));
        assert_eq!(
            campaign.found(RecipientFilter::Expired).await,
            ["Claimed", "Unlocked"]
        );
        let query = RecipientQuery {
            search: "unl".into(),
            state: Some(RecipientFilter::Expired),
            ..RecipientQuery::default()
        };
        let page = campaigns
            .recipients(&campaign.ada, campaign.id, &query)
            .await
            .expect("a page");
        assert_eq!(page.rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_done_to_many_is_done_to_each_or_refused_with_a_reason() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let people: Vec<_> = (0..120)
            .map(|n| recipient(&format!("Nr. {n:03}"), &format!("n{n}@example.org")))
            .collect();
        let ids = campaigns
            .add_recipients(&campaign.ada, campaign.id, &people)
            .await
            .expect("added")
            .ids;
        campaign
            .claimed(&campaign.token(ids[7]).await, "n7@example.org")
            .await;
        campaign
            .claimed(&campaign.token(ids[8]).await, "n8@example.org")
            .await;

        let no_reason = campaigns
            .act_on_many(&campaign.ada, campaign.id, &to_all(BulkAction::RevokeCredential))
            .await;
        assert!(
            matches!(no_reason, Err(Error::Refused(Refusal::Invalid(_)))),
            "{no_reason:?}"
        );
        let revoke = BulkForm {
            reason: "Issued by mistake".into(),
            ..to_all(BulkAction::RevokeCredential)
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &revoke)
            .await
            .expect("begun");
        assert_eq!(
            (batch.progress.total, batch.progress.state),
            (120, JobState::Running)
        );
        campaign.work().await;
        let batch = campaigns.batch(&campaign.ada, batch.id).await.expect("there");
        assert_eq!(
            (batch.progress.state, batch.done, batch.refused),
            (JobState::Done, 2, 118)
        );
        assert_eq!(batch.refusals.len(), 100, "the first of them");
        assert!(
            batch
                .refusals
                .iter()
                .all(|refusal| refusal.name.starts_with("Nr. "))
        );
        assert!(
            batch.refusals[0].reason.contains("Nothing was claimed yet"),
            "{:?}",
            batch.refusals[0]
        );
        assert_eq!(
            campaign.row(ids[7]).await.credential_state,
            Some(CredentialState::Revoked)
        );

        let some = BulkForm {
            ids: vec![ids[0], ids[1], ids[0]],
            all: false,
            ..to_all(BulkAction::RevokeToken)
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &some)
            .await
            .expect("begun");
        assert_eq!(batch.progress.total, 2);
        campaign.work().await;
        assert_eq!(campaign.row(ids[1]).await.claim, ClaimState::TokenRevoked);
        assert_eq!(campaign.row(ids[2]).await.claim, ClaimState::Waiting);
        let again = BulkForm {
            ids: vec![ids[0], ids[2]],
            all: false,
            ..to_all(BulkAction::SendAgain)
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &again)
            .await
            .expect("begun");
        campaign.work().await;
        let batch = campaigns.batch(&campaign.ada, batch.id).await.expect("there");
        assert_eq!(
            (batch.done, batch.refused),
            (1, 1),
            "a link that opens nothing is not sent"
        );

        let found = BulkForm {
            search: "Nr. 01".into(),
            ..to_all(BulkAction::Delete)
        };
        let batch = campaigns
            .act_on_many(&campaign.ada, campaign.id, &found)
            .await
            .expect("begun");
        assert_eq!(batch.progress.total, 10);
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        for refused in [
            campaigns.batch(&stranger, batch.id).await.err(),
            campaigns.act_on_many(&stranger, campaign.id, &found).await.err(),
            world
                .backend
                .jobs()
                .cancel(&stranger, batch.progress.id)
                .await
                .err(),
        ] {
            assert!(
                matches!(refused, Some(Error::Refused(Refusal::NotFound))),
                "{refused:?}"
            );
        }
        campaign.work().await;
        let view = campaigns.view(&campaign.ada, campaign.id).await.expect("there");
        assert_eq!(view.row.recipients, 110);
        let nobody = campaigns.act_on_many(&campaign.ada, campaign.id, &found).await;
        assert!(
            matches!(nobody, Err(Error::Refused(Refusal::Invalid(_)))),
            "nobody is left"
        );
    })
    .await;
}
