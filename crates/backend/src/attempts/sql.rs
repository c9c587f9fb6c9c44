//! The counts' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};

use super::Try;

#[derive(FromRow)]
pub(super) struct Count {
    pub failures: i64,
    pub since: DateTime<Utc>,
}

pub(super) async fn count(conn: &mut Conn, scope: &'static str, key: &[u8]) -> Result<Option<Count>> {
    conn.query("SELECT failures, since FROM attempts WHERE scope = $1 AND key = $2")
        .bind(scope)
        .bind(key.to_vec())
        .optional()
        .await
}

/// Adds attempts that were made from `since` on; a count that has expired by then starts again.
pub(super) async fn add(tx: &mut WriteTx, one: &Try, tries: i64, since: DateTime<Utc>) -> Result<Count> {
    tx.query(
        "INSERT INTO attempts (scope, key, failures, since) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope, key) DO UPDATE SET
             failures = excluded.failures + CASE WHEN attempts.since <= $5 THEN 0 ELSE attempts.failures END,
             since = CASE WHEN attempts.since <= $5 THEN excluded.since ELSE attempts.since END
         RETURNING failures, since",
    )
    .bind(one.budget.scope)
    .bind(one.key.clone())
    .bind(tries)
    .bind(since)
    .bind(one.budget.start(since))
    .one()
    .await
}

pub(super) async fn take_back(tx: &mut WriteTx, scope: &'static str, key: &[u8]) -> Result<()> {
    tx.query("UPDATE attempts SET failures = failures - 1 WHERE scope = $1 AND key = $2 AND failures > 0")
        .bind(scope)
        .bind(key.to_vec())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut WriteTx, scope: &'static str, key: &[u8]) -> Result<()> {
    tx.query("DELETE FROM attempts WHERE scope = $1 AND key = $2")
        .bind(scope)
        .bind(key.to_vec())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn sweep(tx: &mut WriteTx, over: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM attempts WHERE since <= $1")
        .bind(over)
        .run()
        .await?;
    Ok(())
}
