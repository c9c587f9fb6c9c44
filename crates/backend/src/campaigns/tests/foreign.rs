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
use openid::{Answering, Ask, Request, Response, Trouble};

use super::client;
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
