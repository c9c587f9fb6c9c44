//! Copies of a SQLite database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::{Db, OpenError, Pools};

impl Db {
    /// Copies a SQLite database to a new file while it is in use. The copy contains everything that was committed
    /// before the call. It gets its name when it is complete, checked and flushed to disk: an interrupted copy leaves
    /// no file that looks like a backup.
    ///
    /// # Errors
    /// A message: PostgreSQL has its own tools, or what the engine or the operating system reports.
    pub async fn back_up(&self, to: &Path) -> Result<(), String> {
        let Pools::Sqlite { readers, .. } = &self.pools else {
            return Err("A PostgreSQL database is backed up with its own tools, such as pg_dump.".into());
        };
        if to.exists() {
            return Err(format!(
                "{} exists already; a backup never writes over a file.",
                to.display()
            ));
        }
        let unfinished = beside(to, ".unfinished");
        if unfinished.exists() {
            let at = unfinished.display();
            return Err(format!(
                "{at} is there: a backup that is under way, or one that was cut off. Remove it if nothing writes it."
            ));
        }
        let path = unfinished
            .to_str()
            .ok_or("The path of a backup must be Unicode text.")?;
        let copied = async {
            let copy = sqlx::query("VACUUM INTO $1").bind(path);
            copy.execute(readers).await.map_err(|error| error.to_string())?;
            let wrong = check_file(&unfinished).await.map_err(|error| error.to_string())?;
            match wrong.as_slice() {
                [] => finish(&unfinished, to)
                    .map_err(|error| format!("The copy could not be put in place: {error}.")),
                wrong => Err(format!(
                    "The copy is damaged, and was removed: {}.",
                    wrong.join("; ")
                )),
            }
        }
        .await;
        if copied.is_err() {
            let _ = std::fs::remove_file(&unfinished);
        }
        copied
    }
}

/// The path with a suffix.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Makes the copy private and durable, and gives it its name.
fn finish(unfinished: &Path, to: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(unfinished, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    std::fs::File::open(unfinished)?.sync_all()?;
    std::fs::rename(unfinished, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// What is wrong with a SQLite file that nothing else has open, by the engine's own check; empty when nothing is.
/// Nothing is written, and no side file is created.
///
/// # Errors
/// What the engine reports: it is not a database, or cannot be read.
pub async fn check_file(path: &Path) -> sqlx::Result<Vec<String>> {
    let mut conn = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .busy_timeout(Duration::from_secs(10))
        .connect()
        .await?;
    let lines: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check")
        .fetch_all(&mut conn)
        .await?;
    conn.close().await?;
    Ok(lines
        .into_iter()
        .map(|(line,)| line)
        .filter(|line| line != "ok")
        .collect())
}

/// Copies a backup beside the database that it will replace, where it can be checked before it is used.
///
/// # Errors
/// [`OpenError::InUse`] when a server runs, or what the operating system reports.
pub fn stage(backup: &Path, database: &Path) -> Result<PathBuf, OpenError> {
    if database.exists() {
        crate::lock::take(database)?;
    }
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let staged = beside(database, ".restoring");
    unstage(&staged)?;
    std::fs::copy(backup, &staged)?;
    #[cfg(unix)]
    std::fs::set_permissions(&staged, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(staged)
}

/// Removes what [`stage`] created.
///
/// # Errors
/// What the operating system reports.
pub fn unstage(staged: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(beside(staged, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Moves a staged database, which no process has open any more, into place. The previous one is kept beside it, under
/// the name that is returned, with its side files: an old log beside a new file would be read into it.
///
/// # Errors
/// [`OpenError::InUse`] when a server runs, or what the operating system reports.
pub fn put_in_place(staged: &Path, database: &Path) -> Result<Option<PathBuf>, OpenError> {
    let mut kept = None;
    if database.exists() {
        // Held until the new file has the name.
        let _lock = crate::lock::take(database)?;
        let is_free = |number: &u32| !beside(database, &format!(".before-restore-{number}")).exists();
        let number = (1..).find(is_free).unwrap_or_default();
        let before = beside(database, &format!(".before-restore-{number}"));
        for side in ["-wal", "-shm"] {
            let from = beside(database, side);
            if from.exists() {
                std::fs::rename(from, beside(&before, side))?;
            }
        }
        std::fs::rename(database, &before)?;
        kept = Some(before);
    }
    for side in ["-wal", "-shm"] {
        unstage(&beside(database, side))?;
    }
    finish(staged, database)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{DbSettings, Opening};
    use crate::testing;

    #[tokio::test]
    async fn a_backup_counts_when_it_is_whole_and_is_put_back_without_old_side_files() {
        let (folder, settings) = testing::new_sqlite();
        let super::super::Url::Sqlite(path) = settings.url.clone() else {
            panic!("SQLite")
        };
        let settings = DbSettings {
            opening: Opening::Serve,
            ..settings
        };
        let db = Db::open(&settings).await.expect("opens");
        let backup = folder.path().join("backup.db");
        let unfinished = folder.path().join("backup.db.unfinished");

        std::fs::write(&unfinished, "cut off").expect("written");
        let refused = db.back_up(&backup).await.expect_err("something is under way");
        assert!(refused.contains("cut off"), "{refused}");
        assert_eq!(std::fs::read(&unfinished).expect("left alone"), b"cut off");
        std::fs::remove_file(&unfinished).expect("removed");
        db.back_up(&backup).await.expect("backed up");
        assert!(!unfinished.exists());
        assert!(check_file(&backup).await.expect("a database").is_empty());
        assert!(
            db.back_up(&backup)
                .await
                .expect_err("never over a file")
                .contains("exists already")
        );

        assert!(
            matches!(stage(&backup, &path), Err(OpenError::InUse(_))),
            "not under a running server"
        );
        db.close().await;
        drop(db);
        std::fs::write(beside(&path, "-wal"), "an old log").expect("written");
        let staged = stage(&backup, &path).expect("copied");
        let before = put_in_place(&staged, &path).expect("put in place").expect("kept");
        assert!(!staged.exists());
        assert_eq!(
            std::fs::read(beside(&before, "-wal")).expect("kept"),
            b"an old log"
        );
        assert!(!beside(&path, "-wal").exists());
        Db::open(&settings).await.expect("opens").close().await;
    }

    #[tokio::test]
    async fn what_is_no_database_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        std::fs::write(
            &path,
            "no database at all, but long enough to be looked at as one",
        )
        .expect("written");
        assert!(check_file(&path).await.is_err());
        assert!(check_file(&folder.path().join("missing.db")).await.is_err());
    }
}
