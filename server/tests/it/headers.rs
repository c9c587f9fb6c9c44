//! The headers of every route, whatever it answers.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use server::routes::{self, Kind};

use crate::csrf::filled;
use crate::world::{World, on_sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_carries_its_headers() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for browser in [&owner, &world.browser()] {
            for route in routes::all() {
                let request = browser.request(route.method.clone(), &filled(route.path));
                let answer = request
                    .header("sec-fetch-site", "same-origin")
                    .send()
                    .await
                    .expect("an answer");
                let what = format!("{} {} {}", route.method, route.path, answer.status());
                check(answer.headers(), route.kind, &what);
            }
            for path in ["/nowhere", "/favicon.svg", "/..%2f", "/pkg/nowhere.js"] {
                check(browser.get(path).await.headers(), Kind::Static, path);
            }
        }
    })
    .await;
}

fn check(headers: &HeaderMap, kind: Kind, what: &str) {
    let value = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(value("x-content-type-options"), "nosniff", "{what}");
    if kind == Kind::Gate {
        // It is shown on somebody else's site, which has headers of its own.
        assert_eq!(value("cache-control"), "no-store", "{what}");
        assert_eq!(value("referrer-policy"), "no-referrer", "{what}");
        assert!(value("strict-transport-security").is_empty(), "{what}");
        let policy = value("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("script-src"),
            "{what}: {policy}"
        );
        return;
    }
    assert_eq!(value("x-frame-options"), "DENY", "{what}");
    assert_eq!(value("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(value("cross-origin-resource-policy"), "same-origin", "{what}");
    assert!(!value("x-request-id").is_empty(), "{what}");
    let policy = value("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(
        !policy.contains("unsafe-eval") || kind == Kind::Admin,
        "{what}: {policy}"
    );
    assert!(!policy.contains("'unsafe-inline'"), "{what}: {policy}");
    assert_eq!(
        policy.contains("script-src"),
        kind == Kind::Admin,
        "{what}: {policy}"
    );
    if kind == Kind::Recipient {
        assert_eq!(value("referrer-policy"), "no-referrer", "{what}");
        assert!(value("x-robots-tag").contains("noindex"), "{what}");
    } else {
        assert_eq!(value("referrer-policy"), "same-origin", "{what}");
    }
    if kind != Kind::Static {
        assert_eq!(value("cache-control"), "no-store", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_nonce_is_new_in_every_answer_and_stands_in_the_page() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let mut nonces = HashSet::new();
        for _ in 0..50 {
            let answer = owner.get("/account").await;
            let policy = answer.headers()["content-security-policy"]
                .to_str()
                .expect("text")
                .to_owned();
            let nonce = policy
                .split("'nonce-")
                .nth(1)
                .and_then(|rest| rest.split('\'').next())
                .expect("a nonce")
                .to_owned();
            assert!(nonce.len() >= 22, "128 bits: {nonce}");
            let html = answer.text().await.expect("a page");
            assert!(html.contains(&nonce), "the script carries it");
            let carried = format!("nonce=\"{nonce}\"");
            for script in html.split("<script").skip(1) {
                assert!(
                    script
                        .split('>')
                        .next()
                        .is_some_and(|head| head.contains(&carried)),
                    "{script}"
                );
            }
            assert!(nonces.insert(nonce));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn behind_tls_browsers_are_told_to_keep_to_it() {
    let world = World::with(&[("public-url", "https://tokens.example.org")]).await;
    let answer = world.browser().get("/sign-in").await;
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_never_follow_a_host_that_a_stranger_names() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        for (name, value) in [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "ftp"),
            ("forwarded", "host=evil.example"),
            ("x-original-host", "evil.example"),
            ("x-host", "evil.example"),
        ] {
            for path in ["/", "/tokens", "/sign-in", &format!("/t/{code}"), "/my"] {
                let request = world
                    .browser()
                    .request(reqwest::Method::GET, path)
                    .header(name, value);
                let answer = request.send().await.expect("an answer");
                let headers = format!("{:?}", answer.headers());
                assert!(!headers.contains("evil.example"), "{name} {path}: {headers}");
                assert!(
                    !answer.text().await.expect("a page").contains("evil.example"),
                    "{name} {path}"
                );
            }
        }
        let link = world
            .backend
            .access_tokens()
            .share(&caller, token)
            .await
            .expect("a link")
            .link;
        assert!(link.starts_with(&world.url), "{link}");
    })
    .await;
}
