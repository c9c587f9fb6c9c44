//! The story of [`crate::oauth`] with an app that others wrote, npm `oauth4webapi`, and the API before a judge of its
//! document, PyPI `schemathesis`. `cargo xtask test judges` installs both.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use domain::api_tokens::ApiTokenForm;
use domain::mobile_sessions::MobileAppForm;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::oauth::allow;
use crate::rest::tokens::token;
use crate::world::{location, on_each_engine};

/// Where the app is called back.
const REDIRECT: &str = "http://127.0.0.1/signed-in";

fn judges() -> PathBuf {
    std::path::absolute("../end2end/judges").expect("a folder")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a program of others: cargo xtask test judges"]
async fn an_app_that_others_wrote_signs_in_refreshes_and_signs_out() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        let form = MobileAppForm {
            name: "Judge".into(),
            redirects: REDIRECT.into(),
        };
        let app = world.backend.mobile_sessions().add_app(&caller, &form).await;
        let app = app.expect("an app").id;
        let program = token(world, &owner, ApiTokenForm::default()).await;
        let mut process = Command::new("node")
            .current_dir(judges())
            .arg("oauth_client.mjs")
            .env("ISSUER", &world.url)
            .env("CLIENT_ID", app.to_string())
            .env("REDIRECT", REDIRECT)
            .env("PROGRAM", &program.secret)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut line = || lines.next().and_then(Result::ok);

        let asked = line().expect("an address: is it installed?");
        let path = asked
            .strip_prefix(&format!("open {}", world.url))
            .expect("an address here")
            .to_owned();
        let page = owner.get(&path).await.text().await.expect("a page");
        let called_back = location(&allow(&owner, &page).await).expect("the app");
        let mut input = process.stdin.take().expect("its input");
        writeln!(input, "{called_back}").expect("told");

        let found: Value = serde_json::from_str(&line().expect("what it found")).expect("JSON");
        let expected = json!({
            "rotated": true,
            "scope": "tokens:read",
            "during": { "status": 200, "permissions": ["tokens:read"] },
            "live": { "active": true, "client_id": app, "scope": "tokens:read" },
            "after": 401,
            "dead": { "active": false },
            "refusal": "invalid_grant",
        });
        assert_eq!(found, expected);
        assert!(process.wait().expect("it ends").success());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a program of others: cargo xtask test judges"]
async fn the_api_answers_as_its_document_says() {
    on_each_engine(async |world| {
        let owner = world.set_up().await;
        let caller = world.caller(&owner).await;
        world.collection(&caller, "Boat safety").await;
        let program = token(world, &owner, ApiTokenForm::default()).await;
        #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
        let judge = std::env::var("SCHEMATHESIS").expect("SCHEMATHESIS says where it is");
        // The token that it calls with must live on, and a thousand codes at once would take all of its time. One worker:
        // Python 3.11 gives up on reading types in several threads at once ("AST constructor recursion depth mismatch").
        let status = Command::new(judge)
            .current_dir(world.mail.path())
            .args(["run", &format!("{}/api/v1/openapi.json", world.url)])
            .args(["--header", &format!("Authorization: Bearer {}", program.secret)])
            .args(["--url", &world.url])
            .args(["--phases", "examples,coverage,fuzzing,stateful"])
            .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"])
            // Ids that it has seen in a list it tries to delete, and to suspend.
            .args(["--exclude-path-regex", "^/api/v1/(tokens/self|api-tokens/(bulk-revoke|[^/]+/suspend))"])
            .args(["--exclude-name", "DELETE /api/v1/api-tokens/{id}"])
            .args(["--max-examples", "20", "--seed", "12", "--workers", "1"])
            .args(["--request-timeout", "20", "--no-color"])
            .status()
            .expect("it runs");
        assert!(status.success(), "the API does not hold to its document");
        let (status, after) =
            crate::rest::tokens::call(world, &program.secret, Method::GET, "/api/v1/tokens/self", Value::Null).await;
        let events = owner.get("/api/v1/audit-events?limit=200").await.text().await;
        assert_eq!(
            status,
            StatusCode::OK,
            "the judge ended its own token, and saw refusals from then on: {after} {events:?}"
        );
    })
    .await;
}
