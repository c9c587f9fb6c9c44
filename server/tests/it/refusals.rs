//! Access is refused what: every route and every server function, found by listing them, for a stranger, a
//! member, another organisation's owner, and an administrator where only an owner may.

mod calls;
mod cast;
mod matrix;

use std::collections::HashSet;

use app::ApiError;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::api_tokens::ApiTokenForm;
use domain::campaigns::CampaignForm;
use domain::campaigns::bulk::{BulkAction, BulkForm};
use domain::departments::DepartmentForm;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use domain::people::InvitationForm;
use domain::user_types::UserTypeForm;
use domain::{
    BatchId, CampaignId, Code, CollectionId, DepartmentId, FileId, IdentityProviderId, ImportId,
    InvitationId, ItemId, MailId, MobileAppId, PersonId, RecipientId, SessionId, SiteId, TokenId, UserTypeId,
};
use leptos::server_fn::error::FromServerFnError;
use reqwest::{Method, StatusCode};
use server::rest::Needs;
use server::routes::{self, Access, ResponseKind, Route};

use crate::world::{Browser, PRESS, World, location, on_each_engine};

use calls::{Call, calls};
use cast::{CANARY, Cast, Theirs, cast};

/// The status, and the refusal or else the bytes of the answer as far as they are text.
async fn answer(browser: &Browser, call: &Call) -> (StatusCode, String) {
    let fields: Vec<(&str, &str)> = call
        .fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = browser.post(call.path, &fields).await;
    let status = answer.status();
    let body = answer.bytes().await.expect("a body");
    if status.is_success() {
        (status, String::from_utf8_lossy(&body).into_owned())
    } else {
        (status, format!("{:?}", ApiError::de(body)))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_server_function_refuses_whoever_may_not() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let calls = calls(&cast.theirs);
        let walked: HashSet<&str> = calls.iter().map(|call| call.path).collect();
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            assert!(
                walked.contains(path),
                "{path} has no refusal test: add it to the list above"
            );
        }
        let before = picture(world, &cast).await;

        for call in &calls {
            for browser in [&cast.stranger, &cast.member] {
                let (status, body) = answer(browser, call).await;
                assert_eq!(
                    (status, body.contains("SignedOut")),
                    (StatusCode::UNAUTHORIZED, true),
                    "{}: {body}",
                    call.path
                );
            }
            let (status, body) = answer(&cast.foreign_owner, call).await;
            assert!(
                !body.contains(CANARY) && !body.contains("ada@example.org"),
                "{}: {body}",
                call.path
            );
            if call.names {
                assert!(
                    matches!(status.as_u16(), 404 | 422),
                    "{}: {status} {body}",
                    call.path
                );
            } else {
                let expected = match call.path {
                    // Without a public https address an issuer keeps its key.
                    "/rpc/campaigns/rotate_issuer_keys" => StatusCode::CONFLICT,
                    _ => StatusCode::OK,
                };
                assert_eq!(status, expected, "{}: {body}", call.path);
            }
            if call.owners {
                let (status, body) = answer(&cast.administrator, call).await;
                assert_eq!(
                    (status, body.contains("Forbidden")),
                    (StatusCode::FORBIDDEN, true),
                    "{}: {body}",
                    call.path
                );
            }
        }
        assert_eq!(
            picture(world, &cast).await,
            before,
            "nothing was changed by those who may not"
        );
    })
    .await;
}

/// Everything in the first organisation that somebody could have changed.
async fn picture(world: &World, cast: &Cast) -> String {
    let caller = world.caller(&cast.owner).await;
    let backend = &world.backend;
    let row = backend
        .access_tokens()
        .get(&caller, cast.theirs.token)
        .await
        .expect("a row");
    let multi = backend
        .access_tokens()
        .get(&caller, cast.theirs.multi)
        .await
        .expect("a row");
    let codes = backend
        .access_tokens()
        .codes(&caller, multi.id, &CodeQuery::default())
        .await
        .expect("codes");
    let codes: Vec<_> = codes
        .rows
        .iter()
        .map(|code| (code.id, code.hint.clone(), code.assigned.clone()))
        .collect();
    let view = backend
        .collections()
        .view(&caller, cast.theirs.collection)
        .await
        .expect("a collection");
    let items: Vec<_> = view.items.iter().map(|item| item.title.clone()).collect();
    let invitations = backend
        .people()
        .invitations(&caller)
        .await
        .expect("invitations")
        .len();
    let people = backend
        .people()
        .count(&caller, &Default::default())
        .await
        .expect("people");
    let tokens = backend
        .access_tokens()
        .count(&caller, &Default::default())
        .await
        .expect("tokens");
    let history = backend
        .access_tokens()
        .history(&caller, row.id)
        .await
        .expect("a history")
        .len();
    let page_token = backend
        .page_tokens()
        .get(&caller, cast.theirs.page_token)
        .await
        .expect("a page token");
    let sites = backend.page_tokens().sites(&caller).await.expect("sites");
    let page_tokens = backend
        .page_tokens()
        .count(&caller, &Default::default())
        .await
        .expect("page tokens");
    let page_tokens = format!("{page_token:?} {sites:?} {page_tokens}");
    let api_tokens = backend.api_tokens();
    let api_token = api_tokens
        .view(&caller, cast.theirs.api_token)
        .await
        .expect("an API token");
    let all = api_tokens.count(&caller, &Default::default()).await;
    let api_token = format!(
        "{} {:?} {} {} {}",
        api_token.row.name,
        api_token.row.state,
        api_token.permissions,
        api_token.history.len(),
        all.expect("API tokens")
    );
    let campaigns = backend.campaigns();
    let campaign = campaigns
        .view(&caller, cast.theirs.campaign)
        .await
        .expect("a campaign");
    let recipient = campaigns
        .recipient(&caller, cast.theirs.recipient)
        .await
        .expect("a recipient");
    let campaign = format!(
        "{} {:?} {} {} {recipient:?}",
        campaign.row.title, campaign.row.state, campaign.row.recipients, campaign.design
    );
    let session = backend
        .mobile_sessions()
        .row(&caller, cast.theirs.mobile_session)
        .await
        .expect("a session");
    let apps = backend.mobile_sessions().apps(&caller).await.expect("apps");
    let mobile = format!("{:?} {:?} {apps:?}", session.state, session.wipe);
    format!(
        "{mobile} {campaign} {page_tokens} {api_token} {} {:?} {:?} {:?} {:?} {codes:?} {} {:?} {items:?} {invitations} {people} {tokens} {history} {:?}",
        row.name,
        row.state,
        row.deleted,
        multi.limit,
        multi.state,
        view.title,
        view.state,
        caller.permissions,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_route_refuses_whoever_may_not() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let before = picture(world, &cast).await;
        // Signing out comes last: it would make a stranger of the member.
        let (last, first): (Vec<_>, Vec<_>) =
            routes::all().iter().partition(|route| route.path == "/sign-out");
        for route in first.into_iter().chain(last) {
            let path = path_of(route, &cast.theirs);
            let what = format!("{} {path}", route.method);
            for (browser, is_member) in [(&cast.stranger, false), (&cast.member, true)] {
                let answer = send(browser, route, &path).await;
                let (status, leads) = (answer.status(), location(&answer).unwrap_or_default());
                match route.who {
                    // The gate lets nobody in who carries nothing.
                    Access::Anybody if route.kind == ResponseKind::Gate => {
                        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
                    }
                    Access::Anybody => {
                        assert!(!matches!(status.as_u16(), 401 | 403 | 500..), "{what}: {status}");
                    }
                    Access::Recipient if is_member => {
                        assert!(!matches!(status.as_u16(), 401 | 403), "{what}: {status}");
                    }
                    Access::Recipient => refused(&what, status, &leads, "/my/sign-in"),
                    Access::Admin if is_member => refused(&what, status, &leads, "/my"),
                    Access::Admin => refused(&what, status, &leads, "/sign-in"),
                    Access::Program(Needs::Nothing) => assert!(status.is_success(), "{what}: {status}"),
                    Access::Program(_) => assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}"),
                }
            }
            // The texts of mails have the same names in every organisation.
            let is_anybodys = route.path.starts_with("/administrator/mail/texts/");
            if route.path.contains('{')
                && matches!(route.who, Access::Admin | Access::Recipient)
                && !is_anybodys
            {
                let answer = send(&cast.foreign_owner, route, &path).await;
                assert_eq!(
                    answer.status(),
                    StatusCode::NOT_FOUND,
                    "{what} for another organisation's owner"
                );
                let body = answer.text().await.expect("a body");
                assert!(!body.contains(CANARY), "{what}: {body}");
            }
        }
        assert_eq!(
            picture(world, &cast).await,
            before,
            "nothing was changed by those who may not"
        );
    })
    .await;
}

fn refused(what: &str, status: StatusCode, leads: &str, to: &str) {
    let led = status == StatusCode::SEE_OTHER && leads.split('?').next() == Some(to);
    assert!(
        led || status == StatusCode::UNAUTHORIZED,
        "{what}: {status} to {leads}"
    );
}

async fn send(browser: &Browser, route: &Route, path: &str) -> reqwest::Response {
    let request = browser
        .request(route.method.clone(), path)
        .header("sec-fetch-site", "same-origin");
    if route.path == "/events" {
        return request
            .header("accept", "text/event-stream")
            .send()
            .await
            .expect("an answer");
    }
    if ["/files", "/import", "/pictures", "/logo"]
        .iter()
        .any(|end| route.path.ends_with(end))
    {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nEve,eve@another.example\r\n--x--\r\n";
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        return request.body(body).send().await.expect("an answer");
    }
    if route.kind == ResponseKind::Api {
        let request = request.header("content-type", "application/json");
        return request.body("{}").send().await.expect("an answer");
    }
    match route.method {
        Method::POST => request.form(&[("x", "y")]).send().await.expect("an answer"),
        _ => request.send().await.expect("an answer"),
    }
}

/// The path of a route, with what belongs to the first organisation.
fn path_of(route: &Route, theirs: &Theirs) -> String {
    let resource = match route.path.strip_prefix("/api/v1/") {
        Some(path) => path.split('/').next(),
        None => route.path.split('/').nth(1),
    };
    let id = match resource {
        Some("tokens" | "access-tokens") => theirs.multi.to_string(),
        Some("api-tokens") => theirs.api_token.to_string(),
        Some("mobile-sessions" | "me") => theirs.mobile_session.to_string(),
        Some("mobile-apps") => theirs.app.to_string(),
        Some("administrator") if route.path.starts_with("/administrator/tokens/mobile/") => {
            theirs.mobile_session.to_string()
        }
        Some("collections") => theirs.collection.to_string(),
        Some("people") => theirs.person.to_string(),
        Some("mails") => theirs.mail.to_string(),
        Some("departments") => theirs.department.to_string(),
        Some("user-types") => theirs.user_type.to_string(),
        Some("campaigns") => theirs.campaign.to_string(),
        Some("recipients") => theirs.recipient.to_string(),
        Some("credentials" | "identity-providers") => uuid::Uuid::nil().to_string(),
        Some("administrator") => theirs.mail.to_string(),
        Some("page-tokens") => theirs.page_token.to_string(),
        Some("sites") => theirs.site.to_string(),
        Some("c") => uuid::Uuid::nil().to_string(),
        Some("files") => theirs.file.to_string(),
        _ => String::new(),
    };
    let id = match route.path {
        "/administrator/tokens/{id}" => theirs.api_token.to_string(),
        _ => id,
    };
    let path = route
        .path
        .replace("{id}", &id)
        .replace("{picture}", &uuid::Uuid::nil().to_string())
        .replace("{collection}", &theirs.collection.to_string())
        .replace("{item}", &theirs.item.to_string())
        .replace("{*function}", "nowhere")
        .replace("{*path}", "kestrel")
        .replace("{import}", &theirs.import.to_string())
        .replace("{import_id}", &theirs.import.to_string())
        .replace("{batch_id}", &theirs.batch.to_string())
        .replace("{item_id}", &theirs.item.to_string())
        .replace("{job_id}", &uuid::Uuid::nil().to_string())
        .replace("{look}", &uuid::Uuid::nil().to_string())
        .replace("{code_id}", &theirs.code.to_string())
        .replace("{kind}", "not-found")
        .replace("{secret}", "nonsense")
        .replace("{file}", "nonsense.js")
        .replace("{token}", Code::from_random([1; 19]).reveal())
        .replace("{organisation}", &uuid::Uuid::nil().to_string())
        .replace("{list}", "4711")
        .replace("{key}", "sign_in_link")
        .replace("{language}", "en")
        .replace("{code}", Code::from_random([1; 19]).reveal());
    assert!(
        !path.contains('{') && !path.contains("//"),
        "{}: say what stands in the braces",
        route.path
    );
    path
}
