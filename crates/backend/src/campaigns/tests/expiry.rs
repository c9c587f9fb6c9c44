//! Another last day for what was claimed.

use chrono::{DateTime, TimeDelta, Utc};
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::claims::ClaimLink;
use domain::campaigns::{CampaignForm, CredentialState};
use domain::{CredentialId, Refusal};
use serde_json::Value;

use super::super::Form;
use super::{Campaign, form};
use crate::error::{Error, Result};
use crate::testing::on_each_engine;

impl Campaign<'_> {
    async fn signed(&self, id: CredentialId) -> Value {
        let campaigns = self.backend.campaigns();
        let found = campaigns.document(id, Form::Json).await.expect("read");
        serde_json::from_slice(&found.expect("there").bytes).expect("JSON")
    }

    async fn standing(&self, id: CredentialId) -> (CredentialState, Option<String>) {
        let page = self.backend.campaigns().public(id).await.expect("read");
        let page = page.expect("there");
        assert!(page.signature_is_good);
        (page.state, page.until.map(|until| until.input))
    }
}

fn at_expires(outcome: Result<()>) -> String {
    match outcome {
        Err(Error::Refused(Refusal::Invalid(problems))) => problems.at("expires").expect("there").to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_expired_is_valid_again_with_a_new_day_and_for_ever_without_one() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let first = campaign.signed(credential).await;
        let clock = &world.backend.clock;
        clock.advance(TimeDelta::days(366));
        assert_eq!(campaign.standing(credential).await.0, CredentialState::Expired);
        assert!(matches!(campaign.link(&token).await, ClaimLink::Expired(_)));

        let change = async |day: &str| campaigns.change_expiry(&campaign.ada, zoe, day).await;
        change(" 2028-02-29 ").await.expect("changed");
        assert_eq!(
            campaign.standing(credential).await,
            (CredentialState::Valid, Some("2028-02-29".into()))
        );
        assert!(campaign.validates(credential).await);
        assert!(matches!(campaign.link(&token).await, ClaimLink::Taken { .. }));
        let again = campaign.signed(credential).await;
        for same in [
            "/id",
            "/awardedDate",
            "/credentialStatus",
            "/credentialSubject",
            "/issuer",
            "/name",
        ] {
            assert_eq!(again.pointer(same), first.pointer(same), "{same}");
        }
        // The day ends where the organisation is, and the newer of two versions begins later.
        assert_eq!(again["validUntil"], "2028-02-29T11:00:00Z");
        assert!(again["validFrom"].as_str() > first["validFrom"].as_str());
        let row = campaign.row(zoe).await;
        assert_eq!(
            row.credential_until.map(|end| end.input).as_deref(),
            Some("2028-02-29")
        );

        // It ends with that day, and not before.
        let last: DateTime<Utc> = "2028-02-29T10:59:59Z".parse().expect("an instant");
        clock.advance(last - clock.now());
        assert!(campaign.validates(credential).await);
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(campaign.standing(credential).await.0, CredentialState::Expired);
        assert!(!campaign.validates(credential).await);

        change("").await.expect("changed");
        assert_eq!(
            campaign.standing(credential).await,
            (CredentialState::Valid, None)
        );
        clock.advance(TimeDelta::days(4_000));
        assert!(campaign.validates(credential).await);
        assert!(campaign.signed(credential).await.get("validUntil").is_none());

        let told = campaigns
            .recipient_history(&campaign.ada, zoe)
            .await
            .expect("a history");
        let lines: Vec<_> = told
            .iter()
            .map(|entry| entry.what.as_str())
            .filter(|what| what.starts_with("Changed when"))
            .collect();
        assert_eq!(
            lines,
            [
                "Changed when the credential of Zoë expires: never instead of 29 Feb 2028",
                "Changed when the credential of Zoë expires: 29 Feb 2028 instead of 2 Nov 2027",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_valid_is_ended_earlier_and_not_before_it_was_signed() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        // Where the organisation is, it is 2 November already.
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let clock = &world.backend.clock;
        clock.advance(TimeDelta::days(10));
        let change = async |day: &str| campaigns.change_expiry(&campaign.ada, zoe, day).await;

        let sentence = at_expires(change("2026-11-01").await);
        assert!(sentence.contains("signed on 2 Nov 2026"), "{sentence}");
        for bad in ["soon", "2027-02-30", "31.12.2027"] {
            let sentence = at_expires(change(bad).await);
            assert!(sentence.contains("2026-12-31"), "{bad}: {sentence}");
        }
        assert_eq!(campaign.standing(credential).await.0, CredentialState::Valid);

        // A day that is over ends it at once, and no version begins after its end.
        change("2026-11-05").await.expect("changed");
        assert_eq!(
            campaign.standing(credential).await,
            (CredentialState::Expired, Some("2026-11-05".into()))
        );
        assert!(!campaign.validates(credential).await);
        let ended = campaign.signed(credential).await;
        assert_eq!(ended["validFrom"], ended["validUntil"]);
        // Today is not over yet.
        change("2026-11-12").await.expect("changed");
        assert!(campaign.validates(credential).await);

        // The same day is no change.
        let before = campaign.signed(credential).await;
        clock.advance(TimeDelta::minutes(1));
        change("2026-11-12").await.expect("as it is");
        assert_eq!(campaign.signed(credential).await, before);

        // A name that is corrected afterwards keeps the day.
        let corrected = domain::campaigns::RecipientForm {
            name: "Zoë Müller".into(),
            email: "zoe@example.org".into(),
        };
        campaigns
            .correct(&campaign.ada, zoe, &corrected)
            .await
            .expect("corrected");
        let again = campaign.signed(credential).await;
        assert_eq!(again["validUntil"], before["validUntil"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_redated_that_was_not_claimed_or_was_revoked_or_is_somebody_elses() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let change = async |day: &str| campaigns.change_expiry(&campaign.ada, zoe, day).await;
        let conflict = |outcome: Result<()>| match outcome {
            Err(Error::Refused(Refusal::Conflict(sentence))) => sentence,
            other => panic!("{other:?}"),
        };
        assert!(conflict(change("2027-12-31").await).contains("Nothing was claimed yet"));

        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let before = campaign.signed(credential).await;
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        let refused = campaigns.change_expiry(&stranger, zoe, "2027-12-31").await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::NotFound))),
            "{refused:?}"
        );
        // It has a day of its own to be said with.
        let acted = campaigns
            .act(&campaign.ada, zoe, RecipientAction::ChangeExpiry, "")
            .await;
        assert!(
            matches!(acted, Err(Error::Refused(Refusal::Malformed))),
            "{acted:?}"
        );
        assert_eq!(campaign.signed(credential).await, before);

        campaigns
            .act(
                &campaign.ada,
                zoe,
                RecipientAction::RevokeCredential,
                "By mistake",
            )
            .await
            .expect("revoked");
        assert!(conflict(change("2027-12-31").await).contains("was revoked, for good"));
        assert_eq!(campaign.standing(credential).await.0, CredentialState::Revoked);
    })
    .await;
}

#[tokio::test]
async fn what_was_valid_for_ever_gets_an_end() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let for_ever = CampaignForm {
            valid_days: String::new(),
            ..form()
        };
        campaigns
            .update(&campaign.ada, campaign.id, &for_ever)
            .await
            .expect("changed");
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        assert_eq!(campaign.standing(credential).await.1, None);
        campaigns
            .change_expiry(&campaign.ada, zoe, "2026-12-31")
            .await
            .expect("changed");
        assert_eq!(
            campaign.standing(credential).await,
            (CredentialState::Valid, Some("2026-12-31".into()))
        );
        world.backend.clock.advance(TimeDelta::days(61));
        assert!(!campaign.validates(credential).await);
    })
    .await;
}
