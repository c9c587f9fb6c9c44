//! The statements of the archive, which is of the whole installation: what is in it is public anyway.

use database::{Conn, Result};
use domain::{CredentialId, OrganisationId};
use uuid::Uuid;

pub(in super::super) async fn issuers(conn: &mut Conn) -> Result<Vec<OrganisationId>> {
    let rows: Vec<(OrganisationId,)> = conn
        .query("SELECT DISTINCT organisation_id FROM issuer_keys ORDER BY organisation_id")
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(in super::super) async fn list_numbers(conn: &mut Conn) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .query("SELECT number FROM status_lists ORDER BY number")
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

pub(in super::super) async fn credentials_after(
    conn: &mut Conn,
    after: Uuid,
    most: i64,
) -> Result<Vec<CredentialId>> {
    let rows: Vec<(CredentialId,)> = conn
        .query("SELECT id FROM credentials WHERE deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(most)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
