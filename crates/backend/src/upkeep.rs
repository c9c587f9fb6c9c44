//! What goes on in the background while a server runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::keys::KeyFileError;
use crate::{Backend, Fault, mail, tokens};

/// How often expired tokens are moved to their list, and the key file is looked at.
const OFTEN: Duration = Duration::from_secs(1);

/// How often what nobody needs any more is removed.
const SELDOM: Duration = Duration::from_secs(600);

/// How long a rotation waits for running servers to read the key file again.
const KEYS_SETTLE: Duration = Duration::from_secs(4);

/// The view on upkeep.
pub struct Upkeep<'a>(&'a Backend);

impl Backend {
    /// What goes on in the background.
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep(self)
    }
}

impl Upkeep<'_> {
    /// Everything that a server does in the background, until the program ends: telling browsers of changes,
    /// sending mail, long work, moving expired tokens, reading rotated keys, hearing of what other processes change.
    pub async fn run(&self, key_file: PathBuf) {
        let (live, mail, jobs) = (self.0.live(), self.0.mail(), self.0.jobs());
        tokio::join!(
            live.run(),
            mail.run(),
            jobs.run(),
            self.sweep_often(),
            self.tidy_seldom(),
            self.reload_keys_often(&key_file),
            self.0.db.look_around()
        );
    }

    /// Writes down what is in memory alone. A server that stops does it last.
    ///
    /// # Errors
    /// A fault.
    pub async fn finish(&self) -> Result<()> {
        self.0.add_wrong_codes().await
    }

    /// Moves tokens whose time is over to the expired list; says how many there were.
    ///
    /// # Errors
    /// A fault.
    pub async fn sweep(&self) -> Result<usize> {
        tokens::sweep(self.0).await
    }

    async fn sweep_often(&self) {
        loop {
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "expired tokens could not be moved; trying again");
            }
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Removes sessions, sign-in links and counts of tries whose time is over, and uploads that were given up.
    async fn tidy_seldom(&self) {
        loop {
            for outcome in [self.0.people().sweep().await, self.0.collections().sweep().await] {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "what nobody needs could not be removed; trying again");
                }
            }
            tokio::time::sleep(SELDOM).await;
        }
    }

    async fn reload_keys_often(&self, key_file: &Path) {
        let changed = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
        let mut known = changed(key_file);
        loop {
            tokio::time::sleep(OFTEN).await;
            let now = changed(key_file);
            if now != known {
                match self.0.keys.reload(key_file) {
                    Ok(()) => known = now,
                    Err(error) => tracing::warn!(%error, "the key file changed and could not be read"),
                }
            }
        }
    }

    /// Rotates the keys: a new one makes from now on, all secrets are moved to it, and the old ones go.
    /// Servers that run meanwhile read the key file by themselves.
    ///
    /// # Errors
    /// A fault; nothing is lost then, and a second call goes on.
    pub async fn rotate_keys(&self, key_file: &Path) -> Result<usize> {
        let fault = |error: KeyFileError| Fault::new(error);
        self.0.keys.add_key(key_file).map_err(fault)?;
        tokio::time::sleep(KEYS_SETTLE).await;
        // Twice: a server may have made something with the old key just before it read the new one.
        let mut moved = tokens::move_to_newest_key(self.0).await?;
        tokio::time::sleep(KEYS_SETTLE).await;
        moved += tokens::move_to_newest_key(self.0).await?;
        let organisations: Vec<_> = self
            .0
            .organisations()
            .list()
            .await?
            .into_iter()
            .map(|listed| listed.view.id)
            .collect();
        let mut tx = self.0.db.write().await?;
        mail::seal_again(&mut tx, self.0).await?;
        for organisation in organisations {
            let facts = serde_json::json!({ "key": self.0.keys.newest() });
            self.0
                .record(
                    &mut tx,
                    Who::operator(organisation),
                    Entry {
                        facts,
                        ..Entry::new(Event::KeysRotated)
                    },
                )
                .await?;
        }
        self.0.commit(tx).await?;
        self.0.keys.drop_old_keys(key_file).map_err(fault)?;
        Ok(moved)
    }
}
