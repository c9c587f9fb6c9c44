//! `tokenwright page-token` and `tokenwright site`, by the names that scripts rely on.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{Process, program, run, words};
use crate::world::{Browser, SETUP_CODE, set_up_form};

/// Runs a command and reads the JSON that it prints.
fn say(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--output", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The ids that a list has.
fn listed(folder: &Path, list: &str) -> Vec<Value> {
    let output = run(
        folder,
        &["page-token", "list", "--list", list, "--output", "json"],
    );
    assert!(output.status.success(), "{}", words(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let row = |line: &str| serde_json::from_str::<Value>(line).expect("a row a line");
    lines.lines().map(|line| row(line)["id"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_script_adds_lists_shows_edits_and_revokes_page_tokens() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--setup-code", SETUP_CODE];
    let server = Process::serve(program(path, &serve));
    let answer = Browser::at(&server.url).post("/setup", &set_up_form()).await;
    assert_eq!(answer.status(), 303);

    let address = "http://shop.test:8080";
    let networks = ["--trusted-networks", "127.0.0.1/32"];
    let site = say(
        path,
        &[&["site", "add", "--address", address][..], &networks].concat(),
    );
    assert!(site["id"].is_string() && site["secret"].is_string(), "{site}");
    let url = "http://shop.test:8080/report?b=2&a=%2C";
    let line = "page-token add --timeout -1 --max-hits 3 --groups a,b --full-url";
    let add: Vec<&str> = line.split(' ').chain([url]).collect();
    let made = say(path, &add);
    let (id, token) = (
        made["id"].as_str().expect("an id"),
        made["token"].as_str().expect("a token"),
    );
    assert_eq!(made["link"], format!("{url}&TOKEN={token}"));
    assert_eq!(made["canonical_url"], "http://shop.test:8080/report?a=,&b=2");

    let list = ["page-token", "list"];
    let mut cut_off = program(path, &list)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(cut_off.stdout.take());
    let output = cut_off.wait_with_output().expect("it ends");
    assert!(output.status.success(), "nobody reads on: {}", words(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "Database: SQLite in ./data/tokenwright.db\n");

    // The server that runs knows it at once.
    let asked = async |target: &str| {
        let request = reqwest::Client::new()
            .get(format!("{}/gate/nginx", server.url))
            .header("x-original-url", format!("{address}{target}"))
            .header("x-original-method", "GET");
        request.send().await.expect("an answer").status().as_u16()
    };
    let target = format!("/report?a=,&b=2&token={token}");
    assert_eq!(asked(&target).await, 200);
    let shown = say(path, &["page-token", "show", id]);
    let facts =
        ["hits", "hits_left", "max_hits", "groups", "state", "expires_at"].map(|name| shown[name].clone());
    assert_eq!(
        facts,
        [
            json!(1),
            json!(2),
            json!(3),
            json!(["a", "b"]),
            json!("live"),
            Value::Null
        ]
    );
    assert!(
        shown["token"].is_null(),
        "the secret is shown when it is asked for"
    );
    assert_eq!(say(path, &["page-token", "show", id, "--reveal"])["token"], token);

    let edited = say(
        path,
        &["page-token", "edit", id, "--max-hits", "2", "--groups", "c"],
    );
    assert_eq!(
        (&edited["hits_left"], &edited["groups"]),
        (&json!(1), &json!(["c"]))
    );
    assert_eq!(asked(&target).await, 200);
    assert_eq!(asked(&target).await, 403, "its last hit is spent");
    let spent = say(path, &["page-token", "show", id]);
    assert_eq!(spent["state"], "used_up", "the word of the REST API");
    assert!(listed(path, "active").is_empty());
    assert_eq!(listed(path, "expired"), [id], "it stays to be seen");
    let edited = say(path, &["page-token", "edit", id, "--max-hits", "-1"]);
    assert_eq!(
        (&edited["max_hits"], &edited["hits_left"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(listed(path, "active"), [id], "it lives again, with the same link");
    // What another process changes is known to the server within a second.
    const KNOWN: std::time::Duration = std::time::Duration::from_millis(1_200);
    tokio::time::sleep(KNOWN).await;
    assert_eq!(asked(&target).await, 200);

    let revoked = say(path, &["page-token", "revoke", id]);
    assert_eq!(revoked["state"], "revoked");
    tokio::time::sleep(KNOWN).await;
    assert_eq!(asked(&target).await, 403);
    assert_eq!(listed(path, "expired"), [id]);
    let unknown = run(
        path,
        &["page-token", "add", "--full-url", "http://elsewhere.test/"],
    );
    assert!(
        !unknown.status.success() && words(&unknown).contains("http://elsewhere.test"),
        "{}",
        words(&unknown)
    );
}
