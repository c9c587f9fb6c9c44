//! A program's story: a token, the first calls with it, and its end.

use domain::api_tokens::{ApiTokenForm, IssuedApiToken};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, on_each_engine};

/// A token that the owner makes.
pub async fn token(world: &World, owner: &crate::world::Browser, form: ApiTokenForm) -> IssuedApiToken {
    let caller = world.caller(owner).await;
    let form = ApiTokenForm {
        name: "Import".into(),
        expires: "90d".into(),
        ..form
    };
    let new = form.parse().expect("a good form");
    world
        .backend
        .api_tokens()
        .create(&caller, &new)
        .await
        .expect("a token")
}

/// A call with a token, as any program makes it: no cookie, no page.
pub async fn call(
    world: &World,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = world.browser().request(method, path).bearer_auth(token);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_makes_an_access_token_and_its_own_token_ends() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let get = async |path: &str| call(world, &api.secret, Method::GET, path, Value::Null).await;
        let post = async |path: &str, body: Value| call(world, &api.secret, Method::POST, path, body).await;

        let (status, myself) = get("/api/v1/tokens/self").await;
        assert_eq!(status, StatusCode::OK, "{myself}");
        assert_eq!(myself["id"], json!(api.id), "{myself}");
        assert_eq!(myself["name"], "Import");
        assert_eq!(myself["tenant_id"], json!(caller.organisation()));
        assert_eq!((&myself["state"], &myself["user_type"]), (&json!("live"), &json!("Owner")));
        assert!(myself["user"]["email"].is_string() && myself["expires_at"].is_string());

        let new = json!({ "name": "Spring", "type": "multi", "number_of_tokens": 3, "collection_id": collection, "expires_on": "2099-12-31" });
        let (status, made) = post("/api/v1/access-tokens", new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!((&made["remaining"], &made["uses"], &made["expires_on"]), (&json!(3), &json!(0), &json!("2099-12-31")));
        let id = made["id"].as_str().expect("an id");
        let (_, list) = get("/api/v1/access-tokens").await;
        assert_eq!(list["data"][0]["id"], id, "{list}");
        let (_, codes) = get(&format!("/api/v1/access-tokens/{id}/codes?limit=2")).await;
        assert_eq!(codes["data"].as_array().map(Vec::len), Some(2), "{codes}");
        let code = codes["data"][0]["id"].as_str().expect("an id");
        let assign = format!("/api/v1/access-tokens/{id}/codes/{code}/assign");
        let (status, assigned) = post(&assign, json!({ "email": "mia@example.org" })).await;
        assert_eq!((status, &assigned["assigned_to"]), (StatusCode::OK, &json!("mia@example.org")), "{assigned}");
        let (status, cleared) = post(&format!("/api/v1/access-tokens/{id}/codes/{code}/clear"), json!({})).await;
        assert_eq!((status, &cleared["assigned_to"]), (StatusCode::OK, &Value::Null), "{cleared}");
        let single = json!({ "name": "One", "type": "single", "usage_limit": 5, "collection_id": collection, "expires_at": "2099-01-01T00:00:00Z" });
        let (_, single) = post("/api/v1/access-tokens", single).await;
        assert_eq!(single["expires_at"], "2099-01-01T00:00:00Z", "{single}");
        let one = single["id"].as_str().expect("an id");
        let (status, shared) = post(&format!("/api/v1/access-tokens/{one}/share"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{shared}");
        assert!(shared["link"].as_str().is_some_and(|link| link.starts_with(&world.url)), "a link");
        let path = format!("/api/v1/access-tokens/{one}");
        let (status, changed) = call(world, &api.secret, Method::PATCH, &path, json!({ "usage_limit": null })).await;
        assert_eq!((status, &changed["remaining"]), (StatusCode::OK, &Value::Null), "{changed}");
        assert_eq!(changed["expires_at"], "2099-01-01T00:00:00Z", "what is not said stays");

        let caller = world.caller(&owner).await;
        world.backend.api_tokens().revoke(&caller, api.id).await.expect("revoked");
        let (status, problem) = get("/api/v1/tokens/self").await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("invalid-token")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_narrow_token_is_told_what_it_lacks_and_a_foreign_one_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..ApiTokenForm::default()
        };
        let narrow = token(world, &owner, narrow).await;
        let (status, _) = call(
            world,
            &narrow.secret,
            Method::GET,
            "/api/v1/access-tokens",
            Value::Null,
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        for (method, path, permission) in [
            (Method::GET, "/api/v1/people".to_owned(), "people:read"),
            (Method::GET, "/api/v1/collections".to_owned(), "collections:read"),
            (Method::POST, "/api/v1/access-tokens".to_owned(), "tokens:manage"),
        ] {
            let (status, problem) = call(world, &narrow.secret, method, &path, json!({})).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::FORBIDDEN, &json!("insufficient-scope")),
                "{path}"
            );
            assert!(
                problem["detail"]
                    .as_str()
                    .is_some_and(|detail| detail.contains(permission)),
                "{problem}"
            );
        }
        let wide = token(world, &owner, ApiTokenForm::default()).await;
        let (status, problem) = call(
            world,
            &wide.secret,
            Method::POST,
            "/api/v1/api-tokens",
            json!({ "name": "Another" }),
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("person-required"))
        );

        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        let path = format!("/api/v1/collections/{collection}");
        let (status, problem) = call(world, &foreign.secret, Method::GET, &path, Value::Null).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::NOT_FOUND, &json!("not-found"))
        );
        let ids = json!({ "ids": [wide.id, foreign.id] });
        let (status, results) = call(
            world,
            &foreign.secret,
            Method::POST,
            "/api/v1/api-tokens/bulk-revoke",
            ids,
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{results}");
        let of = |id: domain::TokenId| {
            let rows = results["data"].as_array().expect("results");
            rows.iter()
                .find(|row| row["id"] == json!(id))
                .map(|row| row["result"].clone())
        };
        assert_eq!(
            (of(wide.id), of(foreign.id)),
            (Some(json!("not_found")), Some(json!("revoked")))
        );

        let address = format!("/api/v1/tokens/self?access_token={}", wide.secret);
        let (status, _) = call(world, &wide.secret, Method::GET, &address, Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "not in an address");
        for garbage in [
            "",
            "x",
            "twa_",
            &wide.secret[..wide.secret.len() - 1],
            &wide.secret.to_uppercase(),
        ] {
            let (status, _) = call(world, garbage, Method::GET, "/api/v1/tokens/self", Value::Null).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{garbage}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_happened_is_read_by_those_who_may_and_in_their_organisation_alone() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        world.collection(&caller, "Boat safety").await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let get = async |secret: &str, path: &str| call(world, secret, Method::GET, path, Value::Null).await;
        let (status, log) = get(&api.secret, "/api/v1/audit-events?event=api_token.created").await;
        assert_eq!(status, StatusCode::OK, "{log}");
        assert_eq!(log["data"].as_array().map(Vec::len), Some(1), "{log}");
        let entry = &log["data"][0];
        assert_eq!(entry["what"], "Made the API token Import as Owner");
        assert_eq!(
            (&entry["actor"], &entry["token_id"]),
            (&json!("Ada"), &json!(api.id))
        );
        let (_, newest) = get(&api.secret, "/api/v1/audit-events?limit=2").await;
        assert_eq!(newest["data"][0]["id"], entry["id"], "the newest come first");
        let cursor = newest["page"]["next_cursor"].as_str().expect("there is more");
        let (_, next) = get(
            &api.secret,
            &format!("/api/v1/audit-events?limit=2&cursor={cursor}"),
        )
        .await;
        assert_ne!(next["data"][0]["id"], newest["data"][1]["id"], "{next}");

        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..ApiTokenForm::default()
        };
        let narrow = token(world, &owner, narrow).await;
        assert_eq!(
            get(&narrow.secret, "/api/v1/audit-events").await.0,
            StatusCode::FORBIDDEN
        );
        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        let (_, theirs) = get(
            &foreign.secret,
            &format!("/api/v1/audit-events?token_id={}", api.id),
        )
        .await;
        assert_eq!(theirs["data"], json!([]), "{theirs}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn why_a_program_is_refused_is_told_by_the_rules_that_refuse_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..ApiTokenForm::default()
        };
        let narrow = token(world, &owner, narrow).await;
        let explain = async |secret: &str, body: Value| {
            call(world, secret, Method::POST, "/api/v1/api-tokens/explain", body).await
        };

        // What is answered is what happens.
        for (method, path, rule) in [
            (Method::GET, "/api/v1/access-tokens", Value::Null),
            (Method::GET, "/api/v1/tokens/self", Value::Null),
            (Method::GET, "/api/v1/people", json!("narrowed")),
            (Method::POST, "/api/v1/api-tokens", json!("person_required")),
            (Method::GET, "/api/v1/me/sessions", json!("person_required")),
            (Method::GET, "/api/v1/nothing", json!("no_operation")),
        ] {
            let body = json!({ "token": narrow.secret, "method": method.as_str(), "path": path });
            let (status, why) = explain(&api.secret, body).await;
            assert_eq!(status, StatusCode::OK, "{path}: {why}");
            assert_eq!(
                (&why["rule"], &why["allowed"]),
                (&rule, &json!(rule.is_null())),
                "{path}: {why}"
            );
            let sent = if method == Method::GET {
                Value::Null
            } else {
                json!({})
            };
            let (status, _) = call(world, &narrow.secret, method, path, sent).await;
            assert_eq!(status.is_success(), rule.is_null(), "{path}: {status}");
        }

        let (_, foreign) = explain(&api.secret, json!({ "token": "twa_nonsense" })).await;
        assert_eq!(foreign["rule"], "unknown", "{foreign}");
        let another = world.set_up_another().await;
        let another = token(world, &another, ApiTokenForm::default()).await;
        for body in [json!({ "token": another.secret }), json!({ "id": another.id })] {
            assert_eq!(
                explain(&api.secret, body).await.1,
                foreign,
                "another organisation's"
            );
        }

        // It asks for the permission to see tokens, and no refusal repeats what was sent.
        let (status, _) = explain(&narrow.secret, json!({ "id": api.id })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        for body in [
            json!({}),
            json!({ "token": api.secret, "id": api.id }),
            json!({ "token": api.secret, "path": "people" }),
            json!({ "token": api.secret, "permission": "people:eat" }),
            json!({ "token": api.secret, "address": "here" }),
            json!({ "token": api.secret, "path": "/api/v1/people", "permission": "people:read" }),
        ] {
            let (status, problem) = explain(&api.secret, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert!(!problem.to_string().contains(&api.secret), "{problem}");
        }
        let (_, log) = call(
            world,
            &api.secret,
            Method::GET,
            "/api/v1/audit-events?limit=50",
            Value::Null,
        )
        .await;
        assert!(
            !log.to_string().contains(&narrow.secret),
            "it is recorded nowhere"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_service_user_is_made_changed_and_ended_by_a_program() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let send = async |method: Method, path: &str, body: Value| call(world, &api.secret, method, path, body).await;
        let (_, types) = send(Method::GET, "/api/v1/user-types", Value::Null).await;
        let user_type = types["data"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "Administrator"));
        let user_type = &user_type.expect("a user type")["id"];

        let new = json!({
            "kind": "service", "name": "Nightly import", "owner_id": caller.person(), "user_type_id": user_type
        });
        let (status, made) = send(Method::POST, "/api/v1/people", new.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!((&made["kind"], &made["email"]), (&json!("service"), &Value::Null), "{made}");
        assert_eq!(made["owner"]["id"], json!(caller.person()), "{made}");
        let path = format!("/api/v1/people/{}", made["id"].as_str().expect("an id"));
        let (status, renamed) = send(Method::PATCH, &path, json!({ "name": "Nightly export" })).await;
        assert_eq!((status, &renamed["name"]), (StatusCode::OK, &json!("Nightly export")), "{renamed}");

        let behind = ApiTokenForm {
            user: made["id"].as_str().expect("an id").to_owned(),
            ..ApiTokenForm::default()
        };
        let program = token(world, &owner, behind).await;
        let (status, myself) = call(world, &program.secret, Method::GET, "/api/v1/tokens/self", Value::Null).await;
        assert_eq!((status, &myself["user"]["email"]), (StatusCode::OK, &Value::Null), "{myself}");
        send(Method::POST, &format!("{path}/deactivate"), json!({})).await;
        let (status, _) = call(world, &program.secret, Method::GET, "/api/v1/tokens/self", Value::Null).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);

        let own = json!({ "kind": "service", "name": "Unowned", "user_type_id": user_type });
        let (status, problem) = send(Method::POST, "/api/v1/people", own).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a program answers for nothing: {problem}");
        let mut person = new;
        person["kind"] = json!("person");
        let (status, problem) = send(Method::POST, "/api/v1/people", person).await;
        assert!(status.is_client_error(), "{problem}");
        let path = format!("/api/v1/people/{}", caller.person().expect("the owner"));
        let (status, problem) = send(Method::PATCH, &path, json!({ "name": "Somebody" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "people name themselves: {problem}");
    })
    .await;
}
