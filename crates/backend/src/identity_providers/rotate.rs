//! Sealing clients' secrets again with the key that makes. There are a few for each organisation, so all are looked at.

use database::Conn;
use domain::IdentityProviderId;
use uuid::Uuid;

use super::{bound_to, sql};
use crate::Backend;
use crate::error::Result;
use crate::keys::{Kept, SealedText, Slice, sealed_with};

/// Secrets in one transaction, and secrets that are tried to see whether a key is the right one.
const AT_ONCE: usize = 200;

/// What identity providers keep under keys: clients' secrets.
pub(crate) const KEPT: Kept = Kept {
    what: "secret of a sign-in provider",
    many: "secrets of sign-in providers",
    keys: |conn| Box::pin(keys(conn)),
    count: |conn, key| {
        Box::pin(async move { Ok(i64::try_from(with_key(conn, key).await?.len()).unwrap_or(i64::MAX)) })
    },
    samples: |conn, key| Box::pin(samples(conn, key)),
    move_slice: |backend, from, after| Box::pin(move_slice(backend, from, after)),
};

async fn keys(conn: &mut Conn) -> Result<Vec<i64>> {
    let rows = sql::sealed(conn).await?;
    let mut keys: Vec<i64> = rows
        .iter()
        .filter_map(|(_, sealed)| sealed_with(sealed))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

async fn with_key(conn: &mut Conn, key: i64) -> Result<Vec<(IdentityProviderId, Vec<u8>)>> {
    let mut rows = sql::sealed(conn).await?;
    rows.retain(|(_, sealed)| sealed_with(sealed) == Some(key));
    Ok(rows)
}

async fn samples(conn: &mut Conn, key: i64) -> Result<Vec<SealedText>> {
    let rows = with_key(conn, key).await?;
    let sample = |(id, sealed)| SealedText {
        bound_to: bound_to(id),
        sealed,
    };
    Ok(rows.into_iter().take(AT_ONCE).map(sample).collect())
}

async fn move_slice(backend: &Backend, from: i64, after: Uuid) -> Result<Slice> {
    let mut tx = backend.db.write_slice().await?;
    let mut rows = with_key(&mut tx, from).await?;
    rows.retain(|(id, _)| id.0 > after);
    rows.truncate(AT_ONCE);
    let mut slice = Slice {
        last: rows.last().map(|(id, _)| id.0),
        ..Slice::default()
    };
    for (id, read) in &rows {
        let Ok(text) = backend.keys.unseal(&bound_to(*id), read) else {
            slice.unreadable.push(id.0);
            continue;
        };
        let sealed = backend.keys.seal(&bound_to(*id), &text);
        if sql::move_sealed(&mut tx, *id, read, sealed).await? {
            slice.moved += 1;
        }
    }
    tx.commit_keeping_cache().await?;
    Ok(slice)
}
