//! Whether the available keys are those of this database.

use std::collections::BTreeSet;
use std::time::Duration;

use database::Conn;

use super::{KEPT, KeyManagement, sql};
use crate::error::Result;
use crate::keys::{self, Key, KeyError, KeyFileLock, KeySource};

/// How long a first start waits for another one in the same folder.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a database needs and the available keys lack.
const OLDER: &str = "They are older than the database. Put back the newer ones, such as those of another server or of \
                     the latest backup of the keys.";
const OTHER: &str = "They are newer than the database, or those of another installation. A database that was restored \
                     needs the keys of its time: those that were backed up with it, or the file that ends in .before.";

impl KeyManagement<'_> {
    /// Reads the keys, compares them with the database, and puts them into use. They are created when both are new. A
    /// server gives its name, and is known to be running from then on.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator: nothing may be done with keys that do not match.
    pub async fn open(&self, server: Option<String>) -> Result<(), KeyError> {
        // Register first, then read: a rotation that does not know of this server has already written its key.
        if let Some(name) = server {
            self.0.key_watch.serves_as(name);
            self.report().await?;
        }
        match self.0.keys.read_source()? {
            Some(keys) => self.adopt(keys).await?,
            None => self.make_first().await?,
        }
        if self.0.key_watch.serves() {
            self.report().await?;
        }
        Ok(())
    }

    async fn make_first(&self) -> Result<(), KeyError> {
        let ring = &self.0.keys;
        let KeySource::File(path) = ring.source() else {
            return Err(match self.is_unused().await? {
                true => KeyError::NoneYet(ring.source().to_string()),
                false => self.are_missing("hands over nothing"),
            });
        };
        if !self.is_unused().await? {
            return Err(self.are_missing("is not there"));
        }
        let lock = KeyFileLock::take(path, PATIENCE).await?;
        if let Some(keys) = ring.read_source()? {
            return self.adopt(keys).await;
        }
        ring.write_source(Some(&lock), vec![Key::new(1, Some(self.0.clock.now()))])?;
        let adopted = self.adopt(ring.held()).await;
        if adopted.is_err() {
            // Another server was faster; nothing was made with this file, and it must not be left lying around.
            let _ = std::fs::remove_file(path);
        }
        adopted
    }

    fn are_missing(&self, why: &'static str) -> KeyError {
        let place = self.0.keys.source().to_string();
        KeyError::Missing { place, why }
    }

    async fn is_unused(&self) -> Result<bool, KeyError> {
        let mut conn = self.0.db.read().await?;
        Ok(sql::known(&mut conn).await?.is_empty() && carried(&mut conn).await?.is_empty())
    }

    /// Puts keys into use if they match.
    pub(super) async fn adopt(&self, keys: Vec<Key>) -> Result<(), KeyError> {
        // Another server may record its keys at the same moment; then these are compared with those.
        while !self.write_down(&keys).await? {}
        let making = sql::making(&mut self.0.db.read().await?).await?;
        self.0.keys.take(keys);
        if let Some(making) = making {
            self.0.keys.make_with(making);
        }
        Ok(())
    }

    async fn write_down(&self, keys: &[Key]) -> Result<bool, KeyError> {
        let place = self.0.keys.source().to_string();
        let mut conn = self.0.db.read().await?;
        let (known, carried) = (sql::known(&mut conn).await?, carried(&mut conn).await?);
        compare(&place, keys, &known, &carried)?;
        let is_new = |key: &&Key| known.iter().all(|known| known.id != key.id);
        let new: Vec<&Key> = keys.iter().filter(is_new).collect();
        for key in &new {
            opens_what_it_sealed(&mut conn, &place, key).await?;
        }
        drop(conn);
        if new.is_empty() {
            return Ok(true);
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        for key in &new {
            if !sql::add(&mut tx, key).await? {
                return Ok(false);
            }
        }
        // The first keys of a database, or those of a program version that did not record them.
        if let (true, Some(newest)) = (known.is_empty(), keys.last()) {
            sql::set_used(&mut tx, newest.id, now).await?;
            if carried.iter().all(|id| *id == newest.id) {
                sql::set_rotated(&mut tx, newest.id, now, 0).await?;
            }
        }
        tx.commit_keeping_cache().await?;
        Ok(true)
    }
}

/// The key numbers that rows carry.
pub(super) async fn carried(conn: &mut Conn) -> Result<BTreeSet<i64>> {
    let mut carried = BTreeSet::new();
    for kept in KEPT {
        carried.extend((kept.keys)(conn).await?);
    }
    Ok(carried)
}

/// Compares keys with what a database records about its own.
fn compare(place: &str, keys: &[Key], known: &[sql::Known], carried: &BTreeSet<i64>) -> Result<(), KeyError> {
    let is_foreign = |key: &&Key| {
        let known = known.iter().find(|known| known.id == key.id);
        known.is_some_and(|known| known.check_value != key.check_value())
    };
    if let Some(key) = keys.iter().find(is_foreign) {
        let (place, key) = (capital(place), key.id);
        return Err(KeyError::Foreign { place, key });
    }
    let making = known.iter().filter(|known| known.used_since.is_some());
    let needed = carried.iter().copied().chain(making.map(|known| known.id).max());
    let needed: BTreeSet<i64> = needed.collect();
    lacking(place, keys, needed)
}

/// Says which of these are missing from the keys.
pub(super) fn lacking(place: &str, keys: &[Key], needed: BTreeSet<i64>) -> Result<(), KeyError> {
    let held: Vec<i64> = keys.iter().map(|key| key.id).collect();
    let lacking: Vec<i64> = needed.into_iter().filter(|id| !held.contains(id)).collect();
    match lacking.last() {
        None => Ok(()),
        Some(newest) => Err(KeyError::Lacking {
            place: capital(place),
            hint: if held.iter().all(|id| id < newest) {
                OLDER
            } else {
                OTHER
            },
            lacking,
            held,
        }),
    }
}

/// A key that is not yet recorded is recognised by opening rows that carry its number. One row may be damaged; if none
/// can be opened, the key is a different one.
async fn opens_what_it_sealed(conn: &mut Conn, place: &str, key: &Key) -> Result<(), KeyError> {
    let mut samples = Vec::new();
    for kept in KEPT {
        samples.extend((kept.samples)(conn, key.id).await?);
    }
    let opens = |sample: &keys::SealedText| {
        keys::open_sealed(std::slice::from_ref(key), &sample.bound_to, &sample.sealed).is_some()
    };
    if samples.is_empty() || samples.iter().any(opens) {
        return Ok(());
    }
    let (place, key) = (capital(place), key.id);
    Err(KeyError::Foreign { place, key })
}

/// The beginning of a message.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
