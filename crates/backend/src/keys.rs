//! The keys that are not in the database.
//!
//! A stolen database opens nothing: codes are found by HMAC-SHA-256 under a pepper, and the copies that
//! admins may see again are sealed with XChaCha20-Poly1305, bound to their row. Both keys stand in a file of
//! their own, made at the first start, readable by its owner alone. Each has a number that is stored beside
//! what it made, so that keys can be rotated without a moment in which something is not found.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Random;
use crate::error::{Error, Fault};

/// The keys in use: the newest makes, all of them find and open.
#[derive(Clone)]
pub struct KeyRing(Arc<RwLock<Arc<Vec<Key>>>>);

#[derive(Clone)]
struct Key {
    id: i64,
    pepper: Zeroizing<[u8; 32]>,
    seal: Zeroizing<[u8; 32]>,
}

/// What a secret is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// The number of the key that made it.
    pub key_id: i64,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Why the key file cannot be used, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It could not be read or written.
    #[error("The key file {0} could not be read or written: {1}")]
    Io(String, std::io::Error),
    /// Others may read it.
    #[error("The key file {0} may be read by others. Make it private: chmod 600 {0}")]
    NotPrivate(String),
    /// It is not what it should be.
    #[error(
        "The key file {0} is damaged: {1}. Put back the copy from your backup; without it no link can be found."
    )]
    Damaged(String, &'static str),
}

#[derive(Serialize, Deserialize)]
struct File {
    keys: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
struct FileKey {
    id: i64,
    pepper: Zeroizing<String>,
    seal: Zeroizing<String>,
}

impl KeyRing {
    /// Reads the key file, or makes it with a first key.
    ///
    /// # Errors
    /// [`KeyFileError`], in words for the operator.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        if !path.exists() {
            write(path, &[Key::new(1)])?;
        }
        Ok(Self(Arc::new(RwLock::new(Arc::new(read(path)?)))))
    }

    /// Keys for a test, in memory alone.
    pub fn for_tests() -> Self {
        Self(Arc::new(RwLock::new(Arc::new(vec![Key::new(1)]))))
    }

    /// Adds a new key to the file, and makes with it from now on.
    ///
    /// # Errors
    /// [`KeyFileError`], in words for the operator.
    pub fn add_key(&self, path: &Path) -> Result<i64, KeyFileError> {
        let mut keys = self.keys().as_ref().clone();
        let id = keys.last().map_or(1, |key| key.id + 1);
        keys.push(Key::new(id));
        write(path, &keys)?;
        self.put(keys);
        Ok(id)
    }

    /// Removes all keys but the newest from the file.
    ///
    /// # Errors
    /// [`KeyFileError`], in words for the operator.
    pub fn drop_old_keys(&self, path: &Path) -> Result<(), KeyFileError> {
        let newest: Vec<Key> = self.keys().last().cloned().into_iter().collect();
        write(path, &newest)?;
        self.put(newest);
        Ok(())
    }

    /// Reads the file again, after another process changed it.
    ///
    /// # Errors
    /// [`KeyFileError`], in words for the operator; the keys in use stay.
    pub fn reload(&self, path: &Path) -> Result<(), KeyFileError> {
        self.put(read(path)?);
        Ok(())
    }

    /// The number of the newest key.
    pub fn newest(&self) -> i64 {
        self.keys().last().map_or(0, |key| key.id)
    }

    /// What a new secret will be found by.
    pub fn look_up(&self, kind: &str, secret: &str) -> LookUp {
        let keys = self.keys();
        keys.last().map_or(
            LookUp {
                key_id: 0,
                digest: Vec::new(),
            },
            |key| key.look_up(kind, secret),
        )
    }

    /// Everything that a secret may be found by, the newest key first.
    pub fn look_ups(&self, kind: &str, secret: &str) -> Vec<LookUp> {
        self.keys()
            .iter()
            .rev()
            .map(|key| key.look_up(kind, secret))
            .collect()
    }

    /// Seals a text so that only this installation reads it, and only as part of the row it belongs to.
    pub fn seal(&self, bound_to: &[u8], text: &str) -> Vec<u8> {
        let keys = self.keys();
        let Some(key) = keys.last() else { return Vec::new() };
        let nonce: [u8; 24] = Random.bytes();
        let cipher = XChaCha20Poly1305::new((&*key.seal).into());
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: text.as_bytes(),
                    aad: bound_to,
                },
            )
            .unwrap_or_default();
        [key.id.to_be_bytes().as_slice(), &nonce, &sealed].concat()
    }

    /// Opens what was sealed for this row.
    ///
    /// # Errors
    /// A fault: it was sealed for another row, changed, or its key is gone.
    pub fn unseal(&self, bound_to: &[u8], sealed: &[u8]) -> Result<Zeroizing<String>, Error> {
        self.open_sealed(bound_to, sealed)
            .ok_or_else(|| Error::Fault(Fault::new("a sealed secret could not be opened")))
    }

    fn open_sealed(&self, bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<String>> {
        let (id, rest) = sealed.split_at_checked(8)?;
        let (nonce, text) = rest.split_at_checked(24)?;
        let id = i64::from_be_bytes(id.try_into().ok()?);
        let keys = self.keys();
        let key = keys.iter().find(|key| key.id == id)?;
        let nonce: [u8; 24] = nonce.try_into().ok()?;
        let cipher = XChaCha20Poly1305::new((&*key.seal).into());
        let text = cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: text,
                    aad: bound_to,
                },
            )
            .ok()?;
        String::from_utf8(text).ok().map(Zeroizing::new)
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, keys: Vec<Key>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

impl Key {
    fn new(id: i64) -> Self {
        Self {
            id,
            pepper: Zeroizing::new(Random.bytes()),
            seal: Zeroizing::new(Random.bytes()),
        }
    }

    fn look_up(&self, kind: &str, secret: &str) -> LookUp {
        // A key of any length is accepted, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.pepper.as_ref()) else {
            return LookUp {
                key_id: self.id,
                digest: Vec::new(),
            };
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(secret.as_bytes());
        LookUp {
            key_id: self.id,
            digest: mac.finalize().into_bytes().to_vec(),
        }
    }
}

fn read(path: &Path) -> Result<Vec<Key>, KeyFileError> {
    let name = || path.display().to_string();
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|error| KeyFileError::Io(name(), error))?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path)
            .map_err(|error| KeyFileError::Io(name(), error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::NotPrivate(name()));
        }
    }
    let file: File = toml::from_str(&text).map_err(|_| KeyFileError::Damaged(name(), "it is no key file"))?;
    let bytes = |text: &str| -> Option<Zeroizing<[u8; 32]>> {
        let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
        Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
    };
    let keys: Vec<Key> = file
        .keys
        .iter()
        .map(|key| {
            Some(Key {
                id: key.id,
                pepper: bytes(&key.pepper)?,
                seal: bytes(&key.seal)?,
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| KeyFileError::Damaged(name(), "a key has not 32 bytes"))?;
    if keys.is_empty() || !keys.is_sorted_by(|a, b| a.id < b.id) {
        return Err(KeyFileError::Damaged(name(), "its keys are not numbered upwards"));
    }
    Ok(keys)
}

/// Writes the file so that at any instant either the old or the new one is there, whole.
fn write(path: &Path, keys: &[Key]) -> Result<(), KeyFileError> {
    let file = File {
        keys: keys
            .iter()
            .map(|key| FileKey {
                id: key.id,
                pepper: Zeroizing::new(STANDARD.encode(key.pepper.as_ref())),
                seal: Zeroizing::new(STANDARD.encode(key.seal.as_ref())),
            })
            .collect(),
    };
    let body = Zeroizing::new(toml::to_string(&file).unwrap_or_default());
    let text = Zeroizing::new(format!(
        "# Tokenwright's keys. Without this file no link can be found: back it up, apart from the database.\n\n{}",
        body.as_str()
    ));
    let new = path.with_extension("new");
    let result = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = fs::File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    })();
    result.map_err(|error| KeyFileError::Io(path.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_file_is_made_once_private_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.toml");
        let made = KeyRing::open(&path).expect("made").look_up("code", "7F3K");

        assert_eq!(KeyRing::open(&path).expect("found").look_up("code", "7F3K"), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).expect("metadata").permissions().mode() & 0o777,
                0o600
            );
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened up");
            assert!(matches!(KeyRing::open(&path), Err(KeyFileError::NotPrivate(_))));
        }
    }

    #[test]
    fn a_damaged_key_file_is_named_and_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.toml");
        write(&path, &[]).expect("written");
        let error = KeyRing::open(&path).expect_err("damaged");
        assert!(error.to_string().contains("is damaged"), "{error}");
    }

    #[test]
    fn after_a_rotation_old_secrets_are_still_found_and_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.toml");
        let keys = KeyRing::open(&path).expect("made");
        let (before, sealed) = (keys.look_up("code", "7F3K"), keys.seal(b"row", "7F3K"));

        assert_eq!(keys.add_key(&path).expect("added"), 2);

        assert_ne!(keys.look_up("code", "7F3K"), before);
        assert!(keys.look_ups("code", "7F3K").contains(&before));
        assert_eq!(keys.unseal(b"row", &sealed).expect("opened").as_str(), "7F3K");

        keys.drop_old_keys(&path).expect("dropped");
        assert!(keys.unseal(b"row", &sealed).is_err());
        assert_eq!(KeyRing::open(&path).expect("found").newest(), 2);
    }

    #[test]
    fn a_sealed_secret_opens_only_in_its_own_row_and_unchanged() {
        let keys = KeyRing::for_tests();
        let sealed = keys.seal(b"row 1", "7F3K");
        assert!(keys.unseal(b"row 2", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.unseal(b"row 1", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_secret_of_one_kind_is_not_found_as_another() {
        let keys = KeyRing::for_tests();
        assert_ne!(keys.look_up("code", "x"), keys.look_up("api", "x"));
    }
}
