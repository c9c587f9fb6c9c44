//! What credentials say: of what was achieved, in which language, and of who awards it.

use domain::campaigns::issuer::IssuerProfile;
use domain::campaigns::{CampaignForm, CampaignState, NewRecipient};
use domain::{CredentialId, Permission, Permissions};
use serde_json::{Value, json};

use super::super::Form;
use super::{Campaign, form, recipient};
use crate::Caller;
use crate::testing::on_each_engine;

/// All that an issuer can say of itself.
pub(super) fn profile() -> IssuerProfile {
    IssuerProfile {
        url: "https://acme.example".into(),
        description: "Courses since 1990.".into(),
        email: "courses@acme.example".into(),
        phone: "+49 30 1234567".into(),
        image: "https://acme.example/logo.png".into(),
    }
}

impl Campaign<'_> {
    async fn document(&self, credential: CredentialId, ending: &str) -> Value {
        let form = Form::from_ending(ending).expect("a form");
        let campaigns = self.backend.campaigns();
        let found = campaigns
            .document(credential, form)
            .await
            .expect("read")
            .expect("there");
        serde_json::from_slice(&found.bytes).expect("JSON")
    }

    async fn did(&self) -> Value {
        let campaigns = self.backend.campaigns();
        let found = campaigns
            .issuer_document(self.ada.organisation())
            .await
            .expect("read");
        serde_json::from_str(&found.expect("it issued")).expect("JSON")
    }
}

#[tokio::test]
async fn what_is_said_stands_in_what_is_claimed_from_then_on() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let claimed = async |name: &str| {
            let email = format!("{name}@example.org");
            let id = campaign.add(name, &email).await;
            (id, campaign.claimed(&campaign.token(id).await, &email).await)
        };
        let (zoe, before) = claimed("zoe").await;
        let plain = campaign.document(before, "json").await;
        let achievement = &plain["credentialSubject"]["achievement"];
        assert_eq!(
            achievement["achievementType"], "Certificate",
            "what its kind is called"
        );
        assert_eq!(achievement["inLanguage"], Value::Null);
        assert_eq!(plain["issuer"]["url"], "https://tokens.example.org", "the site's");
        assert_eq!(
            (
                &plain["issuer"]["email"],
                campaign.did().await["alsoKnownAs"].is_null()
            ),
            (&Value::Null, true)
        );

        let said = campaigns
            .change_issuer_profile(&campaign.ada, &profile())
            .await
            .expect("changed");
        assert_eq!(said, profile());
        assert_eq!(
            campaigns.issuer_profile(&campaign.ada).await.expect("read"),
            profile()
        );
        let changed = CampaignForm {
            achievement_type: "ext:Acme.FirstAid".into(),
            languages: "de, en".into(),
            ..form()
        };
        let view = campaigns
            .update(&campaign.ada, campaign.id, &changed)
            .await
            .expect("changed");
        assert_eq!(
            (
                view.achievement_type.as_str(),
                view.languages.to_string().as_str()
            ),
            ("ext:Acme.FirstAid", "de, en")
        );

        let (_, after) = claimed("yui").await;
        let new = campaign.document(after, "json").await;
        let achievement = &new["credentialSubject"]["achievement"];
        assert_eq!(achievement["achievementType"], "ext:Acme.FirstAid");
        assert_eq!(achievement["inLanguage"], "de");
        for (member, value) in [
            ("url", json!("https://acme.example")),
            ("description", json!("Courses since 1990.")),
            ("email", json!("courses@acme.example")),
            ("phone", json!("+49 30 1234567")),
            (
                "image",
                json!({"id": "https://acme.example/logo.png", "type": "Image"}),
            ),
        ] {
            assert_eq!(new["issuer"][member], value, "{member}");
        }
        assert_eq!(
            campaign.did().await["alsoKnownAs"],
            json!(["https://acme.example"])
        );
        let issuer = campaign.document(after, "issuer.json").await;
        assert_eq!(
            (&issuer["telephone"], &issuer["url"]),
            (&json!("+49 30 1234567"), &json!("https://acme.example"))
        );
        let seen = campaigns.public(after).await.expect("read").expect("there");
        assert_eq!(
            (seen.language.as_str(), seen.issuer_about.as_str()),
            ("de", "Courses since 1990.")
        );
        for id in [before, after] {
            assert!(campaign.validates(id).await, "the signature covers all of it");
        }

        // What was issued says what it said, also when it is signed anew.
        assert_eq!(campaign.document(before, "json").await, plain);
        let corrected = domain::campaigns::RecipientForm {
            name: "Zoë Meier".into(),
            email: "zoe@example.org".into(),
        };
        campaigns
            .correct(&campaign.ada, zoe, &corrected)
            .await
            .expect("corrected");
        let again = campaign.document(before, "json").await;
        assert_eq!(again["issuer"], plain["issuer"]);
        assert_eq!(
            again["credentialSubject"]["achievement"],
            plain["credentialSubject"]["achievement"]
        );
    })
    .await;
}

#[tokio::test]
async fn mails_come_in_a_language_that_the_campaign_offers() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let languages = CampaignForm {
            languages: "fr, de".into(),
            ..form()
        };
        campaigns
            .update(&campaign.ada, campaign.id, &languages)
            .await
            .expect("changed");
        for (name, theirs) in [("anna", "de-AT"), ("bob", "en"), ("cyd", "")] {
            let one = NewRecipient {
                language: theirs.into(),
                ..recipient(name, &format!("{name}@example.org"))
            };
            campaigns
                .add_recipients(&campaign.ada, campaign.id, &[one])
                .await
                .expect("added");
        }
        let mut conn = campaign.backend.db.read().await.expect("a reader");
        let written: Vec<(String, String)> = conn
            .query("SELECT to_address, language FROM mails WHERE token_id IS NOT NULL ORDER BY to_address")
            .all()
            .await
            .expect("mails");
        let written: Vec<_> = written
            .iter()
            .map(|(to, language)| (to.as_str(), language.as_str()))
            .collect();
        assert_eq!(
            written,
            [
                ("anna@example.org", "de-AT"),
                ("bob@example.org", "fr"),
                ("cyd@example.org", "fr")
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_its_organisations_and_changed_by_who_looks_after_it() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        campaigns
            .change_issuer_profile(&campaign.ada, &profile())
            .await
            .expect("changed");
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert_eq!(
            campaigns.issuer_profile(&stranger).await.expect("read"),
            IssuerProfile::default()
        );
        let manager = Caller {
            permissions: [Permission::CampaignsRead, Permission::CampaignsManage]
                .into_iter()
                .collect::<Permissions>(),
            ..campaign.ada.clone()
        };
        assert_eq!(campaigns.issuer_profile(&manager).await.expect("read"), profile());
        let refused = campaigns
            .change_issuer_profile(&manager, &IssuerProfile::default())
            .await;
        assert!(refused.is_err());
        let wrong = IssuerProfile {
            email: "acme".into(),
            ..profile()
        };
        assert!(
            campaigns
                .change_issuer_profile(&campaign.ada, &wrong)
                .await
                .is_err()
        );
        assert_eq!(
            campaigns.issuer_profile(&campaign.ada).await.expect("read"),
            profile()
        );
        // A type that is none is refused before anything is made.
        let medal = CampaignForm {
            achievement_type: "Medal".into(),
            ..form()
        };
        assert!(campaigns.create(&campaign.ada, &medal).await.is_err());
        let view = campaigns.view(&campaign.ada, campaign.id).await.expect("there");
        assert_eq!(view.row.state, CampaignState::Live);
    })
    .await;
}

#[tokio::test]
async fn a_new_key_signs_and_what_older_ones_signed_goes_on_validating() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        assert!(
            campaigns
                .issuer_keys(&campaign.ada)
                .await
                .expect("read")
                .is_empty(),
            "nothing was issued"
        );
        let claimed = async |name: &str| {
            let email = format!("{name}@example.org");
            let id = campaign.add(name, &email).await;
            (id, campaign.claimed(&campaign.token(id).await, &email).await)
        };
        let (zoe, first) = claimed("zoe").await;
        let before = campaigns.issuer_keys(&campaign.ada).await.expect("read");
        let after = campaigns.rotate_issuer_keys(&campaign.ada).await.expect("made");
        assert_eq!((before.len(), after.len()), (1, 2));
        assert_eq!(
            after
                .iter()
                .map(|key| (key.number, key.signs))
                .collect::<Vec<_>>(),
            [(2, true), (1, false)]
        );
        assert_eq!(after[1].public, before[0].public);

        let (_, second) = claimed("yui").await;
        let key_of = async |credential| {
            let document = campaign.document(credential, "json").await;
            document["proof"]["verificationMethod"]
                .as_str()
                .expect("a key")
                .to_owned()
        };
        assert!(key_of(first).await.ends_with(&before[0].public));
        assert!(key_of(second).await.ends_with(&after[0].public));
        let (one, other) = (
            campaign.document(first, "json").await,
            campaign.document(second, "json").await,
        );
        assert_eq!(
            one["issuer"]["id"], other["issuer"]["id"],
            "the issuer is the same"
        );
        let list = &one["credentialStatus"]["statusListCredential"];
        assert_eq!(
            list, &other["credentialStatus"]["statusListCredential"],
            "and so is its list"
        );
        let methods = campaign.did().await["verificationMethod"]
            .as_array()
            .expect("keys")
            .len();
        assert_eq!(methods, 4, "each key in both kinds");
        for credential in [first, second] {
            assert!(campaign.validates(credential).await);
        }
        let act = domain::campaigns::actions::RecipientAction::RevokeCredential;
        campaigns
            .act(&campaign.ada, zoe, act, "By mistake")
            .await
            .expect("revoked");
        assert!(!campaign.validates(first).await && campaign.validates(second).await);

        let manager = Caller {
            permissions: [Permission::CampaignsRead, Permission::CampaignsManage]
                .into_iter()
                .collect(),
            ..campaign.ada.clone()
        };
        assert!(campaigns.rotate_issuer_keys(&manager).await.is_err());
        let stranger = world.owner("Eve", "eve@example.net", "Other").await;
        assert!(campaigns.issuer_keys(&stranger).await.expect("read").is_empty());
    })
    .await;
}
