//! The statements of work on many recipients.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{BatchId, CampaignId, JobId, OrganisationId, PersonId, RecipientId};

/// Work on many recipients.
#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Batch {
    pub id: BatchId,
    pub campaign_id: CampaignId,
    pub action: String,
    pub reason: String,
    pub job_id: JobId,
    pub created_by: Option<PersonId>,
    pub created_by_name: String,
    pub address: Option<String>,
}

pub(in super::super) async fn insert_batch(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    batch: &Batch,
    recipients: &[RecipientId],
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO recipient_batches (id, organisation_id, campaign_id, action, reason, job_id, created_at, created_by,
                                        created_by_name, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(batch.id)
    .bind(organisation)
    .bind(batch.campaign_id)
    .bind(batch.action.clone())
    .bind(batch.reason.clone())
    .bind(batch.job_id)
    .bind(now)
    .bind(batch.created_by)
    .bind(batch.created_by_name.clone())
    .bind(batch.address.clone())
    .run()
    .await?;
    let items: Vec<(i64, RecipientId)> = (0..).zip(recipients.iter().copied()).collect();
    tx.insert(
        "INSERT INTO recipient_batch_items (batch_id, number, recipient_id)",
        3,
        "",
        &items,
        |query, (number, recipient)| query.bind(batch.id).bind(*number).bind(*recipient),
    )
    .await?;
    Ok(())
}

/// Work of an organisation; its campaign says who may see it.
pub(in super::super) async fn batch(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: BatchId,
) -> Result<Option<Batch>> {
    conn.query(
        "SELECT id, campaign_id, action, reason, job_id, created_by, created_by_name, address
         FROM recipient_batches WHERE id = $1 AND organisation_id = $2",
    )
    .bind(id)
    .bind(organisation)
    .optional()
    .await
}

pub(in super::super) async fn campaign_of_batch(conn: &mut Conn, id: BatchId) -> Result<Option<CampaignId>> {
    let row: Option<(CampaignId,)> = conn
        .query("SELECT campaign_id FROM recipient_batches WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.map(|(campaign,)| campaign))
}

/// The next recipients, from a number on.
pub(in super::super) async fn batch_items(
    conn: &mut Conn,
    id: BatchId,
    from: i64,
    most: i64,
) -> Result<Vec<(i64, RecipientId)>> {
    conn.query(
        "SELECT number, recipient_id FROM recipient_batch_items WHERE batch_id = $1 AND number >= $2
         ORDER BY number LIMIT $3",
    )
    .bind(id)
    .bind(from)
    .bind(most)
    .all()
    .await
}

pub(in super::super) async fn settle_item(
    tx: &mut WriteTx,
    id: BatchId,
    number: i64,
    refusal: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE recipient_batch_items SET done_at = $3, refusal = $4 WHERE batch_id = $1 AND number = $2",
    )
    .bind(id)
    .bind(number)
    .bind(now)
    .bind(refusal)
    .run()
    .await?;
    Ok(())
}

/// Those of some recipients who are of a campaign, once each and in their order.
pub(in super::super) async fn of_campaign(
    conn: &mut Conn,
    campaign: CampaignId,
    ids: &[RecipientId],
) -> Result<Vec<RecipientId>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<(RecipientId, CampaignId)> = conn
            .query_in(
                "SELECT id, campaign_id FROM campaign_recipients WHERE deleted_at IS NULL AND id IN (VALUES",
                some.to_vec(),
                ")",
            )
            .all()
            .await?;
        found.extend(
            rows.into_iter()
                .filter(|(_, of)| *of == campaign)
                .map(|(id, _)| id),
        );
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// How many were refused.
pub(in super::super) async fn refused_items(conn: &mut Conn, id: BatchId) -> Result<i64> {
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM recipient_batch_items WHERE batch_id = $1 AND refusal IS NOT NULL",
    )
    .bind(id)
    .number()
    .await
}

#[derive(Debug, Clone, FromRow)]
pub(in super::super) struct Refused {
    pub recipient_id: RecipientId,
    pub name: String,
    pub refusal: String,
}

/// The first of them, with their names.
pub(in super::super) async fn refusals(conn: &mut Conn, id: BatchId, most: i64) -> Result<Vec<Refused>> {
    conn.query(
        "SELECT i.recipient_id, COALESCE(r.name, '') AS name, i.refusal
         FROM recipient_batch_items i LEFT JOIN campaign_recipients r ON r.id = i.recipient_id
         WHERE i.batch_id = $1 AND i.refusal IS NOT NULL ORDER BY i.number LIMIT $2",
    )
    .bind(id)
    .bind(most)
    .all()
    .await
}
