//! Server functions that are sent what none of the pages sends: a page of an older version, or no page at all.

use leptos::server_fn::axum::server_fn_paths;
use reqwest::{Method, StatusCode};

use crate::world::{Browser, on_sqlite};

/// The server functions that take no arguments, and so read none.
const WITHOUT_ARGUMENTS: [&str; 6] = [
    "/rpc/account/sessions",
    "/rpc/collections/choices",
    "/rpc/organisations/me",
    "/rpc/organisations/time_zones",
    "/rpc/organisations/view",
    "/rpc/people/invitations",
];

/// Nothing at all, ids that are none, texts where a form belongs, and forms where texts belong.
const BODIES: [&[u8]; 5] = [
    b"",
    b"id=7&item=x&ids=x&codes=x&query=x&form=x&user_type=x&state=x",
    b"id[a][b][c][d][e][f][g]=1&title[x]=1&email[x]=1&form[name]=1",
    b"id=%FF%FE&query[list]=%FF",
    b"\xff\xfe\x00",
];

async fn send(browser: &Browser, path: &str, body: &'static [u8]) -> (StatusCode, String) {
    let request = browser
        .request(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(body).send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn arguments_that_cannot_be_read_are_refused_with_a_sentence() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for (path, _) in server_fn_paths() {
            for body in BODIES {
                let (status, answer) = send(&owner, path, body).await;
                if status == StatusCode::OK && WITHOUT_ARGUMENTS.contains(&path) {
                    continue;
                }
                // A form of which nothing is filled in can be read, and says so at its fields.
                let refused = match status {
                    StatusCode::BAD_REQUEST => answer.contains("Malformed"),
                    StatusCode::UNPROCESSABLE_ENTITY => answer.contains("Invalid"),
                    _ => false,
                };
                let body = String::from_utf8_lossy(body);
                assert!(refused, "{path} {body}: {status} {answer}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn more_than_any_page_sends_is_too_large() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let body: &'static [u8] = Box::leak(vec![b'a'; 3 * 1024 * 1024].into_boxed_slice());
        let (status, answer) = send(&owner, "/rpc/collections/create", body).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
    })
    .await;
}
