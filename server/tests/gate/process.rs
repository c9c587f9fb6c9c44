//! A gate as a process, which can be killed and frozen, set up over HTTP and from the command line as people do it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::proxies::free_port;
use crate::world::{Browser, SETUP_CODE, set_up_form};

/// Where an installation keeps its things: a folder, and a database.
pub struct Installation {
    /// The folder that the program works in.
    pub folder: tempfile::TempDir,
    /// The database's address; `None`: the SQLite file in the folder.
    pub database: Option<String>,
}

/// A token that was made.
pub struct Made {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

impl Installation {
    /// An installation with SQLite.
    pub fn on_sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            database: None,
        }
    }

    /// An installation on a fresh PostgreSQL database.
    pub async fn on_postgres() -> Self {
        let database = database::testing::postgres().await;
        let mut conn = database.db.read().await.expect("a reader");
        let name: Option<(String,)> = conn
            .query("SELECT CAST(current_database() AS TEXT)")
            .optional()
            .await
            .expect("its name");
        drop(conn);
        database.db.close().await;
        let server = std::env::var("TEST_POSTGRES_URL").expect("a PostgreSQL server for tests");
        let (base, _) = server.rsplit_once('/').expect("a path");
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            database: Some(format!("{base}/{}", name.expect("a name").0)),
        }
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenwright"));
        command
            .env_clear()
            .current_dir(self.folder.path())
            .args(arguments);
        if let Some(database) = &self.database {
            command.env("TOKENWRIGHT_DATABASE", database);
        }
        command
    }

    /// Runs a command with a variable; says whether it was content, and what it printed.
    pub fn outcome(&self, arguments: &[&str], variable: (&str, &str)) -> (bool, String) {
        let (name, value) = variable;
        let output = self
            .program(arguments)
            .env(name, value)
            .output()
            .expect("the program runs");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// Runs a command to its end; says what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.program(arguments).output().expect("the program runs");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).expect("JSON")
    }

    /// Makes the organisation, over HTTP.
    pub async fn set_up(&self, server: &Server) {
        let answer = Browser::at(&server.url()).post("/setup", &set_up_form()).await;
        assert_eq!(answer.status(), 303, "{:?}", answer.text().await);
    }

    /// Adds a site whose proxy is on this machine.
    pub fn add_site(&self, address: &str) {
        let networks = "127.0.0.0/8";
        self.run(&[
            "site",
            "add",
            "--address",
            address,
            "--trusted-networks",
            networks,
        ]);
    }

    /// Adds a token.
    pub fn add_token(&self, full_url: &str, max_hits: &str) -> Made {
        let added = self.json(&[
            "page-token",
            "add",
            "--full-url",
            full_url,
            "--timeout",
            "-1",
            "--max-hits",
            max_hits,
            "--groups",
            "Editors",
            "--output",
            "json",
        ]);
        let text = |name: &str| added[name].as_str().expect("a text").to_owned();
        Made {
            id: text("id"),
            secret: text("token"),
        }
    }

    /// How often a token was used.
    pub fn hits(&self, token: &Made) -> i64 {
        let shown = self.json(&["page-token", "show", &token.id, "--output", "json"]);
        shown["hits"].as_i64().expect("a number")
    }
}

/// A server that runs. It is killed with this.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    child: Child,
}

impl Server {
    /// Starts one at a port of its own.
    pub fn start(installation: &Installation) -> Self {
        Self::start_at(installation, free_port())
    }

    /// Starts one at a port.
    pub fn start_at(installation: &Installation, port: u16) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let arguments = ["serve", "--listen", &listen, "--setup-code", SETUP_CODE];
        let mut child = installation
            .program(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut said = String::new();
        loop {
            let line = lines.next().and_then(Result::ok);
            let line = line.unwrap_or_else(|| panic!("it ended: {said}"));
            if line.contains("Tokenwright serves") {
                break;
            }
            said.push_str(&line);
        }
        // Its log is read to the end, so that it never waits for somebody to read it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { port, child }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops it with everything that it has open, and waits until none of its threads runs any more.
    pub fn freeze(&self) {
        self.signal("-STOP");
        while !self.stands_still() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn stands_still(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        threads.flatten().all(|thread| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            // The word behind the name, which stands in brackets and may hold spaces.
            let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
            state.is_none_or(|state| state.starts_with('T'))
        })
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Ends it at this instant, without a chance to tidy up.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ended");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
