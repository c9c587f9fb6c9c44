//! Tokens that turn up where they do not belong: in an address, on the wire without encryption, behind an address that
//! somebody made up; and no place in which a token's secret is kept or printed.

use domain::api_tokens::{ApiTokenForm, Policy, PolicyForm};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::process::{Process, program, run, words};
use crate::rest::tokens::{call, token};
use crate::world::{Browser, SETUP_CODE, World, mistyped, on_each_engine};

async fn events(world: &World, owner: &Browser, event: &str) -> usize {
    let log = owner.get(&format!("/api/v1/audit-events?event={event}")).await;
    let log: Value = log.json().await.expect("JSON");
    log["data"]
        .as_array()
        .map_or_else(|| panic!("{} {log}", world.url), Vec::len)
}

async fn revoke_exposed(world: &World, owner: &Browser) {
    let policy = PolicyForm {
        revoke_exposed: true,
        ..Policy::default().into()
    };
    let caller = world.caller(owner).await;
    let set = world.backend.api_tokens().set_policy(&caller, &policy).await;
    set.expect("set");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_in_an_address_is_refused_and_recorded_and_ends_if_the_policy_says_so() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        for place in [
            "collections?access_token",
            "collections?token",
            "collections?x",
            "docs?token",
            "openapi.json?a=b&c",
        ] {
            let path = format!("/api/v1/{place}={}", api.secret);
            let (status, problem) = call(world, &api.secret, Method::GET, &path, Value::Null).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::BAD_REQUEST, &json!("malformed-request"))
            );
            assert!(!problem.to_string().contains(&api.secret));
        }
        assert_eq!(events(world, &owner, "api_token.exposed").await, 5);
        let myself = "/api/v1/tokens/self";
        let (status, _) = call(world, &api.secret, Method::GET, myself, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "the policy does not end it");

        revoke_exposed(world, &owner).await;
        let path = format!("{myself}?token={}", api.secret);
        // Nobody has to be let in for it: anyone who has the address has the token.
        let answer = world.browser().get(&path).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let (status, _) = call(world, &api.secret, Method::GET, myself, Value::Null).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "it ended");
        assert_eq!(events(world, &owner, "token.revoked").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_came_without_encryption_is_refused_and_ends_if_the_policy_says_so() {
    let settings = [
        ("public-url", "https://tokens.example.org"),
        ("trusted-proxy", "127.0.0.0/8"),
    ];
    for database in [
        database::testing::sqlite().await,
        database::testing::postgres().await,
    ] {
        let keys = backend::keys::KeyRing::for_tests();
        // Set up where browsers keep their cookies; called where the public address is another.
        let inside = World::start(database.db.clone(), keys.clone(), &[]).await;
        let owner = inside.set_up().await;
        let world = World::start(database.db.clone(), keys, &settings).await;
        let api = token(&inside, &owner, ApiTokenForm::default()).await;
        let ask = async |proto: &str| {
            let request = Browser::without_cookies(&world.url).request(Method::GET, "/api/v1/tokens/self");
            let request = request
                .bearer_auth(&api.secret)
                .header("x-forwarded-for", "203.0.113.9")
                .header("x-forwarded-proto", proto);
            let answer = request.send().await.expect("an answer");
            let status = answer.status();
            (
                status,
                answer.json::<Value>().await.expect("JSON")["code"].clone(),
            )
        };
        assert_eq!(ask("https").await.0, StatusCode::OK);
        let refused = (StatusCode::FORBIDDEN, json!("plaintext-transport"));
        assert_eq!(ask("http").await, refused);
        assert_eq!(events(&inside, &owner, "api_token.exposed").await, 1);
        assert_eq!(ask("https").await.0, StatusCode::OK, "the policy does not end it");
        revoke_exposed(&inside, &owner).await;
        assert_eq!(ask("http").await, refused);
        assert_eq!(ask("https").await.0, StatusCode::UNAUTHORIZED);
        world.end().await;
        inside.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_somebody_made_up_opens_no_network() {
    let near = ApiTokenForm {
        networks: "203.0.113.0/24, 2001:db8::/32".into(),
        ..ApiTokenForm::default()
    };
    for (proxies, cases) in [
        // Nobody is believed: all of them come from here.
        (
            &[][..],
            &[
                ("203.0.113.9", 403),
                ("::ffff:203.0.113.9", 403),
                ("2001:db8::1", 403),
            ][..],
        ),
        (
            &[("trusted-proxy", "127.0.0.0/8")][..],
            &[
                ("203.0.113.9", 200),
                ("::ffff:203.0.113.9", 200),
                ("2001:db8::1", 200),
                ("2001:db9::1", 403),
                ("::ffff:203.0.114.9", 403),
                ("203.0.113.9, 198.51.100.1", 403),
                ("nonsense", 403),
            ][..],
        ),
    ] {
        let world = World::with(proxies).await;
        let owner = world.set_up().await;
        let api = token(&world, &owner, near.clone()).await;
        for (address, expected) in cases {
            let request = world.browser().request(Method::GET, "/api/v1/tokens/self");
            let request = request
                .bearer_auth(&api.secret)
                .header("x-forwarded-for", *address);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), *expected, "{address} {proxies:?}");
            if *expected == 403 {
                let problem: Value = answer.json().await.expect("JSON");
                assert_eq!(problem["code"], "ip-not-allowed", "{address}");
            }
        }
        world.end().await;
    }
}

/// Runs `token …` and gives what it prints as JSON.
fn made(folder: &std::path::Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", words(&output)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_api_token_is_in_a_log_a_metric_an_error_or_an_audit_entry() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = run(folder.path(), &["demo"]);
    assert!(demo.status.success(), "{}", words(&demo));
    let create = "token create --user ada@example.org --output json --name";
    let create: Vec<&str> = create.split(' ').collect();
    let secret_of = |value: &Value| value["token"].as_str().expect("a token").to_owned();
    let first = made(folder.path(), &[&create[..], &["Canary"]].concat());
    let mut secrets = vec![secret_of(&first)];
    secrets.push(secret_of(&made(
        folder.path(),
        &[&create[..], &["Leaked"]].concat(),
    )));

    let mut command = program(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--log", "json"],
    );
    command
        .env("TOKENWRIGHT_SETUP_CODE", SETUP_CODE)
        .env("RUST_LOG", "trace");
    let mut process = Process::serve(command);
    let browser = Browser::without_cookies(&process.url);
    let mut answers = Vec::new();
    let ask = async |method: Method, path: &str, secret: &str, body: Option<Value>| {
        let request = browser.request(method, path).bearer_auth(secret);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        let head = format!("{:?}", answer.headers());
        (answer.status(), head, answer.text().await.expect("a body"))
    };
    let myself = "/api/v1/tokens/self";
    let (status, head, body) = ask(Method::GET, myself, &secrets[0], None).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    answers.extend([head, body]);
    let broken = mistyped(&secrets[0]);
    secrets.push(broken.clone());
    for (method, path, secret, body) in [
        (Method::GET, myself.to_owned(), &broken, None),
        (
            Method::GET,
            format!("{myself}?token={}", secrets[0]),
            &secrets[0],
            None,
        ),
        (
            Method::GET,
            format!("/api/v1/nowhere/{}", secrets[0]),
            &secrets[0],
            None,
        ),
        (
            Method::GET,
            format!("/api/v1/collections?cursor={}", secrets[0]),
            &secrets[0],
            None,
        ),
        (
            Method::POST,
            "/api/v1/collections".into(),
            &secrets[0],
            Some(json!({ "title": 1, "x": secrets[0].clone() })),
        ),
        (
            Method::POST,
            "/api/v1/leaks/report".into(),
            &secrets[0],
            Some(json!([secrets[1].clone(), broken.clone()])),
        ),
    ] {
        let (status, head, body) = ask(method, &path, secret, body).await;
        assert!(!status.is_server_error(), "{path}: {status} {body}");
        answers.extend([head, body]);
    }
    let rotated = ask(
        Method::POST,
        "/api/v1/tokens/self/rotate",
        &secrets[0],
        Some(json!({ "grace": "1h" })),
    )
    .await;
    assert_eq!(rotated.0, StatusCode::OK, "{}", rotated.2);
    let fresh: Value = serde_json::from_str(&rotated.2).expect("JSON");
    secrets.push(secret_of(&fresh));
    let newest = secrets.last().expect("a secret").clone();
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let request = browser.request(Method::POST, path).bearer_auth(&newest);
        let answer = request
            .form(&[("token", &secrets[0])])
            .send()
            .await
            .expect("an answer");
        answers.push(answer.text().await.expect("a body"));
    }
    let (status, head, log) = ask(Method::GET, "/api/v1/audit-events?limit=200", &newest, None).await;
    assert_eq!(status, StatusCode::OK, "{log}");
    assert!(log.contains("Canary"), "{log}");
    answers.extend([head, log]);
    answers.push(browser.get("/metrics").await.text().await.expect("metrics"));
    assert!(process.terminate().0.success());

    let log = process.log();
    assert!(log.len() > 10_000, "it was talkative");
    for secret in &secrets {
        // What lists show of it are its first and last few characters.
        let inner = &secret[8..secret.len() - 4];
        for text in log.lines().chain(answers.iter().map(String::as_str)) {
            assert!(!text.contains(inner), "{text}");
        }
    }
}
