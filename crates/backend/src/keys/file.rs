//! The key file: its text, and how it is read and written so that nothing in it is ever lost.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::{Key, Pepper};
use crate::clock::Random;

#[derive(Serialize, Deserialize)]
struct File {
    keys: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
struct FileKey {
    id: i64,
    /// Older files do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<DateTime<Utc>>,
    pepper: Zeroizing<String>,
    seal: Zeroizing<String>,
}

/// The keys in a text; errors name the place they come from.
pub(super) fn parse(place: &str, text: &str) -> Result<Vec<Key>, KeyError> {
    let damaged = |why| KeyError::Damaged(capital(place), why);
    let file: File = toml::from_str(text).map_err(|_| damaged("this is no key file"))?;
    let bytes = |text: &str| -> Option<Zeroizing<[u8; 32]>> {
        let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
        Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
    };
    let read = |key: &FileKey| {
        Some(Key {
            id: key.id,
            made_at: key.made_at,
            pepper: Pepper::new(bytes(&key.pepper)?),
            seal: bytes(&key.seal)?,
        })
    };
    let keys: Option<Vec<Key>> = file.keys.iter().map(read).collect();
    let keys = keys.ok_or_else(|| damaged("a key does not have 32 bytes"))?;
    let is_numbered = keys.first().is_some_and(|key| key.id > 0) && keys.is_sorted_by(|a, b| a.id < b.id);
    if is_numbered {
        Ok(keys)
    } else {
        Err(damaged("its keys are not numbered upwards"))
    }
}

/// The text of a key file.
pub(super) fn text(keys: &[Key]) -> Zeroizing<String> {
    let file_key = |key: &Key| FileKey {
        id: key.id,
        made_at: key.made_at,
        pepper: Zeroizing::new(STANDARD.encode(key.pepper.bytes.as_ref())),
        seal: Zeroizing::new(STANDARD.encode(key.seal.as_ref())),
    };
    let file = File {
        keys: keys.iter().map(file_key).collect(),
    };
    let body = Zeroizing::new(toml::to_string(&file).unwrap_or_default());
    Zeroizing::new(format!(
        "# Tokenwright's keys. Without them no link can be found: back them up, apart from the database.\n\
         # All servers of a database use the same ones.\n\n{}",
        body.as_str()
    ))
}

/// The text of a private file; `None` when there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeyError> {
    let name = || path.display().to_string();
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => match owner(path) {
            Some(owner) => KeyError::NotOurs { path: name(), owner },
            None => KeyError::Io(format!("The key file {}", name()), error),
        },
        _ => KeyError::Io(format!("The key file {}", name()), error),
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if is_open_to_others(&metadata) => return Err(KeyError::NotPrivate(name())),
        Ok(_) => {}
    }
    fs::read_to_string(path)
        .map(|text| Some(Zeroizing::new(text)))
        .map_err(failed)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// The owner of a file.
fn owner(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let user = fs::metadata(path).ok()?.uid();
        Some(if user == 0 {
            "root".into()
        } else {
            format!("user {user}")
        })
    }
    #[cfg(not(unix))]
    None
}

/// Where the previous file is kept.
pub(super) fn before(path: &Path) -> PathBuf {
    beside(path, ".before")
}

/// A file whose name begins like another's.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Writes the file so that at any instant either the old or the new one is there, complete. The old one is kept beside
/// it; owner and mode are preserved, no matter who writes.
pub(super) fn write(path: &Path, keys: &[Key]) -> Result<(), KeyError> {
    let result = (|| {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        match fs::read(path).map(Zeroizing::new) {
            Ok(old) => put(&before(path), &old, path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        put(path, text(keys).as_bytes(), path)?;
        fs::File::open(folder)?.sync_all()
    })();
    result.map_err(|error| KeyError::Io(format!("The key file {}", path.display()), error))
}

/// The folder that contains a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Moves a complete file into place. Its temporary name is new each time, so that no two processes write to the same
/// one.
fn put(path: &Path, text: &[u8], model: &Path) -> std::io::Result<()> {
    let random: [u8; 8] = Random.bytes();
    let new = beside(path, &format!(".{:016x}.new", u64::from_be_bytes(random)));
    let written = (|| {
        let mut options = fs::File::options();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        belong_like(&file, model)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&new, path)
    })();
    if written.is_err() {
        // A file that could not be moved into place does no harm, but it contains keys.
        let _ = fs::remove_file(&new);
    }
    written
}

/// Gives a new file the owner and mode of the one it replaces; if there is none, the owner of the folder. This matters
/// only to root, who must not leave a file behind that the server cannot read.
pub(super) fn belong_like(file: &fs::File, model: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let own = file.metadata()?;
        let (wanted, mode) = match fs::metadata(model) {
            Ok(metadata) => (metadata.clone(), metadata.permissions().mode() & 0o700),
            Err(_) => (fs::metadata(folder_of(model))?, 0o600),
        };
        if own.uid() == 0 && wanted.uid() != 0 {
            fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
        } else if own.uid() != wanted.uid() && model.exists() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::PermissionDenied,
                "it belongs to another user, to whom only root can give a new one",
            ));
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Capitalises a sentence.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
