//! The statements of the keys of assertions.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use uuid::Uuid;

/// A private key, sealed.
#[derive(FromRow)]
pub(super) struct Key {
    pub id: Uuid,
    pub sealed: Vec<u8>,
}

/// The key that signs at an instant; the oldest one for a server whose clock is behind that of the one that made it.
pub(super) async fn signing(conn: &mut Conn, at: DateTime<Utc>) -> Result<Option<Key>> {
    conn.query(
        "SELECT id, sealed FROM assertion_keys
         WHERE signs_at <= $1 OR number = (SELECT MIN(number) FROM assertion_keys)
         ORDER BY number DESC LIMIT 1",
    )
    .bind(at)
    .optional()
    .await
}

/// The number of the key that signed at an instant.
pub(super) async fn signing_since(conn: &mut Conn, at: DateTime<Utc>) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn
        .query("SELECT number FROM assertion_keys WHERE signs_at <= $1 ORDER BY number DESC LIMIT 1")
        .bind(at)
        .optional()
        .await?;
    Ok(row.map(|(number,)| number))
}

/// The number of the newest key.
pub(super) async fn newest(conn: &mut Conn) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn
        .query("SELECT number FROM assertion_keys ORDER BY number DESC LIMIT 1")
        .optional()
        .await?;
    Ok(row.map(|(number,)| number))
}

/// The public halves of all keys, the newest first.
pub(super) async fn public(conn: &mut Conn) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn
        .query("SELECT public FROM assertion_keys ORDER BY number DESC")
        .all()
        .await?;
    Ok(rows.into_iter().map(|(public,)| public).collect())
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    key: &Key,
    number: i64,
    public: &str,
    made_at: DateTime<Utc>,
    signs_at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO assertion_keys (id, number, public, sealed, made_at, signs_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(key.id)
    .bind(number)
    .bind(public.to_owned())
    .bind(key.sealed.clone())
    .bind(made_at)
    .bind(signs_at)
    .run()
    .await?;
    Ok(())
}

/// Removes the keys before a number.
pub(super) async fn remove_before(tx: &mut WriteTx, number: i64) -> Result<()> {
    tx.query("DELETE FROM assertion_keys WHERE number < $1")
        .bind(number)
        .run()
        .await?;
    Ok(())
}

/// All private keys, in the order of their ids.
pub(super) async fn sealed(conn: &mut Conn) -> Result<Vec<(Uuid, Vec<u8>)>> {
    conn.query("SELECT id, sealed FROM assertion_keys ORDER BY id")
        .all()
        .await
}

/// Puts a key that was sealed anew in the place of the one that was read.
pub(super) async fn move_sealed(tx: &mut WriteTx, id: Uuid, read: &[u8], sealed: Vec<u8>) -> Result<bool> {
    let moved = tx
        .query("UPDATE assertion_keys SET sealed = $3 WHERE id = $1 AND sealed = $2")
        .bind(id)
        .bind(read.to_vec())
        .bind(sealed)
        .run()
        .await?;
    Ok(moved == 1)
}
