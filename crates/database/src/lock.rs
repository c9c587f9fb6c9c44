//! One server per SQLite file.
//!
//! The lock is on the database file itself, so it holds whatever name the file is opened by (a symbolic or hard link),
//! and there is no lock file that could be removed. It is not one of SQLite's own locks, which are on ranges of the
//! file.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::engine::OpenError;

/// Held as long as the server runs; the operating system releases it when the process ends, however it ends.
///
/// Taken before the engine opens the file and dropped after it was closed: closing any handle of a file releases all
/// locks that SQLite has on it in this process.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: File,
}

/// Takes the lock. The file is created if it is missing: an empty file is an empty database.
///
/// # Errors
/// [`OpenError::InUse`] when another process holds it, [`OpenError::Lock`] when it cannot be locked.
pub(crate) fn take(database: &Path) -> Result<ServerLock, OpenError> {
    let unusable = |error| OpenError::Lock(database.to_owned(), error);
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(database)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(ServerLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_has_one_server_whatever_it_is_called() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link, hard) = (
            folder.path().join("a.db"),
            folder.path().join("b.db"),
            folder.path().join("c.db"),
        );
        let lock = take(&file).expect("free");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        std::fs::hard_link(&file, &hard).expect("a link");
        for name in [&file, &link, &hard] {
            assert!(
                matches!(take(name), Err(OpenError::InUse(_))),
                "{}",
                name.display()
            );
        }
        drop(lock);
        assert!(take(&hard).is_ok());
        assert!(matches!(
            take(&folder.path().join("no/a.db")),
            Err(OpenError::Lock(..))
        ));
    }
}
