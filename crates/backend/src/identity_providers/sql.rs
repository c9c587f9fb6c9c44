//! The statements of identity providers. Each organisation has only a few.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::identity_providers::ProviderHead;
use domain::{IdentityProviderId, OrganisationId};

#[derive(Clone, FromRow)]
pub(super) struct Provider {
    pub id: IdentityProviderId,
    pub template: String,
    pub label: String,
    pub issuer: String,
    pub client_id: String,
    pub sealed: Vec<u8>,
    pub enabled: bool,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Provider>> {
    conn.query(
        "SELECT id, template, label, issuer, client_id, sealed, enabled, created_at FROM identity_providers
         WHERE organisation_id = $1 ORDER BY id",
    )
    .bind(organisation)
    .all()
    .await
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: IdentityProviderId,
) -> Result<Option<Provider>> {
    conn.query(
        "SELECT id, template, label, issuer, client_id, sealed, enabled, created_at FROM identity_providers
         WHERE organisation_id = $1 AND id = $2",
    )
    .bind(organisation)
    .bind(id)
    .optional()
    .await
}

/// Keeps others from changing it until this transaction ends.
pub(super) async fn lock(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: IdentityProviderId,
) -> Result<Option<Provider>> {
    tx.query("UPDATE identity_providers SET enabled = enabled WHERE organisation_id = $1 AND id = $2")
        .bind(organisation)
        .bind(id)
        .run()
        .await?;
    by_id(tx, organisation, id).await
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: IdentityProviderId,
    head: &ProviderHead,
    sealed: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO identity_providers (id, organisation_id, template, label, issuer, client_id, sealed, enabled,
                                         created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(id)
    .bind(organisation)
    .bind(head.template.key())
    .bind(head.label.clone())
    .bind(head.issuer.clone())
    .bind(head.client_id.clone())
    .bind(sealed)
    .bind(head.enabled)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut WriteTx,
    id: IdentityProviderId,
    head: &ProviderHead,
    sealed: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE identity_providers SET template = $2, label = $3, issuer = $4, client_id = $5, sealed = $6, enabled = $7,
                                       changed_at = $8
         WHERE id = $1",
    )
    .bind(id)
    .bind(head.template.key())
    .bind(head.label.clone())
    .bind(head.issuer.clone())
    .bind(head.client_id.clone())
    .bind(sealed)
    .bind(head.enabled)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut WriteTx, id: IdentityProviderId) -> Result<()> {
    tx.query("DELETE FROM identity_providers WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// Every sealed secret.
pub(super) async fn sealed(conn: &mut Conn) -> Result<Vec<(uuid::Uuid, Vec<u8>)>> {
    conn.query("SELECT id, sealed FROM identity_providers ORDER BY id")
        .all()
        .await
}

/// Seals a secret again, if it is still the one that was read.
pub(super) async fn move_sealed(
    tx: &mut WriteTx,
    id: IdentityProviderId,
    read: &[u8],
    sealed: Vec<u8>,
) -> Result<bool> {
    let moved = tx
        .query("UPDATE identity_providers SET sealed = $3 WHERE id = $1 AND sealed = $2")
        .bind(id)
        .bind(read.to_vec())
        .bind(sealed)
        .run()
        .await?;
    Ok(moved == 1)
}
