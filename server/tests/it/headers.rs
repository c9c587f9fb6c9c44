//! The headers of every route, whatever it answers.

use std::collections::HashSet;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use server::routes::{self, ResponseKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
                check(browser.get(path).await.headers(), ResponseKind::Static, path);
            }
        }
    })
    .await;
}

fn check(headers: &HeaderMap, kind: ResponseKind, what: &str) {
    let value = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(value("x-content-type-options"), "nosniff", "{what}");
    if kind == ResponseKind::Gate {
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
        !policy.contains("unsafe-eval") || kind == ResponseKind::Admin,
        "{what}: {policy}"
    );
    assert!(!policy.contains("'unsafe-inline'"), "{what}: {policy}");
    assert_eq!(
        policy.contains("script-src"),
        kind == ResponseKind::Admin,
        "{what}: {policy}"
    );
    if kind == ResponseKind::Recipient {
        assert_eq!(value("referrer-policy"), "no-referrer", "{what}");
        assert!(value("x-robots-tag").contains("noindex"), "{what}");
    } else {
        assert_eq!(value("referrer-policy"), "same-origin", "{what}");
    }
    if kind != ResponseKind::Static {
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

    let settings = [
        ("public-url", "https://tokens.example.org"),
        ("hsts-subdomains", "true"),
    ];
    let world = World::with(&settings).await;
    let answer = world.browser().get("/sign-in").await;
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000; includeSubDomains"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_finds_a_weakness_reads_where_to_report_it() {
    on_sqlite(async |world| {
        let answer = world.browser().get("/.well-known/security.txt").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "nobody said where");
    })
    .await;
    let settings = [
        ("public-url", "https://tokens.example.org"),
        ("security-contact", "security@example.org"),
    ];
    let world = World::with(&settings).await;
    let answer = world.browser().get("/.well-known/security.txt").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let text = answer.text().await.expect("a text");
    let field = |name: &str| {
        let fields: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
        assert_eq!(fields.len(), 1, "{name} in {text}");
        fields[0].to_owned()
    };
    assert_eq!(field("Contact: "), "mailto:security@example.org");
    assert_eq!(
        field("Canonical: "),
        "https://tokens.example.org/.well-known/security.txt"
    );
    let expires: chrono::DateTime<chrono::Utc> = field("Expires: ").parse().expect("an instant");
    #[expect(clippy::disallowed_methods, reason = "the program has a clock of its own")]
    let days = (expires - chrono::Utc::now()).num_days();
    assert!((170..=180).contains(&days), "less than a year: {days}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metrics_are_for_this_machine_directly_or_for_the_token() {
    let ask = async |world: &World, header: (&'static str, &'static str)| {
        let request = world.browser().request(reqwest::Method::GET, "/metrics");
        let answer = request
            .header(header.0, header.1)
            .send()
            .await
            .expect("an answer");
        answer.status()
    };
    let forwarded = [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "tokens.example.org"),
        ("via", "1.1 proxy"),
    ];
    for settings in [&[][..], &[("trusted-proxy", "127.0.0.0/8")]] {
        let world = World::with(settings).await;
        assert_eq!(ask(&world, ("accept", "*/*")).await, StatusCode::OK);
        for header in forwarded {
            assert_eq!(ask(&world, header).await, StatusCode::NOT_FOUND, "{header:?}");
        }
        world.end().await;
    }
    let world = World::with(&[("metrics-token", "canary metrics token")]).await;
    assert_eq!(ask(&world, ("accept", "*/*")).await, StatusCode::NOT_FOUND);
    let wrong = ("authorization", "Bearer canary metrics tokem");
    assert_eq!(ask(&world, wrong).await, StatusCode::NOT_FOUND);
    let right = ("authorization", "Bearer canary metrics token");
    assert_eq!(ask(&world, right).await, StatusCode::OK);
    world.end().await;
}

/// What is sent over a connection, and everything that comes back until it is closed.
async fn raw(world: &World, sent: &[u8]) -> String {
    let address = world.url.strip_prefix("http://").expect("an address");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    stream.write_all(sent).await.expect("sent");
    let mut answer = Vec::new();
    // A connection that is reset after the answer has given it all the same.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_no_request_is_answered_with_the_headers_too() {
    on_sqlite(async |world| {
        let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(100));
        let long = format!("GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "b".repeat(100_000));
        let after = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP\r\n\r\n";
        for (sent, status, answers) in [
            ("GET / HTTP/7\r\n\r\n", "400", 1),
            ("G\u{1}T / HTTP/1.1\r\n\r\n", "400", 1),
            (&*many, "431", 1),
            (&*long, "431", 1),
            (after, "400", 2),
        ] {
            let answer = raw(world, sent.as_bytes()).await;
            let heads: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).collect();
            assert_eq!(heads.len(), answers, "{answer}");
            let head = heads.last().expect("an answer");
            assert!(head.starts_with(status), "{answer}");
            for header in [
                "x-content-type-options: nosniff",
                "x-frame-options: DENY",
                "content-security-policy: default-src 'none'",
                "referrer-policy: no-referrer",
                "cache-control: no-store",
            ] {
                assert!(head.contains(header), "{header}: {answer}");
            }
            assert!(head.ends_with("\r\n\r\n"), "{answer}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_path_that_leads_nowhere_is_answered_alike() {
    on_sqlite(async |world| {
        world.set_up().await;
        let mut first: Option<(String, String)> = None;
        for path in [
            "/nowhere",
            "/%",
            "/%zz",
            "/%ff",
            "/%00",
            "/..",
            "/..%2f..%2fetc/passwd",
            "/%2e%2e/",
            "//nowhere",
            "/nowhere//",
            "/nowhere?%ff=%zz",
            "/pkg/nowhere.js",
            "/pkg/%ff",
            "/pkg/..%2fCargo.toml",
            "/problems/%ff",
            "/invitation/%ff",
            "/c/%ff",
            "/status/%ff",
            "/issuers/%ff/did.json",
            "/mail/unsubscribe/%ff",
            "/my/sign-in/%ff",
            "/t/%ff",
            "/r/%ff",
        ] {
            let sent = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let answer = raw(world, sent.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            let head = told(head);
            match &first {
                None => first = Some((head, body.to_owned())),
                Some((of_first, page)) => {
                    assert_eq!((&head, body), (of_first, &**page), "{path}");
                }
            }
        }
        let (head, _) = first.expect("answers");
        assert!(head.contains("404 Not Found"), "{head}");
    })
    .await;
}

/// A head without what is another one each time, and without what depends on the side of the site.
fn told(head: &str) -> String {
    let lines = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        ![
            "date",
            "request-id",
            "x-request-id",
            "referrer-policy",
            "x-robots-tag",
        ]
        .contains(&name)
    });
    lines.collect::<Vec<_>>().join("\n")
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
