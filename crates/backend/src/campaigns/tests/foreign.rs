//! Credentials of other sites: what is fetched to check them, and what is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use credentials::badge::{Achievement, Award, Issuer, Profile};
use credentials::did::{self, Did};
use credentials::keys::SigningKeys;
use credentials::proof;
use credentials::status_list::{self, StatusList};
use credentials::verification::Check;
use domain::Refusal;
use domain::campaigns::actions::RecipientAction;
use openid::{Answering, Ask, Request, Response, Trouble};
use serde_json::json;

use super::super::Form;
use super::{Campaign, client};
use crate::error::Error;
use crate::testing::{World, noon, on_each_engine};

const HOME: &str = "https://other.example";

/// Another site, as far as it is asked, and what it was asked for.
#[derive(Clone, Default)]
struct Elsewhere {
    documents: Arc<Mutex<HashMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    fn put(&self, address: &str, status: u16, text: String) {
        self.documents
            .lock()
            .expect("a lock")
            .insert(address.into(), (status, text));
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("a lock"))
    }
}

impl Ask for Elsewhere {
    fn ask(&self, request: Request<Vec<u8>>) -> Answering<'_> {
        let address = request.uri().to_string();
        let found = self.documents.lock().expect("a lock").get(&address).cloned();
        self.asked.lock().expect("a lock").push(address);
        Box::pin(async move {
            let (status, text) = found.ok_or_else(|| Trouble::Unreachable("nobody is there".into()))?;
            let answer = Response::builder().status(status);
            Ok(answer.body(text.into_bytes()).expect("an answer"))
        })
    }
}

/// A site that issued one credential, whose place in the list is the first.
fn issued(revoked: bool) -> (Elsewhere, String) {
    let keys = SigningKeys::generate([7; 32]).expect("keys");
    let did = Did::web(HOME, "issuers/1").expect("https");
    let issuer = Issuer {
        did: did.clone(),
        name: "Other".into(),
        url: None,
        profile: Profile::default(),
    };
    let at = noon() - chrono::TimeDelta::days(1);
    let list = format!("{HOME}/status/1");
    let award = Award {
        id: format!("{HOME}/c/1"),
        issuer: issuer.clone(),
        achievement: Achievement {
            id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33".into(),
            achievement_type: "Course".into(),
            name: "Knots".into(),
            description: "Ties them.".into(),
            criteria: "Tied one.".into(),
            language: None,
        },
        awarded_at: at,
        valid_from: at,
        valid_until: None,
        subject: "urn:uuid:91537dba-56cb-41ec-bf63-0242ac130002".into(),
        recipient: "Zoë".into(),
        email: None,
        image: None,
        status: Some((list.clone(), 0)),
    };
    let sign = |document| {
        let method = did.proof_key(&keys.public());
        proof::sign(document, &keys, &method, at)
            .expect("signed")
            .to_string()
    };
    let bits = StatusList::of(revoked.then_some(0));
    let elsewhere = Elsewhere::default();
    let document = did::document(&did, &[keys.public()]).to_string();
    elsewhere.put(&format!("{HOME}/issuers/1/did.json"), 200, document);
    elsewhere.put(
        &list,
        200,
        sign(status_list::credential(&bits, &list, &issuer, at, 60_000)),
    );
    let credential = sign(award.document());
    elsewhere.put(&format!("{HOME}/c/1"), 200, credential.clone());
    (elsewhere, credential)
}

async fn failed(world: &World, credential: &str) -> Option<Check> {
    let campaigns = world.backend.campaigns();
    let report = campaigns
        .verify_for(credential, &client())
        .await
        .expect("checked");
    report
        .steps
        .iter()
        .find(|step| !step.passed)
        .map(|step| step.check)
}

#[tokio::test]
async fn a_credential_of_another_site_is_checked_with_what_that_site_says() {
    on_each_engine(async |world| {
        let (elsewhere, credential) = issued(false);
        world.backend.fetching.let_answer(elsewhere.clone());
        assert_eq!(failed(world, &credential).await, None);
        let mut asked = elsewhere.asked();
        asked.sort();
        assert_eq!(
            asked,
            [format!("{HOME}/issuers/1/did.json"), format!("{HOME}/status/1")],
            "each once"
        );

        let campaigns = world.backend.campaigns();
        let fetched = campaigns
            .fetch_credential(&format!(" {HOME}/c/1 "), &client())
            .await
            .expect("there");
        assert_eq!(fetched, credential.clone().into_bytes());

        // Its list says otherwise now, or nothing any more.
        let (later, _) = issued(true);
        let list = later.documents.lock().expect("a lock")[&format!("{HOME}/status/1")].clone();
        elsewhere.put(&format!("{HOME}/status/1"), list.0, list.1);
        assert_eq!(failed(world, &credential).await, Some(Check::Status));
        elsewhere.put(&format!("{HOME}/issuers/1/did.json"), 404, String::new());
        assert_eq!(failed(world, &credential).await, Some(Check::Issuer));
        let flipped = credential.replace("Knots", "Boats");
        let (again, _) = issued(false);
        let did = again.documents.lock().expect("a lock")[&format!("{HOME}/issuers/1/did.json")].clone();
        elsewhere.put(&format!("{HOME}/issuers/1/did.json"), did.0, did.1);
        assert_eq!(failed(world, &flipped).await, Some(Check::Signature));
    })
    .await;
}

/// A site that keeps an Open Badge 2.0, and its address.
fn kept() -> (Elsewhere, String) {
    let at = |path: &str| format!("{HOME}/badges/{path}");
    let elsewhere = Elsewhere::default();
    for (path, mut document) in [
        (
            "assertion",
            json!({
                "type": "Assertion", "recipient": {"type": "email", "hashed": false, "identity": "zoe@other.example"},
                "badge": at("class"), "issuedOn": "2026-10-01T00:00:00Z", "verification": {"type": "HostedBadge"},
            }),
        ),
        (
            "class",
            json!({"type": "BadgeClass", "name": "Knots", "issuer": at("issuer")}),
        ),
        ("issuer", json!({"type": "Profile", "name": "Other"})),
    ] {
        document["@context"] = json!("https://w3id.org/openbadges/v2");
        document["id"] = json!(at(path));
        elsewhere.put(&at(path), 200, document.to_string());
    }
    (elsewhere, at("assertion"))
}

#[tokio::test]
async fn an_older_badge_is_checked_with_each_document_that_leads_to_the_next() {
    on_each_engine(async |world| {
        let (elsewhere, address) = kept();
        world.backend.fetching.let_answer(elsewhere.clone());
        let campaigns = world.backend.campaigns();
        let copy = campaigns
            .fetch_credential(&address, &client())
            .await
            .expect("there");
        let copy = String::from_utf8(copy).expect("text");
        elsewhere.asked();
        for badge in [&copy, &address] {
            let report = campaigns.verify_for(badge, &client()).await.expect("checked");
            assert!(report.is_valid(), "{:?}", report.steps);
            assert_eq!(report.site.as_deref(), Some("other.example"));
            let told = report.credential.expect("told");
            assert_eq!(
                (&told["name"], &told["credentialSubject"]["name"]),
                (&json!("Knots"), &json!("zoe@other.example"))
            );
            let paths = ["assertion", "class", "issuer"].map(|path| format!("{HOME}/badges/{path}"));
            assert_eq!(elsewhere.asked(), paths, "each once, one after the other");
        }

        // Somebody else's copy of it, under an address that is not its issuer's.
        let forged = copy.replace(&address, "https://evil.example/1");
        elsewhere.put("https://evil.example/1", 200, forged.clone());
        assert_eq!(failed(world, &forged).await, Some(Check::Issuer));
        // What is gone is told as that, unless it says that it was revoked.
        elsewhere.put(&address, 410, copy.clone());
        assert_eq!(failed(world, &copy).await, Some(Check::Hosting));
        let revoked =
            json!({"type": "Assertion", "id": address, "revoked": true, "revocationReason": "Cheated"});
        elsewhere.put(&address, 410, revoked.to_string());
        assert_eq!(failed(world, &copy).await, Some(Check::Status));
        elsewhere.put(&address, 404, revoked.to_string());
        assert_eq!(failed(world, &copy).await, Some(Check::Hosting));

        // Nothing is asked for that is not there by https, whoever names it.
        elsewhere.asked();
        let near = copy.replace(&address, "http://127.0.0.1/1");
        assert_eq!(failed(world, &near).await, Some(Check::Hosting));
        assert_eq!(elsewhere.asked(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_here_for_old_backpacks_is_checked_without_a_request() {
    on_each_engine(async |world| {
        let elsewhere = Elsewhere::default();
        world.backend.fetching.let_answer(elsewhere.clone());
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let token = campaign.token(zoe).await;
        let credential = campaign.claimed(&token, "zoe@example.org").await;
        let form = Form::from_ending("ob2.json").expect("a form");
        let kept = campaigns
            .document(credential, form)
            .await
            .expect("read")
            .expect("there");
        let kept = String::from_utf8(kept.bytes).expect("text");
        assert_eq!(failed(world, &kept).await, None);
        campaigns
            .change_expiry(&campaign.ada, zoe, "2026-11-02")
            .await
            .expect("changed");
        world.backend.clock.advance(chrono::TimeDelta::days(2));
        assert_eq!(
            failed(world, &kept).await,
            Some(Check::Dates),
            "also an older copy"
        );
        campaigns
            .act(
                &campaign.ada,
                zoe,
                RecipientAction::RevokeCredential,
                "By mistake",
            )
            .await
            .expect("revoked");
        assert_eq!(failed(world, &kept).await, Some(Check::Status));
        campaigns
            .act(&campaign.ada, zoe, RecipientAction::DeleteRecipient, "")
            .await
            .expect("deleted");
        assert_eq!(failed(world, &kept).await, Some(Check::Hosting));
        assert_eq!(elsewhere.asked(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_check_opens_nothing_but_https_and_follows_nothing() {
    on_each_engine(async |world| {
        let (elsewhere, _) = issued(false);
        world.backend.fetching.let_answer(elsewhere.clone());
        let campaigns = world.backend.campaigns();
        elsewhere.put(&format!("{HOME}/moved"), 302, String::new());
        for (address, words) in [
            ("http://other.example/c/1", "https://"),
            ("file:///etc/passwd", "https://"),
            ("c", "https://"),
            ("https://", "no address"),
            ("https://other.example/a b", "no address"),
            ("https://other.example/moved", "another one"),
            ("https://other.example/nothing", "not reached"),
        ] {
            let refused = campaigns
                .fetch_credential(address, &client())
                .await
                .expect_err(address);
            let Error::Refused(refusal @ Refusal::Invalid(_)) = refused else {
                panic!("{address}: {refused:?}");
            };
            let sentence = refusal.to_string();
            assert!(sentence.contains(words), "{address}: {sentence}");
        }
        let asked = elsewhere.asked();
        assert!(asked.iter().all(|address| address.starts_with(HOME)), "{asked:?}");
        // Somebody who has a hundred things checked waits.
        let mut waits = false;
        for _ in 0..100 {
            let answer = campaigns
                .fetch_credential("http://other.example", &client())
                .await;
            waits |= matches!(answer, Err(Error::Refused(Refusal::TooMany { .. })));
        }
        assert!(waits, "each visitor has so many");
    })
    .await;
}
