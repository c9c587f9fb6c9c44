//! Running servers, and which keys they have.

use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::lease::Lease;
use super::{KeyManagement, sql};
use crate::error::Result;
use crate::keys::KeyError;

/// A server that has been silent for this long is not waited for.
pub(super) const SILENT: TimeDelta = TimeDelta::seconds(30);

/// A server that has been silent for this long is gone.
const GONE: TimeDelta = TimeDelta::days(1);

/// How often it checks.
const PAUSE: Duration = Duration::from_millis(200);

impl KeyManagement<'_> {
    /// Records that this server runs, and which keys it has.
    pub(super) async fn report(&self) -> Result<(), KeyError> {
        let Some(name) = self.0.key_watch.name() else {
            return Ok(());
        };
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let server = sql::Server {
            id: self.0.key_watch.server(),
            name,
            last_seen_at: now,
            newest_key: self.0.keys.newest(),
            making_key: self.0.keys.making(),
        };
        sql::put_server(&mut tx, &server).await?;
        sql::remove_servers_silent_since(&mut tx, now - GONE).await?;
        if self.0.db.is_only_server() {
            sql::remove_servers_but(&mut tx, server.id).await?;
        }
        tx.commit_keeping_cache().await?;
        Ok(())
    }

    /// Records that this server stops.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn leave(&self) -> Result<()> {
        if self.0.key_watch.name().is_some() {
            let mut tx = self.0.db.write().await?;
            sql::remove_server(&mut tx, self.0.key_watch.server()).await?;
            tx.commit_keeping_cache().await?;
        }
        Ok(())
    }

    /// Waits until every running server has confirmed something about a key.
    pub(super) async fn wait_for_servers(
        &self,
        lease: &Lease,
        key: i64,
        patience: Duration,
        has_confirmed: impl Fn(&sql::Server) -> bool,
    ) -> Result<(), KeyError> {
        let begun = Instant::now();
        loop {
            let now = self.0.clock.now();
            let servers = sql::servers(&mut self.0.db.read().await?).await?;
            let waits = |server: &&sql::Server| server.last_seen_at > now - SILENT && !has_confirmed(server);
            let waiting: Vec<&str> = servers
                .iter()
                .filter(waits)
                .map(|server| server.name.as_str())
                .collect();
            if waiting.is_empty() {
                return Ok(());
            }
            if begun.elapsed() > patience {
                let servers = waiting.join(", ");
                return Err(KeyError::NotEverywhere { key, servers });
            }
            lease.wait(PAUSE).await?;
        }
    }
}
