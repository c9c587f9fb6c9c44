//! The quarantine's own rows, and what it counts in others.

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use uuid::Uuid;

use crate::error::Result;

/// When the current quarantine began.
pub(super) async fn open(conn: &mut Conn) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> = conn
        .query("SELECT began_at FROM quarantines WHERE ended_at IS NULL ORDER BY began_at LIMIT 1")
        .optional()
        .await?;
    Ok(row.map(|(at,)| at))
}

pub(super) async fn insert(tx: &mut WriteTx, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let query = tx.query("INSERT INTO quarantines (id, began_at) VALUES ($1, $2)");
    query.bind(id).bind(now).run().await?;
    Ok(())
}

pub(super) async fn end(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<bool> {
    let query = tx.query("UPDATE quarantines SET ended_at = $1 WHERE ended_at IS NULL");
    Ok(query.bind(now).run().await? > 0)
}

/// When the last event was recorded.
pub(super) async fn known_until(conn: &mut Conn) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> = conn
        .query("SELECT at FROM audit ORDER BY id DESC LIMIT 1")
        .optional()
        .await?;
    Ok(row.map(|(at,)| at))
}

pub(super) async fn with_uses_left(conn: &mut Conn) -> Result<i64> {
    let query = conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM tokens
         WHERE ended_at IS NULL AND deleted_at IS NULL AND use_limit IS NOT NULL AND uses < use_limit",
    );
    Ok(query.number().await?)
}

pub(super) async fn alive(conn: &mut Conn) -> Result<i64> {
    let query = conn
        .query("SELECT CAST(COUNT(*) AS BIGINT) FROM tokens WHERE ended_at IS NULL AND deleted_at IS NULL");
    Ok(query.number().await?)
}
