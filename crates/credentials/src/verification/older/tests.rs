//! Open Badges 2.0 of an issuer whose site is a map.

use std::collections::HashMap;

use super::super::{documents_needed, extract, verify};
use super::*;
use crate::badge::testing;
use crate::baking;
use crate::keys::SigningKeys;
use crate::open_badges_2::{self, Hosted};

const HOME: &str = "https://badges.test";
const CONTEXT: &str = "https://w3id.org/openbadges/v2";

/// A site that keeps an assertion, what it was given for, and who it is.
struct Site(HashMap<String, Value>);

impl Site {
    fn new() -> Self {
        let mut site = Self(HashMap::new());
        site.put(
            "assertion.json",
            json!({
                "type": "Assertion", "recipient": {"type": "email", "hashed": true, "identity": "sha256$1", "salt": "2"},
                "badge": at("class.json"), "issuedOn": "2026-11-01T00:00:00Z", "expires": "2027-11-01T00:00:00+00:00",
                "verification": {"type": "hosted"},
            }),
        );
        site.put(
            "class.json",
            json!({"type": "BadgeClass", "name": "Knots", "issuer": at("issuer.json")}),
        );
        site.put(
            "issuer.json",
            json!({"type": "Profile", "name": "Harbour School"}),
        );
        site
    }

    fn put(&mut self, path: &str, mut document: Value) {
        document["@context"] = json!(CONTEXT);
        document["id"] = json!(at(path));
        self.0.insert(at(path), document);
    }

    fn change(&mut self, path: &str, member: &str, value: Value) {
        self.0.get_mut(&at(path)).expect("a document")[member] = value;
    }

    fn assertion(&self) -> String {
        self.0[&at("assertion.json")].to_string()
    }

    fn look_up(&self) -> impl Fn(&str) -> Option<Vec<u8>> + '_ {
        move |address: &str| {
            self.0
                .get(address)
                .map(|document| document.to_string().into_bytes())
        }
    }

    fn verify(&self, badge: &str) -> Report {
        verify(badge, noon(), &self.look_up())
    }

    fn refused(&self, badge: &str) -> (Check, String) {
        let report = self.verify(badge);
        let failed = report.steps.into_iter().find(|step| !step.passed);
        let failed = failed.expect("a step fails");
        (failed.check, failed.found)
    }
}

fn at(path: &str) -> String {
    format!("{HOME}/{path}")
}

fn noon() -> DateTime<Utc> {
    instant("2026-11-29T12:00:00Z").expect("an instant")
}

#[test]
fn what_its_issuers_site_keeps_is_valid_however_it_is_carried() {
    let site = Site::new();
    let address = at("assertion.json");
    let pixel = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    let carried = [
        site.assertion(),
        address.clone(),
        extract(format!("{pixel}<openbadges:assertion verify=\"{address}\"/>").as_bytes())
            .expect("an address"),
        extract(
            baking::bake_svg(pixel, &site.assertion())
                .expect("baked")
                .as_bytes(),
        )
        .expect("an assertion"),
        extract(format!("%PDF-1.7\nstream\n{}\nendstream", site.assertion()).as_bytes())
            .expect("an assertion"),
    ];
    for badge in carried {
        let report = site.verify(&badge);
        assert!(report.is_valid(), "{badge}: {:?}", report.steps);
        let checks: Vec<_> = report.steps.iter().map(|step| step.check).collect();
        assert_eq!(
            checks,
            [
                Check::Shape,
                Check::Hosting,
                Check::Class,
                Check::Issuer,
                Check::Dates,
                Check::Status
            ]
        );
        assert_eq!(report.site.as_deref(), Some("badges.test"));
        let told = report.credential.expect("told");
        assert_eq!(
            (&told["name"], &told["issuer"]["name"]),
            (&json!("Knots"), &json!("Harbour School"))
        );
    }
}

#[test]
fn whoever_knows_the_address_is_told_whose_it_is() {
    let given = |recipient: Value, email: &str| {
        let mut site = Site::new();
        site.change("assertion.json", "recipient", recipient);
        let mut report = site.verify(&at("assertion.json"));
        report.check_recipient(email);
        let last = report.steps.pop().expect("a step");
        assert_eq!(last.check, Check::Recipient);
        last.passed
    };
    let hashed = crate::badge::HashedEmail::new("zoe@example.org", "sea salt");
    let hashed = json!({"type": "email", "hashed": true, "identity": hashed.hash(), "salt": "sea salt"});
    let plain = json!({"type": "email", "hashed": false, "identity": "Zoe@example.org"});
    for recipient in [&hashed, &plain] {
        assert!(given(recipient.clone(), "zoe@example.org"), "{recipient}");
        assert!(!given(recipient.clone(), "eve@example.org"), "{recipient}");
    }
    let by_page = json!({"type": "url", "hashed": false, "identity": "https://zoe.example"});
    assert!(!given(by_page, "zoe@example.org"));
    // A program of others made this hash.
    let (site, badge) = signed();
    let mut report = site.verify(&badge);
    report.check_recipient("zoe@example.org");
    assert!(report.is_valid(), "{:?}", report.steps);
}

#[test]
fn what_this_program_keeps_for_old_backpacks_is_valid() {
    let document = testing::award(&SigningKeys::generate([8; 32]).expect("keys")).document();
    let kept = |revoked| {
        let documents = [Hosted::Assertion, Hosted::Class, Hosted::Issuer]
            .map(|hosted| open_badges_2::hosted(&document, hosted, revoked));
        documents.map(|one| (text(&one, "id").to_owned(), one.to_string().into_bytes()))
    };
    let site: HashMap<_, _> = kept(None).into();
    let (address, assertion) = &kept(None)[0];
    let assertion = String::from_utf8(assertion.clone()).expect("text");
    let now = DateTime::parse_from_rfc3339(document["validFrom"].as_str().expect("an instant"))
        .expect("an instant");
    let report = verify(&assertion, now.to_utc(), &|address| site.get(address).cloned());
    assert!(report.is_valid(), "{:?}", report.steps);
    let site: HashMap<_, _> = kept(Some("Issued by mistake")).into();
    let report = verify(&assertion, now.to_utc(), &|address| site.get(address).cloned());
    let last = report.steps.last().expect("a step");
    assert_eq!((last.check, last.passed), (Check::Status, false), "{address}");
    assert!(last.found.ends_with("Issued by mistake"), "{}", last.found);
}

#[test]
fn documents_are_asked_for_one_after_the_other_and_each_once() {
    let site = Site::new();
    let mut known = HashMap::<String, Vec<u8>>::new();
    let mut asked = Vec::new();
    loop {
        let needed = documents_needed(&site.assertion(), &|address| known.get(address).cloned());
        if needed.is_empty() {
            break;
        }
        for address in &needed {
            known.insert(address.clone(), site.look_up()(address).expect("there"));
        }
        asked.push(needed);
    }
    let paths = ["assertion.json", "class.json", "issuer.json"];
    assert_eq!(asked, paths.map(|path| vec![at(path)]));
    // What is not there is asked for again and again by those who do not note it, and leads nowhere.
    assert_eq!(documents_needed(&at("gone"), &|_| None), [at("gone")]);
}

#[test]
fn a_copy_is_worth_what_stands_at_its_address() {
    let mut site = Site::new();
    let valid = site.assertion();
    let mut forged: Value = serde_json::from_str(&valid).expect("JSON");
    forged["recipient"]["identity"] = json!("sha256$3");
    let (check, found) = site.refused(&forged.to_string());
    assert_eq!(check, Check::Hosting);
    assert!(found.contains("somebody else"), "{found}");
    let mut forged: Value = serde_json::from_str(&valid).expect("JSON");
    forged["badge"] = json!(at("better.json"));
    assert_eq!(site.refused(&forged.to_string()).0, Check::Hosting);
    // A later end in a copy is no later end.
    let mut longer: Value = serde_json::from_str(&valid).expect("JSON");
    longer["expires"] = json!("2999-01-01T00:00:00Z");
    site.change("assertion.json", "expires", json!("2026-11-02"));
    let (check, found) = site.refused(&longer.to_string());
    assert_eq!(
        (check, found.as_str()),
        (Check::Dates, "It expired at 2026-11-02T00:00:00Z.")
    );

    // Nothing stands there, or something else.
    for (document, words) in [
        (None, "could not be fetched"),
        (
            Some(json!({"id": at("other.json"), "type": "Assertion"})),
            "something else",
        ),
        (
            Some(json!({"id": at("assertion.json"), "type": "BadgeClass"})),
            "no Open Badge 2.0",
        ),
        (Some(json!("assertion")), "something else"),
    ] {
        match document {
            Some(document) => site.0.insert(at("assertion.json"), document),
            None => site.0.remove(&at("assertion.json")),
        };
        let (check, found) = site.refused(&valid);
        assert_eq!(check, Check::Hosting, "{found}");
        assert!(found.contains(words), "{words}: {found}");
    }
}

#[test]
fn dates_and_revocation_are_those_of_the_site() {
    let refused = |member: &str, value: Value| {
        let mut site = Site::new();
        site.change("assertion.json", member, value);
        site.refused(&at("assertion.json"))
    };
    assert_eq!(refused("expires", json!("2026-11-29T12:00:00Z")).0, Check::Dates);
    assert_eq!(refused("issuedOn", json!("2026-11-29T12:00:01Z")).0, Check::Dates);
    assert_eq!(refused("issuedOn", json!(1_477_958_400)).0, Check::Dates);
    assert_eq!(refused("issuedOn", Value::Null).0, Check::Dates);
    let (check, found) = refused("revoked", json!(true));
    assert_eq!((check, found.as_str()), (Check::Status, "The issuer revoked it."));

    let mut site = Site::new();
    site.put(
        "assertion.json",
        json!({"type": "Assertion", "revoked": true, "revocationReason": "Cheated"}),
    );
    let (check, found) = site.refused(&Site::new().assertion());
    assert_eq!(
        (check, found.as_str()),
        (Check::Status, "The issuer revoked it: Cheated")
    );
}

#[test]
fn only_an_issuers_own_site_speaks_for_them() {
    // Somebody else keeps an assertion for a class of their own that names the issuer, whose profile says nothing of it.
    let elsewhere = |policy: Option<Value>| {
        let mut site = Site::new();
        let mut assertion = site.0[&at("assertion.json")].clone();
        assertion["id"] = json!("https://evil.test/assertion.json");
        site.0
            .insert("https://evil.test/assertion.json".into(), assertion.clone());
        if let Some(policy) = policy {
            site.change("issuer.json", "verification", policy);
        }
        site.verify(&assertion.to_string())
    };
    let failed = |report: Report| {
        let failed = report.steps.into_iter().find(|step| !step.passed);
        failed.map(|step| step.check)
    };
    assert_eq!(failed(elsewhere(None)), Some(Check::Issuer));
    for (policy, expected) in [
        (json!({"allowedOrigins": "evil.test"}), None),
        (
            json!({"allowedOrigins": ["badges.test", "https://EVIL.test"]}),
            None,
        ),
        (json!({"allowedOrigins": ["badges.test"]}), Some(Check::Issuer)),
        (
            json!({"allowedOrigins": ["evil.test.badges.test", "vil.test"]}),
            Some(Check::Issuer),
        ),
        (json!({"startsWith": "https://evil.test/"}), None),
        (
            json!({"startsWith": ["https://badges.test/", "https://evil.test/assertion"]}),
            None,
        ),
        (
            json!({"startsWith": "https://evil.test/badges/"}),
            Some(Check::Issuer),
        ),
        // It ends within the name of a host.
        (json!({"startsWith": "https://evil"}), Some(Check::Issuer)),
        (
            json!({"startsWith": "https://evil.test/", "allowedOrigins": "badges.test"}),
            Some(Check::Issuer),
        ),
        (json!({"type": "VerificationObject"}), Some(Check::Issuer)),
    ] {
        assert_eq!(failed(elsewhere(Some(policy.clone()))), expected, "{policy}");
    }

    // A profile within the assertion could say anything: the one at its address counts.
    let mut site = Site::new();
    let own = json!({
        "type": "BadgeClass", "name": "Knots",
        "issuer": {"type": "Profile", "id": at("issuer.json"), "name": "Harbour School", "verification": {"allowedOrigins": "evil.test"}},
    });
    let forged = json!({
        "type": "Assertion", "id": "https://evil.test/1", "badge": own, "issuedOn": "2026-11-01", "verification": {"type": "HostedBadge"},
    });
    site.0.insert("https://evil.test/1".into(), forged.clone());
    assert_eq!(site.refused(&forged.to_string()).0, Check::Issuer);
    // Addresses whose host one could take for another.
    for host in ["badges.test@evil.test", "badges.test\\.evil.test", ""] {
        let id = format!("https://{host}/1");
        let mut forged = forged.clone();
        forged["id"] = json!(id);
        site.0.insert(id.clone(), forged.clone());
        assert!(!site.verify(&forged.to_string()).is_valid(), "{id}");
    }
}

#[test]
fn what_leads_nowhere_is_told_at_its_step() {
    let refused = |path: &str, document: Value| {
        let mut site = Site::new();
        site.put(path, document);
        site.refused(&at("assertion.json"))
    };
    let is = |check, words: &str, (found, sentence): (Check, String)| {
        assert_eq!(found, check, "{sentence}");
        assert!(sentence.contains(words), "{words}: {sentence}");
    };
    is(
        Check::Class,
        "no badge class",
        refused("class.json", json!({"type": "Profile", "name": "Knots"})),
    );
    is(
        Check::Class,
        "has no name",
        refused("class.json", json!({"type": "BadgeClass"})),
    );
    is(
        Check::Issuer,
        "no address",
        refused(
            "class.json",
            json!({"type": "BadgeClass", "name": "Knots", "issuer": "urn:uuid:1"}),
        ),
    );
    is(
        Check::Issuer,
        "no issuer's profile",
        refused("issuer.json", json!({"type": "Thing", "name": "N"})),
    );
    let mut site = Site::new();
    site.0.remove(&at("class.json"));
    is(
        Check::Class,
        "could not be fetched",
        site.refused(&site.assertion()),
    );
    is(
        Check::Shape,
        "names no address",
        site.refused(&json!({"type": "Assertion", "id": "urn:uuid:1"}).to_string()),
    );
    let signed = json!({"type": "Assertion", "id": at("assertion.json"), "verification": {"type": "signed"}});
    is(
        Check::Shape,
        "its signature is not here",
        site.refused(&signed.to_string()),
    );
    let oldest = json!({"uid": "1", "badge": at("class.json"), "verify": {"type": "hosted", "url": at("assertion.json")}});
    is(Check::Shape, "before 2.0", site.refused(&oldest.to_string()));
}

/// The site of an assertion that a program of others signed, openbadgeslib 4.6.3.
fn signed() -> (Site, String) {
    let mut site = Site::new();
    site.change(
        "issuer.json",
        "publicKey",
        json!([at("old-key.json"), at("key.json")]),
    );
    let pem = include_str!("../../../vectors/openbadgeslib-ob2-key.pem");
    site.put(
        "key.json",
        json!({"type": "CryptographicKey", "owner": at("issuer.json"), "publicKeyPem": pem}),
    );
    let picture = include_bytes!("../../../vectors/openbadgeslib-ob2-signed.svg");
    (site, extract(picture).expect("a signed badge"))
}

#[test]
fn what_others_signed_is_valid_and_each_changed_character_is_found() {
    let (site, badge) = signed();
    let report = site.verify(&badge);
    assert!(report.is_valid(), "{:?}", report.steps);
    let checks: Vec<_> = report.steps.iter().map(|step| step.check).collect();
    assert_eq!(
        checks,
        [
            Check::Shape,
            Check::Class,
            Check::Issuer,
            Check::Signature,
            Check::Dates,
            Check::Status
        ]
    );
    for place in (0..badge.len()).step_by(41) {
        let mut bytes = badge.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).expect("ASCII");
        assert!(!site.verify(&forged).is_valid(), "at {place}");
    }
    let late = verify(&badge, instant("2027-11-01").expect("a day"), &site.look_up());
    assert_eq!(
        late.steps.iter().find(|step| !step.passed).map(|step| step.check),
        Some(Check::Dates)
    );
}

#[test]
fn a_key_is_its_issuers_when_both_say_so() {
    fn is(change: &dyn Fn(&mut Site), words: &str) {
        let (mut site, badge) = signed();
        change(&mut site);
        let (check, found) = site.refused(&badge);
        assert_eq!(check, Check::Signature, "{found}");
        assert!(found.contains(words), "{words}: {found}");
    }

    let foreign = "not its issuer's";
    is(
        &|site| site.change("issuer.json", "publicKey", json!(at("old-key.json"))),
        foreign,
    );
    is(
        &|site| site.change("issuer.json", "publicKey", Value::Null),
        foreign,
    );
    is(
        &|site| site.change("key.json", "owner", json!("https://evil.test/issuer.json")),
        foreign,
    );
    is(
        &|site| site.change("key.json", "publicKeyPem", json!("-----BEGIN")),
        "no RSA key",
    );
    is(
        &|site| site.change("key.json", "type", json!("Profile")),
        "is no key",
    );
    is(
        &|site| drop(site.0.remove(&at("key.json"))),
        "could not be fetched",
    );

    // The key may stand in the profile itself.
    let (mut site, badge) = signed();
    let key = site.0.remove(&at("key.json")).expect("a key");
    site.change("issuer.json", "publicKey", key);
    assert!(site.verify(&badge).is_valid());
}

#[test]
fn what_was_signed_is_revoked_in_its_issuers_list() {
    let with_list = |list: Value| {
        let (mut site, badge) = signed();
        site.change("issuer.json", "revocationList", json!(at("revoked.json")));
        site.put("revoked.json", list);
        let report = site.verify(&badge);
        let status = report.steps.into_iter().find(|step| step.check == Check::Status);
        let status = status.expect("a status");
        (status.passed, status.found)
    };
    let list = |entries: Value| json!({"type": "RevocationList", "issuer": at("issuer.json"), "revokedAssertions": entries});
    let id = "urn:uuid:3f1c5b2e-0b6c-4b6e-9a53-5d8d5a0e2f11";
    assert_eq!(
        with_list(list(json!(["urn:uuid:1"]))),
        (true, "Not revoked.".into())
    );
    assert!(!with_list(list(json!([id]))).0);
    let (passed, found) = with_list(list(json!([{"id": id, "revocationReason": "Cheated"}])));
    assert_eq!(
        (passed, found.as_str()),
        (false, "The issuer revoked it: Cheated")
    );
    // Somebody else's list says nothing, and without the list nobody knows.
    let foreign = json!({"type": "RevocationList", "issuer": "https://evil.test", "revokedAssertions": []});
    assert!(!with_list(foreign).0);
    let (mut site, badge) = signed();
    site.change("issuer.json", "revocationList", json!(at("gone.json")));
    assert_eq!(site.refused(&badge).0, Check::Status);
}
