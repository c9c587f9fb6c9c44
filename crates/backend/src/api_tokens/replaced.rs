//! Secrets that were replaced: what becomes of their digests.
//!
//! They open their token until their grace is over, and raise an alarm for a while after that. For as long they need the
//! key that digested them.

use chrono::TimeDelta;

use super::{ApiTokens, sql};
use crate::error::Result;
use crate::keys::Kept;

/// How long after its grace a secret raises an alarm: as long as backups are kept that need the same key.
const ALARMS_FOR: TimeDelta = TimeDelta::days(90);

/// What replaced secrets keep under keys.
pub(crate) const KEPT: Kept = Kept::digests(
    "replaced secret of an API token",
    "replaced secrets of API tokens",
    |conn| Box::pin(sql::keys_of_replaced(conn)),
    |conn, key| Box::pin(sql::count_replaced_with_key(conn, key)),
);

impl ApiTokens<'_> {
    /// Forgets replaced secrets whose grace has been over for 90 days.
    ///
    /// # Errors
    /// A fault.
    pub async fn sweep(&self) -> Result<()> {
        let before = self.0.clock.now() - ALARMS_FOR;
        let mut tx = self.0.db.write_slice().await?;
        sql::remove_replaced(&mut tx, before).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }
}
