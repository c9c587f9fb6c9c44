//! The organisations' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::OrganisationId;
use domain::organisations::OrganisationView;

#[derive(FromRow)]
pub(super) struct Row {
    pub id: OrganisationId,
    pub name: String,
    pub time_zone: String,
    pub full_tokens: bool,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl From<Row> for OrganisationView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            time_zone: super::zones::of_a_place(&row.time_zone).to_owned(),
            full_tokens: row.full_tokens,
        }
    }
}

pub(super) async fn is_any(conn: &mut Conn) -> Result<bool> {
    let row: Option<(OrganisationId,)> = conn
        .query("SELECT id FROM organisations LIMIT 1")
        .optional()
        .await?;
    Ok(row.is_some())
}

pub(super) async fn by_id(conn: &mut Conn, id: OrganisationId) -> Result<Option<Row>> {
    conn.query("SELECT id, name, time_zone, full_tokens, cancelled_at FROM organisations WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Row>> {
    conn.query("SELECT id, name, time_zone, full_tokens, cancelled_at FROM organisations ORDER BY id")
        .all()
        .await
}

/// A new organisation has the full Tokens feature.
pub(super) async fn insert(
    tx: &mut WriteTx,
    id: OrganisationId,
    name: &str,
    time_zone: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query("INSERT INTO organisations (id, name, time_zone, full_tokens, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(name.to_owned())
        .bind(time_zone.to_owned())
        .bind(true)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// Locks the row by writing it unchanged: PostgreSQL keeps others from it until the transaction ends. (SQLite has only
/// one writer anyway.)
pub(super) async fn lock(tx: &mut WriteTx, id: OrganisationId) -> Result<()> {
    tx.query("UPDATE organisations SET name = name WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut WriteTx, id: OrganisationId, name: &str, time_zone: &str) -> Result<()> {
    tx.query("UPDATE organisations SET name = $2, time_zone = $3 WHERE id = $1")
        .bind(id)
        .bind(name.to_owned())
        .bind(time_zone.to_owned())
        .run()
        .await?;
    Ok(())
}

/// Whether there is such an organisation.
pub(super) async fn set_full_tokens(tx: &mut WriteTx, id: OrganisationId, full_tokens: bool) -> Result<bool> {
    let touched = tx
        .query("UPDATE organisations SET full_tokens = $2 WHERE id = $1")
        .bind(id)
        .bind(full_tokens)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Whether there is such an organisation, and it was cancelled.
pub(super) async fn reactivate(tx: &mut WriteTx, id: OrganisationId) -> Result<bool> {
    let touched = tx
        .query("UPDATE organisations SET cancelled_at = NULL WHERE id = $1 AND cancelled_at IS NOT NULL")
        .bind(id)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Whether there is such an organisation.
pub(super) async fn stop_credentials(tx: &mut WriteTx, id: OrganisationId, stopped: bool) -> Result<bool> {
    let touched = tx
        .query("UPDATE organisations SET credentials_stopped = $2 WHERE id = $1")
        .bind(id)
        .bind(stopped)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Whether it was cancelled and what it issued was stopped.
pub(super) async fn credentials_stopped(conn: &mut Conn, id: OrganisationId) -> Result<bool> {
    let row: Option<(bool,)> = conn
        .query("SELECT cancelled_at IS NOT NULL AND credentials_stopped FROM organisations WHERE id = $1")
        .bind(id)
        .optional()
        .await?;
    Ok(row.is_some_and(|(stopped,)| stopped))
}

/// Whether there was such an organisation, and it was not cancelled yet.
pub(super) async fn cancel(tx: &mut WriteTx, id: OrganisationId, now: DateTime<Utc>) -> Result<bool> {
    let touched = tx
        .query("UPDATE organisations SET cancelled_at = $2 WHERE id = $1 AND cancelled_at IS NULL")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}
