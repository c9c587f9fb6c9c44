//! The API: what holds for every operation.

mod api_token_use;
mod at_once;
mod campaigns;
mod content;
mod designs;
mod document;
mod examples;
mod lists;
mod organisation;
mod page_tokens;
mod preconditions;
mod problems;
pub mod tokens;
mod tokens_in_use;
mod walking;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Browser, on_each_engine, on_sqlite};

async fn call(browser: &Browser, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = browser
        .request(method, path)
        .header("sec-fetch-site", "same-origin");
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
async fn a_list_is_walked_by_its_cursors_and_by_no_others() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        for n in 0..7 {
            world.collection(&caller, &format!("Course {n}")).await;
        }
        let mut titles = Vec::new();
        let mut address = "/api/v1/collections?q=course&limit=3".to_owned();
        let mut pages = 0;
        loop {
            let answer = owner.get(&address).await;
            assert_eq!(answer.status(), StatusCode::OK);
            let link = answer
                .headers()
                .get("link")
                .map(|link| link.to_str().expect("a header").to_owned());
            let body: Value = answer.json().await.expect("JSON");
            titles.extend(
                body["data"]
                    .as_array()
                    .expect("rows")
                    .iter()
                    .map(|row| row["title"].clone()),
            );
            pages += 1;
            let Some(cursor) = body["page"]["next_cursor"].as_str() else {
                assert_eq!(body["page"]["has_more"], false);
                let back = link.expect("the page before");
                assert!(
                    back.ends_with("rel=\"prev\"") && !back.contains("rel=\"next\""),
                    "{back}"
                );
                break;
            };
            address = format!("/api/v1/collections?q=course&limit=3&cursor={cursor}");
            let on = format!("<{address}>; rel=\"next\"");
            assert!(link.is_some_and(|link| link.starts_with(&on)), "{on}");
            let other = owner
                .get(&format!("/api/v1/collections?q=other&limit=3&cursor={cursor}"))
                .await;
            assert_eq!(
                other.status(),
                StatusCode::BAD_REQUEST,
                "it belongs to another filter"
            );
            let mended = cursor.replacen(|c: char| c.is_ascii_lowercase(), "Z", 1);
            let mended = owner
                .get(&format!("/api/v1/collections?q=course&limit=3&cursor={mended}"))
                .await;
            assert_eq!(mended.status(), StatusCode::BAD_REQUEST, "it was made up");
        }
        assert_eq!(pages, 3);
        assert_eq!(
            titles,
            (0..7).map(|n| json!(format!("Course {n}"))).collect::<Vec<_>>()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_has_the_fields_that_were_asked_for() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        for n in 0..3 {
            world.collection(&caller, &format!("Course {n}")).await;
        }
        let get = async |path: &str| call(&owner, Method::GET, path, Value::Null).await;
        let (status, list) = get("/api/v1/collections?limit=2&fields=title,%20state").await;
        assert_eq!(status, StatusCode::OK, "{list}");
        assert_eq!(
            list["data"][0],
            json!({ "title": "Course 0", "state": "published" })
        );
        let cursor = list["page"]["next_cursor"].as_str().expect("a cursor");
        let (_, next) = get(&format!("/api/v1/collections?limit=2&cursor={cursor}&fields=id")).await;
        assert_eq!(
            next["data"][0].as_object().map(serde_json::Map::len),
            Some(1),
            "{next}"
        );
        let (status, problem) = get("/api/v1/collections?fields=title,tilte").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].to_string().contains("tilte"), "{problem}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_wrong_is_said_as_problem_details() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let cases = [
            (
                Method::GET,
                "/api/v1/collections?tilte=x",
                Value::Null,
                400,
                "malformed-request",
            ),
            (
                Method::GET,
                "/api/v1/collections?limit=0",
                Value::Null,
                400,
                "malformed-request",
            ),
            (
                Method::GET,
                "/api/v1/collections?state=gone",
                Value::Null,
                400,
                "malformed-request",
            ),
            (
                Method::GET,
                "/api/v1/collections?cursor=x",
                Value::Null,
                400,
                "malformed-request",
            ),
            (
                Method::POST,
                "/api/v1/collections",
                json!({ "title": "A", "expires": 1 }),
                422,
                "validation-failed",
            ),
            (
                Method::POST,
                "/api/v1/collections",
                json!({ "title": 1 }),
                422,
                "validation-failed",
            ),
            (
                Method::POST,
                "/api/v1/collections",
                json!({ "title": " " }),
                422,
                "validation-failed",
            ),
            (
                Method::GET,
                "/api/v1/collections/nonsense",
                Value::Null,
                404,
                "not-found",
            ),
            (Method::GET, "/api/v1/nowhere", Value::Null, 404, "not-found"),
            (
                Method::DELETE,
                "/api/v1/collections",
                Value::Null,
                405,
                "method-not-allowed",
            ),
        ];
        for (method, path, body, status, code) in cases {
            let (answered, problem) = call(&owner, method.clone(), path, body).await;
            assert_eq!(answered.as_u16(), status, "{method} {path}: {problem}");
            assert_eq!(problem["code"], code, "{method} {path}: {problem}");
            assert_eq!(problem["status"], status, "{problem}");
            assert_eq!(
                problem["type"],
                format!("{}/problems/{code}", world.url),
                "{problem}"
            );
            assert!(
                problem["detail"].as_str().is_some_and(|detail| detail.len() > 10),
                "{problem}"
            );
        }
        let (_, problem) = call(&owner, Method::POST, "/api/v1/collections", json!({ "title": 1 })).await;
        assert_eq!(problem["errors"][0]["pointer"], "/title", "{problem}");
        let answer = world.browser().get("/api/v1/collections").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Bearer realm=\"tokenwright\""
        );
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.headers().contains_key("request-id"));
        let explained = owner.get("/problems/not-found").await;
        assert_eq!(explained.status(), StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_is_sent_again_is_carried_out_once() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let send = async |key: &str, title: &str| {
            let request = owner
                .request(Method::POST, "/api/v1/collections")
                .header("sec-fetch-site", "same-origin");
            request
                .header("idempotency-key", key)
                .json(&json!({ "title": title }))
                .send()
                .await
                .expect("an answer")
        };
        let first = send("one", "Twice").await;
        assert_eq!(first.status(), StatusCode::CREATED);
        let (location, tag) = (
            first.headers()["location"].clone(),
            first.headers()["etag"].clone(),
        );
        let first = first.text().await.expect("a body");
        let again = send("one", "Twice").await;
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(
            (&again.headers()["location"], &again.headers()["etag"]),
            (&location, &tag)
        );
        assert_eq!(again.text().await.expect("a body"), first);
        assert_eq!(
            send("one", "Other").await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(send("two", "").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            send("two", "Mended").await.status(),
            StatusCode::CREATED,
            "what was refused does not count"
        );
        let (_, list) = call(&owner, Method::GET, "/api/v1/collections", Value::Null).await;
        assert_eq!(list["data"].as_array().map(Vec::len), Some(2), "{list}");
    })
    .await;
}
