//! What only one server of a database may do at a time.

use tokio::sync::OwnedMutexGuard;

use crate::engine::Db;
use crate::query::WriteTx;

/// A right that nobody else has while this lives, on any server.
pub struct Exclusive {
    /// On all servers: the lock ends with its transaction. It is dropped first, so that the next holder here finds a
    /// connection.
    _everywhere: Option<WriteTx>,
    /// On this server.
    _here: OwnedMutexGuard<()>,
}

impl Db {
    /// Waits until nobody else has the right to `what`. Each server asks for one at a time, so that callers waiting for
    /// another server hold one connection and not all of them.
    ///
    /// # Errors
    /// When no connection was available in time, or the engine is gone.
    pub async fn exclusively(&self, what: &str) -> sqlx::Result<Exclusive> {
        let here = self.exclusive().lock_owned().await;
        let everywhere = match self.is_shared() {
            false => None,
            true => {
                let mut tx = self.write().await?;
                let lock = tx.query("SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))");
                lock.bind(what.to_owned()).run().await?;
                Some(tx)
            }
        };
        Ok(Exclusive {
            _everywhere: everywhere,
            _here: here,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::engine::Db;
    use crate::testing::{postgres, sqlite};

    #[tokio::test]
    async fn one_at_a_time_has_a_right_on_all_servers() {
        let (file, shared) = (sqlite().await, postgres().await);
        let elsewhere = Db::open(&shared.settings).await.expect("a second server");
        for (db, other) in [(&file.db, &file.db), (&shared.db, &elsewhere)] {
            let first = db.exclusively("a thing").await.expect("nobody has it");
            let soon = tokio::time::timeout(Duration::from_millis(200), other.exclusively("a thing"));
            assert!(soon.await.is_err(), "somebody has it");
            drop(first);
            let next = tokio::time::timeout(Duration::from_secs(10), other.exclusively("a thing"));
            drop(next.await.expect("in time").expect("it is free"));
        }
    }
}
