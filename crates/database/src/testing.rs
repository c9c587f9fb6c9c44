//! A fresh, migrated database on each engine, for tests.
//!
//! SQLite always; PostgreSQL at `TEST_POSTGRES_URL`, which `cargo xtask test` sets. That it is missing is an
//! error: a test that silently skips an engine proves nothing about it.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::engine::{Db, DbSettings, Opening, Url};

/// A database that goes away with its test.
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// How to open it once more.
    pub settings: DbSettings,
    _folder: Option<tempfile::TempDir>,
}

/// A fresh SQLite database.
///
/// # Panics
/// When it cannot be made: a test cannot go on without.
pub async fn sqlite() -> TestDb {
    let (folder, settings) = new_sqlite();
    let db = Db::open(&settings).await.expect("a SQLite database");
    TestDb {
        db,
        settings,
        _folder: Some(folder),
    }
}

/// A SQLite file that is to be made.
pub(crate) fn new_sqlite() -> (tempfile::TempDir, DbSettings) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = DbSettings {
        url: Url::Sqlite(folder.path().join("test.db")),
        opening: Opening::Migrate,
        connections: 1,
    };
    (folder, settings)
}

/// A fresh PostgreSQL database on the server at `TEST_POSTGRES_URL`.
///
/// # Panics
/// When it cannot be made: a test cannot go on without.
pub async fn postgres() -> TestDb {
    let settings = new_postgres().await;
    let db = Db::open(&settings).await.expect("a PostgreSQL database");
    TestDb {
        db,
        settings,
        _folder: None,
    }
}

/// An empty PostgreSQL database.
pub(crate) async fn new_postgres() -> DbSettings {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting")]
    let server = std::env::var("TEST_POSTGRES_URL").expect(
        "TEST_POSTGRES_URL names a PostgreSQL server for tests; `cargo xtask test` starts one and sets it",
    );
    let name = format!("tokenwright_{}", uuid::Uuid::now_v7().simple());
    let options = PgConnectOptions::from_str(&server).expect("TEST_POSTGRES_URL is a postgres:// address");
    let mut conn = PgConnection::connect_with(&options)
        .await
        .expect("PostgreSQL answers");
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .expect("a database");
    let (base, _) = server.rsplit_once('/').expect("a path in TEST_POSTGRES_URL");
    let url = Url::from_str(&format!("{base}/{name}")).expect("an address");
    DbSettings {
        url,
        opening: Opening::Migrate,
        connections: 8,
    }
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
