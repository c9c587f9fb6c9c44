//! A PostgreSQL of our own, for as long as the tests run.
//!
//! It lives in a temporary folder on a free port and, for tests, writes without waiting for the disk. A small shell
//! watches over it: when this process ends, however it ends, the shell sees its input close, stops the server and
//! removes the folder.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{answer, program, run_quietly, say};
use crate::workspace::{cannot, setting};
use crate::{Outcome, install};

const WATCH: &str = r#"
trap '' INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// A running server, or the address of an existing one.
pub struct Postgres {
    url: String,
    watcher: Option<Child>,
}

impl Postgres {
    /// The server named in TEST_POSTGRES_URL, or a new one.
    pub fn start() -> Outcome<Postgres> {
        if let Some(url) = setting("TEST_POSTGRES_URL") {
            return Ok(Postgres { url, watcher: None });
        }
        let settings = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=300",
        ];
        Self::start_new(&[], &settings)
    }

    /// A new server that loses nothing in a power cut, on one core: for measurements.
    pub fn start_durable(core: &str) -> Outcome<Postgres> {
        let settings = ["max_connections=300", "shared_buffers=256MB", "max_wal_size=4GB"];
        Self::start_new(&["taskset", "-c", core], &settings)
    }

    fn start_new(before: &[&str], settings: &[&str]) -> Outcome<Postgres> {
        let programs = install::postgres()?;
        say("Starting PostgreSQL in a temporary folder");
        let owner = Owner::find()?;
        let folder = std::env::temp_dir().join(format!("tokenwright-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| cannot("make", &folder, &error))?;
        owner.take(&folder)?;
        let data = folder.join("data");
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        run_quietly(owner.acts(initdb.arg("-D").arg(&data).current_dir(&folder)))?;

        let port = free_port()?;
        let mut server = Command::new("sh");
        server
            .args(["-c", WATCH, "watch"])
            .arg(&folder)
            .args(before)
            .arg(programs.join("postgres"))
            .arg("-D")
            .arg(&data);
        server
            .arg("-k")
            .arg(&folder)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1"]);
        for setting in settings {
            server.args(["-c", *setting]);
        }
        let watcher = owner
            .acts(server.current_dir(&folder).stdin(Stdio::piped()))
            .spawn();
        let watcher = watcher.map_err(|error| format!("PostgreSQL could not be started: {error}."))?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let started = Postgres {
            url,
            watcher: Some(watcher),
        };
        wait_until_ready(&programs, port, &folder)?;
        Ok(started)
    }

    /// The address of its database `postgres`, as a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut watcher) = self.watcher.take() {
            drop(watcher.stdin.take());
            let _ = watcher.wait();
        }
    }
}

/// PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    fn find() -> Outcome<Owner> {
        let id =
            |arguments: &[&str]| answer(program("id").args(arguments)).and_then(|text| text.parse().ok());
        if id(&["-u"]) != Some(0) {
            return Ok(Owner { ids: None });
        }
        match (id(&["-u", "postgres"]), id(&["-g", "postgres"])) {
            (Some(user), Some(group)) => Ok(Owner {
                ids: Some((user, group)),
            }),
            _ => Err("PostgreSQL does not run as root, and there is no user `postgres` to run it as.".into()),
        }
    }

    fn take(&self, folder: &Path) -> Outcome {
        let Some((user, group)) = self.ids else {
            return Ok(());
        };
        chown(folder, Some(user), Some(group)).map_err(|error| cannot("hand over", folder, &error))
    }

    fn acts<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }
}

/// A free port.
pub fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address
        .map(|address| address.port())
        .map_err(|error| format!("No free port: {error}."))
}

fn wait_until_ready(programs: &Path, port: u16, folder: &Path) -> Outcome {
    let ready: PathBuf = programs.join("pg_isready");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let port = port.to_string();
        if answer(Command::new(&ready).args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres"])).is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!(
        "PostgreSQL did not start within 30 seconds. Its log says:\n{log}"
    ))
}
