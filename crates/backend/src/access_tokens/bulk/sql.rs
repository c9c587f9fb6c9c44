//! The statements of work on many tokens.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{BatchId, DepartmentId, JobId, OrganisationId, PersonId, TokenId};

/// Work on many tokens.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Batch {
    pub id: BatchId,
    pub organisation_id: OrganisationId,
    pub limited_to_id: Option<DepartmentId>,
    pub action: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub chosen: String,
    pub undoes_id: Option<BatchId>,
    pub job_id: JobId,
    pub position: TokenId,
    pub changed: i64,
    pub unchanged: i64,
    pub refused: i64,
    pub time_zone: String,
    pub created_by: Option<PersonId>,
    pub created_by_name: String,
    pub address: Option<String>,
}

pub(super) async fn insert(tx: &mut WriteTx, batch: &Batch, now: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO token_batches (id, organisation_id, limited_to_id, action, expires_at, chosen, undoes_id, job_id,
                                    position, time_zone, created_at, created_by, created_by_name, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(batch.id)
    .bind(batch.organisation_id)
    .bind(batch.limited_to_id)
    .bind(batch.action.clone())
    .bind(batch.expires_at)
    .bind(batch.chosen.clone())
    .bind(batch.undoes_id)
    .bind(batch.job_id)
    .bind(batch.position)
    .bind(batch.time_zone.clone())
    .bind(now)
    .bind(batch.created_by)
    .bind(batch.created_by_name.clone())
    .bind(batch.address.clone())
    .run()
    .await?;
    Ok(())
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: BatchId,
) -> Result<Option<Batch>> {
    conn.query(
        "SELECT id, organisation_id, limited_to_id, action, expires_at, chosen, undoes_id, job_id, position, changed,
                unchanged, refused, time_zone, created_by, created_by_name, address
         FROM token_batches WHERE id = $1 AND organisation_id = $2",
    )
    .bind(id)
    .bind(organisation)
    .optional()
    .await
}

/// Whether somebody takes it back, or did.
pub(super) async fn is_undone(conn: &mut Conn, id: BatchId) -> Result<bool> {
    let undone = conn
        .query("SELECT COUNT(*) FROM token_batches WHERE undoes_id = $1")
        .bind(id)
        .number()
        .await?;
    Ok(undone > 0)
}

/// Where it is, and what became of those who had their turn.
pub(super) async fn advance(tx: &mut WriteTx, batch: &Batch) -> Result<()> {
    tx.query(
        "UPDATE token_batches SET position = $2, changed = $3, unchanged = $4, refused = $5 WHERE id = $1",
    )
    .bind(batch.id)
    .bind(batch.position)
    .bind(batch.changed)
    .bind(batch.unchanged)
    .bind(batch.refused)
    .run()
    .await?;
    Ok(())
}

/// What became of a token that is not as it was wished already.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub token: TokenId,
    pub expired_at_before: Option<DateTime<Utc>>,
    pub refusal: Option<String>,
}

pub(super) async fn insert_items(tx: &mut WriteTx, batch: BatchId, items: &[Item]) -> Result<()> {
    tx.insert(
        "INSERT INTO token_batch_items (batch_id, token_id, expired_at_before, refusal)",
        4,
        "",
        items,
        |query, item| {
            query
                .bind(batch)
                .bind(item.token)
                .bind(item.expired_at_before)
                .bind(item.refusal.clone())
        },
    )
    .await?;
    Ok(())
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct Changed {
    pub token_id: TokenId,
    pub expired_at_before: Option<DateTime<Utc>>,
}

/// What it changed, after a token.
pub(super) async fn changed_after(
    conn: &mut Conn,
    batch: BatchId,
    after: TokenId,
    most: i64,
) -> Result<Vec<Changed>> {
    conn.query(
        "SELECT token_id, expired_at_before FROM token_batch_items
         WHERE batch_id = $1 AND token_id > $2 AND refusal IS NULL ORDER BY token_id LIMIT $3",
    )
    .bind(batch)
    .bind(after)
    .bind(most)
    .all()
    .await
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct Refused {
    pub token_id: TokenId,
    pub name: String,
    pub refusal: String,
}

/// The first that were refused, with their names.
pub(super) async fn refusals(conn: &mut Conn, batch: BatchId, most: i64) -> Result<Vec<Refused>> {
    conn.query(
        "SELECT i.token_id, COALESCE(NULLIF(t.name, ''), t.hint_head || '…' || t.hint_tail, '') AS name, i.refusal
         FROM token_batch_items i LEFT JOIN tokens t ON t.id = i.token_id
         WHERE i.batch_id = $1 AND i.refusal IS NOT NULL ORDER BY i.token_id LIMIT $2",
    )
    .bind(batch)
    .bind(most)
    .all()
    .await
}
