//! The sessions' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{DepartmentId, OrganisationId, PersonId, SessionId, UserTypeId};

pub(super) struct New {
    pub id: SessionId,
    pub digest: Vec<u8>,
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub kind: &'static str,
    pub proven: bool,
    pub device: String,
    pub address: String,
    pub expires_at: DateTime<Utc>,
}

pub(super) async fn insert(tx: &mut WriteTx, rows: &[New], now: DateTime<Utc>) -> Result<()> {
    tx.insert(
        "INSERT INTO sessions (id, digest, organisation_id, person_id, kind, proven, device, address, created_at,
                               last_seen_at, expires_at)",
        11,
        "",
        rows,
        |query, new| {
            query
                .bind(new.id)
                .bind(new.digest.clone())
                .bind(new.organisation)
                .bind(new.person)
                .bind(new.kind)
                .bind(new.proven)
                .bind(new.device.clone())
                .bind(new.address.clone())
                .bind(now)
                .bind(now)
                .bind(new.expires_at)
        },
    )
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Found {
    pub id: SessionId,
    pub kind: String,
    pub proven: bool,
    pub last_seen_at: DateTime<Utc>,
    pub person_id: PersonId,
    pub name: String,
    pub email: String,
    pub department_id: Option<DepartmentId>,
    pub user_type_id: Option<UserTypeId>,
    pub user_type: Option<String>,
    pub built_in: Option<String>,
    pub permissions: Option<String>,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub time_zone: String,
    pub full_tokens: bool,
}

pub(super) async fn by_digest(conn: &mut Conn, digest: &[u8], now: DateTime<Utc>) -> Result<Option<Found>> {
    conn.query(
        "SELECT s.id, s.kind, s.proven, s.last_seen_at, s.person_id, p.name, p.email, p.department_id,
                p.user_type_id, t.name AS user_type, t.built_in, t.permissions, s.organisation_id, o.name AS organisation, o.time_zone, o.full_tokens
         FROM sessions s
         JOIN people p ON p.id = s.person_id AND p.organisation_id = s.organisation_id
         JOIN organisations o ON o.id = s.organisation_id
         LEFT JOIN user_types t ON t.id = p.user_type_id AND t.organisation_id = p.organisation_id
         WHERE s.digest = $1 AND s.ended_at IS NULL AND s.expires_at > $2
           AND p.deactivated_at IS NULL AND o.cancelled_at IS NULL",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

pub(super) async fn set_seen(tx: &mut WriteTx, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Row {
    pub id: SessionId,
    pub kind: String,
    pub device: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

pub(super) async fn of_person(conn: &mut Conn, person: PersonId, now: DateTime<Utc>) -> Result<Vec<Row>> {
    conn.query(
        "SELECT id, kind, device, address, created_at, last_seen_at FROM sessions
         WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2
         ORDER BY last_seen_at DESC, id DESC LIMIT 100",
    )
    .bind(person)
    .bind(now)
    .all()
    .await
}

/// The addresses from which a person signed in, including sessions that ended: a place stays known for a while.
pub(in crate::people) async fn addresses(conn: &mut Conn, person: PersonId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query(
            "SELECT address FROM sessions WHERE person_id = $1 AND kind = 'admin' ORDER BY created_at DESC LIMIT 100",
        )
        .bind(person)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// Whether there was such a session.
pub(super) async fn end(
    tx: &mut WriteTx,
    person: PersonId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let ended = tx
        .query("UPDATE sessions SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL")
        .bind(session)
        .bind(person)
        .bind(now)
        .run()
        .await?;
    Ok(ended > 0)
}

pub(super) async fn end_all(
    tx: &mut WriteTx,
    person: PersonId,
    but: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "UPDATE sessions SET ended_at = $3
         WHERE person_id = $1 AND ended_at IS NULL AND ($2 IS NULL OR id <> $2)",
    )
    .bind(person)
    .bind(but)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Ends every session and sign-in link.
pub(super) async fn end_everybodys(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    for sql in [
        "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL",
        "UPDATE sign_in_links SET used_at = $1 WHERE used_at IS NULL",
    ] {
        tx.query(sql).bind(now).run().await?;
    }
    Ok(())
}

/// What was given in a session stays with its person; only the access through the session goes.
pub(super) async fn sweep(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM sessions WHERE expires_at <= $1")
        .bind(now)
        .run()
        .await?;
    tx.query("DELETE FROM sign_in_links WHERE expires_at <= $1")
        .bind(now)
        .run()
        .await?;
    Ok(())
}
