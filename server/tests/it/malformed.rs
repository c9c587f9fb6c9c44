//! Server functions that are sent what none of the pages sends: a page of an older version, or no page at all.

use app::ApiError;
use leptos::server_fn::ContentType;
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::error::FromServerFnError;
use reqwest::{Method, StatusCode};

use crate::world::{Browser, on_sqlite};

/// The server functions that take no arguments, or none that they need.
const WITHOUT_ARGUMENTS: [&str; 23] = [
    "/rpc/access_tokens/first_steps",
    "/rpc/account/apps",
    "/rpc/account/sessions",
    "/rpc/api_tokens/choices",
    "/rpc/api_tokens/policy",
    "/rpc/campaigns/designs",
    "/rpc/campaigns/issuer",
    "/rpc/campaigns/issuer_keys",
    "/rpc/campaigns/rotate_issuer_keys",
    "/rpc/collections/choices",
    "/rpc/departments/list",
    "/rpc/identity_providers/list",
    "/rpc/mail/settings",
    "/rpc/mail/test",
    "/rpc/mail/texts",
    "/rpc/mobile_apps/list",
    "/rpc/mobile_sessions/choices",
    "/rpc/organisations/me",
    "/rpc/organisations/time_zones",
    "/rpc/organisations/view",
    "/rpc/page_tokens/sites",
    "/rpc/people/invitations",
    "/rpc/user_types/list",
];

/// The server functions of which a form with a name alone can be carried out.
const A_NAME_IS_ENOUGH: [&str; 6] = [
    "/rpc/api_tokens/create",
    "/rpc/api_tokens/reach",
    "/rpc/campaigns/change_issuer",
    "/rpc/departments/create",
    "/rpc/mail/change_settings",
    "/rpc/user_types/create",
];

/// Nothing at all, ids that are none, texts where a form belongs, and forms where texts belong.
const BODIES: [&[u8]; 5] = [
    b"",
    b"id=7&item=x&ids=x&codes=x&query=x&form=x&user_type=x&state=x",
    b"id[a][b][c][d][e][f][g]=1&title[x]=1&email[x]=1&form[name]=1",
    b"id=%FF%FE&query[list]=%FF",
    b"\xff\xfe\x00",
];

/// Values as pages of this build send them.
const OURS: &str = <ApiError as FromServerFnError>::Encoder::CONTENT_TYPE;

/// The same of another build.
const THEIRS: &str = "application/x-postcard;shape=0";

/// As a form sends it.
const FORM: &str = "application/x-www-form-urlencoded";

async fn send(browser: &Browser, path: &str, kind: &str, body: &'static [u8]) -> (StatusCode, String) {
    let request = browser
        .request(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", kind);
    let answer = request.body(body).send().await.expect("an answer");
    let status = answer.status();
    let body = answer.bytes().await.expect("a body");
    (status, format!("{:?}", ApiError::de(body)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn arguments_that_cannot_be_read_are_refused_with_a_sentence() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        for (path, _) in server_fn_paths() {
            let forms = BODIES.map(|body| (FORM, body));
            let values: [(&str, &[u8]); 4] =
                [(OURS, b""), (OURS, b"\xff\xff\xff\xff"), (THEIRS, b""), ("", b"")];
            for (kind, body) in forms.into_iter().chain(values) {
                let (status, answer) = send(&owner, path, kind, body).await;
                // An issuer without a public https address keeps its key: what was asked was understood.
                if matches!(status, StatusCode::OK | StatusCode::CONFLICT)
                    && WITHOUT_ARGUMENTS.contains(&path)
                    && [OURS, FORM].contains(&kind)
                {
                    continue;
                }
                if status == StatusCode::OK
                    && A_NAME_IS_ENOUGH.contains(&path)
                    && body.windows(10).any(|part| part == b"form[name]")
                {
                    continue;
                }
                // A form of which nothing is filled in can be read, and says so at its fields.
                let refused = match status {
                    StatusCode::BAD_REQUEST => answer.contains("Malformed"),
                    StatusCode::UNPROCESSABLE_ENTITY => answer.contains("Invalid"),
                    _ => false,
                };
                let body = String::from_utf8_lossy(body);
                assert!(refused, "{path} {kind} {body}: {status} {answer}");
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
        let (status, answer) = send(&owner, "/rpc/collections/create", FORM, body).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
    })
    .await;
}
