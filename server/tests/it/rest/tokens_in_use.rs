//! Tokens that programs are calling with while people look after them.

use domain::api_tokens::{ApiTokenForm, Policy, PolicyForm};

use super::tokens::{call as call_with, token};
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_in_use_can_be_changed_by_who_has_seen_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let path = format!("/api/v1/api-tokens/{}", api.id);
        let tag = |answer: &reqwest::Response| answer.headers()["etag"].to_str().expect("a tag").to_owned();
        let seen = owner.get(&path).await;
        let seen = tag(&seen);
        for listed in ["/api/v1/people", "/api/v1/collections"] {
            let (status, _) = call_with(world, &api.secret, Method::GET, listed, Value::Null).await;
            assert_eq!(status, StatusCode::OK);
        }
        world
            .backend
            .api_tokens()
            .note_uses()
            .await
            .expect("written down");
        let used = owner.get(&path).await;
        assert_eq!(tag(&used), seen, "it was used, and not changed");
        let used: Value = used.json().await.expect("JSON");
        assert!(used["last_used_at"].is_string(), "{used}");

        let send = async |method: Method, head: (&str, &str), body: Value| {
            let request = owner
                .request(method, &path)
                .header("sec-fetch-site", "same-origin")
                .header(head.0, head.1);
            request.json(&body).send().await.expect("an answer")
        };
        let weak = format!("W/{seen}");
        let known = send(Method::GET, ("if-none-match", &weak), Value::Null).await;
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "compared weakly");
        let renamed = || json!({ "name": "Renamed" });
        let refused = send(Method::PATCH, ("if-match", &weak), renamed()).await;
        assert_eq!(
            refused.status(),
            StatusCode::PRECONDITION_FAILED,
            "compared strongly"
        );
        let changed = send(Method::PATCH, ("if-match", &seen), renamed()).await;
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(tag(&changed), seen, "it was changed");
        let late = send(Method::PATCH, ("if-match", &seen), renamed()).await;
        assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_token_is_told_is_the_same_until_it_is_changed_and_then_something_else() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let myself = async || {
            let request = world.browser().request(Method::GET, "/api/v1/tokens/self");
            let answer = request.bearer_auth(&api.secret).send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["content-type"], "application/json");
            let tag = answer.headers()["etag"].clone();
            let id = answer.headers()["request-id"].clone();
            (answer.json::<Value>().await.expect("JSON"), tag, id)
        };
        let introspected = async || {
            let request = world.browser().request(Method::POST, "/oauth/introspect");
            let request = request.bearer_auth(&api.secret).form(&[("token", &api.secret)]);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.headers()["pragma"], "no-cache");
            answer.json::<Value>().await.expect("JSON")
        };
        let (first, tag, id) = myself().await;
        let about = introspected().await;
        assert_eq!((&about["active"], &about["jti"]), (&json!(true), &first["id"]));
        let again = myself().await;
        assert_eq!((&again.0, &again.1), (&first, &tag));
        assert_ne!(again.2, id, "each request has its own id");
        assert_eq!(introspected().await, about);

        let path = format!("/api/v1/api-tokens/{}", api.id);
        let narrower = owner
            .request(Method::PATCH, &path)
            .header("sec-fetch-site", "same-origin")
            .json(&json!({ "name": "Renamed", "permissions": ["tokens:read"] }));
        let changed = narrower.send().await.expect("an answer");
        assert_eq!(changed.status(), StatusCode::OK);
        let (now, new_tag, _) = myself().await;
        assert_eq!(
            (&now["name"], &now["permissions"]),
            (&json!("Renamed"), &json!(["tokens:read"]))
        );
        assert_ne!(new_tag, tag);
        assert_eq!(introspected().await["scope"], "tokens:read");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_secret_that_is_shown_once_is_in_no_repeated_answer() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let make = async |key: &str| {
            let request = owner
                .request(Method::POST, "/api/v1/api-tokens")
                .header("sec-fetch-site", "same-origin")
                .header("idempotency-key", key);
            let answer = request.json(&json!({ "name": "Once" })).send().await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.status(), StatusCode::CREATED);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert!(answer.headers().contains_key("location") && !answer.headers().contains_key("etag"));
            answer.json::<Value>().await.expect("JSON")
        };
        let sealed = make("sealed").await;
        assert_eq!(
            make("sealed").await,
            sealed,
            "whoever may look at it again may hear it again"
        );

        let show_once = PolicyForm {
            show_once: true,
            ..Policy::default().into()
        };
        let caller = world.caller(&owner).await;
        let tokens = world.backend.api_tokens();
        tokens.set_policy(&caller, &show_once).await.expect("set");
        let first = make("once").await;
        assert!(
            first["token"].is_string() && first["secret_already_delivered"] == false,
            "{first}"
        );
        for _ in 0..2 {
            let again = make("once").await;
            assert_eq!(again["id"], first["id"], "it is the same token");
            assert_eq!(
                (&again["token"], &again["secret_already_delivered"]),
                (&Value::Null, &json!(true))
            );
            assert_eq!(again["expires_at"], first["expires_at"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as_many_requests_are_let_in_as_the_head_promises() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let caller = world.caller(&owner).await;
        let policy = PolicyForm {
            per_minute: "10".into(),
            organisation_per_minute: "1000".into(),
            ..Policy::default().into()
        };
        world
            .backend
            .api_tokens()
            .set_policy(&caller, &policy)
            .await
            .expect("set");
        let ask = async || {
            let request = world.browser().request(Method::GET, "/api/v1/tokens/self");
            request.bearer_auth(&api.secret).send().await.expect("an answer")
        };
        for left in (0..10).rev() {
            let answer = ask().await;
            assert_eq!(answer.status(), StatusCode::OK, "{left} more were promised");
            let head = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
            assert_eq!(
                head("ratelimit-policy"),
                "\"token\";q=10;w=60, \"organisation\";q=1000;w=60"
            );
            assert!(
                head("ratelimit").starts_with(&format!("\"token\";r={left};t=")),
                "{}",
                head("ratelimit")
            );
        }
        let refused = ask().await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.headers().contains_key("retry-after"));
        let problem: Value = refused.json().await.expect("JSON");
        let sentence = problem["detail"].as_str().expect("a sentence");
        assert!(
            sentence.starts_with("Too many requests.") && !sentence.contains("tries"),
            "{sentence}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_without_the_networks_that_the_policy_asks_for_is_told_so() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let caller = world.caller(&owner).await;
        let policy = PolicyForm {
            networks_required: true,
            ..Policy::default().into()
        };
        world
            .backend
            .api_tokens()
            .set_policy(&caller, &policy)
            .await
            .expect("set");
        let (status, problem) = call_with(
            world,
            &api.secret,
            Method::GET,
            "/api/v1/tokens/self",
            Value::Null,
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("policy-networks-required")),
            "{problem}"
        );
        assert!(problem["title"].to_string().contains("network"), "{problem}");
    })
    .await;
}
