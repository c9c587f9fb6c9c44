//! Dropping keys that nothing needs any more.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};

use super::lease::Lease;
use super::rotate::Rotated;
use super::servers::SILENT;
use super::{KEPT, KeyManagement, check, sql};
use crate::keys::{KeyError, KeySource};

impl KeyManagement<'_> {
    /// Drops one key, if nothing needs it.
    ///
    /// # Errors
    /// [`KeyError`], with a message for the operator: what needs it.
    pub async fn drop_key(&self, key: i64, keep: TimeDelta) -> Result<(), KeyError> {
        let lease = Lease::take(self.0).await?;
        let dropped = async {
            self.adopt_again().await?;
            match self.drop_one(&lease, key, keep).await? {
                None => Ok(()),
                Some(why) => Err(KeyError::StillNeeded { key, why }),
            }
        };
        let dropped = dropped.await;
        lease.release().await?;
        dropped
    }

    async fn adopt_again(&self) -> Result<(), KeyError> {
        match self.0.keys.read_source()? {
            Some(keys) => self.adopt(keys).await,
            None => Ok(()),
        }
    }

    /// Drops the keys whose retention has ended.
    pub(super) async fn drop_due(
        &self,
        lease: &Lease,
        keep: TimeDelta,
        rotated: &mut Rotated,
    ) -> Result<(), KeyError> {
        let waiting: Vec<i64> = rotated.waiting.iter().map(|(id, _)| *id).collect();
        for key in self.0.keys.held() {
            if key.id == rotated.key || waiting.contains(&key.id) {
                continue;
            }
            match self.drop_one(lease, key.id, keep).await? {
                None => rotated.dropped.push(key.id),
                Some(why) => rotated.kept.push((key.id, why)),
            }
        }
        Ok(())
    }

    /// Records since when no row carries the keys that no row carries.
    pub(super) async fn retire(&self, tx: &mut WriteTx, now: DateTime<Utc>) -> Result<(), KeyError> {
        let carried = check::carried(tx).await?;
        let known = sql::known(tx).await?;
        let making = sql::making(tx).await?;
        for key in known
            .iter()
            .filter(|key| key.used_since.is_some() || Some(key.id) < making)
        {
            let is_retired = Some(key.id) != making && !carried.contains(&key.id);
            match (is_retired, key.retired_at) {
                (true, None) => sql::set_retired(tx, key.id, Some(now)).await?,
                (false, Some(_)) => sql::set_retired(tx, key.id, None).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Drops a key, or says what needs it. This is checked in the transaction that marks it as dropped, and the file is
    /// written after that: a key that is marked but still in the file does no harm.
    async fn drop_one(&self, lease: &Lease, id: i64, keep: TimeDelta) -> Result<Option<String>, KeyError> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        lease.hold(&mut tx).await?;
        self.retire(&mut tx, now).await?;
        let need = self.need(&mut tx, id, keep, now).await?;
        if need.is_none() {
            sql::set_dropped(&mut tx, id, now).await?;
        }
        tx.commit_keeping_cache().await?;
        if need.is_some() {
            return Ok(need);
        }
        let mut keys = self.0.keys.held();
        keys.retain(|key| key.id != id);
        match self.0.keys.source() {
            // It may be removed where the keys come from; nothing needs it.
            KeySource::Descriptor(_) | KeySource::Variable(..) | KeySource::Command(_) => {}
            KeySource::File(_) | KeySource::Memory => {
                self.0.keys.write_source(lease.lock.as_ref(), keys)?;
            }
        }
        Ok(None)
    }

    async fn need(
        &self,
        conn: &mut Conn,
        id: i64,
        keep: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, KeyError> {
        let known = sql::known(conn).await?;
        let making = sql::making(conn).await?;
        let Some(key) = known.iter().find(|key| key.id == id) else {
            return Ok(Some("there is no such key".into()));
        };
        if Some(id) == making || (self.0.keys.held().len() == 1 && self.0.keys.newest() == id) {
            return Ok(Some("it is the key that makes".into()));
        }
        for kept in KEPT {
            let rows = (kept.count)(conn, id).await?;
            if rows > 0 {
                return Ok(Some(format!("it is still needed by {}", kept.counted(rows))));
            }
        }
        let servers = sql::servers(conn).await?;
        let lags = |server: &&sql::Server| Some(server.making_key) < making;
        if let Some(server) = servers.iter().find(lags) {
            let silent = (now - server.last_seen_at).num_seconds();
            let state = if server.last_seen_at > now - SILENT {
                "does not make with the newest key yet".to_owned()
            } else {
                format!("was last heard of {silent} seconds ago, and did not have the newest key")
            };
            return Ok(Some(format!("the server {} {state}", server.name)));
        }
        // A key that was never used is in no backup.
        let retired_at = match (key.used_since, key.retired_at) {
            (None, None) => return Ok(None),
            (_, Some(at)) => at,
            (Some(_), None) => now,
        };
        let until = retired_at + keep;
        Ok((until > now).then(|| {
            format!(
                "a backup from before {} may need it; it stays until {}",
                retired_at.format("%Y-%m-%d"),
                until.format("%Y-%m-%d")
            )
        }))
    }
}
