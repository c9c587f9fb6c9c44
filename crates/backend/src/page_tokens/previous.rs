//! The secret before the present one: what becomes of its digest.
//!
//! It lets in until its grace is over, and needs the key that digested it for as long.

use super::{PageTokens, assertion, sql};
use crate::error::Result;
use crate::keys::Kept;

/// What secrets in their grace keep under keys.
pub(crate) const KEPT: Kept = Kept::digests(
    "previous secret of a page token",
    "previous secrets of page tokens",
    |conn| Box::pin(sql::keys_of_previous(conn)),
    |conn, key| Box::pin(sql::count_previous_with_key(conn, key)),
);

impl PageTokens<'_> {
    /// Forgets previous secrets whose grace is over, and keys of assertions that signed nothing for a while.
    ///
    /// # Errors
    /// A fault.
    pub async fn sweep(&self) -> Result<()> {
        let mut tx = self.0.db.write_slice().await?;
        sql::remove_previous(&mut tx, self.0.clock.now()).await?;
        assertion::sweep(&mut tx, self.0.clock.now()).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }
}
