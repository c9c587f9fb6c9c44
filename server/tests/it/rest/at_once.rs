//! Programs that change the same thing at the same moment: each change touches what it names and nothing else.

use domain::api_tokens::ApiTokenForm;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::call;
use super::tokens::token;
use crate::connected::{Here, SignIn};
use crate::world::{Browser, on_each_engine};

/// How often each pair of programs meets.
const ROUNDS: usize = 2;

/// A field that a program changes, where its answer stands, and the values that it takes in turn.
struct Field {
    name: &'static str,
    seen: &'static str,
    values: [Value; 2],
}

fn field(name: &'static str, seen: &'static str, values: [Value; 2]) -> Field {
    Field { name, seen, values }
}

/// A field of text, which is answered as it was sent.
fn text(name: &'static str, seen: &'static str) -> Field {
    field(
        name,
        seen,
        [json!(format!("The {name}")), json!(format!("Another {name}"))],
    )
}

/// Lets each two fields be changed at the same moment, and looks whether a change was lost.
async fn meet(owner: &Browser, path: &str, fields: &[Field]) {
    let mut turn = 0;
    for (at, one) in fields.iter().enumerate() {
        for other in fields.get(at + 1..).unwrap_or_default() {
            for _ in 0..ROUNDS {
                turn += 1;
                let sent = |field: &Field| {
                    let mut body = json!({});
                    body[field.name] = field.values[turn % 2].clone();
                    body
                };
                let (first, second) = tokio::join!(
                    call(owner, Method::PATCH, path, sent(one)),
                    call(owner, Method::PATCH, path, sent(other)),
                );
                for (status, answer) in [first, second] {
                    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
                }
                let (_, now) = call(owner, Method::GET, path, Value::Null).await;
                for field in [one, other] {
                    assert_eq!(
                        now.pointer(field.seen),
                        Some(&field.values[turn % 2]),
                        "{path}: {} was lost beside {} and {}: {now}",
                        field.name,
                        one.name,
                        other.name
                    );
                }
            }
        }
    }
}

/// Makes something, and says where it is.
async fn make(owner: &Browser, list: &str, body: Value) -> String {
    let (status, made) = call(owner, Method::POST, list, body).await;
    assert_eq!(status, StatusCode::CREATED, "{list}: {made}");
    format!("{list}/{}", made["id"].as_str().expect("an id"))
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_that_change_a_token_lose_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let new =
            json!({ "name": "Spring", "type": "single", "usage_limit": 5, "collection_id": collection });
        let path = make(&owner, "/api/v1/access-tokens", new).await;
        let fields = [
            text("name", "/name"),
            field("usage_limit", "/usage_limit", [json!(7), Value::Null]),
            field(
                "starts_at",
                "/starts_at",
                [Value::Null, json!("2026-01-02T03:04:05Z")],
            ),
            field(
                "expires_at",
                "/expires_at",
                [json!("2099-01-02T03:04:05Z"), json!("2098-01-02T03:04:05Z")],
            ),
        ];
        meet(&owner, &path, &fields).await;

        let api = token(world, &owner, ApiTokenForm::default()).await;
        let fields = [
            text("name", "/name"),
            text("description", "/description"),
            field(
                "networks",
                "/networks",
                [json!(["203.0.113.0/24"]), json!(["198.51.100.0/24"])],
            ),
            field(
                "permissions",
                "/narrowed_to",
                [json!(["tokens:read"]), Value::Null],
            ),
        ];
        meet(&owner, &format!("/api/v1/api-tokens/{}", api.id), &fields).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_that_change_a_collection_or_who_may_see_it_lose_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let north = make(&owner, "/api/v1/departments", json!({ "name": "North" })).await;
        let south = make(&owner, "/api/v1/departments", json!({ "name": "South" })).await;
        let departments = || [json!(id(&north)), json!(id(&south))];
        let path = make(&owner, "/api/v1/collections", json!({ "title": "Boat safety" })).await;
        let fields = [
            text("title", "/title"),
            text("summary", "/summary"),
            field("state", "/state", [json!("published"), json!("archived")]),
            field("department_id", "/department/id", departments()),
        ];
        meet(&owner, &path, &fields).await;
        let page = json!({ "type": "page", "title": "Welcome", "text": "Hello" });
        let page = make(&owner, &format!("{path}/items"), page).await;
        meet(&owner, &page, &[text("title", "/title"), text("text", "/text")]).await;

        let user_type = json!({ "name": "Reader", "permissions": ["tokens:read"] });
        let user_type = make(&owner, "/api/v1/user-types", user_type).await;
        let fields = [
            text("name", "/name"),
            text("description", "/description"),
            field(
                "permissions",
                "/permissions",
                [json!(["tokens:read", "people:read"]), json!(["tokens:read"])],
            ),
        ];
        meet(&owner, &user_type, &fields).await;
        let other = json!({ "name": "Writer", "permissions": ["tokens:read"] });
        let other = make(&owner, "/api/v1/user-types", other).await;
        let me = caller.person().expect("a person");
        let service = json!({
            "kind": "service", "name": "Import", "owner_id": me, "user_type_id": id(&other)
        });
        let service = make(&owner, "/api/v1/people", service).await;
        let fields = [
            text("name", "/name"),
            field(
                "user_type_id",
                "/user_type/id",
                [json!(id(&user_type)), json!(id(&other))],
            ),
            field("department_id", "/department/id", departments()),
        ];
        meet(&owner, &service, &fields).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_that_change_an_app_a_site_or_a_provider_lose_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let app = json!({ "name": "Reader", "redirect_uris": ["org.example.reader:/in"] });
        let app = make(&owner, "/api/v1/mobile-apps", app).await;
        let fields = [
            text("name", "/name"),
            field(
                "redirect_uris",
                "/redirect_uris",
                [json!(["org.example.one:/in"]), json!(["org.example.two:/in"])],
            ),
        ];
        meet(&owner, &app, &fields).await;
        let provider = json!({
            "template": "other", "label": "School", "issuer": Here::begin().await.issuer(),
            "client_id": "tokenwright", "client_secret": "a secret"
        });
        let provider = make(&owner, "/api/v1/identity-providers", provider).await;
        let fields = [
            text("label", "/label"),
            field("enabled", "/enabled", [json!(false), json!(true)]),
        ];
        meet(&owner, &provider, &fields).await;
        guarded(&owner).await;
    })
    .await;
}

/// A site and a page token of it.
async fn guarded(owner: &Browser) {
    let site = json!({ "address": "https://pages.example.org", "groups": ["Readers", "Writers"] });
    let site = make(owner, "/api/v1/sites", site).await;
    let fields = [
        field("log_refusals", "/log_refusals", [json!(true), json!(false)]),
        field(
            "token_parameter",
            "/token_parameter",
            [json!("KEY"), json!("TOKEN")],
        ),
    ];
    meet(owner, &site, &fields).await;
    let page = json!({
        "full_url": "https://pages.example.org/report", "groups": ["Readers"], "timeout_seconds": 3600
    });
    let page = make(owner, "/api/v1/page-tokens", page).await;
    let fields = [
        text("note", "/note"),
        field("max_hits", "/max_hits", [json!(10), json!(20)]),
        field("groups", "/groups", [json!(["Writers"]), json!(["Readers"])]),
    ];
    meet(owner, &page, &fields).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_that_change_a_campaign_or_a_recipient_lose_nothing() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let campaign = json!({
            "type": "badge", "title": "Safety at work", "description": "Knows what to do.", "criteria": "Passed."
        });
        let campaign = make(&owner, "/api/v1/campaigns", campaign).await;
        let fields = [
            text("title", "/title"),
            text("description", "/description"),
            text("criteria", "/criteria"),
            field("valid_days", "/valid_days", [json!(365), Value::Null]),
        ];
        meet(&owner, &campaign, &fields).await;
        let recipients = json!({ "recipients": [{ "name": "Mia Berg", "email": "mia@example.org" }] });
        let (status, added) =
            call(&owner, Method::POST, &format!("{campaign}/recipients"), recipients).await;
        assert_eq!(status, StatusCode::OK, "{added}");
        let recipient = format!("/api/v1/recipients/{}", added["ids"][0].as_str().expect("an id"));
        let fields = [
            text("name", "/name"),
            field("email", "/email", [json!("mia@example.com"), json!("mia@example.net")]),
        ];
        meet(&owner, &recipient, &fields).await;
    })
    .await;
}
