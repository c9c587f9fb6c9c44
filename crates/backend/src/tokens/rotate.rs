//! Moving secrets from old keys to the newest.

use zeroize::Zeroizing;

use super::kind::Sealing;
use super::secret::{Kept, TokenSecret};
use super::sql;
use crate::Backend;
use crate::error::{Result, corrupt};

/// Tokens in one transaction: a redemption that waits for it waits a blink.
const AT_ONCE: i64 = 500;

/// Digests and seals all secrets again with the newest key; says how many there were. What was moved is
/// found at once, and what was not yet is found with the old key, so nothing stops meanwhile.
///
/// # Errors
/// A fault; what was moved stays moved, and a second call goes on.
pub(crate) async fn move_to_newest_key(backend: &Backend) -> Result<usize> {
    let newest = backend.keys.newest();
    let mut moved = 0;
    loop {
        let mut tx = backend.db.write_slice().await?;
        let rows = sql::with_older_key(&mut tx, newest, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(moved);
        }
        for row in &rows {
            let text: Zeroizing<String> = backend.keys.unseal(row.id.0.as_bytes(), &row.sealed)?;
            let kind = backend.kinds.get(&row.kind);
            let kind = kind.ok_or_else(|| corrupt("tokens", "kind", row.id))?;
            let secret = TokenSecret::read(kind.secret, &text)?;
            let kept = Kept::new(backend, row.id, kind, Sealing::Sealed, &secret);
            // Only if it is still this one: a secret that was withdrawn meanwhile must not come back.
            sql::move_secret(&mut tx, row.id, &row.sealed, &kept).await?;
        }
        tx.commit().await?;
        moved += rows.len();
    }
}
