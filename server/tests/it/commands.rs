//! Commands × databases that are not as they expect: each works or ends with a sentence, and what it must not touch stays
//! as it is.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use database::{Db, DbSettings, Opening, Url};

use crate::process::words;

/// A command with what follows it.
type Arguments = &'static [&'static str];

/// A row that there is not: what is looked at here comes before any row is asked for.
const NO_ROW: &str = "019a0000-0000-7000-8000-000000000001";

/// Commands that take a database as it is.
const TAKING: &[Arguments] = &[
    &["fsck"],
    &["backup", "copy.db"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["keys", "drop", "1"],
    &["organisation", "list"],
    &["organisation", "features", NO_ROW, "--full-tokens", "on"],
    &["organisation", "cancel", NO_ROW],
    &["organisation", "reactivate", NO_ROW],
    &["organisation", "credentials", NO_ROW, "--validate", "on"],
    &["person", "invite", "ada@example.org"],
    &["person", "reset-password", "ada@example.org"],
    &["token", "create", "--name", "Sync", "--user", "ada@example.org"],
    &["token", "list"],
    &["token", "show", NO_ROW],
    &["token", "rotate", NO_ROW],
    &["token", "suspend", NO_ROW],
    &["token", "resume", NO_ROW],
    &["token", "revoke", NO_ROW],
    &["token", "verify", "x"],
    &["page-token", "add", "--full-url", "http://shop.test/a"],
    &["page-token", "list"],
    &["page-token", "show", NO_ROW],
    &["page-token", "edit", NO_ROW, "--max-hits", "3"],
    &["page-token", "revoke", NO_ROW],
    &["site", "add", "--address", "http://shop.test"],
    &["site", "list"],
    &["quarantine", "show"],
    &["quarantine", "begin"],
    &["quarantine", "end"],
    &["archive", "--out", "archive", "--without-pictures"],
    &["doctor"],
];

/// Commands that may make one.
const MAKING: &[Arguments] = &[
    &["demo"],
    &[
        "organisation",
        "create",
        "--name",
        "Acme",
        "--owner-name",
        "Ada",
        "--owner-email",
        "ada@example.org",
    ],
];

/// Commands that make one, too, and bring its schema up to date.
const MIGRATING: &[Arguments] = &[&["migrate"]];
const SERVING: &[Arguments] = &[&["serve", "--listen", "127.0.0.1:0"]];

/// Commands that need no database (what is found in files is told without one, too), and the one that puts another in its
/// place: each has tests of its own.
const WITHOUT: &[Arguments] = &[
    &["scan", "notes.txt"],
    &["token", "scan", "notes.txt"],
    &["gate", "doctor", "http://127.0.0.1:1/"],
    &["keys", "new"],
    &["restore", "copy.db"],
    &["draw-pdf"],
];

/// The commands below one, each by its words.
fn words_of(command: &clap::Command, before: &[String]) -> Vec<Vec<String>> {
    let below: Vec<_> = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .collect();
    if below.is_empty() {
        return vec![before.to_vec()];
    }
    let with = |below: &clap::Command| [before, &[below.get_name().to_owned()]].concat();
    below
        .into_iter()
        .flat_map(|below| words_of(below, &with(below)))
        .collect()
}

#[test]
fn no_command_is_forgotten_here() {
    let command = <server::cli::Cli as clap::CommandFactory>::command();
    let known: Vec<Arguments> = [TAKING, MAKING, MIGRATING, SERVING, WITHOUT].concat();
    for words in words_of(&command, &[]) {
        let is_here = known
            .iter()
            .any(|row| row.iter().zip(&words).filter(|(a, b)| a == b).count() == words.len());
        assert!(is_here, "{words:?} stands in no table of this file");
    }
}

/// What is said to each sort of command; nothing where it works, which other tests show.
struct Said {
    taking: &'static str,
    making: Option<&'static str>,
    migrating: Option<&'static str>,
    serving: Option<&'static str>,
}

const WRONG_FOLDER: Said = Said {
    taking: "There is no database at",
    making: None,
    migrating: None,
    serving: None,
};
const EMPTY: Said = Said {
    taking: "This is no database of Tokenwright",
    making: None,
    migrating: None,
    serving: None,
};
const OLDER: Said = Said {
    taking: "schema is older than this program",
    making: Some("schema is older than this program"),
    migrating: None,
    serving: None,
};
const NEWER: Said = Said {
    taking: "schema is newer than this program",
    making: Some("schema is newer than this program"),
    migrating: Some("schema is newer than this program"),
    serving: Some("schema is newer than this program"),
};
const READ_ONLY: Said = Said {
    taking: "attempt to write a readonly database",
    making: Some("attempt to write a readonly database"),
    migrating: Some("attempt to write a readonly database"),
    serving: Some("must be one that this user may write to"),
};

/// Takes the last step of a schema back.
const LESS: &str = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";

/// Adds a step that this program does not know.
const MORE: &str =
    "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
     SELECT version + 1, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations
     WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";

/// Where the program runs, and as whom: not as root, who may write anywhere.
struct Place {
    folder: tempfile::TempDir,
    program: PathBuf,
    database: Option<String>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_tokenwright"));
        if is_root() {
            // It lies where that user may run it.
            let copy = folder.path().join("program");
            if std::fs::hard_link(&program, &copy).is_err() {
                std::fs::copy(&program, &copy).expect("a copy");
            }
            program = copy;
            give_away(folder.path());
        }
        Self {
            folder,
            program,
            database: None,
        }
    }

    /// Runs it to its end, with a password to read for those who ask for one.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        // Anyone who reads none may have ended by now.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(b"correct horse battery\n");
        child.wait_with_output().expect("it ends")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .args(arguments);
        if let Some(database) = &self.database {
            command.env("TOKENWRIGHT_DATABASE", database);
        }
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn made(self) -> Self {
        let output = self.run(&["migrate"]);
        assert!(output.status.success(), "{}", words(&output));
        self
    }

    /// With an organisation, and a second key after the first.
    fn used(self) -> Self {
        let owner = ["--owner-name", "Ada", "--owner-email", "ada@example.org"];
        let arguments = [&["organisation", "create", "--name", "Acme"][..], &owner].concat();
        let made = self.run(&arguments);
        assert!(made.status.success(), "{}", words(&made));
        for file in [self.keys(), self.file()] {
            std::fs::copy(&file, file.with_extension("older")).expect("kept");
        }
        let rotated = self.run(&["keys", "rotate"]);
        assert!(rotated.status.success(), "{}", words(&rotated));
        self
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("data/keys.toml")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("data/tokenwright.db")
    }

    /// Changes the database behind the program's back.
    async fn with(self, sql: &'static str) -> Self {
        let settings = DbSettings {
            url: Url::Sqlite(self.file()),
            opening: Opening::Existing,
            connections: 1,
        };
        let db = Db::open(&settings).await.expect("opens");
        change(&db, sql).await;
        db.close().await;
        for side in ["-wal", "-shm"] {
            // They were made by whoever runs this test.
            let _ = std::fs::remove_file(format!("{}{side}", self.file().display()));
        }
        self
    }

    /// Everything that lies there, but what SQLite keeps beside a database while it is open.
    fn content(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut content = BTreeMap::new();
        let mut open = vec![self.folder.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                let name = path.to_string_lossy().into_owned();
                if path.is_dir() {
                    open.push(path);
                } else if path != self.program && !name.ends_with("-wal") && !name.ends_with("-shm") {
                    content.insert(path.clone(), std::fs::read(&path).unwrap_or_default());
                }
            }
        }
        content
    }

    /// Nothing was made, changed or removed.
    fn is_as_it_was(&self, before: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
        let now = self.content();
        let paths = before.keys().chain(now.keys());
        let changed: Vec<&PathBuf> = paths.filter(|path| before.get(*path) != now.get(*path)).collect();
        assert!(changed.is_empty(), "{what} made or changed {changed:?}");
    }

    /// Runs every command, and looks at what it says and leaves.
    fn says(&self, state: &str, said: &Said) {
        let refused = [
            (TAKING, Some(said.taking)),
            (MAKING, said.making),
            (MIGRATING, said.migrating),
            (SERVING, said.serving),
        ];
        for (commands, sentence) in refused {
            let Some(sentence) = sentence else { continue };
            for arguments in commands {
                let before = self.content();
                let output = self.run(arguments);
                let words = words(&output);
                assert!(!output.status.success(), "{state}, {arguments:?}: {words}");
                assert!(words.contains(sentence), "{state}, {arguments:?}: {words}");
                assert!(!words.contains("panicked"), "{state}, {arguments:?}: {words}");
                self.is_as_it_was(&before, &format!("{state}, {arguments:?}"));
            }
        }
    }
}

/// A user who may do little.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = tempfile::NamedTempFile::new().expect("a file");
    own.as_file().metadata().expect("its owner").uid() == 0
}

fn give_away(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
}

async fn change(db: &Db, sql: &'static str) {
    let mut tx = db.write().await.expect("a transaction");
    tx.query(sql).run().await.expect("changed");
    tx.commit().await.expect("committed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_command_makes_a_database_in_a_wrong_folder() {
    Place::new().says("a wrong folder", &WRONG_FOLDER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_command_touches_a_database_that_is_not_as_it_expects() {
    use std::os::unix::fs::PermissionsExt;
    let empty = Place::new();
    std::fs::create_dir(empty.folder.path().join("data")).expect("a folder");
    std::fs::write(empty.file(), "").expect("an empty file is an empty database");
    give_away(&empty.folder.path().join("data"));
    give_away(&empty.file());
    empty.says("an empty file", &EMPTY);

    Place::new()
        .made()
        .with(LESS)
        .await
        .says("an older schema", &OLDER);
    Place::new()
        .made()
        .with(MORE)
        .await
        .says("a newer schema", &NEWER);

    let locked = Place::new().made();
    for (path, mode) in [
        ("data/tokenwright.db", 0o400),
        ("data/keys.toml", 0o400),
        ("data", 0o500),
    ] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(locked.folder.path().join(path), permissions).expect("set");
    }
    locked.says("files that cannot be written to", &READ_ONLY);
}

/// A state, how it comes about, and what is said of it.
type Arranged = (&'static str, fn(&Place), &'static str);

/// Keys that are not those of the database, and what is said of them.
const KEYS: &[Arranged] = &[
    (
        "missing",
        |place| std::fs::remove_file(place.keys()).expect("removed"),
        "The keys are missing",
    ),
    (
        "foreign",
        |place| std::fs::write(place.keys(), place.run(&["keys", "new"]).stdout).expect("written"),
        "the keys of another installation",
    ),
    (
        "older",
        |place| {
            let older = std::fs::read(place.keys().with_extension("older")).expect("kept");
            std::fs::write(place.keys(), older).expect("written");
        },
        "lacks key 2",
    ),
    (
        "newer",
        |place| {
            let older = std::fs::read(place.file().with_extension("older")).expect("kept");
            std::fs::write(place.file(), older).expect("the database of before the rotation");
            // With the key of before it would open everything, and be right.
            let keys = std::fs::read_to_string(place.keys()).expect("keys");
            let newest = keys.rsplit("[[keys]]").next().expect("a key");
            std::fs::write(place.keys(), format!("[[keys]]{newest}")).expect("written");
        },
        "They are newer than the database",
    ),
    (
        "damaged",
        |place| std::fs::write(place.keys(), "keys = 7").expect("written"),
        "are damaged",
    ),
    (
        "root's, or unreadable",
        |place| {
            use std::os::unix::fs::{PermissionsExt, chown};
            match is_root() {
                true => chown(place.keys(), Some(0), Some(0)).expect("taken"),
                false => {
                    let nobody = std::fs::Permissions::from_mode(0o000);
                    std::fs::set_permissions(place.keys(), nobody).expect("set");
                }
            }
        },
        "cannot be read by this user",
    ),
    (
        "open to others",
        |place| {
            use std::os::unix::fs::PermissionsExt;
            let others = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(place.keys(), others).expect("set");
        },
        "keys.toml",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_starts_with_keys_that_are_not_those_of_the_database() {
    for (state, arrange, sentence) in KEYS {
        let place = Place::new().used();
        arrange(&place);
        // SQLite may fold its log into the file of the database when it is opened.
        let files = || {
            let mut content = place.content();
            content.remove(&place.file());
            content
        };
        let before = files();
        for arguments in SERVING
            .iter()
            .chain(MIGRATING)
            .chain(&[&["fsck"][..], &["keys", "rotate"]])
        {
            let output = place.run(arguments);
            let words = words(&output);
            assert!(!output.status.success(), "{state}, {arguments:?}: {words}");
            assert!(words.contains(sentence), "{state}, {arguments:?}: {words}");
            assert!(files() == before, "{state}, {arguments:?} made or changed a file");
        }
    }
}

/// A PostgreSQL database in some state, and the address that the program is told.
async fn postgres(sql: Option<&'static str>) -> (database::testing::TestDb, String) {
    let database = database::testing::postgres().await;
    let mut conn = database.db.read().await.expect("a reader");
    let sql_name = "SELECT CAST(current_database() AS TEXT)";
    let name: Option<(String,)> = conn.query(sql_name).optional().await.expect("its name");
    drop(conn);
    if let Some(sql) = sql {
        change(&database.db, sql).await;
    }
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let server = std::env::var("TEST_POSTGRES_URL").expect("a PostgreSQL server for tests");
    let (base, _) = server.rsplit_once('/').expect("a path");
    let url = format!("{base}/{}", name.expect("a name").0);
    (database, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_command_touches_a_postgresql_database_that_is_not_as_it_expects() {
    const EMPTIED: &str = "DO $$ BEGIN DROP SCHEMA public CASCADE; CREATE SCHEMA public; END $$";
    const MISSING: Said = Said {
        taking: "does not exist",
        making: Some("does not exist"),
        migrating: Some("does not exist"),
        serving: Some("does not exist"),
    };
    for (state, sql, said) in [
        ("missing", None, &MISSING),
        ("empty", Some(EMPTIED), &EMPTY),
        ("older", Some(LESS), &OLDER),
        ("newer", Some(MORE), &NEWER),
    ] {
        let (database, url) = postgres(sql).await;
        let steps = async || {
            let mut conn = database.db.read().await.expect("a reader");
            let steps = "SELECT CAST(COUNT(*) AS BIGINT) FROM _sqlx_migrations";
            conn.query(steps).number().await.unwrap_or_default()
        };
        let before = steps().await;
        let mut place = Place::new();
        place.database = Some(match state {
            "missing" => format!("{url}_of_nobody"),
            _ => url,
        });
        place.says(state, said);
        assert_eq!(steps().await, before, "{state}");
        database.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_writes_to_a_read_only_postgresql_database_says_so_and_what_reads_works() {
    // As a standby is, and as an operator can make any database.
    const FROZEN: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
                          current_database()); END $$";
    const WRITING: [Arguments; 2] = [&["keys", "rotate"], &["quarantine", "begin"]];
    const READING: [Arguments; 4] = [
        &["fsck"],
        &["keys", "list"],
        &["organisation", "list"],
        &["quarantine", "show"],
    ];
    let (database, url) = postgres(None).await;
    let mut place = Place::new();
    place.database = Some(url);
    // The first command keeps the keys' check values in the database.
    assert!(place.run(&["keys", "list"]).status.success());
    change(&database.db, FROZEN).await;
    for arguments in WRITING.iter().chain(MAKING) {
        let output = place.run(arguments);
        let words = words(&output);
        assert!(!output.status.success(), "{arguments:?}: {words}");
        assert!(words.contains("read-only transaction"), "{arguments:?}: {words}");
    }
    for arguments in READING {
        let output = place.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    }
    database.db.close().await;
}
