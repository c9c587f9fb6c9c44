//! A fresh, migrated database on each engine, for tests.
//!
//! SQLite always; PostgreSQL at `TEST_POSTGRES_URL`, which `cargo xtask test` sets. A missing PostgreSQL is an error: a
//! test that silently skips an engine proves nothing about it.
//!
//! The schema is created once and copied for each test: its many steps took most of the time of a short test.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use crate::engine::{Db, DbSettings, Opening, Url};
use crate::migrations;

/// A database that is removed with its test.
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// How to open it again.
    pub settings: DbSettings,
    _folder: Option<tempfile::TempDir>,
}

/// A fresh SQLite database.
///
/// # Panics
/// When it cannot be created: a test cannot continue without it.
pub async fn sqlite() -> TestDb {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    let migrated = MIGRATED.get_or_init(|| async {
        let (folder, settings) = new_sqlite();
        let db = Db::open(&settings).await.expect("a SQLite database");
        db.close().await;
        std::fs::read(folder.path().join(SQLITE_FILE)).expect("the database's file")
    });
    let (folder, settings) = new_sqlite();
    std::fs::write(folder.path().join(SQLITE_FILE), migrated.await).expect("a copy");
    let db = Db::open(&settings).await.expect("a SQLite database");
    TestDb {
        db,
        settings,
        _folder: Some(folder),
    }
}

const SQLITE_FILE: &str = "test.db";

/// The path of a SQLite file that does not exist yet.
pub(crate) fn new_sqlite() -> (tempfile::TempDir, DbSettings) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = DbSettings {
        url: Url::Sqlite(folder.path().join(SQLITE_FILE)),
        opening: Opening::Migrate,
        connections: 1,
    };
    (folder, settings)
}

/// A fresh PostgreSQL database on the server at `TEST_POSTGRES_URL`.
///
/// # Panics
/// When it cannot be created: a test cannot continue without it.
pub async fn postgres() -> TestDb {
    static MIGRATED: OnceCell<String> = OnceCell::const_new();
    let migrated = MIGRATED.get_or_init(migrated_postgres).await;
    let settings = settings_of(&make_postgres(&fresh_name(), Some(migrated)).await);
    let db = Db::open(&settings).await.expect("a PostgreSQL database");
    TestDb {
        db,
        settings,
        _folder: None,
    }
}

/// The address of an empty PostgreSQL database, without a schema.
///
/// # Panics
/// When it cannot be created: a test cannot continue without it.
pub async fn empty_postgres() -> String {
    make_postgres(&fresh_name(), None).await
}

/// An empty PostgreSQL database to be migrated.
#[cfg(test)]
pub(crate) async fn new_postgres() -> DbSettings {
    settings_of(&empty_postgres().await)
}

fn settings_of(address: &str) -> DbSettings {
    DbSettings {
        url: Url::from_str(address).expect("an address"),
        opening: Opening::Migrate,
        connections: 8,
    }
}

fn fresh_name() -> String {
    format!("tokenwright_{}", uuid::Uuid::now_v7().simple())
}

/// The name of the database that tests copy: one for each schema, whichever test program comes first.
async fn migrated_postgres() -> String {
    let name = format!("tokenwright_schema_{:016x}", migrations::fingerprint("postgres"));
    let mut conn = postgres_server().await;
    conn.execute("SELECT pg_advisory_lock(hashtext('tokenwright_schema'))")
        .await
        .expect("a lock");
    let is_there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut conn)
        .await
        .expect("PostgreSQL answers");
    if !is_there {
        // It gets its name only when it is complete: the program may end halfway.
        let unnamed = fresh_name();
        let settings = settings_of(&make_postgres(&unnamed, None).await);
        let db = Db::open(&settings).await.expect("a PostgreSQL database");
        db.close().await;
        conn.execute(AssertSqlSafe(format!(
            "ALTER DATABASE {unnamed} RENAME TO {name}"
        )))
        .await
        .expect("a name");
    }
    // The lock goes with the connection.
    conn.close().await.expect("PostgreSQL answers");
    name
}

async fn make_postgres(name: &str, template: Option<&str>) -> String {
    let mut conn = postgres_server().await;
    let template = template
        .map(|template| format!(" TEMPLATE {template}"))
        .unwrap_or_default();
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}{template}")))
        .await
        .expect("a database");
    let server = server_address();
    let (base, _) = server.rsplit_once('/').expect("a path in TEST_POSTGRES_URL");
    format!("{base}/{name}")
}

async fn postgres_server() -> PgConnection {
    let options =
        PgConnectOptions::from_str(&server_address()).expect("TEST_POSTGRES_URL is a postgres:// address");
    PgConnection::connect_with(&options)
        .await
        .expect("PostgreSQL answers")
}

fn server_address() -> String {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let server = std::env::var("TEST_POSTGRES_URL");
    server.expect(
        "TEST_POSTGRES_URL names a PostgreSQL server for tests; `cargo xtask test` starts one and sets it",
    )
}

/// Runs a test on SQLite, then on PostgreSQL.
///
/// # Panics
/// With the test, or when an engine is missing.
pub async fn on_each_engine(test: impl AsyncFn(&Db)) {
    for world in [sqlite().await, postgres().await] {
        test(&world.db).await;
        world.db.close().await;
    }
}
