//! What scanners ask by ([`ScanDigest`]), of each token that has a program's secret.

use database::Conn;
use domain::tokens::Family;
use domain::{PrefixedSecret, TokenId};
use uuid::Uuid;

use super::secret::{Presented, TokenSecret};
use super::sql::Scanned;
use super::{Token, sql};
use crate::Backend;
use crate::error::Result;
use crate::scan_digest::ScanDigest;

/// Tokens in one transaction.
const AT_ONCE: i64 = 500;

/// The tokens of a family whose secret is found by one of these numbers.
///
/// # Errors
/// When the database fails.
pub(crate) async fn scanned(conn: &mut Conn, family: Family, buckets: &[i64]) -> Result<Vec<Scanned>> {
    Ok(sql::by_scan(conn, family, buckets).await?)
}

/// Keeps what scanners ask by, of a token that was made before this was known, and whose secret was just presented.
///
/// # Errors
/// When the database fails.
pub(crate) async fn become_scannable(
    backend: &Backend,
    token: &Token,
    presented: Presented<'_>,
    secret: &PrefixedSecret,
) -> Result<()> {
    let mut tx = backend.db.write().await?;
    let digests = presented.digests(backend);
    sql::set_scan_digest(&mut tx, token.id, digests, ScanDigest::of(secret)).await?;
    Ok(tx.commit_keeping_cache().await?)
}

/// The same for all whose secret can be opened, once after an upgrade.
///
/// # Errors
/// When the database fails.
pub(crate) async fn digest_for_scanners(backend: &Backend) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = backend.db.write_slice().await?;
        let rows = sql::sealed_without_scan(&mut tx, after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.id.0;
        for row in &rows {
            let Some((id, digests, scan)) = opened(backend, row) else {
                continue;
            };
            sql::set_scan_digest(&mut tx, id, digests, scan).await?;
        }
        tx.commit_keeping_cache().await?;
    }
}

/// What is looked up by, and what scanners ask by, of a sealed secret that can be opened.
fn opened(backend: &Backend, row: &sql::SealedRow) -> Option<(TokenId, Vec<Vec<u8>>, ScanDigest)> {
    let text = backend.keys.unseal(row.id.0.as_bytes(), &row.sealed).ok()?;
    let kind = backend.kinds.get(&row.kind)?;
    match TokenSecret::read(kind.secret, &text).ok()? {
        TokenSecret::Code(_) => None,
        TokenSecret::Prefixed(secret) => {
            let digests = Presented::prefixed(kind.purpose, &secret).digests(backend);
            Some((row.id, digests, ScanDigest::of(&secret)))
        }
    }
}
