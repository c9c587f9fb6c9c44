//! The statements of the journal.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::TokenId;

/// A commit of uses that are not in their places yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(super) struct Row {
    pub sequence: i64,
    pub at: DateTime<Utc>,
    pub hits: Vec<u8>,
}

/// The least and the greatest sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    pub first: i64,
    pub last: i64,
}

pub(super) async fn rows(conn: &mut Conn) -> Result<Vec<Row>> {
    conn.query("SELECT sequence, at, hits FROM hit_journal ORDER BY sequence")
        .all()
        .await
}

pub(super) async fn is_empty(conn: &mut Conn) -> Result<bool> {
    let first: Option<(i64,)> = conn
        .query("SELECT sequence FROM hit_journal LIMIT 1")
        .optional()
        .await?;
    Ok(first.is_none())
}

/// The least and the greatest sequence number, if there is one: each is one step in the table.
pub(super) async fn ends(conn: &mut Conn) -> Result<Option<Ends>> {
    let (first, last): (Option<i64>, Option<i64>) = conn
        .query("SELECT (SELECT MIN(sequence) FROM hit_journal), (SELECT MAX(sequence) FROM hit_journal)")
        .one()
        .await?;
    Ok(first.zip(last).map(|(first, last)| Ends { first, last }))
}

pub(super) async fn append(tx: &mut WriteTx, sequence: i64, at: DateTime<Utc>, hits: Vec<u8>) -> Result<()> {
    tx.query("INSERT INTO hit_journal (sequence, at, hits) VALUES ($1, $2, $3)")
        .bind(sequence)
        .bind(at)
        .bind(hits)
        .run()
        .await?;
    Ok(())
}

/// Removes all rows; returns how many there were.
pub(super) async fn clear(tx: &mut WriteTx) -> Result<u64> {
    tx.query("DELETE FROM hit_journal").run().await
}

/// What a decision about a token rests on.
#[derive(FromRow)]
pub(super) struct Decisive {
    pub id: TokenId,
    pub kind: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
    pub uses: i64,
    pub is_suspended: bool,
    pub is_revoked: bool,
    pub is_deleted: bool,
}

/// The tokens with these ids, and of them only what decides: half as much as there is to a row. A transaction that writes
/// on SQLite is alone, so that nothing has to be locked. There must be at least one id.
pub(super) async fn decisive(conn: &mut Conn, ids: Vec<TokenId>) -> Result<Vec<Decisive>> {
    conn.query_in(
        "SELECT id, kind, starts_at, expires_at, use_limit, uses, suspended_at IS NOT NULL AS is_suspended,
                revoked_at IS NOT NULL AS is_revoked, deleted_at IS NOT NULL AS is_deleted
         FROM tokens WHERE id IN (VALUES",
        ids,
        ")",
    )
    .all()
    .await
}
