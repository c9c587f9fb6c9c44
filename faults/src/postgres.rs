//! A PostgreSQL of our own, with `fsync` on: what it acknowledged is on the disk, as in production. It can be stopped
//! hard and started again.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use crate::failure::{Failure, Outcome};
use crate::server::{free_port, signal};

/// A running PostgreSQL.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    owner: Option<(u32, u32)>,
    /// Where it listens.
    pub port: u16,
    process: Mutex<Option<Child>>,
}

impl Postgres {
    /// Creates a cluster in a temporary folder, and starts it.
    pub async fn start(programs: &Path) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tokenwright-faults-pg-")
            .tempdir()?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let postgres = Self {
            programs: programs.to_owned(),
            folder,
            owner,
            port: free_port()?,
            process: Mutex::new(None),
        };
        let mut initdb = postgres.program("initdb");
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        finish(initdb.arg("-D").arg(postgres.data()))?;
        postgres.resume().await?;
        Ok(postgres)
    }

    /// Starts it on the existing data, and waits until it answers.
    pub async fn resume(&self) -> Outcome<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        let mut server = self.program("postgres");
        server
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path());
        server.args([
            "-p",
            &self.port.to_string(),
            "-h",
            "127.0.0.1",
            "-c",
            // Thirty servers of cases that run beside each other, of which each may take sixteen.
            "max_connections=800",
        ]);
        let child = server
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        *self.process() = Some(child);
        for _ in 0..600 {
            let port = self.port.to_string();
            let mut ready = self.program("pg_isready");
            if ready
                .args(["-q", "-h", "127.0.0.1", "-p", &port, "-U", "postgres"])
                .status()?
                .success()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Failure::Hindered(
            "PostgreSQL did not start within 30 seconds".into(),
        ))
    }

    /// Stops it as `pg_ctl stop -m immediate` does: without a shutdown checkpoint; it recovers when it starts.
    pub fn stop_hard(&self) -> Outcome<()> {
        if let Some(mut child) = self.process().take() {
            signal("QUIT", child.id())?;
            child.wait()?;
        }
        Ok(())
    }

    /// The address of a new, empty database.
    pub fn new_database(&self) -> Outcome<String> {
        let name = format!("faults_{}", uuid::Uuid::now_v7().simple());
        let mut create = self.program("createdb");
        finish(create.args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            "postgres",
            &name,
        ]))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.process
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// One of PostgreSQL's programs, run by the owner of the cluster.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing can be done about one that does not stop; its folder is still removed.
        let _ = self.stop_hard();
    }
}

/// PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
fn owner() -> Outcome<Option<(u32, u32)>> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    match (id(&["-u", "postgres"]), id(&["-g", "postgres"])) {
        (Some(user), Some(group)) => Ok(Some((user, group))),
        _ => Err(Failure::Hindered(
            "PostgreSQL does not run as root, and there is no user `postgres` to run it as".into(),
        )),
    }
}

/// Runs a program to its end; its output matters only when it fails.
pub fn finish(command: &mut Command) -> Outcome<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output =
        output.map_err(|error| Failure::Hindered(format!("`{name}` could not be started: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Failure::Hindered(format!(
        "`{name}` failed ({}): {said}{why}",
        output.status
    )))
}
