//! The keys that are not in the database.
//!
//! A stolen database opens nothing: codes are found by HMAC-SHA-256 under a pepper, and the copies that admins may see
//! again are sealed with XChaCha20-Poly1305, bound to their row. Both keys are in a separate file, created at the first
//! start and readable only by its owner; or come from elsewhere ([`KeySource`]). Each key has a number that is stored
//! with everything made under it, so that keys can be rotated while everything can still be found
//! ([`crate::key_management`]).

mod error;
mod file;
mod kept;
mod lock;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use chrono::{DateTime, SubsecRound, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Random;
use crate::error::{Error, Fault};

pub use error::KeyError;
pub(crate) use error::named;
pub(crate) use kept::{Answer, FewSealed, Kept, SealedText, Slice};
pub(crate) use lock::KeyFileLock;
pub use source::{HiddenText, KeySource};

/// The keys in use: one is current and used for everything new, all of them find and open.
#[derive(Clone)]
pub struct KeyRing(Arc<Shared>);

struct Shared {
    source: KeySource,
    ring: RwLock<Arc<Ring>>,
}

/// Keys, in ascending order of their numbers.
struct Ring {
    keys: Vec<Key>,
    /// The number of the current key.
    making: i64,
}

/// One key.
#[derive(Clone)]
pub(crate) struct Key {
    pub id: i64,
    /// When it was created; older files do not say.
    pub made_at: Option<DateTime<Utc>>,
    pepper: Pepper,
    seal: Zeroizing<[u8; 32]>,
}

/// The digest by which a secret is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// The number of the key that it was computed with.
    pub key_id: i64,
    /// The digest.
    pub digest: Vec<u8>,
}

impl KeyRing {
    /// A ring without keys, to be filled from its source ([`crate::key_management`]).
    pub fn at(source: KeySource) -> Self {
        Self::of(source, Vec::new())
    }

    /// Reads a key file, or creates it with a first key, without checking whether it matches a database.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let source = KeySource::File(path.to_owned());
        let keys = match read(&source)? {
            Some(keys) => keys,
            None => {
                file::write(path, &[Key::new(1, None)])?;
                read(&source)?.unwrap_or_default()
            }
        };
        Ok(Self::of(source, keys))
    }

    /// Keys for a test, only in memory.
    pub fn for_tests() -> Self {
        Self::of(KeySource::Memory, vec![Key::new(1, None)])
    }

    fn of(source: KeySource, keys: Vec<Key>) -> Self {
        let making = keys.last().map_or(0, |key| key.id);
        Self(Arc::new(Shared {
            source,
            ring: RwLock::new(Arc::new(Ring { keys, making })),
        }))
    }

    /// Where they come from.
    pub fn source(&self) -> &KeySource {
        &self.0.source
    }

    /// The current content of the source; `None` when there is nothing. The keys in use stay as they are.
    pub(crate) fn read_source(&self) -> Result<Option<Vec<Key>>, KeyError> {
        read(&self.0.source)
    }

    /// Writes keys to the source, and puts them into use.
    pub(crate) fn write_source(&self, lock: Option<&KeyFileLock>, keys: Vec<Key>) -> Result<(), KeyError> {
        match &self.0.source {
            KeySource::File(path) => {
                if !lock.is_some_and(KeyFileLock::is_in_force) {
                    let why = format!("somebody removed the lock of {}", path.display());
                    return Err(KeyError::Busy(why));
                }
                file::write(path, &keys)?;
            }
            KeySource::Memory => {}
            other => return Err(KeyError::ReadOnly(other.to_string())),
        }
        self.take(keys);
        Ok(())
    }

    /// Puts keys into use. The current key stays the same as long as it is among them.
    pub(crate) fn take(&self, keys: Vec<Key>) {
        let mut ring = self.0.ring.write().unwrap_or_else(PoisonError::into_inner);
        let newest = keys.last().map_or(0, |key| key.id);
        let making = if keys.iter().any(|key| key.id == ring.making) {
            ring.making
        } else {
            newest
        };
        *ring = Arc::new(Ring { keys, making });
    }

    /// Makes this the current key; returns whether it is there.
    pub(crate) fn make_with(&self, id: i64) -> bool {
        let mut ring = self.0.ring.write().unwrap_or_else(PoisonError::into_inner);
        let is_there = ring.keys.iter().any(|key| key.id == id);
        if is_there && ring.making != id {
            *ring = Arc::new(Ring {
                keys: ring.keys.clone(),
                making: id,
            });
        }
        is_there
    }

    /// The number of the newest key.
    pub fn newest(&self) -> i64 {
        self.ring().keys.last().map_or(0, |key| key.id)
    }

    /// The number of the current key.
    pub fn making(&self) -> i64 {
        self.ring().making
    }

    /// All keys.
    pub(crate) fn held(&self) -> Vec<Key> {
        self.ring().keys.clone()
    }

    /// The digest by which a new secret will be found.
    pub fn look_up(&self, kind: &str, secret: &str) -> LookUp {
        let ring = self.ring();
        ring.maker().map_or(
            LookUp {
                key_id: 0,
                digest: Vec::new(),
            },
            |key| key.look_up(kind, secret),
        )
    }

    /// Every digest by which a secret may be found: with the current key first, then from the newest key to the oldest.
    pub fn look_ups(&self, kind: &str, secret: &str) -> Vec<LookUp> {
        let ring = self.ring();
        let others = ring.keys.iter().rev().filter(|key| key.id != ring.making);
        ring.maker()
            .into_iter()
            .chain(others)
            .map(|key| key.look_up(kind, secret))
            .collect()
    }

    /// Seals a text so that only this installation can read it, and only as part of the row it belongs to.
    pub fn seal(&self, bound_to: &[u8], text: &str) -> Vec<u8> {
        let ring = self.ring();
        let Some(key) = ring.maker() else {
            return Vec::new();
        };
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
        let ring = self.ring();
        open_sealed(&ring.keys, bound_to, sealed)
            .ok_or_else(|| Error::Fault(Fault::new("a sealed secret could not be opened")))
    }

    fn ring(&self) -> Arc<Ring> {
        let ring = self.0.ring.read();
        Arc::clone(&ring.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ring {
    fn maker(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == self.making)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

/// The number of the key that something was sealed with.
pub(crate) fn sealed_with(sealed: &[u8]) -> Option<i64> {
    let (id, _) = sealed.split_first_chunk::<8>()?;
    Some(i64::from_be_bytes(*id))
}

/// Opens a sealed text with one of these keys.
pub(crate) fn open_sealed(keys: &[Key], bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<String>> {
    let id = sealed_with(sealed)?;
    let (nonce, text) = sealed[8..].split_first_chunk::<24>()?;
    let key = keys.iter().find(|key| key.id == id)?;
    let cipher = XChaCha20Poly1305::new((&*key.seal).into());
    let text = cipher
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: text,
                aad: bound_to,
            },
        )
        .ok()?;
    String::from_utf8(text).ok().map(Zeroizing::new)
}

/// The text of a key file with these keys.
pub(crate) fn text_of(keys: &[Key]) -> Zeroizing<String> {
    file::text(keys)
}

fn read(source: &KeySource) -> Result<Option<Vec<Key>>, KeyError> {
    let Some(text) = source.read()? else {
        return Ok(None);
    };
    file::parse(&source.to_string(), &text).map(Some)
}

/// The part of a key that digests are made with.
#[derive(Clone)]
struct Pepper {
    bytes: Zeroizing<[u8; 32]>,
    /// HMAC that has read its key: half of what a digest takes, and done once.
    keyed: Hmac<Sha256>,
}

impl Pepper {
    fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let keyed = keyed(&bytes);
        Self { bytes, keyed }
    }

    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        digested(self.keyed.clone(), parts)
    }
}

impl Key {
    /// A new key.
    pub(crate) fn new(id: i64, made_at: Option<DateTime<Utc>>) -> Self {
        Self {
            id,
            made_at: made_at.map(|at| at.trunc_subsecs(0)),
            pepper: Pepper::new(Zeroizing::new(Random.bytes())),
            seal: Zeroizing::new(Random.bytes()),
        }
    }

    /// The check value by which a database recognises a key. It reveals nothing about the key.
    pub(crate) fn check_value(&self) -> Vec<u8> {
        let inner = hmac(&self.seal, &[b"tokenwright key check: seal"]);
        self.pepper
            .digest(&[b"tokenwright key check: pepper", &self.id.to_be_bytes(), &inner])
    }

    fn look_up(&self, kind: &str, secret: &str) -> LookUp {
        LookUp {
            key_id: self.id,
            digest: self.pepper.digest(&[kind.as_bytes(), &[0], secret.as_bytes()]),
        }
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Vec<u8> {
    digested(keyed(key), parts)
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    // A shorter key is one that ends in zeros (RFC 2104 §2).
    Hmac::new((&*block).into())
}

fn digested(mut mac: Hmac<Sha256>, parts: &[&[u8]]) -> Vec<u8> {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
