//! A backup put back: what was used after it does not open again before somebody has looked.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::process::{Process, program, run, words};
use crate::world::Browser;

async fn serve(folder: &Path) -> Process {
    let folder = folder.to_owned();
    let start = move || Process::serve(program(&folder, &["serve", "--listen", "127.0.0.1:0"]));
    tokio::task::spawn_blocking(start).await.expect("it serves")
}

/// Calls the REST API.
async fn call(
    browser: &Browser,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = browser.request(method, path).bearer_auth(token);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restored_backup_opens_nothing_until_somebody_has_looked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let demo = run(path, &["demo"]);
    assert!(demo.status.success(), "{}", words(&demo));
    let made = run(
        path,
        &[
            "token",
            "create",
            "--name",
            "Sync",
            "--user",
            "ada@example.org",
            "--expires",
            "30d",
            "--output",
            "json",
        ],
    );
    let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let token = made["token"].as_str().expect("a token").to_owned();

    let mut process = serve(path).await;
    let browser = Browser::at(&process.url);
    let (_, collections) = call(&browser, &token, Method::GET, "/api/v1/collections", Value::Null).await;
    let collection = collections["data"][0]["id"]
        .as_str()
        .expect("a collection")
        .to_owned();
    let new = json!({"type": "single", "name": "Restored", "usage_limit": 1, "collection_id": collection, "expires_on": "2099-12-31"});
    let (status, single) = call(&browser, &token, Method::POST, "/api/v1/access-tokens", new).await;
    assert_eq!(status, StatusCode::CREATED, "{single}");
    let share = format!(
        "/api/v1/access-tokens/{}/share",
        single["id"].as_str().expect("an id")
    );
    let (_, shared) = call(&browser, &token, Method::POST, &share, json!({})).await;
    let code = shared["link"]
        .as_str()
        .and_then(|link| link.rsplit('/').next())
        .expect("a link")
        .to_owned();

    let backup = run(path, &["backup", "copy.db"]);
    assert!(backup.status.success(), "{}", words(&backup));
    assert_eq!(
        browser.redeem(&code, "Grete", "grete@example.org").await.status(),
        StatusCode::SEE_OTHER
    );
    let refused = run(path, &["restore", "copy.db"]);
    assert!(
        words(&refused).contains("Another Tokenwright is serving"),
        "{}",
        words(&refused)
    );
    tokio::task::spawn_blocking(move || process.terminate())
        .await
        .expect("it ends");

    let restored = run(path, &["restore", "copy.db"]);
    assert!(restored.status.success(), "{}", words(&restored));
    assert!(words(&restored).contains("is kept as"), "{}", words(&restored));
    let doctor = run(path, &["doctor"]);
    assert!(words(&doctor).contains("WRONG quarantine"), "{}", words(&doctor));

    let process = serve(path).await;
    let browser = Browser::at(&process.url);
    let held = browser.redeem(&code, "Max", "max@example.org").await;
    assert_eq!(held.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(held.headers().contains_key("retry-after"));
    let (status, _) = call(&browser, &token, Method::GET, "/api/v1/collections", Value::Null).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "programs wait, too");
    assert_eq!(browser.get("/healthz").await.status(), StatusCode::OK);

    let shown = words(&run(path, &["quarantine", "show"]));
    assert!(shown.contains("may have been used since"), "{shown}");
    assert!(run(path, &["quarantine", "end"]).status.success());
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(
        browser.redeem(&code, "Max", "max@example.org").await.status(),
        StatusCode::SEE_OTHER
    );
    let fsck = run(path, &["fsck"]);
    assert!(words(&fsck).contains("Everything agrees"), "{}", words(&fsck));
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert!(run(path, &["migrate"]).status.success());
    let before = std::fs::read(path.join("data/tokenwright.db")).expect("a database");
    std::fs::write(
        path.join("text.db"),
        "no database, but some text that is long enough to be looked at",
    )
    .expect("written");
    for (backup, sentence) in [
        ("missing.db", "There is no file"),
        ("text.db", "is no SQLite database"),
    ] {
        let refused = run(path, &["restore", backup]);
        assert!(!refused.status.success());
        assert!(words(&refused).contains(sentence), "{}", words(&refused));
    }
    assert_eq!(
        std::fs::read(path.join("data/tokenwright.db")).expect("a database"),
        before
    );
    assert!(!path.join("data/tokenwright.db.restoring").exists());
}

/// Commands × databases that they must not touch: each ends with a sentence, and nothing is made.
#[test]
fn no_command_makes_a_database_in_a_wrong_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let commands: &[&[&str]] = &[
        &["fsck"],
        &["backup", "copy.db"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["organisation", "list"],
        &["person", "invite", "ada@example.org"],
        &["token", "list"],
        &["page-token", "list"],
        &["site", "list"],
        &["quarantine", "show"],
        &["quarantine", "begin"],
        &["doctor"],
    ];
    for command in commands {
        let output = run(path, command);
        assert!(!output.status.success(), "{command:?}");
        assert!(
            words(&output).contains("There is no database at"),
            "{command:?}: {}",
            words(&output)
        );
        assert_eq!(
            std::fs::read_dir(path).expect("a folder").count(),
            0,
            "{command:?} made something"
        );
    }
}
