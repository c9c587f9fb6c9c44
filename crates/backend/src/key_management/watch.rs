//! What a running server does about keys: it reads them again when they change, switches to the current one, reports
//! that it runs, and notices rows whose key it does not have.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use super::{KeyManagement, check, sql};
use crate::keys::{KeyError, KeySource, named};

/// How often a server checks whether the keys have changed.
const OFTEN: Duration = Duration::from_millis(500);

/// How often it reports that it runs, and looks for rows whose key it does not have.
const SELDOM: Duration = Duration::from_secs(10);

/// What a server knows about itself.
pub(crate) struct Watch {
    server: Uuid,
    name: OnceLock<String>,
}

impl Watch {
    pub(crate) fn new(server: Uuid) -> Self {
        Self {
            server,
            name: OnceLock::new(),
        }
    }

    pub(super) fn server(&self) -> Uuid {
        self.server
    }

    pub(super) fn serves_as(&self, name: String) {
        // A server has one name for as long as it runs.
        let _ = self.name.set(name);
    }

    pub(super) fn serves(&self) -> bool {
        self.name.get().is_some()
    }

    pub(super) fn name(&self) -> Option<String> {
        self.name.get().cloned()
    }
}

/// What a server has seen and reported.
struct Seen {
    stamp: Option<Stamp>,
    /// The newest key, the current one, and when they were reported.
    told: (i64, i64, Instant),
    /// When it last read a source again that does not show whether it has changed.
    asked: Instant,
    /// Keys that were missing.
    missing: Vec<i64>,
}

/// What changes when a file is replaced or written to.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl KeyManagement<'_> {
    /// Keys that rows carry and this server does not have: links made with them are not found here.
    ///
    /// # Errors
    /// [`KeyError`]: the database does not answer.
    pub async fn missing(&self) -> Result<Vec<i64>, KeyError> {
        let carried = check::carried(&mut self.0.db.read().await?).await?;
        let held = self.0.keys.held();
        let is_missing = |id: &i64| held.iter().all(|key| key.id != *id);
        Ok(carried.into_iter().filter(is_missing).collect())
    }

    /// Whether this server can work: it records that it runs, as it does every few seconds anyway, and looks for
    /// missing keys, which are returned.
    ///
    /// # Errors
    /// [`KeyError`]: the database does not answer, or accepts no writes.
    pub async fn probe(&self) -> Result<Vec<i64>, KeyError> {
        self.report().await?;
        self.missing().await
    }

    /// Maintains the keys of a running server, until the program ends.
    pub(crate) async fn watch(&self) {
        let mut seen = Seen {
            // Unknown, so that what changed since the start is read.
            stamp: None,
            told: (self.0.keys.newest(), self.0.keys.making(), Instant::now()),
            asked: Instant::now(),
            missing: Vec::new(),
        };
        let mut complained = String::new();
        loop {
            tokio::time::sleep(OFTEN).await;
            match self.look(&mut seen).await {
                Ok(()) => complained.clear(),
                Err(error) => {
                    let problem = error.to_string();
                    if problem != complained {
                        tracing::error!(%error, "the keys could not be looked after; those in use stay in use");
                        complained = problem;
                    }
                }
            }
        }
    }

    async fn look(&self, seen: &mut Seen) -> Result<(), KeyError> {
        let making = sql::making(&mut self.0.db.read().await?).await?;
        let is_behind = making.is_some_and(|making| !self.0.keys.make_with(making));
        // Keys that do not match are reported; other servers still learn that this server runs, and with which keys.
        let read = self.read_when_changed(seen, is_behind).await;
        let (newest, making, when) = seen.told;
        let is_due = when.elapsed() > SELDOM;
        if is_due || is_behind {
            self.complain_about_missing(seen).await?;
        }
        let now = (self.0.keys.newest(), self.0.keys.making());
        if is_due || (newest, making) != now {
            self.report().await?;
            seen.told = (now.0, now.1, Instant::now());
        }
        read
    }

    async fn read_when_changed(&self, seen: &mut Seen, is_behind: bool) -> Result<(), KeyError> {
        let ring = &self.0.keys;
        let stamp = self.stamp();
        let asks_again = is_behind && ring.source().can_change() && seen.asked.elapsed() > SELDOM;
        if stamp == seen.stamp && !asks_again {
            return Ok(());
        }
        seen.asked = Instant::now();
        // A command may take its time.
        let reader = ring.clone();
        let read = tokio::task::spawn_blocking(move || reader.read_source()).await;
        let read = read.map_err(|error| KeyError::from(crate::Error::from(crate::Fault::new(error))))?;
        match read? {
            Some(keys) => self.adopt(keys).await?,
            None => tracing::error!(
                "the keys are gone from {}; those in use stay in use",
                ring.source()
            ),
        }
        seen.stamp = stamp;
        Ok(())
    }

    async fn complain_about_missing(&self, seen: &mut Seen) -> Result<(), KeyError> {
        let missing = self.missing().await?;
        if missing != seen.missing {
            match missing[..] {
                [] => tracing::info!("every row's key is here again"),
                _ => tracing::error!(
                    "rows carry {}, which this server does not have: their links are not found here. Give it the keys \
                     of the other servers; until then /readyz answers 503",
                    named(&missing)
                ),
            }
            seen.missing = missing;
        }
        Ok(())
    }

    /// The current state of the source, if it is a file.
    fn stamp(&self) -> Option<Stamp> {
        let KeySource::File(path) = self.0.keys.source() else {
            return None;
        };
        let metadata = path.metadata().ok()?;
        Some(Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
            #[cfg(not(unix))]
            inode: 0,
        })
    }
}
