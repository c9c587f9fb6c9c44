//! The sign-in links' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{OrganisationId, PersonId};

pub(super) async fn insert(
    tx: &mut WriteTx,
    digest: Vec<u8>,
    person: PersonId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query("INSERT INTO sign_in_links (digest, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(digest)
        .bind(person)
        .bind(now)
        .bind(expires_at)
        .run()
        .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Open {
    pub person_id: PersonId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub email: String,
}

/// A link that still works, of a person who still has access.
pub(super) async fn open(conn: &mut Conn, digest: &[u8], now: DateTime<Utc>) -> Result<Option<Open>> {
    conn.query(
        "SELECT l.person_id, p.organisation_id, p.name, p.email
         FROM sign_in_links l
         JOIN people p ON p.id = l.person_id
         JOIN organisations o ON o.id = p.organisation_id
         WHERE l.digest = $1 AND l.used_at IS NULL AND l.expires_at > $2
           AND p.deactivated_at IS NULL AND o.cancelled_at IS NULL",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

/// Returns whether it was still unused: of two confirmations at once, one counts.
pub(super) async fn take(tx: &mut WriteTx, digest: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let taken = tx
        .query("UPDATE sign_in_links SET used_at = $2 WHERE digest = $1 AND used_at IS NULL")
        .bind(digest.to_vec())
        .bind(now)
        .run()
        .await?;
    Ok(taken > 0)
}
