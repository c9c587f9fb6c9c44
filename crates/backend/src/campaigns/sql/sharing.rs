//! The statements of what is shared.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{CampaignId, CredentialId, OrganisationId, RecipientId, TokenId};

/// Whose credential is shared.
#[derive(Debug, FromRow)]
pub(in super::super) struct Sharer {
    pub id: RecipientId,
    pub organisation_id: OrganisationId,
    pub campaign_id: CampaignId,
    pub token_id: TokenId,
    pub title: String,
    pub shared_at: Option<DateTime<Utc>>,
}

pub(in super::super) async fn sharer(conn: &mut Conn, credential: CredentialId) -> Result<Option<Sharer>> {
    conn.query(
        "SELECT r.id, r.organisation_id, r.campaign_id, r.token_id, c.title, r.shared_at
         FROM credentials x
         JOIN campaign_recipients r ON r.id = x.recipient_id
         JOIN campaigns c ON c.id = r.campaign_id
         WHERE x.id = $1 AND r.deleted_at IS NULL",
    )
    .bind(credential)
    .optional()
    .await
}

/// Notes that it was shared; whether it was for the first time.
pub(in super::super) async fn set_shared(
    tx: &mut WriteTx,
    id: RecipientId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let noted = tx
        .query(
            "UPDATE campaign_recipients SET shared_at = $2 WHERE id = $1 AND shared_at IS NULL AND deleted_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(noted == 1)
}
