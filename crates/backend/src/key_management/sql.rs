//! Statements on what the database records about keys and servers.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use uuid::Uuid;

/// What is recorded about a key.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Known {
    pub id: i64,
    pub check_value: Vec<u8>,
    pub made_at: Option<DateTime<Utc>>,
    pub used_since: Option<DateTime<Utc>>,
    pub rotated_at: Option<DateTime<Utc>>,
    pub unreadable: i64,
    pub retired_at: Option<DateTime<Utc>>,
    pub dropped_at: Option<DateTime<Utc>>,
}

pub(super) async fn known(conn: &mut Conn) -> Result<Vec<Known>> {
    conn.query(
        "SELECT id, check_value, made_at, used_since, rotated_at, unreadable, retired_at, dropped_at
         FROM keys ORDER BY id",
    )
    .all()
    .await
}

/// Records a key; returns whether it was new.
pub(super) async fn add(tx: &mut WriteTx, key: &crate::keys::Key) -> Result<bool> {
    let added = tx
        .query(
            "INSERT INTO keys (id, check_value, made_at, unreadable) VALUES ($1, $2, $3, 0) ON CONFLICT (id) DO NOTHING",
        )
        .bind(key.id)
        .bind(key.check_value())
        .bind(key.made_at)
        .run()
        .await?;
    Ok(added == 1)
}

pub(super) async fn set_used(tx: &mut WriteTx, id: i64, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE keys SET used_since = $2, retired_at = NULL WHERE id = $1 AND used_since IS NULL")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_rotated(
    tx: &mut WriteTx,
    id: i64,
    now: DateTime<Utc>,
    unreadable: i64,
) -> Result<()> {
    tx.query("UPDATE keys SET rotated_at = $2, unreadable = $3 WHERE id = $1")
        .bind(id)
        .bind(now)
        .bind(unreadable)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_retired(tx: &mut WriteTx, id: i64, at: Option<DateTime<Utc>>) -> Result<()> {
    tx.query("UPDATE keys SET retired_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_dropped(tx: &mut WriteTx, id: i64, now: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE keys SET dropped_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(())
}

/// The number of the current key.
pub(super) async fn making(conn: &mut Conn) -> Result<Option<i64>> {
    let row: Option<(Option<i64>,)> = conn
        .query("SELECT MAX(id) FROM keys WHERE used_since IS NOT NULL")
        .optional()
        .await?;
    Ok(row.and_then(|(id,)| id))
}

/// A running server.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Server {
    pub id: Uuid,
    pub name: String,
    pub last_seen_at: DateTime<Utc>,
    pub newest_key: i64,
    pub making_key: i64,
}

pub(super) async fn servers(conn: &mut Conn) -> Result<Vec<Server>> {
    conn.query("SELECT id, name, last_seen_at, newest_key, making_key FROM servers ORDER BY id")
        .all()
        .await
}

pub(super) async fn put_server(tx: &mut WriteTx, server: &Server) -> Result<()> {
    tx.query(
        "INSERT INTO servers (id, name, last_seen_at, newest_key, making_key) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET last_seen_at = $3, newest_key = $4, making_key = $5",
    )
    .bind(server.id)
    .bind(server.name.clone())
    .bind(server.last_seen_at)
    .bind(server.newest_key)
    .bind(server.making_key)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn remove_server(tx: &mut WriteTx, id: Uuid) -> Result<()> {
    tx.query("DELETE FROM servers WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

/// For an engine on which one server can run.
pub(super) async fn remove_servers_but(tx: &mut WriteTx, id: Uuid) -> Result<()> {
    tx.query("DELETE FROM servers WHERE id <> $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn remove_servers_silent_since(tx: &mut WriteTx, instant: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM servers WHERE last_seen_at < $1")
        .bind(instant)
        .run()
        .await?;
    Ok(())
}

/// Takes the lease if nobody has it, if it has expired, or if it was taken under the same lock, whose holder is then
/// gone; returns whether it was taken.
pub(super) async fn take_lease(
    tx: &mut WriteTx,
    holder: Uuid,
    place: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool> {
    let taken = tx
        .query(
            "INSERT INTO key_lease (id, holder, place, leased_until) VALUES (1, $1, $2, $4)
             ON CONFLICT (id) DO UPDATE SET holder = $1, place = $2, leased_until = $4
             WHERE key_lease.leased_until <= $3 OR (key_lease.place = $2 AND $2 <> '')",
        )
        .bind(holder)
        .bind(place.to_owned())
        .bind(now)
        .bind(until)
        .run()
        .await?;
    Ok(taken == 1)
}

/// Extends the lease; returns whether the holder still has it.
pub(super) async fn extend_lease(tx: &mut WriteTx, holder: Uuid, until: DateTime<Utc>) -> Result<bool> {
    let kept = tx
        .query("UPDATE key_lease SET leased_until = $2 WHERE id = 1 AND holder = $1")
        .bind(holder)
        .bind(until)
        .run()
        .await?;
    Ok(kept == 1)
}

pub(super) async fn release_lease(tx: &mut WriteTx, holder: Uuid) -> Result<()> {
    tx.query("DELETE FROM key_lease WHERE holder = $1")
        .bind(holder)
        .run()
        .await?;
    Ok(())
}

/// The number of this transaction. Only PostgreSQL has such numbers.
pub(super) async fn transaction(tx: &mut WriteTx) -> Result<i64> {
    let statement = tx.either("SELECT 0", "SELECT txid_current()");
    tx.query(statement).number().await
}

/// The oldest transaction that is under way. SQLite has one writer: a writer knows that there is no other.
pub(super) async fn oldest_transaction(conn: &mut Conn) -> Result<i64> {
    let statement = conn.either(
        "SELECT 9223372036854775807",
        "SELECT txid_snapshot_xmin(txid_current_snapshot())",
    );
    conn.query(statement).number().await
}
