//! A backend on each engine, with a clock that stands still: what the tests of every feature start from.

use std::ops::AsyncFn;

use chrono::{DateTime, Utc};
use database::testing::TestDb;

use crate::keys::KeyRing;
use crate::{Backend, Clock, MailTransport, Random, Settings};

/// Something to test in: a backend with an empty database.
pub struct World {
    /// The backend, whose clock stands at [`noon`] until a test moves it.
    pub backend: Backend,
    /// Where mail goes.
    pub mail: tempfile::TempDir,
    /// How to open the database once more.
    pub database: TestDb,
}

/// 1 November 2026, 12:00 UTC.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_534_400, 0).unwrap_or_default()
}

impl World {
    /// A backend on a database.
    ///
    /// # Panics
    /// When there is no temporary folder: a test cannot go on without.
    pub fn on(database: TestDb) -> Self {
        let mail = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            public_url: "https://tokens.example.org".into(),
            mail: MailTransport::Folder(mail.path().to_owned()),
        };
        let backend =
            Backend::new(database.db.clone(), Clock::standing_at(noon()), Random, KeyRing::for_tests(), settings);
        Self { backend, mail, database }
    }
}

/// Runs a test on SQLite, then on PostgreSQL.
///
/// # Panics
/// With the test, or when an engine is missing.
pub async fn on_each_engine(test: impl AsyncFn(&World)) {
    for database in [database::testing::sqlite().await, database::testing::postgres().await] {
        let world = World::on(database);
        test(&world).await;
        world.backend.database().close().await;
    }
}
