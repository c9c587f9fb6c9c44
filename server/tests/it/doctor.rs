//! `tokenwright doctor` says in words what does not fit.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::process::{Process, program, run, words};

/// What the doctor says of one thing.
fn says(folder: &Path, arguments: &[&str], what: &str) -> String {
    let output = run(folder, &[&["doctor"], arguments].concat());
    let said = words(&output);
    let line = said.lines().find(|line| line.contains(&format!(" {what}: ")));
    line.unwrap_or_else(|| panic!("nothing about {what}: {said}"))
        .to_owned()
}

#[test]
fn each_thing_that_does_not_fit_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert!(run(path, &["migrate"]).status.success());
    let well = run(path, &["doctor"]);
    assert!(well.status.success(), "{}", words(&well));
    assert!(!words(&well).contains("WRONG"), "{}", words(&well));

    let cases: [(&[&str], &str, &str); 4] = [
        (
            &["--public-url", "http://tokens.invalid"],
            "public URL",
            "set --public-url to its https address",
        ),
        (
            &["--public-url", "https://tokens.invalid"],
            "public URL",
            "cannot be connected to",
        ),
        (
            &["--public-url", "https://tokens.invalid"],
            "proxy",
            "cannot be asked",
        ),
        // Nobody listens on the first port.
        (&["--mail", "smtp://127.0.0.1:1"], "mail", "127.0.0.1:1"),
    ];
    for (arguments, what, sentence) in cases {
        let said = says(path, arguments, what);
        assert!(said.starts_with("WRONG"), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    }

    let database = path.join("data/tokenwright.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).expect("set");
    let said = says(path, &[], "files");
    assert!(
        said.starts_with("WRONG") && said.contains("chmod -R go= "),
        "{said}"
    );

    let said = says(path, &["--data-dir", "elsewhere"], "disk");
    assert!(
        said.starts_with("WRONG") && said.contains("Name the right folder"),
        "{said}"
    );

    std::fs::write(path.join("data/keys.toml"), run(path, &["keys", "new"]).stdout).expect("written");
    let said = says(path, &[], "database");
    assert!(
        said.starts_with("WRONG") && said.contains("keys of another installation"),
        "{said}"
    );
    assert!(!run(path, &["doctor"]).status.success());
}

/// A proxy in front of a server that adds a line to each request.
async fn proxy(line: &'static str) -> (std::net::SocketAddr, tokio::sync::watch::Sender<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (to, behind) = tokio::sync::watch::channel(String::new());
    tokio::spawn(async move {
        while let Ok((mut visitor, _)) = listener.accept().await {
            let place = behind.borrow().clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(place).await?;
                let mut piece = [0; 8192];
                let read = visitor.read(&mut piece).await?;
                let text = String::from_utf8_lossy(&piece[..read]).into_owned();
                let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
                server
                    .write_all(format!("{first}\r\n{line}{rest}").as_bytes())
                    .await?;
                copy_bidirectional(&mut visitor, &mut server).await
            });
        }
    });
    (address, to)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_server_sees_of_a_request_through_the_proxy_is_told() {
    const WORD: &str = "X-Forwarded-For: 203.0.113.9\r\n";
    for (line, listed, verdict) in [
        (
            WORD,
            true,
            "ok    proxy: X-Forwarded-For of 127.0.0.1/32 is believed",
        ),
        (
            WORD,
            false,
            "WRONG proxy: the server does not believe what the proxy says",
        ),
        ("", false, "ok    proxy: none"),
    ] {
        let (address, to) = proxy(line).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        let trusted = if listed {
            "trusted-proxy = \"127.0.0.1/32\"\n"
        } else {
            ""
        };
        let settings = format!("public-url = \"http://{address}\"\n{trusted}");
        std::fs::write(path.join("tokenwright.toml"), settings).expect("written");
        let process = Process::serve(program(&path, &["serve", "--listen", "127.0.0.1:0"]));
        let listens = process.log();
        let place = listens
            .split("address=")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next())
            .expect("where it listens");
        to.send_replace(place.to_owned());
        let said = tokio::task::spawn_blocking(move || says(&path, &[], "proxy"));
        let said = said.await.expect("it ends");
        assert!(said.starts_with(verdict), "{said}");
    }
}
