//! The list of campaigns: what is found, in which order, and what is counted of each; and the history of a recipient.

use chrono::TimeDelta;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{CampaignForm, CampaignOrder, CampaignQuery, CampaignState};

use super::{Campaign, form};
use crate::testing::{World, on_each_engine};

/// *Safety at work*, which is live, and two drafts that were made after it.
async fn three(world: &World) -> Campaign<'_> {
    let campaign = Campaign::live(world).await;
    for title in ["Boats", "Ärger im Amt"] {
        // Ids sort by the time they were made.
        world.backend.clock.advance(TimeDelta::seconds(1));
        let draft = CampaignForm {
            title: title.into(),
            ..form()
        };
        let made = campaign.backend.campaigns().create(&campaign.ada, &draft).await;
        made.expect("a draft");
    }
    campaign
}

impl Campaign<'_> {
    /// The titles of all pages of a list.
    async fn titles(&self, query: CampaignQuery) -> Vec<String> {
        let campaigns = self.backend.campaigns();
        let count = campaigns.count(&self.ada, &query).await.expect("a count");
        let (mut titles, mut query) = (Vec::new(), query);
        loop {
            let page = campaigns.list(&self.ada, &query).await.expect("a page");
            titles.extend(page.rows.into_iter().map(|row| row.title));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        assert_eq!(count, titles.len() as i64, "{titles:?}");
        titles
    }
}

#[tokio::test]
async fn campaigns_are_found_by_their_titles_and_read_in_each_order_page_by_page() {
    on_each_engine(async |world| {
        let campaign = three(world).await;
        let (safety, boats, amt) = ("Safety at work", "Boats", "Ärger im Amt");
        for rows in [None, Some(1)] {
            for (order, reversed, expected) in [
                (CampaignOrder::Made, false, [amt, boats, safety]),
                (CampaignOrder::Made, true, [safety, boats, amt]),
                (CampaignOrder::Title, false, [amt, boats, safety]),
                (CampaignOrder::Title, true, [safety, boats, amt]),
            ] {
                let query = CampaignQuery {
                    order,
                    reversed,
                    rows,
                    ..CampaignQuery::default()
                };
                assert_eq!(campaign.titles(query).await, expected, "{order:?} {reversed}");
            }
        }
        for (search, expected) in [
            ("WORK", vec![safety]),
            ("arger", vec![amt]),
            ("y at w", vec![safety]),
            ("o", vec![boats, safety]),
            ("100%", vec![]),
            ("nothing", vec![]),
        ] {
            let query = CampaignQuery {
                search: search.into(),
                ..CampaignQuery::default()
            };
            assert_eq!(campaign.titles(query).await, expected, "{search}");
        }
        let live = CampaignQuery {
            state: Some(CampaignState::Live),
            ..CampaignQuery::default()
        };
        assert_eq!(campaign.titles(live).await, [safety]);
    })
    .await;
}

#[tokio::test]
async fn a_list_counts_who_was_sent_a_mail_who_went_on_who_claimed_and_what_came_back() {
    on_each_engine(async |world| {
        let campaign = three(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        campaign.add("Yui", "yui@example.org").await;
        let bob = campaign.add("Bob", "bob@example.org").await;
        let token = campaign.token(zoe).await;
        campaign.claimed(&token, "zoe@example.org").await;
        let looked = campaign.token(bob).await;
        campaign.link(&looked).await;
        let mut tx = campaign.backend.db.write().await.expect("a writer");
        tx.query("UPDATE mails SET bounced_at = $1 WHERE to_address = $2")
            .bind(campaign.backend.clock.now())
            .bind("yui@example.org".to_owned())
            .run()
            .await
            .expect("came back");
        campaign.backend.commit(tx).await.expect("kept");

        let rows = campaigns
            .rows(&campaign.ada, &[campaign.id])
            .await
            .expect("a row");
        let counts = |row: &domain::campaigns::CampaignRow| {
            [
                row.recipients,
                row.sent,
                row.opened,
                row.claimed,
                row.shared,
                row.bounced,
            ]
        };
        assert_eq!(rows.iter().map(counts).collect::<Vec<_>>(), [[3, 3, 1, 1, 0, 1]]);
        let page = campaigns
            .list(&campaign.ada, &CampaignQuery::default())
            .await
            .expect("a page");
        let listed: Vec<_> = page.rows.iter().map(counts).collect();
        assert_eq!(listed, [[0; 6], [0; 6], [3, 3, 1, 1, 0, 1]]);

        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert!(
            campaigns
                .rows(&stranger, &[campaign.id])
                .await
                .expect("none")
                .is_empty()
        );
        let count = campaigns.count(&stranger, &CampaignQuery::default()).await;
        assert_eq!(count.expect("a count"), 0);
    })
    .await;
}

#[tokio::test]
async fn what_happened_to_a_recipient_is_told_to_who_may_know() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let other = campaign.add("Yui", "yui@example.org").await;
        campaign.token(zoe).await;
        campaigns
            .act(&campaign.ada, zoe, RecipientAction::RevokeToken, "")
            .await
            .expect("revoked");
        let told = campaigns
            .recipient_history(&campaign.ada, zoe)
            .await
            .expect("a history");
        assert!(told.len() >= 2, "copied and revoked: {told:?}");
        let of_other = campaigns
            .recipient_history(&campaign.ada, other)
            .await
            .expect("a history");
        assert!(of_other.len() < told.len(), "{of_other:?}");
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert!(campaigns.recipient_history(&stranger, zoe).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_is_shared_is_counted_once_and_only_while_it_is_valid() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let shared = async || {
            let rows = campaigns
                .rows(&campaign.ada, &[campaign.id])
                .await
                .expect("a row");
            rows[0].shared
        };
        let mut issued = Vec::new();
        for name in ["zoe", "yui", "bob"] {
            let email = format!("{name}@example.org");
            let id = campaign.add(name, &email).await;
            let credential = campaign.claimed(&campaign.token(id).await, &email).await;
            issued.push((id, credential));
        }
        let (zoe, first) = issued[0];
        assert!(campaigns.public(first).await.expect("read").is_some());
        assert_eq!(shared().await, 0, "who looks shares nothing");
        for _ in 0..3 {
            assert!(campaigns.share(first).await.expect("noted").is_some());
            assert_eq!(shared().await, 1, "a press that is sent again counts once");
        }
        let told = campaigns
            .recipient_history(&campaign.ada, zoe)
            .await
            .expect("a history");
        let lines: Vec<_> = told
            .iter()
            .filter(|entry| format!("{entry:?}").contains("was shared"))
            .collect();
        assert_eq!(lines.len(), 1, "{told:?}");

        let (yui, revoked) = issued[1];
        campaigns
            .act(
                &campaign.ada,
                yui,
                RecipientAction::RevokeCredential,
                "By mistake",
            )
            .await
            .expect("revoked");
        let seen = campaigns
            .share(revoked)
            .await
            .expect("told")
            .expect("its page stands");
        assert!(!seen.is_good());
        let (bob, deleted) = issued[2];
        campaigns.share(deleted).await.expect("noted");
        assert_eq!(shared().await, 2);
        campaigns
            .act(&campaign.ada, bob, RecipientAction::DeleteRecipient, "")
            .await
            .expect("deleted");
        assert!(campaigns.share(deleted).await.expect("told").is_none());
        assert_eq!(shared().await, 1, "who was deleted is counted nowhere");
    })
    .await;
}
