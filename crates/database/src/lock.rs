//! One server per SQLite file.

use std::fs::File;
use std::path::{Path, PathBuf};

/// Held as long as the server runs; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: File,
}

/// Takes the lock beside the database file.
///
/// # Errors
/// The path of the lock file, when another process holds it or it cannot be made.
pub(crate) fn take(database: &Path) -> Result<ServerLock, PathBuf> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|_| path.clone())?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(ServerLock { _file: file }),
        Err(_) => Err(path),
    }
}
