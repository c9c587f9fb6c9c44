//! Canaries: secrets of every kind, and all the places where none of them may turn up.

use domain::api_tokens::ApiTokenForm;
use domain::people::InvitationForm;
use reqwest::StatusCode;

use crate::process::{Process, program};
use crate::scanners::{dump, settled};
use crate::world::{
    Browser, PASSWORD, PRESS, SETUP_CODE, hidden, location, on_each_engine, on_sqlite, set_up_form,
};

/// A mail's text without its line breaks and escapes.
pub fn decoded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_secret_is_in_the_log_even_at_its_most_talkative() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--log", "json"],
    );
    command
        .env("TOKENWRIGHT_SETUP_CODE", SETUP_CODE)
        .env("RUST_LOG", "trace");
    let mut process = Process::serve(command);
    let browser = Browser::at(&process.url);

    assert_eq!(
        browser.post("/setup", &set_up_form()).await.status(),
        StatusCode::SEE_OTHER
    );
    let session = browser.session().expect("a session");
    let code = backend::Random.code();
    for path in [
        format!("/t/{}", code.reveal()),
        format!("/t/{}", code.grouped()),
        "/invitation/canary-invitation".into(),
        "/my/sign-in/canary-sign-in-link".into(),
        "/tokens?q=canary-search".into(),
        "/nowhere/canary-path?canary-query".into(),
    ] {
        browser.get(&path).await;
    }
    browser.post("/t", &[("code", code.reveal())]).await;
    browser
        .post(
            "/t/open",
            &[
                PRESS,
                ("code", code.reveal()),
                ("name", "x"),
                ("email", "x@example.org"),
            ],
        )
        .await;
    browser
        .post(
            "/sign-in",
            &[
                ("email", "ada@example.org"),
                ("password", "canary wrong password"),
            ],
        )
        .await;
    browser
        .post(
            "/sign-in",
            &[("email", "ada@example.org"), ("password", PASSWORD)],
        )
        .await;
    let metrics = browser.get("/metrics").await.text().await.expect("metrics");
    assert!(process.terminate().0.success());

    let keys = std::fs::read_to_string(folder.path().join("data/keys.toml")).expect("a key file");
    let peppers = keys
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .filter(|text| text.len() > 20);
    let log = process.log();
    assert!(log.len() > 1000, "it was talkative");
    let grouped = code.grouped();
    let secrets = [code.reveal(), &grouped, &session, "canary", PASSWORD];
    for secret in secrets.into_iter().chain(peppers) {
        for line in log.lines().chain(metrics.lines()) {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_page_or_metric_shows_a_secret_to_the_wrong_eyes() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (token, code) = world.single_token(&caller, collection, "").await;
        let invitation = InvitationForm {
            email: "bob@example.org".into(),
            user_type: "owner".into(),
            department: String::new(),
        };
        let invitation = world
            .backend
            .people()
            .invite(&caller, &invitation)
            .await
            .expect("an invitation")
            .link;
        let invitation = invitation.rsplit_once('/').expect("a link").1.to_owned();
        let recipient = world.browser();
        recipient.redeem(&code, "Grete", "grete@example.org").await;
        let sessions = [
            owner.session().expect("a session"),
            recipient.my_session().expect("a session"),
        ];
        let grouped = code.parse::<domain::Code>().expect("a code").grouped();
        let compact = grouped.replace('-', "");
        let api_token = ApiTokenForm {
            name: "Import".into(),
            ..ApiTokenForm::default()
        };
        let api_token = world.backend.api_tokens().create_from(&caller, &api_token).await;
        let api_token = api_token.expect("an API token");
        let secrets = [
            &grouped,
            &compact,
            &api_token.secret,
            &invitation,
            &sessions[0],
            &sessions[1],
            &PASSWORD.to_owned(),
            &SETUP_CODE.to_owned(),
        ];

        let pages = [
            "/tokens",
            "/collections",
            "/people",
            "/organisation",
            "/organisation/departments",
            "/organisation/user-types",
            "/administrator/tokens",
            "/account",
            "/my",
            "/metrics",
            "/healthz",
        ];
        let pages = pages.map(str::to_owned).into_iter().chain([
            format!("/tokens/{token}"),
            format!("/administrator/tokens/{}", api_token.id),
            format!("/collections/{collection}"),
            format!("/collections/{collection}/preview"),
            format!("/people/{}", caller.person().expect("an admin")),
            format!("/my/{collection}"),
        ]);
        for path in pages {
            for browser in [&owner, &recipient, &world.browser()] {
                let text = browser.get(&path).await.text().await.expect("a page");
                for secret in secrets {
                    assert!(!text.contains(secret.as_str()), "{secret} on {path}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fault_says_an_id_and_nothing_else() {
    on_sqlite(async |world| {
        let owner = world.set_up().await;
        let (path, card) = world.browser().follow("/t").await;
        assert_eq!((path.as_str(), card.status()), ("/t", StatusCode::OK));
        // The database is gone: every page that asks it fails.
        world.backend.database().close().await;

        let request = owner
            .request(reqwest::Method::GET, "/tokens")
            .header("accept", "text/html")
            .send()
            .await;
        let answer = request.expect("an answer");
        assert!(
            matches!(answer.status().as_u16(), 500 | 503),
            "{}",
            answer.status()
        );
        assert_eq!(location(&answer), None);
        let html = answer.text().await.expect("a page");
        for word in ["sqlx", "SELECT", "PoolClosed", "pool", ".rs", "panicked"] {
            assert!(!html.contains(word), "{word} in {html}");
        }
        assert_eq!(hidden(&html, "key"), None);
        assert_eq!(
            owner.get("/healthz").await.status(),
            StatusCode::OK,
            "the process is alive"
        );
        assert_eq!(
            owner.get("/readyz").await.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "but not ready"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stolen_database_holds_no_secret() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let collection = world.collection(&caller, "Boat safety").await;
        let (_, code) = world.single_token(&caller, collection, "").await;
        let recipient = world.browser();
        recipient.redeem(&code, "Grete", "grete@example.org").await;
        let invitation = InvitationForm {
            email: "bob@example.org".into(),
            user_type: "administrator".into(),
            department: String::new(),
        };
        let invited = world.backend.people().invite(&caller, &invitation).await;
        let invitation = invited.expect("an invitation").link;
        recipient
            .post("/my/sign-in", &[("email", "grete@example.org")])
            .await;
        let link = crate::redeem::link_in_mail(world).await;
        settled(world).await;

        let last_part = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let secrets = [
            code.clone(),
            code.replace('-', ""),
            last_part(&invitation),
            last_part(&link),
            owner.session().expect("a session"),
            recipient.my_session().expect("a session"),
            PASSWORD.to_owned(),
            SETUP_CODE.to_owned(),
        ];
        let rows = dump(world, &[]).await;
        assert!(rows.len() > 30, "{} rows", rows.len());
        for secret in secrets {
            assert!(secret.len() > 15, "a secret, not a word: {secret}");
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            for row in &rows {
                let is_in = row.contains(&secret) || row.to_lowercase().contains(&hex);
                assert!(!is_in, "{secret} in {row}");
            }
        }
    })
    .await;
}
