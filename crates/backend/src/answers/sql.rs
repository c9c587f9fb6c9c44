//! The statements of kept answers.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::OrganisationId;

#[derive(FromRow)]
pub(super) struct Kept {
    pub request: Vec<u8>,
    pub answer: Option<Vec<u8>>,
}

/// Whether this is the first with its key.
pub(super) async fn insert(
    tx: &mut WriteTx,
    key: &[u8],
    organisation: OrganisationId,
    request: &[u8],
    now: DateTime<Utc>,
) -> Result<bool> {
    let inserted = tx
        .query(
            "INSERT INTO answers (key, organisation_id, request, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (key) DO NOTHING",
        )
        .bind(key.to_vec())
        .bind(organisation)
        .bind(request.to_vec())
        .bind(now)
        .run()
        .await?;
    Ok(inserted == 1)
}

pub(super) async fn find(conn: &mut Conn, key: &[u8], organisation: OrganisationId) -> Result<Option<Kept>> {
    conn.query("SELECT request, answer FROM answers WHERE key = $1 AND organisation_id = $2")
        .bind(key.to_vec())
        .bind(organisation)
        .optional()
        .await
}

pub(super) async fn keep(tx: &mut WriteTx, key: &[u8], sealed: &[u8]) -> Result<()> {
    tx.query("UPDATE answers SET answer = $2 WHERE key = $1")
        .bind(key.to_vec())
        .bind(sealed.to_vec())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn forget(tx: &mut WriteTx, key: &[u8]) -> Result<()> {
    tx.query("DELETE FROM answers WHERE key = $1")
        .bind(key.to_vec())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn forget_older(tx: &mut WriteTx, key: &[u8], before: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM answers WHERE key = $1 AND created_at < $2")
        .bind(key.to_vec())
        .bind(before)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn forget_all_older(tx: &mut WriteTx, before: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM answers WHERE created_at < $1")
        .bind(before)
        .run()
        .await?;
    Ok(())
}
