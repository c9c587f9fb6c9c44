//! Stories of signed assertions.

use std::path::PathBuf;

use chrono::{TimeDelta, Utc};
use credentials::jwt::Jwt;
use domain::TokenId;
use domain::page_tokens::sites::SiteForm;
use serde_json::{Value, json};

use crate::key_management::Rotation;
use crate::page_tokens::gate::Verdict;
use crate::page_tokens::tests::{HOST, admin, asked, token};
use crate::testing::{World, noon, on_each_engine};
use crate::{Backend, Caller};

/// The site of these stories sends assertions from now on.
async fn asserting(backend: &Backend, caller: &Caller, on: &str) {
    let tokens = backend.page_tokens();
    let site = tokens.sites(caller).await.expect("sites").remove(0);
    tokens
        .edit_site(caller, site.id, |form| form.asserts = on.into())
        .await
        .expect("edited");
}

/// The assertion about a request that is let through.
async fn assertion(backend: &Backend, url: &str) -> String {
    let verdict = backend.gate().decide(&asked(url, None)).await.expect("a verdict");
    match verdict {
        Verdict::Asserted(_, assertion) => assertion.reveal().to_owned(),
        other => panic!("{other:?}"),
    }
}

async fn key_set(backend: &Backend) -> Vec<Value> {
    let text = backend.gate().public_keys().await.expect("keys");
    let set: Value = serde_json::from_str(&text).expect("JSON");
    set["keys"].as_array().expect("a list").clone()
}

/// What an assertion says, as a back end reads it: checked with the key that its header names.
async fn checked(backend: &Backend, assertion: &str) -> Option<Value> {
    let jwt = Jwt::read(assertion).expect("a JWT");
    let keys = key_set(backend).await;
    let key = keys.iter().find(|key| key["kid"] == jwt.header["kid"])?;
    jwt.verify(key).expect("signed with it");
    Some(jwt.claims)
}

fn name_of_key(assertion: &str) -> String {
    let jwt = Jwt::read(assertion).expect("a JWT");
    jwt.header["kid"].as_str().expect("a name").to_owned()
}

#[tokio::test]
async fn a_back_end_reads_for_which_request_and_as_whom_somebody_was_let_through() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        let (row, secret) = token(backend, &caller, "/report?b=2&a=%2c", |form| {
            form.note = "Nightly “report”".into();
        })
        .await;
        let url = format!("{HOST}/report?TOKEN={secret}&a=,&b=2");
        let verdict = backend
            .gate()
            .decide(&asked(&url, None))
            .await
            .expect("a verdict");
        assert!(
            matches!(verdict, Verdict::Allowed(_)),
            "only where a site asks for it"
        );
        assert!(key_set(backend).await.is_empty());

        asserting(backend, &caller, "on").await;
        let key = key_set(backend).await.remove(0);
        assert_eq!(
            (key["kty"].as_str(), key["alg"].as_str()),
            (Some("EC"), Some("ES256"))
        );
        assert!(key.get("d").is_none(), "the private half stays here");
        let text = assertion(backend, &url).await;
        assert!(!text.contains(&secret));
        let claims = checked(backend, &text).await.expect("a published key");
        let now = noon().timestamp();
        for (claim, expected) in [
            ("iss", json!("https://tokens.example.org")),
            ("aud", json!(HOST)),
            ("sub", json!(format!("page-token-{}", row.id))),
            ("token_id", json!(row.id)),
            ("groups", json!(["Editors", "Batch"])),
            ("name", json!("Nightly “report”")),
            ("method", json!("GET")),
            ("url", json!(row.canonical_url)),
            ("iat", json!(now)),
            ("exp", json!(now + super::GOOD_FOR)),
        ] {
            assert_eq!(claims[claim], expected, "{claim}");
        }
        let again = checked(backend, &assertion(backend, &url).await).await;
        assert_ne!(again.expect("a published key")["jti"], claims["jti"]);
        assert!(backend.fsck().await.expect("checked").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_visitor_without_a_token_is_asserted_as_nobody() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        asserting(backend, &caller, "on").await;
        let tokens = backend.page_tokens();
        let site = tokens.sites(&caller).await.expect("sites").remove(0);
        tokens
            .edit_site(&caller, site.id, |form| form.on_refusal = "anonymous".into())
            .await
            .expect("edited");
        let text = assertion(backend, "http://shop.test:8080/open").await;
        let claims = checked(backend, &text).await.expect("a published key");
        assert_eq!(
            (claims["sub"].as_str(), &claims["groups"]),
            (Some("anonymous"), &json!([]))
        );
        assert_eq!(claims.get("token_id"), None);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_publishes_a_new_key_before_it_signs_and_keeps_the_one_before() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let caller = admin(world).await;
        asserting(backend, &caller, "on").await;
        let (_, secret) = token(backend, &caller, "/page", |_| {}).await;
        let url = format!("{HOST}/page?TOKEN={secret}");
        let before = assertion(backend, &url).await;
        let sealed_before = sealed(backend).await;

        let rotated = backend.key_management().rotate(&Rotation::default()).await;
        assert!(rotated.expect("rotated").unreadable.is_empty());
        let now = sealed(backend).await;
        assert_eq!((sealed_before.len(), now.len()), (1, 2));
        assert_ne!(now[0], sealed_before[0], "the old one was sealed anew");

        assert_eq!(key_set(backend).await.len(), 2, "the new one is published");
        world.backend.clock.advance(TimeDelta::minutes(9));
        let still = assertion(backend, &url).await;
        assert_eq!(name_of_key(&still), name_of_key(&before), "and does not sign yet");
        world.backend.clock.advance(TimeDelta::minutes(2));
        let after = assertion(backend, &url).await;
        assert_ne!(name_of_key(&after), name_of_key(&before));
        backend.page_tokens().sweep().await.expect("swept");
        for text in [&still, &after] {
            assert!(checked(backend, text).await.is_some());
        }
        if let Some(another) = world.another_server_if_shared().await {
            let theirs = assertion(&another, &url).await;
            assert_eq!(name_of_key(&theirs), name_of_key(&after));
            another.database().close().await;
        }

        world.backend.clock.advance(TimeDelta::hours(1));
        backend.page_tokens().sweep().await.expect("swept");
        assert!(
            checked(backend, &before).await.is_none(),
            "nobody needs it any more"
        );
        assert!(checked(backend, &after).await.is_some());
    })
    .await;
}

async fn sealed(backend: &Backend) -> Vec<Vec<u8>> {
    let mut conn = backend.db.read().await.expect("a reader");
    let rows = super::sql::sealed(&mut conn).await.expect("rows");
    rows.into_iter().map(|(_, sealed)| sealed).collect()
}

#[tokio::test]
#[ignore = "writes files for other programs: cargo xtask test judges"]
#[expect(
    clippy::disallowed_methods,
    reason = "foreign judges go by the system's clock"
)]
async fn assertions_are_written_for_foreign_judges() {
    let folder = PathBuf::from(std::env::var_os("JUDGES_FOLDER").expect("JUDGES_FOLDER names a folder"));
    on_each_engine(async |world| {
        world.backend.clock.advance(Utc::now() - noon());
        let engine = if world.backend.db.is_shared() {
            "assertions-postgres"
        } else {
            "assertions-sqlite"
        };
        let folder = folder.join(engine);
        std::fs::create_dir_all(&folder).expect("a folder");
        let write =
            |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        let cases = cases(world).await;
        let mut listed = Vec::new();
        for (name, verdict, text, token) in &cases {
            write(&format!("{name}.jwt"), text);
            let expected = json!({
                "issuer": "https://tokens.example.org", "audience": HOST, "subject": format!("page-token-{token}"),
                "groups": ["Editors", "Batch"], "url": format!("{HOST}/page"),
            });
            listed.push(json!({
                "name": name, "file": format!("{name}.jwt"), "keys": "jwks.json", "expected": expected,
                "documents": {}, "judges": { "assertion": verdict, "assertion-python": verdict },
            }));
        }
        write("jwks.json", &world.backend.gate().public_keys().await.expect("keys"));
        write("cases.json", &json!({ "cases": listed, "contexts": {} }).to_string());
    })
    .await;
}

/// Assertions with the verdict that every verifier has to come to.
async fn cases(world: &World) -> Vec<(&'static str, &'static str, String, TokenId)> {
    let backend = &world.backend;
    let caller = admin(world).await;
    asserting(backend, &caller, "on").await;
    let (row, secret) = token(backend, &caller, "/page", |_| {}).await;
    let url = format!("{HOST}/page?TOKEN={secret}");
    let valid = assertion(backend, &url).await;
    let mut cases = vec![("valid", "accept", valid.clone(), row.id)];

    let flipped = |at: usize| {
        let other = if valid.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut text = valid.clone();
        text.replace_range(at..=at, other);
        text
    };
    cases.push(("other-claims", "reject", flipped(valid.len() / 2), row.id));
    cases.push(("other-signature", "reject", flipped(valid.len() - 40), row.id));

    let another = SiteForm {
        address: "http://other.test".into(),
        trusted_networks: "127.0.0.1".into(),
        asserts: "on".into(),
        ..SiteForm::default()
    };
    let tokens = backend.page_tokens();
    tokens.add_site(&caller, &another).await.expect("a site");
    let form = domain::page_tokens::forms::PageTokenForm {
        full_url: "http://other.test/page".into(),
        groups: "Editors, Batch".into(),
        ..Default::default()
    };
    let (elsewhere, link) = tokens.create(&caller, &form).await.expect("a token");
    cases.push((
        "another-site",
        "reject",
        assertion(backend, &link.link).await,
        elsewhere.id,
    ));

    backend.clock.advance(-TimeDelta::minutes(10));
    cases.push(("over", "reject", assertion(backend, &url).await, row.id));
    backend.clock.advance(TimeDelta::minutes(10));
    cases
}
