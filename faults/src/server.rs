//! The product as a process: started, ended in every possible way, and watched.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, promise};
use crate::installation::Installation;

/// How long a server may take until it is ready: long enough for a busy machine.
const START: Duration = Duration::from_secs(30);

/// A running server. Dropping it kills it.
pub struct Server {
    /// Where it listens.
    pub url: String,
    /// Where its log is.
    pub log: PathBuf,
    child: Child,
}

impl Server {
    /// Starts the product on an installation, and waits until it is ready. The port stays the same when it is started
    /// again, so that clients find it.
    pub async fn start(installation: &Installation, port: u16) -> Outcome<Self> {
        let mut server = Self::launch(installation, port)?;
        server.ready().await?;
        Ok(server)
    }

    /// Starts it without waiting.
    pub fn launch(installation: &Installation, port: u16) -> Outcome<Self> {
        let log = installation.logs.join(format!("server-{port}.log"));
        let file = std::fs::File::options().create(true).append(true).open(&log)?;
        let mut command = installation.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            child: command.spawn()?,
            log,
        })
    }

    /// Waits until it reports that it is ready.
    pub async fn ready(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        let http = reqwest::Client::new();
        while begun.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                let log = self.last_lines();
                return Err(Failure::broken(format!(
                    "the server did not start ({status}): {log}"
                )));
            }
            let asked = http
                .get(format!("{}/readyz", self.url))
                .timeout(Duration::from_secs(2));
            if asked
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(Failure::broken(format!(
            "the server was not ready within {} seconds: {}",
            START.as_secs(),
            self.last_lines()
        )))
    }

    /// The port that it listens on.
    pub fn port(&self) -> Outcome<u16> {
        let port = self.url.rsplit(':').next().unwrap_or_default();
        Ok(port.parse()?)
    }

    /// Ends it in the middle of its work.
    pub fn kill(&mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends it a signal by name: `TERM`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) -> Outcome<()> {
        signal(name, self.child.id())
    }

    /// Its exit status, if it ends within that time.
    pub async fn ended(&mut self, within: Duration) -> Outcome<Option<ExitStatus>> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if begun.elapsed() > within {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks it to stop, as service managers do, and expects it to do so cleanly.
    pub async fn stop(&mut self) -> Outcome<()> {
        self.signal("TERM")?;
        match self.ended(Duration::from_secs(12)).await? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(Failure::broken(format!(
                "the server stopped with {status}: {}",
                self.last_lines()
            ))),
            None => Err(Failure::broken("the server did not stop within 12 seconds")),
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A server may refuse, and it may end; it never panics.
    pub fn did_not_panic(&self) -> Outcome<()> {
        let log = self.log();
        promise(!log.contains("panicked at"), || {
            format!("the server panicked: {}", self.last_lines())
        })
    }

    fn last_lines(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(6)..].join(" | ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has already ended cannot be killed, and need not be.
        let _ = self.kill();
    }
}

/// Sends a signal to a process that was started here.
pub fn signal(name: &str, id: u32) -> Outcome<()> {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &id.to_string()])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Hindered(format!(
            "process {id} does not take the signal {name}"
        )))
    }
}

/// A free port.
pub fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
