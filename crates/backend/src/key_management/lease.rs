//! One rotation at a time, on whatever server.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use database::WriteTx;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::sql;
use crate::Backend;
use crate::keys::{KeyError, KeyFileLock};

/// How long a lease lasts without being extended.
const TIME: TimeDelta = TimeDelta::seconds(30);

/// How often it is extended.
const RENEWAL: Duration = Duration::from_secs(5);

/// How long a command waits for another one: longer than the lease of a killed command lasts.
const PATIENCE: Duration = Duration::from_secs(40);

/// How often it retries.
const PAUSE: Duration = Duration::from_millis(100);

/// The right to change keys: the lock on the key file, if there is one, and the lease in the database.
pub(super) struct Lease {
    backend: Backend,
    holder: Uuid,
    pub lock: Option<KeyFileLock>,
    renewal: JoinHandle<()>,
}

impl Lease {
    /// Waits for the right to change keys.
    pub(super) async fn take(backend: &Backend) -> Result<Self, KeyError> {
        let lock = match backend.keys.source().path() {
            Some(path) => Some(KeyFileLock::take(path, PATIENCE).await?),
            None => None,
        };
        let place = lock.as_ref().map(KeyFileLock::name).unwrap_or_default();
        let holder = backend.random.id(backend.clock.now());
        let begun = Instant::now();
        loop {
            let now = backend.clock.now();
            let mut tx = backend.db.write().await?;
            let is_taken = sql::take_lease(&mut tx, holder, &place, now, now + TIME).await?;
            tx.commit_keeping_cache().await?;
            if is_taken {
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err(KeyError::Busy("it holds the lease in the database".into()));
            }
            tokio::time::sleep(PAUSE).await;
        }
        let renewal = tokio::spawn(renew(backend.clone(), holder));
        Ok(Self {
            backend: backend.clone(),
            holder,
            lock,
            renewal,
        })
    }

    /// Makes sure that the lease stays ours until this transaction is committed.
    pub(super) async fn hold(&self, tx: &mut WriteTx) -> Result<(), KeyError> {
        let until = self.backend.clock.now() + TIME;
        if sql::extend_lease(tx, self.holder, until).await? {
            Ok(())
        } else {
            Err(KeyError::Busy("it took over the lease in the database".into()))
        }
    }

    /// Pauses briefly. If somebody has removed the lock on the key file meanwhile, the lease is lost.
    pub(super) async fn wait(&self, time: Duration) -> Result<(), KeyError> {
        tokio::time::sleep(time).await;
        match &self.lock {
            Some(lock) if !lock.is_in_force() => {
                Err(KeyError::Busy("somebody removed the lock of the key file".into()))
            }
            _ => Ok(()),
        }
    }

    /// Gives it back. A lease that is dropped without this expires by itself.
    pub(super) async fn release(self) -> Result<(), KeyError> {
        let mut tx = self.backend.db.write().await?;
        sql::release_lease(&mut tx, self.holder).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

async fn renew(backend: Backend, holder: Uuid) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let renewed = async {
            let mut tx = backend.db.write().await?;
            let is_ours = sql::extend_lease(&mut tx, holder, backend.clock.now() + TIME).await?;
            tx.commit_keeping_cache().await.map_err(KeyError::from)?;
            Ok::<bool, KeyError>(is_ours)
        };
        match renewed.await {
            Ok(true) => {}
            // Each step checks again before it changes anything.
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the lease on the keys could not be extended; trying again"),
        }
    }
}
