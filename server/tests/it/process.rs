//! The program as a process: it starts fast, says what is wrong, and stops without losing a request.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::world::{Browser, set_up_form};

/// The program, serving from a folder.
pub struct Process {
    /// Where it listens.
    pub url: String,
    child: Child,
    log: Arc<Mutex<String>>,
}

/// The program with arguments, not started yet.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenwright"));
    command.env_clear().current_dir(folder).args(arguments);
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program runs")
}

/// All that it said.
pub fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

impl Process {
    /// Starts it, and waits until it says where it serves.
    pub fn serve(mut command: Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::new(Mutex::new(String::new()));
        let mut stdout = child.stdout.take().expect("its output");
        let mut stderr = BufReader::new(child.stderr.take().expect("its log"));
        let mut url = None;
        while url.is_none() {
            let mut line = String::new();
            assert!(
                stderr.read_line(&mut line).expect("a line") > 0,
                "it ended: {}",
                log.lock().expect("a lock")
            );
            url = line
                .split("Tokenwright serves ")
                .nth(1)
                .and_then(|rest| rest.split(['"', ' ', '\n']).next())
                .map(str::to_owned);
            log.lock().expect("a lock").push_str(&line);
        }
        let more = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut piece) {
                more.lock()
                    .expect("a lock")
                    .push_str(&String::from_utf8_lossy(&piece[..read]));
            }
        });
        let out = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            out.lock().expect("a lock").push_str(&text);
        });
        Self {
            url: url.expect("an address"),
            child,
            log,
        }
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("a lock").clone()
    }

    /// Asks it to end, as service managers do, and waits.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(asked.success());
        (self.child.wait().expect("it ends"), began.elapsed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_starts_fast_prints_its_set_up_code_and_keeps_its_folder_to_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    let mut process = Process::serve(program(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--log", "json"],
    ));
    let browser = Browser::at(&process.url);
    assert_eq!(browser.get("/readyz").await.status(), StatusCode::OK);
    let limit = if cfg!(debug_assertions) { 5000 } else { 500 };
    assert!(
        began.elapsed() < Duration::from_millis(limit),
        "{:?}",
        began.elapsed()
    );

    let log = process.log();
    let code = log.split("set-up code ").nth(1).expect("a set-up code").chars();
    let code: String = code
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let mut form = set_up_form();
    form[0].1 = &code;
    assert_eq!(
        browser.post("/setup", &form).await.status(),
        StatusCode::SEE_OTHER
    );

    let backup = run(folder.path(), &["backup", "copy.db"]);
    assert!(backup.status.success(), "{}", words(&backup));
    for (path, mode) in [
        ("data", 0o700),
        ("data/keys.toml", 0o600),
        ("data/tokenwright.db", 0o600),
        ("data/tokenwright.db-wal", 0o600),
        ("copy.db", 0o600),
    ] {
        assert_eq!(mode_of(&folder.path().join(path)), mode, "{path}");
    }
    assert!(process.terminate().0.success());
}

/// Who may do what with a file.
fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let found = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    found.permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_others_on_the_machine_can_read_is_named_at_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run(folder.path(), &["migrate"]).status.success());
    for (path, mode) in [("data", 0o755), ("data/tokenwright.db", 0o644)] {
        let open = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path().join(path), open).expect("set");
    }
    let process = Process::serve(program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
    let log = process.log();
    for path in ["data", "data/tokenwright.db"] {
        let advice = format!("{path}: run `chmod -R go= ");
        assert!(log.contains(&advice), "{path}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_takes_as_many_files_as_the_system_gives_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // Few at first, as where services are started with 1,024 and more are allowed.
    let started_with_few = "ulimit -S -n 512 && exec \"$0\" serve --listen 127.0.0.1:0";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", started_with_few, env!("CARGO_BIN_EXE_tokenwright")])
        .env_clear()
        .current_dir(folder.path());
    let process = Process::serve(shell);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).expect("limits");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .expect("a line");
    let soft: u64 = line
        .split_whitespace()
        .nth(3)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    assert!(soft > 512, "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proxy_that_is_not_listed_is_named_once_with_the_setting_to_use() {
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let folder = tempfile::tempdir().expect("a folder");
        let process = Process::serve(program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
        let browser = Browser::at(&process.url);
        for _ in 0..2 {
            let request = browser.request(reqwest::Method::GET, "/healthz");
            let answer = request
                .header(header, "203.0.113.9")
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK);
        }
        let log = process.log();
        let advice = "--trusted-proxy 127.0.0.1";
        assert_eq!(log.matches(advice).count(), 1, "{header}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_server_on_the_same_file_and_a_taken_port_are_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Process::serve(program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));

    let second = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
    assert!(
        words(&second).contains("Another Tokenwright is serving from this database"),
        "{}",
        words(&second)
    );

    let elsewhere = tempfile::tempdir().expect("a folder");
    let address = first.url.strip_prefix("http://").expect("an address");
    let taken = run(elsewhere.path(), &["serve", "--listen", address]);
    assert!(!taken.status.success());
    assert!(
        words(&taken).contains("choose another address with --listen"),
        "{}",
        words(&taken)
    );

    let beside = run(folder.path(), &["organisation", "list"]);
    assert!(
        beside.status.success(),
        "commands work beside a server: {}",
        words(&beside)
    );
}

#[test]
fn all_wrong_settings_are_told_at_once_and_no_secret_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("tokenwright.toml"),
        "listn = \"x\"\nlog = \"loud\"\n",
    )
    .expect("a file");
    let arguments = [
        "serve",
        "--database",
        "mysql://ada:canary@db/x",
        "--mail",
        "smtp://ada:canary@mail.example.org:post",
    ];
    let output = run(folder.path(), &arguments);

    assert!(!output.status.success());
    for part in ["listn", "log:", "database:", "mail:"] {
        assert!(words(&output).contains(part), "{part} in {}", words(&output));
    }
    assert!(!words(&output).contains("canary"));
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run(folder.path(), &["migrate"]).status.success());
    let keys = folder.path().join("data/keys.toml");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o644)).expect("set");

    let output = run(folder.path(), &["migrate"]);

    assert!(!output.status.success());
    assert!(words(&output).contains("keys.toml"), "{}", words(&output));
}

/// Whether this test may act as other users.
#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = tempfile::NamedTempFile::new().expect("a file");
    own.as_file().metadata().expect("its owner").uid() == 0
}

#[cfg(unix)]
#[test]
fn a_key_file_that_this_user_cannot_read_is_refused_with_what_to_do() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert!(run(path, &["migrate"]).status.success());
    let keys = path.join("data/keys.toml");
    let mut migrate = program(path, &["migrate"]);
    if is_root() {
        // Everything is a user's, but the keys are root's: as if root had made them.
        // The program lies where that user may run it.
        let copy = path.join("tokenwright");
        std::fs::copy(env!("CARGO_BIN_EXE_tokenwright"), &copy).expect("a copy");
        migrate = Command::new(&copy);
        migrate.env_clear().current_dir(path).arg("migrate");
        for entry in ["", "data", "data/tokenwright.db"] {
            chown(path.join(entry), Some(65534), Some(65534)).expect("given away");
        }
        migrate.uid(65534).gid(65534);
    } else {
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o000)).expect("set");
    }

    let output = migrate.output().expect("the program runs");

    assert!(!output.status.success());
    assert!(
        words(&output).contains("cannot be read by this user") && words(&output).contains("chown USER"),
        "{}",
        words(&output)
    );
}

#[cfg(unix)]
#[test]
fn rotating_keeps_the_owner_and_the_mode_of_the_key_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run(folder.path(), &["migrate"]).status.success());
    let data = folder.path().join("data");
    let keys = data.join("keys.toml");
    if is_root() {
        chown(&data, Some(65534), Some(65534)).expect("given away");
        chown(&keys, Some(65534), Some(65534)).expect("given away");
        std::fs::remove_file(data.join("keys.toml.lock")).expect("made as root");
    }
    let before = std::fs::metadata(&keys).expect("there");

    let output = run(folder.path(), &["keys", "rotate", "--keep-days", "0"]);
    assert!(output.status.success(), "{}", words(&output));

    for name in ["keys.toml", "keys.toml.before", "keys.toml.lock"] {
        let now = std::fs::metadata(data.join(name)).expect(name);
        assert_eq!(
            (now.uid(), now.permissions().mode() & 0o777),
            (before.uid(), 0o600),
            "{name}"
        );
    }
    let list = words(&run(folder.path(), &["keys", "list"]));
    assert!(
        list.contains("key 2: made") && list.contains("in use; needed by nothing"),
        "{list}"
    );
    assert!(!list.contains("key 1"), "it is dropped: {list}");
}

#[test]
fn keys_come_from_wherever_the_settings_say() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let empty = run(path, &["migrate", "--keys", "env:KEPT_ELSEWHERE"]);
    assert!(!empty.status.success());
    assert!(
        words(&empty).contains("tokenwright keys new"),
        "{}",
        words(&empty)
    );

    let new = run(path, &["keys", "new"]);
    let keys = String::from_utf8(new.stdout).expect("text");
    assert!(!path.join("data/keys.toml").exists(), "printed and kept nowhere");
    let mut from_variable = program(path, &["migrate", "--keys", "env:KEPT_ELSEWHERE"]);
    let output = from_variable
        .env("KEPT_ELSEWHERE", &keys)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", words(&output));

    let mut from_descriptor = program(path, &["keys", "list", "--keys", "fd:0"]);
    let mut child = from_descriptor
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(keys.as_bytes()).expect("written");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert!(words(&output).contains("key 1: made"), "{}", words(&output));

    let other = words(&run(path, &["keys", "new"]));
    std::fs::write(path.join("other"), other).expect("written");
    let foreign = run(path, &["migrate", "--keys", "command:cat other"]);
    assert!(!foreign.status.success());
    assert!(
        words(&foreign).contains("the keys of another installation"),
        "{}",
        words(&foreign)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_is_taken_while_the_server_runs_and_checks_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command.env("TOKENWRIGHT_SETUP_CODE", crate::world::SETUP_CODE);
    let process = Process::serve(command);
    assert_eq!(
        Browser::at(&process.url)
            .post("/setup", &set_up_form())
            .await
            .status(),
        StatusCode::SEE_OTHER
    );

    let backup = run(folder.path(), &["backup", "copy.db"]);
    assert!(backup.status.success(), "{}", words(&backup));
    let again = run(folder.path(), &["backup", "copy.db"]);
    assert!(!again.status.success(), "a backup never writes over a file");

    let fsck = run(folder.path(), &["fsck", "--database", "sqlite:copy.db"]);
    assert!(fsck.status.success(), "{}", words(&fsck));
    assert!(words(&fsck).contains("Everything agrees"), "{}", words(&fsck));
    let list = run(
        folder.path(),
        &["organisation", "list", "--database", "sqlite:copy.db"],
    );
    assert!(words(&list).contains("Harbour School"), "{}", words(&list));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_whose_database_takes_no_writes_is_not_ready_and_says_so_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
    let browser = Browser::at(&process.url);
    assert_eq!(browser.get("/readyz").await.status(), StatusCode::OK);
    let settings = database::DbSettings {
        url: database::Url::Sqlite(folder.path().join("data/tokenwright.db")),
        opening: database::Opening::Existing,
        connections: 1,
    };
    let beside = database::Db::open(&settings).await.expect("opens");
    let writer = beside.write().await.expect("the one who writes");
    tokio::time::sleep(Duration::from_millis(600)).await;

    let asked = Instant::now();
    let answer = browser.get("/readyz").await;

    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!(browser.get("/healthz").await.status(), StatusCode::OK);
    drop(writer);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(
        browser.get("/readyz").await.status(),
        StatusCode::OK,
        "by itself again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_under_load_loses_no_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Process::serve(program(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
    let url = process.url.clone();
    let clients = (0..16).map(|n| {
        let url = url.clone();
        tokio::spawn(async move { answers_until_the_door_is_closed(&url, n % 2 == 0).await })
    });
    let clients: Vec<_> = clients.collect();
    tokio::time::sleep(Duration::from_millis(500)).await;

    let (status, took) = tokio::task::spawn_blocking(move || process.terminate())
        .await
        .expect("it ends");

    assert!(
        status.success() && took < Duration::from_secs(10),
        "{status} after {took:?}"
    );
    let mut answered = 0;
    for client in clients {
        answered += client.await.expect("no request was lost");
    }
    assert!(answered > 50, "{answered}");
}

/// Sends requests one after the other. Each of them is answered, until one finds the door closed.
async fn answers_until_the_door_is_closed(url: &str, keeps_connection: bool) -> usize {
    let pool = if keeps_connection { 1 } else { 0 };
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(pool)
        .build()
        .expect("a client");
    let mut answered = 0;
    loop {
        match client.get(format!("{url}/t")).send().await {
            Ok(answer) => {
                assert_eq!(answer.status(), StatusCode::OK);
                assert!(answer.text().await.expect("a whole body").ends_with("</html>"));
                answered += 1;
            }
            Err(error) => {
                assert!(
                    error.is_connect(),
                    "a request was lost after {answered}: {error:?}"
                );
                return answered;
            }
        }
    }
}
