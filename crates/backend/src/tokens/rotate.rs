//! Moving secrets from old keys to the newest.

use domain::Code;
use zeroize::Zeroizing;

use super::issue::Sealed;
use super::sql;
use crate::Backend;
use crate::error::{Fault, Result};

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
            let code: Code = text
                .parse()
                .map_err(|error: domain::code::BadCode| Fault::new(error))?;
            // Only if it is still this one: a secret that was withdrawn meanwhile must not come back.
            sql::move_secret(&mut tx, row.id, &row.sealed, &Sealed::new(backend, row.id, &code)).await?;
        }
        tx.commit().await?;
        moved += rows.len();
    }
}
