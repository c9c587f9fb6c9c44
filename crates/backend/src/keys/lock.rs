//! One process at a time changes a key file.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::KeyError;
use super::file;
use crate::clock::Random;

/// How often a lock that another process holds is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Held while a key file is changed; the operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct KeyFileLock {
    file: File,
    path: PathBuf,
    name: String,
}

impl KeyFileLock {
    /// Takes the lock beside a key file, waiting for it for a while.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator.
    pub(crate) async fn take(key_file: &Path, patience: Duration) -> Result<Self, KeyError> {
        let path = file::beside(key_file, ".lock");
        let begun = Instant::now();
        loop {
            match Self::attempt(&path, key_file) {
                Ok(Some(lock)) => return Ok(lock),
                Ok(None) if begun.elapsed() > patience => {
                    return Err(KeyError::Busy(format!("it holds {}", path.display())));
                }
                Ok(None) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(KeyError::Io(format!("The lock {}", path.display()), error)),
            }
        }
    }

    fn attempt(path: &Path, key_file: &Path) -> std::io::Result<Option<Self>> {
        std::fs::create_dir_all(file::folder_of(path))?;
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        if file.try_lock().is_err() {
            return Ok(None);
        }
        let mut name = String::new();
        file.read_to_string(&mut name)?;
        if name.is_empty() {
            let random: [u8; 16] = Random.bytes();
            name = format!("{:032x}", u128::from_be_bytes(random));
            file::belong_like(&file, key_file)?;
            file.rewind()?;
            file.write_all(name.as_bytes())?;
        }
        let lock = Self {
            file,
            path: path.to_owned(),
            name,
        };
        // Another process may have removed the name meanwhile, and a third one may have locked a new file of that name.
        Ok(lock.is_in_force().then_some(lock))
    }

    /// Whether the lock is still the one that others would find.
    pub(crate) fn is_in_force(&self) -> bool {
        identity(self.file.metadata().ok()) == identity(std::fs::metadata(&self.path).ok())
    }

    /// Distinguishes this lock from that of another key file, on any machine. A process that holds a lock with this
    /// identity knows that no other does.
    pub(crate) fn name(&self) -> String {
        let (device, inode) = identity(self.file.metadata().ok()).unwrap_or_default();
        format!("{}-{device:x}-{inode:x}", self.name)
    }
}

#[cfg(unix)]
fn identity(metadata: Option<std::fs::Metadata>) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    metadata.map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(metadata: Option<std::fs::Metadata>) -> Option<(u64, u64)> {
    metadata.map(|_| (0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_a_removed_name_gives_nobody_a_second_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys.toml");
        let none = Duration::ZERO;
        let first = KeyFileLock::take(&keys, none).await.expect("the lock");
        let busy = KeyFileLock::take(&keys, none).await.expect_err("taken");
        assert!(busy.to_string().contains("keys.toml.lock"), "{busy}");

        std::fs::remove_file(folder.path().join("keys.toml.lock")).expect("removed");
        assert!(!first.is_in_force(), "its holder notices");
        let second = KeyFileLock::take(&keys, none)
            .await
            .expect("a lock of another file");
        assert!(second.is_in_force());
        assert_ne!(first.name(), second.name());

        drop(second);
        let again = KeyFileLock::take(&keys, none).await.expect("free again");
        assert!(again.is_in_force());
    }
}
