//! Moving secrets from old keys to the current one.

use database::{Conn, WriteTx};
use uuid::Uuid;

use super::kind::{Kind, Sealing};
use super::lock::Secrets;
use super::secret::{self, Presented, TokenSecret};
use super::{Token, sql};
use crate::Backend;
use crate::error::Result;
use crate::keys::{Kept, SealedText, Slice};

/// Tokens in one transaction: few enough that a redemption waiting for it does not notice.
const AT_ONCE: i64 = 500;

/// How many sealed secrets are opened to check whether a key is the right one.
const SAMPLES: i64 = 20;

/// What tokens store under keys: a digest each, and a sealed copy where the secret may be shown again.
pub(crate) const KEPT: Kept = Kept {
    what: "token",
    many: "tokens",
    keys: |conn| Box::pin(keys(conn)),
    count: |conn, key| Box::pin(async move { Ok(sql::count_with_key(conn, key).await?) }),
    samples: |conn, key| Box::pin(samples(conn, key)),
    move_slice: |backend, from, after| Box::pin(move_slice(backend, from, after)),
};

async fn keys(conn: &mut Conn) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    while let Some(key) = sql::next_key(conn, keys.last().copied().unwrap_or(i64::MIN)).await? {
        keys.push(key);
    }
    Ok(keys)
}

async fn samples(conn: &mut Conn, key: i64) -> Result<Vec<SealedText>> {
    let rows = sql::sealed_with_key(conn, key, Uuid::nil(), SAMPLES).await?;
    let sample = |row: sql::SealedRow| SealedText {
        bound_to: row.id.0.as_bytes().to_vec(),
        sealed: row.sealed,
    };
    Ok(rows.into_iter().map(sample).collect())
}

/// Digests and seals secrets again. A moved secret is found at once, and the others are still found with the old key,
/// so nothing stops meanwhile. A secret that is not sealed stays as it is until it is presented ([`redigest_if_old`]).
async fn move_slice(backend: &Backend, from: i64, after: Uuid) -> Result<Slice> {
    let mut tx = backend.db.write_slice().await?;
    let rows = sql::sealed_with_key(&mut tx, from, after, AT_ONCE).await?;
    let mut slice = Slice {
        last: rows.last().map(|row| row.id.0),
        ..Slice::default()
    };
    for row in &rows {
        let Some((kind, secret)) = opened(backend, row) else {
            slice.unreadable.push(row.id.0);
            continue;
        };
        // Only if it is still this one: a secret that was withdrawn meanwhile must not come back.
        let kept = secret::Kept::new(backend, row.id, kind, Sealing::Sealed, &secret);
        if sql::move_secret(&mut tx, row.id, &row.sealed, &kept).await? {
            slice.moved += 1;
        }
    }
    tx.commit().await?;
    Ok(slice)
}

/// The secret of a row, if it can be opened and has the form of its kind.
fn opened(backend: &Backend, row: &sql::SealedRow) -> Option<(&'static Kind, TokenSecret)> {
    let text = backend.keys.unseal(row.id.0.as_bytes(), &row.sealed).ok()?;
    let kind = backend.kinds.get(&row.kind)?;
    Some((kind, TokenSecret::read(kind.secret, &text).ok()?))
}

/// Digests a secret that was just presented with the current key, if its row still carries an older key's number;
/// returns whether it did. This is how secrets that are not sealed, or whose sealed copy cannot be opened, leave an old
/// key.
///
/// # Errors
/// When the database fails.
pub(crate) async fn redigest_if_old(
    tx: &mut WriteTx,
    backend: &Backend,
    token: &Token,
    presented: Presented<'_>,
) -> Result<bool> {
    let old = presented.digests(backend).split_off(1);
    let secret = TokenSecret::read(token.kind.secret, presented.reveal())?;
    let sealing = if token.is_sealed {
        Sealing::Sealed
    } else {
        Sealing::ShownOnce
    };
    let kept = secret::Kept::new(backend, token.id, token.kind, sealing, &secret);
    Ok(!old.is_empty() && sql::redigest(tx, token.id, old, &kept).await?)
}

/// The same for a secret that was presented for reading only: it locks its row in its own transaction. Costs nothing
/// while there is one key, and one more query while there are several.
///
/// # Errors
/// When the database fails.
pub(crate) async fn leave_old_key(backend: &Backend, presented: Presented<'_>) -> Result<()> {
    let mut digests = presented.digests(backend);
    if digests.len() < 2 {
        return Ok(());
    }
    // The first digest is that of the current key.
    digests.truncate(1);
    let is_found = !sql::by_digests(&mut backend.db.read().await?, digests)
        .await?
        .is_empty();
    if is_found {
        return Ok(());
    }
    let mut tx = backend.db.write().await?;
    let found = Secrets::find(&mut tx, backend, &[presented]).await?;
    found.lock(&mut tx, backend).await?;
    backend.commit(tx).await
}
