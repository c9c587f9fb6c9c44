//! Which keys there are, and what needs them.

use chrono::{DateTime, Utc};

use super::servers::SILENT;
use super::{KEPT, KeyManagement, check, sql};
use crate::keys::{self, Key, KeyError};
use crate::secret::Secret;

/// The keys of an installation.
#[derive(Debug)]
pub struct KeyList {
    /// Now.
    pub now: DateTime<Utc>,
    /// All keys that are available or that rows carry, the oldest first.
    pub keys: Vec<ListedKey>,
    /// Running servers: their name, their newest key, and their current key.
    pub servers: Vec<(String, i64, i64)>,
}

/// A key.
#[derive(Debug)]
pub struct ListedKey {
    /// Its number.
    pub id: i64,
    /// When it was made, if that is known.
    pub made_at: Option<DateTime<Utc>>,
    /// Whether it is available here.
    pub is_held: bool,
    /// Whether it is the current key.
    pub is_making: bool,
    /// Whether it was ever in use.
    pub was_used: bool,
    /// Since when no row carries its number.
    pub retired_at: Option<DateTime<Utc>>,
    /// What carries its number, in words, such as `7 tokens`.
    pub rows: Vec<String>,
}

impl KeyManagement<'_> {
    /// Lists the keys, how old they are, and how many rows need each.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator.
    pub async fn list(&self) -> Result<KeyList, KeyError> {
        let now = self.0.clock.now();
        let held = self.0.keys.held();
        let mut conn = self.0.db.read().await?;
        let known = sql::known(&mut conn).await?;
        let mut ids = check::carried(&mut conn).await?;
        ids.extend(held.iter().map(|key| key.id));
        let mut keys = Vec::new();
        for id in ids {
            let mut rows = Vec::new();
            for kept in KEPT {
                let count = (kept.count)(&mut conn, id).await?;
                if count > 0 {
                    rows.push(kept.counted(count));
                }
            }
            let of_file = held.iter().find(|key| key.id == id);
            let of_database = known.iter().find(|key| key.id == id);
            keys.push(ListedKey {
                id,
                made_at: of_file
                    .and_then(|key| key.made_at)
                    .or(of_database.and_then(|key| key.made_at)),
                is_held: of_file.is_some(),
                is_making: self.0.keys.making() == id,
                was_used: of_database.is_some_and(|key| key.used_since.is_some()),
                retired_at: of_database.and_then(|key| key.retired_at),
                rows,
            });
        }
        let servers = sql::servers(&mut conn).await?.into_iter();
        let servers = servers.filter(|server| server.last_seen_at > now - SILENT);
        Ok(KeyList {
            now,
            keys,
            servers: servers
                .map(|server| (server.name, server.newest_key, server.making_key))
                .collect(),
        })
    }

    /// A first key, as text to be stored where the keys are to come from.
    pub fn new_keys(now: DateTime<Utc>) -> Secret {
        Secret::new(keys::text_of(&[Key::new(1, Some(now))]).as_str())
    }
}
