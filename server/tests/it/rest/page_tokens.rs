//! Sites and page tokens, made by a program, and the gate that they open.

use domain::api_tokens::ApiTokenForm;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::tokens::{call, token};
use crate::world::on_each_engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_program_guards_a_site_and_hands_out_a_page() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let get = async |path: &str| call(world, &api.secret, Method::GET, path, Value::Null).await;
        let post = async |path: &str, body: Value| call(world, &api.secret, Method::POST, path, body).await;

        let site = json!({ "address": "http://shop.test:8080", "trusted_networks": ["127.0.0.1/32"] });
        let (status, site) = post("/api/v1/sites", site).await;
        assert_eq!(status, StatusCode::CREATED, "{site}");
        assert!(site["id"].is_string() && site["secret"].is_string(), "{site}");
        let (_, sites) = get("/api/v1/sites").await;
        assert_eq!(sites["data"][0]["address"], "http://shop.test:8080");
        assert!(sites["data"][0]["secret"].is_null(), "it is shown once");

        let new = json!({
            "full_url": "http://shop.test:8080/report?b=2&a=%2C", "timeout_seconds": -1, "max_hits": 2, "groups": ["a", "b"]
        });
        let (status, made) = post("/api/v1/page-tokens", new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["canonical_url"], "http://shop.test:8080/report?a=,&b=2");
        let secret = made["token"].as_str().expect("a token");
        assert_eq!(made["link"], format!("http://shop.test:8080/report?b=2&a=%2C&TOKEN={secret}"));

        let asked = format!("http://shop.test:8080/report?a=,&b=2&token={secret}");
        for expected in [200, 200, 403] {
            let answer = world
                .browser()
                .request(Method::GET, "/gate/nginx")
                .header("x-original-url", &asked)
                .header("x-original-method", "GET")
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status().as_u16(), expected);
            if expected == 200 {
                let groups = answer.headers().get("remote-groups").expect("the groups");
                assert_eq!(groups, "a,b");
            }
        }

        let path = format!("/api/v1/page-tokens/{}", made["id"].as_str().expect("an id"));
        let (_, used_up) = get(&path).await;
        let facts = (&used_up["hits"], &used_up["hits_left"], &used_up["state"], &used_up["expires_at"]);
        assert_eq!(facts, (&json!(2), &json!(0), &json!("used_up"), &Value::Null));
        let (_, why) = post("/api/v1/page-tokens/explain", json!({ "url": asked })).await;
        assert_eq!((&why["allowed"], &why["rule"]), (&json!(false), &json!("hits")), "{why}");
        let (status, more) = call(world, &api.secret, Method::PATCH, &path, json!({ "max_hits": 5 })).await;
        assert_eq!((status, &more["hits_left"]), (StatusCode::OK, &json!(3)), "{more}");
        assert_eq!(more["groups"], json!(["a", "b"]), "what is not said stays");
        let (_, why) = post("/api/v1/page-tokens/explain", json!({ "url": asked })).await;
        assert_eq!(why["allowed"], true, "{why}");

        let another = json!({ "full_url": "http://shop.test:8080/another" });
        post("/api/v1/page-tokens", another).await;
        let (_, first) = get("/api/v1/page-tokens?limit=1&sort=-uses").await;
        assert_eq!(first["data"].as_array().map(Vec::len), Some(1), "{first}");
        assert_eq!(first["data"][0]["id"], made["id"], "it has the most hits");
        let (_, live) = get("/api/v1/page-tokens?state=used_up").await;
        assert_eq!(live["data"], json!([]), "{live}");
        let (status, problem) = get("/api/v1/page-tokens?sort=colour").await;
        assert!(status.is_client_error(), "{problem}");

        let (status, _) = call(world, &api.secret, Method::DELETE, &path, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (_, ended) = get(&path).await;
        assert_eq!(ended["state"], "revoked");
        let (status, problem) = post("/api/v1/page-tokens", json!({ "full_url": "http://other.test/" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let (status, _) = post("/api/v1/page-tokens", json!({ "full_urll": "x" })).await;
        assert!(status.is_client_error());

        let page = "http://shop.test:8080/another";
        for (path, sent, pointer) in [
            ("/api/v1/page-tokens", json!({ "full_url": page, "groups": ["c", "a,b"] }), "/groups/1"),
            ("/api/v1/page-tokens", json!({ "full_url": page, "timeout_seconds": 0 }), "/timeout_seconds"),
            ("/api/v1/page-tokens", json!({ "full_url": page, "expires": "soon" }), "/expires"),
            ("/api/v1/page-tokens", json!({ "full_url": page, "starts": "soon" }), "/starts"),
            ("/api/v1/sites", json!({ "address": "http://b.test", "groups": ["a,b"] }), "/groups/0"),
        ] {
            let (status, problem) = post(path, sent).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }

        let rotate = format!("/api/v1/sites/{}/rotate", site["id"].as_str().expect("an id"));
        let (status, rotated) = post(&rotate, json!({ "grace_hours": 24 })).await;
        assert_eq!(status, StatusCode::OK, "{rotated}");
        assert_ne!(rotated["secret"], site["secret"]);
        let (_, problem) = post(&rotate, json!({ "grace_hours": -1 })).await;
        assert_eq!(problem["errors"][0]["pointer"], "/grace_hours", "{problem}");
        let (status, rotated) = call(world, &api.secret, Method::POST, &rotate, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "with nothing sent along, too: {rotated}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_at_once_change_only_what_each_names() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let send = async |method, path: &str, body| call(world, &api.secret, method, path, body).await;
        let site = json!({ "address": "http://shop.test", "trusted_networks": ["127.0.0.1/32"] });
        let (_, site) = send(Method::POST, "/api/v1/sites", site).await;
        let new = json!({ "full_url": "http://shop.test/a", "timeout_seconds": 3600, "max_hits": 5 });
        let (_, made) = send(Method::POST, "/api/v1/page-tokens", new).await;
        let site_path = format!("/api/v1/sites/{}", site["id"].as_str().expect("an id"));
        let path = format!("/api/v1/page-tokens/{}", made["id"].as_str().expect("an id"));

        for round in 0..10 {
            let (note, group) = (format!("Night {round}"), format!("Group {round}"));
            let answers = tokio::join!(
                send(Method::PATCH, &path, json!({ "note": note })),
                send(Method::PATCH, &path, json!({ "groups": [group] })),
                send(Method::PATCH, &path, json!({ "max_hits": 10 + round })),
                send(
                    Method::PATCH,
                    &site_path,
                    json!({ "open_paths": [format!("/static{round}/")] })
                ),
                send(
                    Method::PATCH,
                    &site_path,
                    json!({ "log_refusals": round % 2 == 0 })
                ),
            );
            let statuses = [answers.0.0, answers.1.0, answers.2.0, answers.3.0, answers.4.0];
            assert_eq!(statuses, [StatusCode::OK; 5], "{answers:?}");
            let (_, now) = send(Method::GET, &path, Value::Null).await;
            assert_eq!(
                (&now["note"], &now["groups"], &now["max_hits"], &now["expires_at"]),
                (
                    &json!(note),
                    &json!([group]),
                    &json!(10 + round),
                    &made["expires_at"]
                ),
            );
            let (_, now) = send(Method::GET, &site_path, Value::Null).await;
            assert_eq!(
                (&now["open_paths"], &now["log_refusals"], &now["trusted_networks"]),
                (
                    &json!([format!("/static{round}/")]),
                    &json!(round % 2 == 0),
                    &site["trusted_networks"]
                ),
            );
        }
    })
    .await;
}
