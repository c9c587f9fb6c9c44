//! A mobile app's story over HTTP: a person lets it in, it calls, refreshes, is asked about, and is signed out.

use backend::mobile_sessions::{Issued, Signer};
use domain::MobileAppId;
use domain::api_tokens::ApiTokenForm;
use domain::mobile_sessions::{AuthorizeForm, Device, MobileAppForm, TokenForm};
use reqwest::header::CONTENT_SECURITY_POLICY;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::rest::tokens::{call, token};
use crate::world::{Browser, PASSWORD, PRESS, World, hidden, location, on_each_engine, on_sqlite};

/// The verifier of the example of RFC 7636, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the app is called back.
const REDIRECT: &str = "org.example.harbour:/signed-in";

/// What the app calls itself.
const AGENT: &str = "Harbour/3.2 (Pixel 9; Android 16)";

/// A registered app, and its owner signed in to it.
pub async fn signed_in(world: &World, owner: &Browser, name: &str) -> (MobileAppId, Issued) {
    let caller = world.caller(owner).await;
    let sessions = world.backend.mobile_sessions();
    let app = app(world, owner, name).await;
    let asking = sessions.asking_app(&app.to_string()).await.expect("asked");
    let asked = AuthorizeForm {
        response_type: "code".into(),
        code_challenge: CHALLENGE.into(),
        code_challenge_method: "S256".into(),
        ..AuthorizeForm::default()
    };
    let signer = Signer::admin(&caller).expect("an admin");
    let code = sessions
        .allow(
            &signer,
            &asking.expect("an app"),
            REDIRECT,
            &asked.asked().expect("a good request"),
        )
        .await
        .expect("a code");
    let form = TokenForm {
        client_id: app.to_string(),
        code: code.reveal().into(),
        redirect_uri: REDIRECT.into(),
        code_verifier: VERIFIER.into(),
        ..TokenForm::default()
    };
    let issued = sessions
        .exchange(&form, &Device::default(), &backend::Client::default())
        .await
        .expect("signed in");
    (app, issued)
}

async fn app(world: &World, owner: &Browser, name: &str) -> MobileAppId {
    let caller = world.caller(owner).await;
    let form = MobileAppForm {
        name: name.into(),
        redirects: format!("{REDIRECT}\nhttp://127.0.0.1/signed-in\nhttps://app.example.org/in"),
    };
    let added = world.backend.mobile_sessions().add_app(&caller, &form).await;
    added.expect("an app").id
}

/// The address that an app opens in a browser.
fn address(app: MobileAppId, redirect: &str, more: &str) -> String {
    format!(
        "/oauth/authorize?response_type=code&client_id={app}&redirect_uri={}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&state=x%20y{more}",
        redirect.replace(':', "%3A").replace('/', "%2F")
    )
}

/// What an app sends, without a cookie, as no browser does.
async fn send(world: &World, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = world
        .browser()
        .request(Method::POST, path)
        .header("user-agent", AGENT);
    request.form(fields).send().await.expect("an answer")
}

async fn json_of(answer: Response) -> Value {
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// A parameter of an address that an app is called back at.
fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    Some(value.to_owned())
}

/// Presses *Allow* on the page that asks.
pub async fn allow(browser: &Browser, page: &str) -> Response {
    let field = |name: &str| hidden(page, name).unwrap_or_default();
    let names = [
        "response_type",
        "client_id",
        "redirect_uri",
        "code_challenge",
        "code_challenge_method",
        "scope",
        "state",
    ];
    let values = names.map(|name| (name, field(name)));
    let mut fields: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    fields.push(PRESS);
    browser.post("/oauth/authorize", &fields).await
}

async fn exchange(world: &World, app: MobileAppId, code: &str, redirect: &str) -> Response {
    let app = app.to_string();
    send(
        world,
        "/oauth/token",
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &app),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", VERIFIER),
        ],
    )
    .await
}

async fn refresh(world: &World, app: MobileAppId, refresh: &str) -> Response {
    let app = app.to_string();
    send(
        world,
        "/oauth/token",
        &[
            ("grant_type", "refresh_token"),
            ("client_id", &app),
            ("refresh_token", refresh),
        ],
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_signs_in_to_an_app_and_out_of_it() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let app = app(world, &owner, "Harbour").await;

        // Anyone who is not signed in signs in first, and comes back.
        let browser = world.browser();
        let asked = address(app, REDIRECT, "&scope=tokens%3Aread%20people%3Aread");
        let led = location(&browser.get(&asked).await).expect("a sign-in page");
        assert!(led.starts_with("/sign-in?next=/oauth/authorize"), "{led}");
        let form = browser.get(&led).await.text().await.expect("a page");
        let next = hidden(&form, "next").expect("the way back").replace("&amp;", "&");
        let answer = browser
            .post(
                "/sign-in",
                &[
                    ("email", "ada@example.org"),
                    ("password", PASSWORD),
                    ("next", &next),
                ],
            )
            .await;
        let back = location(&answer).expect("the way back");
        let page = browser.get(&back).await;
        assert_eq!(page.status(), StatusCode::OK);
        let policy = page.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(
            policy.contains("form-action 'self' org.example.harbour:;"),
            "{policy}"
        );
        let page = page.text().await.expect("a page");
        assert!(
            page.contains("Harbour") && page.contains("ada@example.org"),
            "{page}"
        );
        assert!(
            page.contains("see tokens, their codes and who used them"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");

        let called_back = location(&allow(&browser, &page).await).expect("the app");
        assert!(
            called_back.starts_with("org.example.harbour:/signed-in?code="),
            "{called_back}"
        );
        assert_eq!(parameter(&called_back, "state").as_deref(), Some("x%20y"));
        let issuer = parameter(&called_back, "iss").expect("who says it");
        assert_eq!(issuer.replace("%3A", ":").replace("%2F", "/"), world.url);
        let code = parameter(&called_back, "code").expect("a code");

        let answer = exchange(world, app, &code, REDIRECT).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let issued = json_of(answer).await;
        assert_eq!(issued["token_type"], "Bearer");
        assert_eq!(
            (&issued["expires_in"], &issued["scope"]),
            (&json!(600), &json!("tokens:read people:read"))
        );
        let access = issued["access_token"].as_str().expect("a token").to_owned();
        let first = issued["refresh_token"].as_str().expect("a token").to_owned();

        let get = async |path: &str| call(world, &access, Method::GET, path, Value::Null).await;
        let (status, people) = get("/api/v1/people").await;
        assert_eq!(status, StatusCode::OK, "{people}");
        let (status, problem) = get("/api/v1/collections").await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!("insufficient-scope"))
        );
        let (status, myself) = get("/api/v1/tokens/self").await;
        assert_eq!(
            (status, &myself["name"]),
            (StatusCode::OK, &json!("Harbour")),
            "{myself}"
        );
        let (status, own) = get("/api/v1/me/sessions").await;
        assert_eq!(
            (status, &own["data"][0]["current"]),
            (StatusCode::OK, &json!(true)),
            "{own}"
        );
        assert_eq!(own["data"][0]["device"], "Pixel 9, Android 16");
        let session = own["data"][0]["id"].as_str().expect("an id").to_owned();

        let second = json_of(refresh(world, app, &first).await).await;
        let next = second["access_token"].as_str().expect("a token");
        let path = format!("/api/v1/me/sessions/{session}");
        let (status, _) = call(world, next, Method::DELETE, &path, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        for token in [&access, next] {
            let (status, problem) = call(world, token, Method::GET, "/api/v1/people", Value::Null).await;
            assert_eq!(
                (status, &problem["code"]),
                (StatusCode::UNAUTHORIZED, &json!("invalid-token"))
            );
        }
        let refresh_token = second["refresh_token"].as_str().expect("a token");
        let answer = refresh(world, app, refresh_token).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(json_of(answer).await["error"], "invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_member_signs_in_by_their_mailbox_and_has_no_more_than_themselves() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let app = app(world, &owner, "Harbour").await;
        let member = world.browser();
        member.redeem(&code, "Mia", "mia@example.org").await;
        let led = location(&member.get(&address(app, REDIRECT, "")).await).expect("somewhere");
        assert!(
            led.starts_with("/sign-in?"),
            "who merely typed an address is nobody: {led}"
        );
        member.post("/my/sign-in", &[("email", "mia@example.org")]).await;
        let link = crate::redeem::link_in_mail(world).await;
        member.post(&link, &[PRESS]).await;
        let page = member.get(&address(app, REDIRECT, "")).await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.expect("a page");
        assert!(page.contains("mia@example.org"), "{page}");
        let called_back = location(&allow(&member, &page).await).expect("the app");
        let code = parameter(&called_back, "code").expect("a code");
        let issued = json_of(exchange(world, app, &code, REDIRECT).await).await;
        let access = issued["access_token"].as_str().expect("a token");
        assert_eq!(issued["scope"], "");
        let (status, _) = call(world, access, Method::GET, "/api/v1/people", Value::Null).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, own) = call(world, access, Method::GET, "/api/v1/me/sessions", Value::Null).await;
        assert_eq!(
            (status, own["data"].as_array().map(Vec::len)),
            (StatusCode::OK, Some(1))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_app_is_called_back_where_it_is_registered_and_nowhere_else() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let eve = world.set_up_another().await;
        let app = app(world, &owner, "Harbour").await;
        for redirect in [
            "org.example.harbour:/signed-in/",
            "org.example.other:/signed-in",
            "https://evil.example/",
            "http://127.0.0.1:51004/other",
            "javascript:alert(1)",
            "",
        ] {
            let answer = owner.get(&address(app, redirect, "")).await;
            assert_eq!(
                (answer.status(), location(&answer)),
                (StatusCode::BAD_REQUEST, None),
                "{redirect}"
            );
        }
        let nobodys = address(MobileAppId(uuid::Uuid::nil()), REDIRECT, "");
        assert_eq!(owner.get(&nobodys).await.status(), StatusCode::BAD_REQUEST);
        let twice = address(app, REDIRECT, &format!("&client_id={app}"));
        assert_eq!(
            owner.get(&twice).await.status(),
            StatusCode::BAD_REQUEST,
            "said twice"
        );
        let answer = eve.get(&address(app, REDIRECT, "")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "another organisation's");

        let any_port = owner
            .get(&address(app, "http://127.0.0.1:51004/signed-in", ""))
            .await;
        assert_eq!(any_port.status(), StatusCode::OK);
        let policy = any_port.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text");
        assert!(
            policy.contains("form-action 'self' http://127.0.0.1:*;"),
            "{policy}"
        );

        for (more, error) in [
            ("&scope=root", "invalid_scope"),
            ("&code_challenge_method=plain", ""),
        ] {
            let answer = owner.get(&address(app, REDIRECT, more)).await;
            let back = location(&answer).unwrap_or_default();
            match error {
                "" => assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "said twice"),
                error => {
                    assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{back}");
                    assert_eq!(parameter(&back, "state").as_deref(), Some("x%20y"));
                }
            }
        }
        let without = address(app, REDIRECT, "").replace("&code_challenge_method=S256", "");
        let back = location(&owner.get(&without).await).expect("the app");
        assert_eq!(parameter(&back, "error").as_deref(), Some("invalid_request"));
        let page = owner
            .get(&address(app, REDIRECT, ""))
            .await
            .text()
            .await
            .expect("a page");
        assert!(
            page.contains("org.example.harbour:/signed-in?error=access_denied"),
            "{page}"
        );

        // Nobody pressed: a script sends the form without its button.
        let app = app.to_string();
        let fields = [
            ("response_type", "code"),
            ("client_id", app.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let answer = owner.post("/oauth/authorize", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.expect("a page");
        assert!(page.contains("Nothing has happened yet."), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_is_asked_about_and_revoked_as_the_standards_say() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let (app, issued) = signed_in(world, &owner, "Harbour").await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let narrow = ApiTokenForm {
            permissions: "tokens:read".into(),
            ..ApiTokenForm::default()
        };
        let narrow = token(world, &owner, narrow).await;
        let foreign = world.set_up_another().await;
        let foreign = token(world, &foreign, ApiTokenForm::default()).await;
        let ask = async |by: &str, about: &str| {
            let request = world
                .browser()
                .request(Method::POST, "/oauth/introspect")
                .bearer_auth(by)
                .form(&[("token", about)]);
            let answer = request.send().await.expect("an answer");
            (answer.status(), json_of(answer).await)
        };
        let (access, refresh_token) = (issued.access.reveal(), issued.refresh.reveal());
        let (status, said) = ask(&api.secret, access).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(
            (
                &said["active"],
                &said["client_id"],
                &said["username"],
                &said["token_type"]
            ),
            (
                &json!(true),
                &json!(app),
                &json!("ada@example.org"),
                &json!("Bearer")
            )
        );
        assert_eq!(
            (&said["jti"], &said["iss"]),
            (&json!(issued.session), &json!(world.url))
        );
        assert!(
            said["exp"].is_i64() && said["iat"].is_i64() && said["sub"].is_string(),
            "{said}"
        );
        let inactive = json!({ "active": false });
        let (status, said) = ask(&api.secret, refresh_token).await;
        assert_eq!((status, &said["active"]), (StatusCode::OK, &json!(true)));
        assert_eq!(ask(&api.secret, &api.secret).await.1["active"], true);
        assert_eq!(
            ask(&narrow.secret, &narrow.secret).await.1["active"],
            true,
            "its own"
        );
        for (by, about) in [
            (&*foreign.secret, access),
            (&*narrow.secret, access),
            (&*narrow.secret, &*api.secret),
            (&*api.secret, &*foreign.secret),
            (&*api.secret, "twm_nonsense"),
            (&*api.secret, "x"),
        ] {
            assert_eq!(ask(by, about).await, (StatusCode::OK, inactive.clone()));
        }
        assert_eq!(ask("twa_x", access).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask(&api.secret, "").await.0, StatusCode::BAD_REQUEST);

        for made_up in ["twr_nonsense", access, access, refresh_token, &*narrow.secret] {
            let answer = send(world, "/oauth/revoke", &[("token", made_up)]).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.text().await.expect("a body"), "");
        }
        assert_eq!(
            send(world, "/oauth/revoke", &[]).await.status(),
            StatusCode::BAD_REQUEST
        );
        for gone in [access, refresh_token, &*narrow.secret] {
            assert_eq!(ask(&api.secret, gone).await.1, inactive);
        }
        let answer = refresh(world, app, refresh_token).await;
        assert_eq!(json_of(answer).await["error"], "invalid_grant");
        let answer = send(world, "/oauth/token", &[("grant_type", "password")]).await;
        assert_eq!(json_of(answer).await["error"], "unsupported_grant_type");
        let answer = send(world, "/oauth/token", &[("grant_type", "x"), ("grant_type", "y")]).await;
        assert_eq!(json_of(answer).await["error"], "invalid_request");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn admins_sign_people_out_and_have_devices_wiped() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let (app, issued) = signed_in(world, &owner, "Harbour").await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let admin = async |method: Method, path: &str, body: Value| {
            call(world, &api.secret, method, path, body).await
        };
        let path = format!("/api/v1/mobile-sessions/{}", issued.session);
        let (status, list) = admin(Method::GET, "/api/v1/mobile-sessions?q=ada", Value::Null).await;
        assert_eq!(
            (status, &list["data"][0]["id"]),
            (StatusCode::OK, &json!(issued.session)),
            "{list}"
        );
        let (status, one) = admin(Method::GET, &path, Value::Null).await;
        assert_eq!(
            (status, &one["user_type"], &one["state"]),
            (StatusCode::OK, &json!("Owner"), &json!("live")),
            "{one}"
        );
        let (status, _) = admin(Method::GET, "/api/v1/me/sessions", Value::Null).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a program is no person");
        let (status, _) = call(
            world,
            issued.access.reveal(),
            Method::POST,
            "/api/v1/api-tokens",
            json!({ "name": "From a phone" }),
        )
        .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "nor does a phone make tokens");

        let (status, wiping) = admin(Method::POST, &format!("{path}/wipe"), json!({})).await;
        assert_eq!(
            (status, &wiping["wipe"]),
            (StatusCode::OK, &json!("pending")),
            "{wiping}"
        );
        let (status, problem) = call(
            world,
            issued.access.reveal(),
            Method::GET,
            "/api/v1/people",
            Value::Null,
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNAUTHORIZED, &json!("wipe-requested"))
        );
        let told = json_of(refresh(world, app, issued.refresh.reveal()).await).await;
        assert_eq!(
            (&told["error"], &told["wipe"]),
            (&json!("invalid_grant"), &json!(true))
        );
        let done = send(world, "/oauth/wipe", &[("token", issued.refresh.reveal())]).await;
        assert_eq!(done.status(), StatusCode::OK);
        let (_, one) = admin(Method::GET, &path, Value::Null).await;
        assert_eq!((&one["wipe"], &one["state"]), (&json!("done"), &json!("revoked")));

        let (other, next) = signed_in(world, &owner, "Other").await;
        let ids = json!({ "ids": [next.session, api.id] });
        let (status, results) = admin(Method::POST, "/api/v1/mobile-sessions/bulk-revoke", ids).await;
        assert_eq!(status, StatusCode::OK);
        let of = |id: domain::TokenId| {
            let rows = results["data"].as_array().expect("results");
            let row = rows.iter().find(|row| row["id"] == json!(id));
            row.map(|row| row["result"].clone())
        };
        assert_eq!(
            (of(next.session), of(api.id)),
            (Some(json!("revoked")), Some(json!("not_found")))
        );

        let new = json!({ "name": "Third", "redirect_uris": ["http://example.org/"] });
        let (status, problem) = admin(Method::POST, "/api/v1/mobile-apps", new).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], "/redirect_uris", "{problem}");
        let renamed = json!({ "name": "Renamed" });
        let (status, changed) = admin(Method::PATCH, &format!("/api/v1/mobile-apps/{other}"), renamed).await;
        assert_eq!(
            (status, &changed["name"]),
            (StatusCode::OK, &json!("Renamed")),
            "{changed}"
        );
        assert_eq!(changed["redirect_uris"][0], REDIRECT);
        let (status, _) = admin(
            Method::DELETE,
            &format!("/api/v1/mobile-apps/{other}"),
            Value::Null,
        )
        .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_finds_tokens_reports_them_and_learns_nothing() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let (app, issued) = signed_in(world, &owner, "Harbour").await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let mut answers = Vec::new();
        for tokens in [
            json!(["twa_nonsense"]),
            json!([&api.secret, issued.refresh.reveal()]),
            json!([&api.secret]),
        ] {
            let request = world
                .browser()
                .request(Method::POST, "/api/v1/leaks/report")
                .json(&json!({ "tokens": tokens }));
            let answer = request.send().await.expect("an answer");
            answers.push((answer.status(), answer.text().await.expect("a body")));
        }
        assert!(
            answers
                .iter()
                .all(|one| *one == (StatusCode::ACCEPTED, String::new())),
            "{answers:?}"
        );
        let (status, _) = call(
            world,
            &api.secret,
            Method::GET,
            "/api/v1/tokens/self",
            Value::Null,
        )
        .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let answer = refresh(world, app, issued.refresh.reveal()).await;
        assert_eq!(json_of(answer).await["error"], "invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_finds_tokens_asks_which_are_alive_and_sends_none() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let api = token(world, &owner, ApiTokenForm::default()).await;
        let secret = domain::prefixed::of_any_kind(&api.secret).expect("a token");
        let digest = backend::scan_digest::ScanDigest::of(&secret);
        let ask = async |body: Value| {
            let request = world.browser().request(Method::POST, "/api/v1/leaks/check");
            let answer = request.json(&body).send().await.expect("an answer");
            (answer.status(), json_of(answer).await)
        };
        let (status, answer) = ask(json!({ "prefixes": [digest.prefix(), "000000"] })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let salt = answer["salt"].as_str().expect("a salt");
        let confirmation = json!(digest.confirmation(salt));
        for bucket in answer["data"].as_array().expect("answers") {
            let confirmations = bucket["confirmations"].as_array().expect("confirmations");
            assert_eq!(confirmations.len(), 4, "{bucket}");
            let is_its = bucket["prefix"] == digest.prefix();
            assert_eq!(confirmations.contains(&confirmation), is_its, "{bucket}");
        }
        for (body, pointer) in [
            (json!({ "prefixes": [api.secret] }), "/prefixes"),
            (json!({ "prefix": ["000000"] }), "/prefix"),
        ] {
            let (status, problem) = ask(body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
            assert!(!problem.to_string().contains(&api.secret));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_programs_read_before_they_begin_is_true() {
    on_sqlite(async |world| {
        let browser = world.browser();
        let said = json_of(browser.get("/.well-known/oauth-authorization-server").await).await;
        assert_eq!(said["issuer"], world.url);
        assert_eq!(said["code_challenge_methods_supported"], json!(["S256"]));
        for (name, path) in [
            ("authorization_endpoint", "/oauth/authorize"),
            ("token_endpoint", "/oauth/token"),
            ("revocation_endpoint", "/oauth/revoke"),
            ("introspection_endpoint", "/oauth/introspect"),
        ] {
            assert_eq!(said[name], format!("{}{path}", world.url));
        }
        let format = json_of(browser.get("/.well-known/tokenwright-token-format").await).await;
        let kinds = format["tokens"].as_array().expect("kinds");
        assert_eq!(kinds.len(), 4);
        for kind in kinds {
            let prefix = kind["prefix"].as_str().expect("a prefix");
            assert_eq!(kind["length"], 53, "{kind}");
            assert_eq!(kind["pattern"], format!("\\b{prefix}[0-9A-Za-z]{{49}}\\b"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_screens_show_who_is_signed_in_and_no_secret() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let (app, issued) = signed_in(world, &owner, "Harbour").await;
        for (path, words) in [
            (
                "/administrator/tokens/mobile".to_owned(),
                "Mobile Users Logged In",
            ),
            (
                format!("/administrator/tokens/mobile/{}", issued.session),
                "Expiry Date",
            ),
            (
                "/administrator/tokens/mobile/apps".to_owned(),
                "org.example.harbour:/signed-in",
            ),
            ("/account".to_owned(), "Apps that are signed in"),
        ] {
            let page = owner.get(&path).await;
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            let page = page.text().await.expect("a page");
            assert!(page.contains(words) && page.contains("Harbour"), "{path}");
            for secret in [issued.access.reveal(), issued.refresh.reveal()] {
                assert!(!page.contains(secret), "{path}");
            }
        }
        let page = owner
            .get("/administrator/tokens/mobile/apps")
            .await
            .text()
            .await
            .expect("a page");
        assert!(page.contains(&app.to_string()));
    })
    .await;
}
