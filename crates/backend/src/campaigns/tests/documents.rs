//! The forms of a credential.

use credentials::verification::extract;
use domain::campaigns::claims::ClaimLink;

use super::super::Form;
use super::Campaign;
use crate::testing::on_each_engine;

#[tokio::test]
async fn every_form_carries_the_credential_and_validates() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë ☃ O'Brien", "zoe@example.org").await;
        let credential = campaign
            .claimed(&campaign.token(zoe).await, "zoe@example.org")
            .await;
        let campaigns = campaign.backend.campaigns();
        for form in [Form::Json, Form::Jwt, Form::Pdf, Form::Png, Form::Svg] {
            let document = campaigns
                .document(credential, form)
                .await
                .expect("made")
                .expect("there");
            assert_eq!(document.name, "Safety-at-work-Zoë-☃-O-Brien");
            let text = extract(&document.bytes).expect("a credential in it");
            let report = campaigns.verify(&text, &|_| None).await.expect("checked");
            assert!(report.is_valid(), "{form:?}: {:?}", report.steps);
        }
        let text = campaigns
            .document(credential, Form::Json)
            .await
            .expect("made")
            .expect("there");
        let document: serde_json::Value = serde_json::from_slice(&text.bytes).expect("JSON");
        assert!(
            !String::from_utf8_lossy(&text.bytes).contains("zoe@example.org"),
            "the address is a hash"
        );
        assert_eq!(
            document["id"],
            format!("https://tokens.example.org/c/{credential}")
        );
        let organisation = campaign.ada.organisation();
        let did = campaigns
            .issuer_document(organisation)
            .await
            .expect("read")
            .expect("it issued something");
        assert!(
            did.contains(&format!("did:web:tokens.example.org:issuers:{organisation}")),
            "{did}"
        );
    })
    .await;
}

#[tokio::test]
async fn credentials_of_a_cancelled_organisation_validate_unless_they_are_stopped() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let organisations = campaign.backend.organisations();
        let id = campaign.ada.organisation();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        assert!(
            organisations.reactivate(id).await.is_err(),
            "it is no cancelled one"
        );
        organisations
            .let_credentials_validate(id, false)
            .await
            .expect("noted");
        assert!(campaign.validates(credential).await, "it is not cancelled");

        organisations.cancel(id).await.expect("cancelled");
        assert!(matches!(campaign.link(&token).await, ClaimLink::Unknown));
        assert!(!campaign.validates(credential).await);
        let campaigns = campaign.backend.campaigns();
        assert!(campaigns.public(credential).await.expect("read").is_none());

        organisations
            .let_credentials_validate(id, true)
            .await
            .expect("noted");
        assert!(campaign.validates(credential).await);
        assert!(matches!(campaign.link(&token).await, ClaimLink::Unknown));

        organisations.reactivate(id).await.expect("taken back");
        assert!(campaign.validates(credential).await);
        assert!(matches!(campaign.link(&token).await, ClaimLink::Taken { .. }));
    })
    .await;
}
