//! The table of actions, each row carried out and looked at from all four sides.

use chrono::TimeDelta;
use domain::campaigns::actions::{LinkEffect, LockEffect, PageEffect, RecipientAction, StatusEffect};
use domain::campaigns::claims::{ClaimLink, Claimed};
use domain::campaigns::{CampaignState, CredentialState, RecipientForm};

use super::Campaign;
use crate::testing::{World, on_each_engine};

/// What was found after an action.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    link: &'static str,
    locked: bool,
    page: Option<CredentialState>,
    bit: bool,
}

async fn carry_out(world: &World, action: RecipientAction) -> Seen {
    let campaign = Campaign::live(world).await;
    let zoe = campaign.add("Zoë Müller", "zoe@example.org").await;
    let token = campaign.token(zoe).await;
    let credential = campaign.claimed(&token, "zoe@example.org").await;
    let campaigns = campaign.backend.campaigns();
    let mut second = None;
    match action {
        RecipientAction::CopyToken => assert_eq!(campaign.token(zoe).await, token),
        RecipientAction::SendAgain => campaigns.send_again(&campaign.ada, zoe).await.expect("sent"),
        RecipientAction::Correct => {
            let corrected = RecipientForm {
                name: "Zoë Meier".into(),
                email: "meier@example.org".into(),
            };
            campaigns
                .correct(&campaign.ada, zoe, &corrected)
                .await
                .expect("corrected");
        }
        RecipientAction::PauseCampaign => {
            let paused = campaigns
                .set_state(&campaign.ada, campaign.id, CampaignState::Paused)
                .await;
            assert_eq!(paused.expect("paused").row.state, CampaignState::Paused);
        }
        RecipientAction::EndCampaign => {
            let ended = campaigns
                .set_state(&campaign.ada, campaign.id, CampaignState::Ended)
                .await;
            assert_eq!(ended.expect("ended").row.state, CampaignState::Ended);
        }
        RecipientAction::ChangeExpiry => {
            // Its time was over, and a later day makes it valid again.
            world.backend.clock.advance(TimeDelta::days(366));
            campaigns
                .change_expiry(&campaign.ada, zoe, "2028-12-31")
                .await
                .expect("changed");
        }
        RecipientAction::Expire => world.backend.clock.advance(TimeDelta::days(366)),
        RecipientAction::CancelOrganisation => {
            let organisations = campaign.backend.organisations();
            organisations
                .cancel(campaign.ada.organisation())
                .await
                .expect("cancelled");
        }
        RecipientAction::SecondProfile => second = Some(campaign.claim(&token, "other@example.org").await),
        RecipientAction::EnableToken => {
            campaigns
                .act(&campaign.ada, zoe, RecipientAction::RevokeToken, "")
                .await
                .expect("revoked");
            campaigns
                .act(&campaign.ada, zoe, action, "")
                .await
                .expect("enabled");
        }
        _ => campaigns
            .act(&campaign.ada, zoe, action, "Issued by mistake")
            .await
            .expect("done"),
    }
    let link = match second.unwrap_or(Claimed::Refused(ClaimLink::Unknown)) {
        Claimed::Refused(ClaimLink::Taken { .. }) => "taken",
        _ => match campaign.link(&token).await {
            ClaimLink::Unknown => "unknown",
            ClaimLink::TooMany { .. } => "too many",
            ClaimLink::Paused(_) => "paused",
            ClaimLink::Ended(_) => "ended",
            ClaimLink::Open(_) => "open",
            ClaimLink::Taken { .. } => "theirs",
            ClaimLink::Revoked(_) => "revoked",
            ClaimLink::Expired(_) => "expired",
        },
    };
    let mut conn = world.backend.db.read().await.expect("a reader");
    let stored = super::super::sql::credential(&mut conn, credential)
        .await
        .expect("read")
        .expect("its row stays");
    let set = super::super::sql::revoked_places(&mut conn, stored.list)
        .await
        .expect("read");
    let locked: (Option<String>,) = conn
        .query("SELECT lock_subject FROM campaign_recipients WHERE id = $1")
        .bind(zoe)
        .one()
        .await
        .expect("read");
    drop(conn);
    let page = campaigns.public(credential).await.expect("read");
    if let Some(page) = &page {
        assert!(page.signature_is_good);
        assert_eq!(page.revoked.is_some(), page.state == CredentialState::Revoked);
    }
    let bit = set.contains(&stored.place);
    let is_valid = page
        .as_ref()
        .is_some_and(|page| page.state == CredentialState::Valid);
    assert_eq!(
        campaign.validates(credential).await,
        is_valid && !bit,
        "{action:?}: page and verifiers agree"
    );
    if page.is_none() {
        assert!(
            stored.recipient.is_empty() && stored.document.is_empty(),
            "nothing of the person is left"
        );
    }
    Seen {
        link,
        locked: locked.0.is_some(),
        page: page.map(|page| page.state),
        bit,
    }
}

fn expected(action: RecipientAction) -> Seen {
    let effect = action.effect();
    Seen {
        link: match effect.link {
            LinkEffect::Unchanged if effect.lock == LockEffect::Cleared => "open",
            LinkEffect::Unchanged | LinkEffect::Works | LinkEffect::Over | LinkEffect::Redated => "theirs",
            LinkEffect::Paused => "paused",
            LinkEffect::Withdrawn | LinkEffect::Renewed => "unknown",
            LinkEffect::Revoked => "revoked",
            LinkEffect::Expired => "expired",
            LinkEffect::Taken => "taken",
        },
        locked: effect.lock == LockEffect::Kept,
        page: match effect.page {
            PageEffect::Unchanged | PageEffect::SignedAnew | PageEffect::Redated => {
                Some(CredentialState::Valid)
            }
            PageEffect::Revoked => Some(CredentialState::Revoked),
            PageEffect::Expired => Some(CredentialState::Expired),
            PageEffect::DoesNotValidate => None,
        },
        bit: effect.status == StatusEffect::Set,
    }
}

#[tokio::test]
async fn each_action_does_to_link_lock_page_and_status_what_the_table_says() {
    for action in RecipientAction::ALL {
        on_each_engine(async |world| {
            assert_eq!(carry_out(world, action).await, expected(action), "{action:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_revoked_token_claims_nothing_until_it_is_enabled_again() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let campaigns = campaign.backend.campaigns();
        campaigns
            .act(&campaign.ada, zoe, RecipientAction::RevokeToken, "")
            .await
            .expect("revoked");
        assert_eq!(
            campaign.claim(&token, "zoe@example.org").await,
            Claimed::Refused(ClaimLink::Unknown)
        );
        assert!(campaigns.send_again(&campaign.ada, zoe).await.is_err());
        let nothing = campaigns
            .act(&campaign.ada, zoe, RecipientAction::RevokeCredential, "Why")
            .await;
        assert!(nothing.is_err(), "there is none yet");
        campaigns
            .act(&campaign.ada, zoe, RecipientAction::EnableToken, "")
            .await
            .expect("enabled");
        campaign.claimed(&token, "zoe@example.org").await;
    })
    .await;
}

#[tokio::test]
async fn a_corrected_name_is_signed_anew_under_the_same_id_and_a_corrected_address_gets_a_new_link() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoe Muller", "zeo@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let campaigns = campaign.backend.campaigns();
        world.backend.clock.advance(TimeDelta::hours(1));
        let corrected = RecipientForm {
            name: "Zoë Müller".into(),
            email: "zoe@example.org".into(),
        };
        campaigns
            .correct(&campaign.ada, zoe, &corrected)
            .await
            .expect("corrected");

        let page = campaigns.public(credential).await.expect("read").expect("there");
        assert_eq!(page.recipient, "Zoë Müller");
        assert!(campaign.validates(credential).await);
        assert_eq!(
            campaign.link(&token).await,
            ClaimLink::Unknown,
            "the old link opens nothing"
        );
        let new = campaign.token(zoe).await;
        assert!(matches!(campaign.link(&new).await, ClaimLink::Taken { .. }));
        let mail = campaign
            .mail_to("zoe@example.org", "Your certificate")
            .await
            .expect("sent to the right mailbox");
        assert!(
            mail.contains(&new.replace('-', "")) || mail.contains("/r/"),
            "{mail}"
        );
    })
    .await;
}

#[tokio::test]
async fn another_organisation_finds_and_changes_nothing() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        let campaigns = campaign.backend.campaigns();
        assert!(campaigns.view(&stranger, campaign.id).await.is_err());
        assert!(campaigns.recipient(&stranger, zoe).await.is_err());
        assert!(campaigns.copy_token(&stranger, zoe).await.is_err());
        for action in [RecipientAction::Reset, RecipientAction::DeleteRecipient] {
            assert!(campaigns.act(&stranger, zoe, action, "").await.is_err());
        }
        assert!(
            campaigns
                .list(&stranger, &Default::default())
                .await
                .expect("a page")
                .rows
                .is_empty()
        );
        assert_eq!(campaign.rows().await.len(), 1);
    })
    .await;
}
