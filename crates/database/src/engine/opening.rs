//! What a process is about to do with a database, and what follows for the file and its schema.
//!
//! Only an operation that is meant to create a database creates one: otherwise a backup in the wrong folder would be an
//! empty database and a success. Commands leave the schema as it is: a newer program's command must not change it under
//! a running server.

use sqlx::migrate::Migrator;

use super::{Db, OpenError};

/// What a process is about to do with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Serve from it: it is created if it is missing, and its schema is migrated. One server per SQLite file.
    Serve,
    /// Migrate its schema; it is created if it is missing.
    Migrate,
    /// Work with it; it is created if it is missing, and otherwise taken as it is.
    Make,
    /// Work with an existing one, as it is.
    Existing,
}

/// How far a schema has been migrated: the number of its last step, none when it has not begun, and that of the last
/// known step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    done: Option<i64>,
    known: i64,
}

impl Opening {
    /// Whether a database is created where there is none.
    pub fn makes(self) -> bool {
        self != Self::Existing
    }

    /// Whether the schema's steps are to be taken now.
    ///
    /// # Errors
    /// [`OpenError`] when the schema is not the one that this program knows and may not be changed.
    pub(super) fn migrates(self, steps: Steps) -> Result<bool, OpenError> {
        let Steps { done, known } = steps;
        match (self, done) {
            (_, Some(done)) if done > known => Err(OpenError::Newer(done, known)),
            (Self::Serve | Self::Migrate, _) | (Self::Make, None) => Ok(true),
            (Self::Existing, None) => Err(OpenError::Empty),
            (_, Some(done)) if done < known => Err(OpenError::Older(done, known)),
            (_, Some(_)) => Ok(false),
        }
    }
}

/// How far the schema has come.
pub(super) async fn steps(db: &Db, migrations: &Migrator) -> Result<Steps, OpenError> {
    let mut conn = db.read().await?;
    let is_begun = match db.engine() {
        "sqlite" => "SELECT CAST(COUNT(*) AS BIGINT) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        _ => "SELECT CAST(COUNT(to_regclass('_sqlx_migrations')) AS BIGINT)",
    };
    let done = match conn.query(is_begun).number().await? {
        0 => None,
        _ => {
            let last = conn.query("SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM _sqlx_migrations");
            Some(last.number().await?).filter(|last| *last > 0)
        }
    };
    let known = migrations
        .iter()
        .map(|step| step.version)
        .max()
        .unwrap_or_default();
    Ok(Steps { done, known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbSettings;
    use crate::testing;

    #[tokio::test]
    async fn a_command_makes_nothing_where_there_is_nothing() {
        let (folder, settings) = testing::new_sqlite();
        let existing = |settings: &DbSettings| DbSettings {
            opening: Opening::Existing,
            ..settings.clone()
        };

        let missing = Db::open(&existing(&settings)).await.err().expect("refused");
        assert!(
            missing.to_string().starts_with("There is no database at"),
            "{missing}"
        );
        let found = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(found, 0, "nothing was made");

        for settings in [settings, testing::new_postgres().await] {
            if let super::super::Url::Sqlite(path) = &settings.url {
                std::fs::write(path, "").expect("an empty file is an empty database");
            }
            let empty = Db::open(&existing(&settings)).await.err().expect("refused");
            assert!(matches!(empty, OpenError::Empty), "{empty}");
            let make = DbSettings {
                opening: Opening::Make,
                ..settings.clone()
            };
            Db::open(&make).await.expect("made").close().await;
            Db::open(&existing(&settings))
                .await
                .expect("there now")
                .close()
                .await;
        }
    }

    #[tokio::test]
    async fn a_command_leaves_the_schema_of_another_version_as_it_is() {
        let (_folder, sqlite) = testing::new_sqlite();
        for settings in [sqlite, testing::new_postgres().await] {
            let last = async |change: &'static str| {
                let db = Db::connect(&settings).await.expect("opens");
                let mut tx = db.write().await.expect("a transaction");
                tx.query(change).run().await.expect("changed");
                tx.commit().await.expect("committed");
                db.close().await;
            };
            let open = async |opening| {
                let settings = DbSettings {
                    opening,
                    ..settings.clone()
                };
                match Db::open(&settings).await {
                    Ok(db) => {
                        db.close().await;
                        None
                    }
                    Err(error) => Some(error),
                }
            };
            assert!(open(Opening::Migrate).await.is_none());

            last(
                "UPDATE _sqlx_migrations SET version = version + 1000000 WHERE version =
                  (SELECT MAX(version) FROM _sqlx_migrations)",
            )
            .await;
            for opening in [Opening::Serve, Opening::Migrate, Opening::Make, Opening::Existing] {
                let refused = open(opening).await;
                assert!(
                    matches!(refused, Some(OpenError::Newer(..))),
                    "{opening:?}: {refused:?}"
                );
            }
            last("DELETE FROM _sqlx_migrations WHERE version > 1000000").await;
            for opening in [Opening::Make, Opening::Existing] {
                let refused = open(opening).await;
                assert!(
                    matches!(refused, Some(OpenError::Older(..))),
                    "{opening:?}: {refused:?}"
                );
            }
        }
    }
}
