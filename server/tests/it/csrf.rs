//! Writes that another site makes a browser send.

use leptos::server_fn::error::FromServerFnError;
use reqwest::{Method, StatusCode};
use server::routes;

use crate::world::{Browser, on_sqlite};

/// What browsers say of a form that stands elsewhere, or does not say.
const FOREIGN: [&[(&str, &str)]; 8] = [
    &[
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
    &[("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://x.127.0.0.1")],
    &[("origin", "http://127.0.0.1")],
    &[],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_route_that_writes_refuses_what_does_not_come_from_here() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let paths = routes::all()
            .iter()
            .filter(|route| route.method != Method::GET)
            .map(|route| route.path);
        let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path);
        let mut walked = 0;
        for path in paths.chain(functions) {
            let path = filled(path);
            for headers in FOREIGN {
                for content_type in [
                    "application/x-www-form-urlencoded",
                    "text/plain",
                    "multipart/form-data; boundary=x",
                ] {
                    let status = send(&owner, &path, headers, content_type).await;
                    assert_eq!(status, StatusCode::FORBIDDEN, "{path} {headers:?}");
                }
            }
            walked += 1;
        }
        assert!(walked > 10);
        assert_eq!(
            owner.get("/account").await.status(),
            StatusCode::OK,
            "nobody was signed out by it"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refusal_of_a_server_function_is_one_that_the_browser_can_read() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            let request = owner
                .request(Method::POST, path)
                .header("sec-fetch-site", "cross-site");
            let answer = request.body(Vec::new()).send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
            let bytes = answer.bytes().await.expect("a body");
            match app::ApiError::de(bytes) {
                app::ApiError::Refused(refusal) => {
                    assert!(
                        refusal.to_string().contains("did not come from our own page"),
                        "{path}: {refusal}"
                    );
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_old_browser_that_says_only_the_origin_may_write() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let origin = world.url.clone();
        let status = send(
            &owner,
            "/sign-out",
            &[("origin", &origin)],
            "application/x-www-form-urlencoded",
        )
        .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_server_function_answers_to_a_look() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for (path, method) in leptos::server_fn::axum::server_fn_paths() {
            assert_eq!(
                method,
                Method::POST,
                "{path} is called by POST, so that the layer stands before it"
            );
            assert_eq!(
                owner.get(path).await.status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
        }
    })
    .await;
}

async fn send(browser: &Browser, path: &str, headers: &[(&str, &str)], content_type: &str) -> StatusCode {
    let mut request = browser
        .request(Method::POST, path)
        .header("content-type", content_type)
        .body("");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer").status()
}

/// A path with its variable parts filled in.
pub fn filled(pattern: &str) -> String {
    let nowhere = uuid::Uuid::nil().to_string();
    let mut path = pattern.replace("{*function}", "nowhere");
    while let Some((head, rest)) = path.split_once('{') {
        let (_, tail) = rest.split_once('}').expect("a closing brace");
        path = format!("{head}{nowhere}{tail}");
    }
    path
}
