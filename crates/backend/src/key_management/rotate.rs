//! Rotating keys.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::lease::Lease;
use super::{KEPT, KeyManagement, check, sql};
use crate::audit::{Entry, Event, Who};
use crate::keys::{self, Key, KeyError, KeySource};
use crate::page_tokens;
use crate::secret::Secret;

/// For this long, a rotation that left secrets behind is tried again with the same key.
const SAME_KEY: TimeDelta = TimeDelta::days(1);

/// How long a transaction that is under way may hold up the end of a rotation.
const UNDER_WAY: Duration = Duration::from_secs(90);

/// What a rotation should do.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// How long a key stays after the last row has stopped using it: for backups that need it.
    pub keep: TimeDelta,
    /// Whether to create a new key, even if the newest has just been created.
    pub new_key: bool,
    /// Whether keys that cannot be written back may be printed.
    pub print: bool,
    /// How long to wait for servers that do not have the new key yet.
    pub patience: Duration,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            keep: TimeDelta::days(90),
            new_key: false,
            print: false,
            // Longer than a killed server counts as running.
            patience: Duration::from_secs(45),
        }
    }
}

/// The result of a rotation.
#[derive(Debug, Default)]
pub struct Rotated {
    /// The current key.
    pub key: i64,
    /// Whether another command has just done all of it.
    pub by_another: bool,
    /// How many secrets were moved to it.
    pub moved: usize,
    /// What could not be opened, such as `token 0190…`, and was left as it is.
    pub unreadable: Vec<String>,
    /// Keys that rows still carry, with the number of rows.
    pub waiting: Vec<(i64, i64)>,
    /// Keys that were dropped.
    pub dropped: Vec<i64>,
    /// Keys that no row carries but that stay, with the reason.
    pub kept: Vec<(i64, String)>,
    /// The keys to be stored where they come from, if they cannot be written there from here.
    pub to_store: Option<Secret>,
}

impl KeyManagement<'_> {
    /// Rotates the keys. Everything can be found and opened meanwhile; an interrupted rotation continues when it is
    /// started again.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator; nothing is lost in that case.
    pub async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, KeyError> {
        let before = self.last_rotation().await?;
        let lease = Lease::take(self.0).await?;
        let rotated = self.rotate_under(&lease, rotation, before).await;
        lease.release().await?;
        rotated
    }

    async fn rotate_under(
        &self,
        lease: &Lease,
        rotation: &Rotation,
        before: Option<LastRotation>,
    ) -> Result<Rotated, KeyError> {
        self.read_again().await?;
        let last = self.last_rotation().await?;
        let known = sql::known(&mut self.0.db.read().await?).await?;
        let newest = known.iter().rev().find(|known| known.id == self.0.keys.newest());
        // The previous holder of the lease has just done what was requested.
        let by_another =
            before.is_some() && last != before && last.is_some_and(|(_, rotated_at)| rotated_at.is_some());
        if by_another {
            return Ok(Rotated {
                key: self.0.keys.making(),
                by_another,
                ..Rotated::default()
            });
        }
        let goes_on = newest.is_some_and(|newest| is_unfinished(newest, self.0.clock.now(), rotation));
        let key = if goes_on {
            self.0.keys.newest()
        } else {
            match self.add_key(lease, rotation, &known).await? {
                Added::Key(id) => id,
                Added::ToStore(text) => {
                    return Ok(Rotated {
                        key: self.0.keys.making(),
                        to_store: Some(text),
                        ..Rotated::default()
                    });
                }
            }
        };
        self.take_into_use(lease, key, rotation.patience).await?;
        let mut rotated = Rotated {
            key,
            ..Rotated::default()
        };
        self.move_all(lease, &mut rotated).await?;
        self.finish(lease, &mut rotated).await?;
        self.drop_due(lease, rotation.keep, &mut rotated).await?;
        Ok(rotated)
    }

    async fn last_rotation(&self) -> Result<Option<LastRotation>, KeyError> {
        let known = sql::known(&mut self.0.db.read().await?).await?;
        let used = known.iter().rfind(|known| known.used_since.is_some());
        Ok(used.map(|known| (known.id, known.rotated_at)))
    }

    /// The keys, now that nobody else changes them; all that the database records must be there.
    async fn read_again(&self) -> Result<(), KeyError> {
        let keys = match self.0.keys.source() {
            KeySource::Memory => self.0.keys.held(),
            _ => self.0.keys.read_source()?.unwrap_or_default(),
        };
        let known = sql::known(&mut self.0.db.read().await?).await?;
        let in_force = known
            .iter()
            .filter(|key| key.dropped_at.is_none() && key.retired_at.is_none());
        let needed: BTreeSet<i64> = in_force.map(|key| key.id).collect();
        check::lacking(&self.0.keys.source().to_string(), &keys, needed)?;
        self.adopt(keys).await
    }

    async fn add_key(
        &self,
        lease: &Lease,
        rotation: &Rotation,
        known: &[sql::Known],
    ) -> Result<Added, KeyError> {
        let ring = &self.0.keys;
        let highest = known.iter().map(|known| known.id).max().unwrap_or(0);
        let id = ring.newest().max(highest) + 1;
        let mut keys = ring.held();
        keys.push(Key::new(id, Some(self.0.clock.now())));
        let is_ours = matches!(ring.source(), KeySource::File(_) | KeySource::Memory);
        if !is_ours {
            return if rotation.print {
                Ok(Added::ToStore(Secret::new(keys::text_of(&keys).as_str())))
            } else {
                Err(KeyError::ReadOnly(ring.source().to_string()))
            };
        }
        ring.write_source(lease.lock.as_ref(), keys.clone())?;
        self.adopt(keys).await?;
        Ok(Added::Key(id))
    }

    /// First every server has the key, then it is current on every server, and then everything made with an older key
    /// in between can be moved.
    async fn take_into_use(&self, lease: &Lease, key: i64, patience: Duration) -> Result<(), KeyError> {
        self.wait_for_servers(lease, key, patience, |server| server.newest_key >= key)
            .await?;
        let mut tx = self.0.db.write().await?;
        lease.hold(&mut tx).await?;
        sql::set_used(&mut tx, key, self.0.clock.now()).await?;
        tx.commit_keeping_cache().await?;
        self.0.keys.make_with(key);
        if self.0.key_watch.serves() {
            self.report().await?;
        }
        self.wait_for_servers(lease, key, patience, |server| server.making_key >= key)
            .await?;
        self.let_end_what_is_under_way(lease).await
    }

    async fn let_end_what_is_under_way(&self, lease: &Lease) -> Result<(), KeyError> {
        let mut tx = self.0.db.write().await?;
        lease.hold(&mut tx).await?;
        let own = sql::transaction(&mut tx).await?;
        tx.commit_keeping_cache().await?;
        let begun = Instant::now();
        while sql::oldest_transaction(&mut self.0.db.read().await?).await? <= own {
            if begun.elapsed() > UNDER_WAY {
                return Err(KeyError::Busy(
                    "a transaction of the database has been open for more than 90 seconds".into(),
                ));
            }
            lease.wait(Duration::from_millis(50)).await?;
        }
        Ok(())
    }

    async fn move_all(&self, lease: &Lease, rotated: &mut Rotated) -> Result<(), KeyError> {
        for kept in KEPT {
            let carried = (kept.keys)(&mut self.0.db.read().await?).await?;
            for from in carried.into_iter().filter(|id| *id != rotated.key) {
                let mut after = Uuid::nil();
                loop {
                    let slice = (kept.move_slice)(self.0, from, after).await?;
                    rotated.moved += slice.moved;
                    let named = slice.unreadable.iter().map(|id| format!("{} {id}", kept.what));
                    rotated.unreadable.extend(named);
                    match slice.last {
                        Some(last) => after = last,
                        None => break,
                    }
                    lease.wait(Duration::ZERO).await?;
                }
            }
        }
        Ok(())
    }

    async fn finish(&self, lease: &Lease, rotated: &mut Rotated) -> Result<(), KeyError> {
        let organisations = self.0.organisations().list().await?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        lease.hold(&mut tx).await?;
        let unreadable = i64::try_from(rotated.unreadable.len()).unwrap_or(i64::MAX);
        sql::set_rotated(&mut tx, rotated.key, now, unreadable).await?;
        page_tokens::next_assertion_key(&mut tx, self.0).await?;
        self.retire(&mut tx, now).await?;
        for id in check::carried(&mut tx).await? {
            if id != rotated.key {
                let mut rows = 0;
                for kept in KEPT {
                    rows += (kept.count)(&mut tx, id).await?;
                }
                rotated.waiting.push((id, rows));
            }
        }
        for listed in organisations {
            let facts = serde_json::json!({ "key": rotated.key });
            let entry = Entry {
                facts,
                ..Entry::new(Event::KeysRotated)
            };
            self.0
                .record(&mut tx, Who::operator(listed.view.id), entry)
                .await?;
        }
        self.0.commit(tx).await?;
        Ok(())
    }
}

/// The current key, and since when everything is moved to it.
type LastRotation = (i64, Option<DateTime<Utc>>);

/// What happened to the request for a new key.
enum Added {
    /// It exists, and is not current yet.
    Key(i64),
    /// An operator has to store it first.
    ToStore(Secret),
}

/// Whether something is left to do for the newest key, so that creating another one would not help.
fn is_unfinished(newest: &sql::Known, now: DateTime<Utc>, rotation: &Rotation) -> bool {
    let Some(used_since) = newest.used_since else {
        return true;
    };
    match newest.rotated_at {
        None => true,
        Some(_) => newest.unreadable > 0 && used_since > now - SAME_KEY && !rotation.new_key,
    }
}
