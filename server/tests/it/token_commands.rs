//! `tokenwright token …` as scripts call it: what is printed as JSON, and what the exit code tells.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{Process, program, run, words};
use crate::world::mistyped;

/// The exit code, and what was printed as JSON.
fn token(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let output = run(folder, &[&["token"], arguments].concat());
    let printed = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let code = output.status.code();
    (code.unwrap_or_else(|| panic!("{}", words(&output))), printed)
}

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let (code, printed) = token(folder, &[arguments, &["--output", "json"]].concat());
    assert_eq!(code, 0, "{arguments:?}: {printed}");
    printed
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A folder with the example in it.
fn demo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = run(folder.path(), &["demo"]);
    assert!(demo.status.success(), "{}", words(&demo));
    folder
}

const CREATE: [&str; 5] = ["create", "--name", "Nightly", "--user", "ada@example.org"];

#[test]
fn a_script_makes_a_token_and_reads_it_and_ends_it() {
    let demo = demo();
    let folder = demo.path();
    let bounded = [
        "--user-type",
        "administrator",
        "--permissions",
        "tokens:read,collections:read",
        "--expires",
        "90d",
        "--networks",
        "203.0.113.0/24,2001:db8::/32",
    ];
    let made = json_of(folder, &[&CREATE[..], &bounded].concat());
    let fields: Vec<&String> = made.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["expires_at", "id", "token"], "{made}");
    let (id, secret) = (text(&made["id"]), text(&made["token"]));
    assert!(secret.starts_with("twa_") && text(&made["expires_at"]).contains('T'));
    for expires in ["2099-01-31", "never"] {
        let other = json_of(folder, &[&CREATE[..], &["--expires", expires]].concat());
        assert_eq!(other["expires_at"].is_null(), expires == "never", "{other}");
        let other = text(&other["id"]);
        assert_eq!(token(folder, &["revoke", other]).0, 0);
    }

    let list = json_of(folder, &["list"]);
    let mine = list.as_array().expect("rows").iter().find(|row| row["id"] == id);
    let mine = mine.expect("the token");
    assert_eq!(
        (&mine["name"], &mine["state"], &mine["user"]["email"]),
        (&json!("Nightly"), &json!("live"), &json!("ada@example.org"))
    );
    let shown = json_of(folder, &["show", id]);
    assert_eq!(
        shown["permissions"],
        json!(["tokens:read", "collections:read"]),
        "{shown}"
    );
    assert!(text(&shown["networks"]).contains("203.0.113.0/24"), "{shown}");
    for seen in [&list, &shown] {
        assert!(!seen.to_string().contains(secret), "the secret is shown once");
    }
    let ended = json_of(folder, &["list", "--ended"]);
    assert!(ended.as_array().is_some_and(|rows| rows.len() >= 2), "{ended}");

    let verdict = |secret: &str| token(folder, &["verify", secret, "--output", "json"]);
    let (code, said) = verdict(secret);
    assert_eq!((code, &said["valid"], &said["id"]), (0, &json!(true), &json!(id)));
    assert_eq!(verdict("twa_nonsense"), (1, json!({ "valid": false })));
    assert_eq!(json_of(folder, &["suspend", id])["state"], "suspended");
    assert_eq!(verdict(secret).0, 1, "paused");
    let resumed = words(&run(folder, &["token", "resume", id]));
    assert!(
        resumed.contains(&format!("Nightly ({id}) is not paused any more.")),
        "{resumed}"
    );
    assert_eq!(verdict(secret).0, 0);

    let rotated = json_of(folder, &["rotate", id]);
    let fresh = text(&rotated["token"]);
    assert_eq!(
        (verdict(secret).0, verdict(fresh).0),
        (1, 0),
        "the old one has no grace"
    );
    let again = json_of(folder, &["rotate", id, "--grace", "1h"]);
    let newest = text(&again["token"]);
    assert_eq!((verdict(fresh).0, verdict(newest).0), (0, 0), "within its grace");
    assert_eq!(json_of(folder, &["revoke", id])["state"], "revoked");
    assert_eq!((verdict(fresh).0, verdict(newest).0), (1, 1));
}

#[test]
fn a_secret_is_read_from_standard_input_and_what_is_wrong_is_said_with_another_code() {
    let demo = demo();
    let folder = demo.path();
    let made = json_of(folder, &CREATE);
    for (typed, expected) in [(text(&made["token"]), 0), ("twa_nonsense", 1)] {
        let mut verify = program(folder, &["token", "verify", "-"]);
        let verify = verify.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut verify = verify.spawn().expect("the program starts");
        let mut input = verify.stdin.take().expect("its input");
        writeln!(input, "{typed}").expect("written");
        drop(input);
        assert_eq!(verify.wait().expect("it ends").code(), Some(expected));
    }
    for wrong in [
        &["create", "--name", "X", "--user", "nobody@example.org"][..],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--permissions",
            "no:such",
        ],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--expires",
            "soon",
        ],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--networks",
            "1.2.3.4/99",
        ],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--department",
            "Nowhere",
        ],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--permissions",
            "",
        ],
        &[
            "create",
            "--name",
            "X",
            "--user",
            "ada@example.org",
            "--expires",
            "0d",
        ],
        &["show", "00000000-0000-0000-0000-000000000000"],
        &["revoke", "00000000-0000-0000-0000-000000000000"],
        &["show", "nonsense"],
    ] {
        let output = run(folder, &[&["token"], wrong].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{wrong:?}");
        assert!(said.len() > 10 && !said.contains("panicked"), "{wrong:?}: {said}");
    }
}

#[test]
fn files_are_searched_for_tokens_and_no_secret_is_printed() {
    let demo = demo();
    let folder = demo.path();
    let (alive, dead) = (json_of(folder, &CREATE), json_of(folder, &CREATE));
    assert_eq!(token(folder, &["revoke", text(&dead["id"])]).0, 0);
    let (alive_secret, dead_secret) = (text(&alive["token"]), text(&dead["token"]));
    let mistyped = mistyped(dead_secret);
    let below = folder.join("leaked/below");
    std::fs::create_dir_all(&below).expect("a folder");
    std::fs::write(below.join("a.env"), format!("# keys\nTOKEN={alive_secret}\n")).expect("a file");
    std::fs::write(folder.join("leaked/b.txt"), format!("{dead_secret} {mistyped}")).expect("a file");

    let (code, found) = token(folder, &["scan", "leaked", "--output", "json"]);
    assert_eq!(code, 1, "one is alive: {found}");
    let found = found.as_array().expect("rows");
    assert_eq!(found.len(), 2, "what was mistyped is none of ours: {found:?}");
    let of = |name: &str| {
        let row = found.iter().find(|row| text(&row["path"]).ends_with(name));
        row.expect("a row").clone()
    };
    let (here, there) = (of("a.env"), of("b.txt"));
    assert_eq!(
        (&here["line"], &here["alive"], &here["id"]),
        (&json!(2), &json!(true), &alive["id"])
    );
    assert_eq!(there["alive"], false);
    let output = words(&run(folder, &["token", "scan", "leaked"]));
    assert!(output.contains("ALIVE"), "{output}");
    let again = run(folder, &["scan", "leaked/below/a.env", "--output", "json"]);
    assert_eq!(
        again.status.code(),
        Some(1),
        "by its short name: {}",
        words(&again)
    );
    for secret in [alive_secret, dead_secret] {
        assert!(!output.contains(secret) && !found.iter().any(|row| row.to_string().contains(secret)));
    }
    assert_eq!(token(folder, &["revoke", text(&alive["id"])]).0, 0);
    assert_eq!(token(folder, &["scan", "leaked"]).0, 0, "none is alive");
}

#[test]
fn on_another_machine_a_server_says_which_are_alive_and_is_sent_no_token() {
    let demo = demo();
    let folder = demo.path();
    let (alive, dead) = (json_of(folder, &CREATE), json_of(folder, &CREATE));
    assert_eq!(token(folder, &["revoke", text(&dead["id"])]).0, 0);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let here = elsewhere.path();
    std::fs::write(here.join("alive.env"), text(&alive["token"])).expect("a file");
    std::fs::write(here.join("dead.env"), text(&dead["token"])).expect("a file");
    let mut server = Process::serve(program(folder, &["serve", "--listen", "127.0.0.1:0"]));
    let url = server.url.clone();
    let scan = |what: &str| {
        let output = run(here, &["scan", what, "--server", &url, "--output", "json"]);
        let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), rows)
    };
    let (code, rows) = scan("alive.env");
    assert_eq!((code, &rows[0]["alive"]), (Some(1), &json!(true)), "{rows}");
    let (code, rows) = scan("dead.env");
    assert_eq!((code, &rows[0]["alive"]), (Some(0), &json!(false)), "{rows}");
    let (code, rows) = scan(".");
    assert_eq!(
        (code, rows.as_array().map(Vec::len)),
        (Some(1), Some(2)),
        "{rows}"
    );
    server.terminate();
    for secret in [&alive["token"], &dead["token"]] {
        assert!(!server.log().contains(text(secret)));
    }
    let gone = run(here, &["scan", "alive.env", "--server", &url]);
    assert_eq!(gone.status.code(), Some(2), "{}", words(&gone));
    assert!(words(&gone).contains("cannot be asked"), "{}", words(&gone));
    let nowhere = run(here, &["scan", "alive.env", "--server", "no address"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", words(&nowhere));
    assert!(
        words(&nowhere).contains("https://tokens.example.org"),
        "{}",
        words(&nowhere)
    );
}

#[test]
fn what_cannot_be_asked_or_read_is_said_and_is_no_verdict() {
    let demo = demo();
    let folder = demo.path();
    let made = json_of(folder, &CREATE);
    let secret = text(&made["token"]);
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let elsewhere = tempfile::tempdir().expect("a folder");
    for place in [folder, elsewhere.path()] {
        std::fs::write(place.join("keys.ps1"), &utf16).expect("a file");
        std::fs::write(place.join("clean.txt"), "nothing").expect("a file");
    }
    assert_eq!(token(folder, &["scan", "keys.ps1"]).0, 1, "as Windows writes it");

    // There is no database there.
    let found = run(
        elsewhere.path(),
        &["token", "scan", "keys.ps1", "--output", "json"],
    );
    assert_eq!(found.status.code(), Some(2), "{}", words(&found));
    let rows: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!((&rows[0]["line"], &rows[0]["alive"]), (&json!(1), &json!(null)));
    assert!(words(&found).contains("no database") && !words(&found).contains(secret));
    assert_eq!(
        token(elsewhere.path(), &["scan", "clean.txt"]).0,
        0,
        "there is nothing to ask about"
    );
    assert_eq!(token(elsewhere.path(), &["verify", secret]).0, 2);

    let missing = run(folder, &["token", "scan", "clean.txt", "missing.txt"]);
    assert_eq!(missing.status.code(), Some(2), "{}", words(&missing));
    assert!(
        words(&missing).contains("missing.txt could not be read"),
        "{}",
        words(&missing)
    );
    assert_eq!(
        token(folder, &["scan", "missing.txt", "keys.ps1"]).0,
        1,
        "one that is alive is the worst"
    );
}
