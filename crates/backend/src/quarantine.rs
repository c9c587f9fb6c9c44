//! Quarantine: after a backup is restored, nothing opens until the operator has reviewed it.
//!
//! What happened after the backup is by definition missing from the database: links that were used up have their uses
//! back, and what was revoked works again. So a restored installation takes no uses, claims, hits or calls of programs,
//! all of which are answered with 503, until the operator has reviewed what may be affected and ends the quarantine.
//! Admins sign in and work meanwhile; earlier sessions have ended.
//!
//! Nothing is sent automatically either: mail in the outbox may already have arrived, and people to be reminded may
//! have claimed since. Only what somebody requested after the quarantine began goes out, so that admins can sign in.

mod sql;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use database::Conn;

use crate::error::{Fault, Result};
use crate::{Backend, mobile_sessions, people};

/// How often a server checks whether there is a quarantine.
const PAUSE: Duration = Duration::from_secs(1);

/// Mobile sessions ended in one transaction.
const SLICE: i64 = 200;

/// Whether this server takes uses, as far as it knows.
#[derive(Debug, Default)]
pub(crate) struct Held(AtomicBool);

/// What a quarantine is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// The last event that the restored database knows of: everything after it is lost.
    pub known_until: Option<DateTime<Utc>>,
    /// Tokens with a limit and uses left, which may have been used since.
    pub with_uses_left: i64,
    /// Tokens and links that work, and may have been revoked since.
    pub alive: i64,
}

/// The view of the quarantine.
pub struct Quarantine<'a>(&'a Backend);

impl Backend {
    /// The quarantine after a restored backup.
    pub fn quarantine(&self) -> Quarantine<'_> {
        Quarantine(self)
    }

    /// Whether there is a quarantine, as far as this server knows.
    pub(crate) fn is_held(&self) -> bool {
        self.held.0.load(Ordering::Relaxed)
    }

    /// Checks that there is no quarantine: nothing opens during one.
    ///
    /// # Errors
    /// A transient fault, which is answered with 503.
    pub(crate) fn opens(&self) -> Result<()> {
        match self.is_held() {
            true => Err(Fault::busy(
                "held: a backup was restored, and `tokenwright quarantine end` was not run yet",
            )
            .into()),
            false => Ok(()),
        }
    }
}

/// When the quarantine began, if there is one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn since(backend: &Backend, conn: &mut Conn) -> Result<Option<DateTime<Utc>>> {
    match backend.is_held() {
        true => sql::open(conn).await,
        false => Ok(None),
    }
}

impl Quarantine<'_> {
    /// Begins one, and ends all sessions of people, recipients and apps: their secrets may have been withdrawn after
    /// the backup. Returns how many mobile sessions ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<usize> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        if sql::open(&mut tx).await?.is_none() {
            sql::insert(&mut tx, self.0.random.id(now), now).await?;
        }
        people::end_all_sessions(&mut tx, now).await?;
        self.0.commit(tx).await?;
        self.0.held.0.store(true, Ordering::Relaxed);
        let mut ended = 0;
        loop {
            let slice = mobile_sessions::end_some(self.0, SLICE).await?;
            ended += slice;
            if slice == 0 {
                return Ok(ended);
            }
        }
    }

    /// What the quarantine is about, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn concern(&self) -> Result<Option<Concern>> {
        let mut conn = self.0.db.read().await?;
        let Some(began_at) = sql::open(&mut conn).await? else {
            return Ok(None);
        };
        Ok(Some(Concern {
            began_at,
            known_until: sql::known_until(&mut conn).await?,
            with_uses_left: sql::with_uses_left(&mut conn).await?,
            alive: sql::alive(&mut conn).await?,
        }))
    }

    /// When the last event happened that the database knows of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_until(&self) -> Result<Option<DateTime<Utc>>> {
        sql::known_until(&mut self.0.db.read().await?).await
    }

    /// Ends it; returns whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(&self) -> Result<bool> {
        let mut tx = self.0.db.write().await?;
        let was_open = sql::end(&mut tx, self.0.clock.now()).await?;
        self.0.commit(tx).await?;
        self.0.held.0.store(false, Ordering::Relaxed);
        Ok(was_open)
    }

    /// Checks whether there is one. A server does so before it serves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self) -> Result<bool> {
        let is_open = sql::open(&mut self.0.db.read().await?).await?.is_some();
        self.0.held.0.store(is_open, Ordering::Relaxed);
        Ok(is_open)
    }

    /// Checks repeatedly, because another process may begin or end one.
    pub(crate) async fn watch(&self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "whether there is a quarantine could not be read; trying again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Error;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn nothing_opens_until_somebody_has_looked() {
        on_each_engine(async |world| {
            let quarantine = world.backend.quarantine();
            assert_eq!(quarantine.concern().await.expect("an answer"), None);
            assert!(world.backend.opens().is_ok());

            quarantine.begin().await.expect("begun");
            quarantine.begin().await.expect("begun twice is begun once");

            let Err(Error::Fault(fault)) = world.backend.opens() else {
                panic!("it opens");
            };
            assert!(fault.is_passing(), "asked to come again, not told of a fault");
            let concern = quarantine
                .concern()
                .await
                .expect("an answer")
                .expect("a quarantine");
            assert_eq!(concern.began_at, world.backend.clock.now());
            assert!(
                quarantine.look().await.expect("an answer"),
                "a server that starts sees it"
            );
            assert!(quarantine.end().await.expect("ended"));
            assert!(!quarantine.end().await.expect("nothing to end"));
            assert!(world.backend.opens().is_ok());
            assert!(!quarantine.look().await.expect("an answer"));
        })
        .await;
    }
}
