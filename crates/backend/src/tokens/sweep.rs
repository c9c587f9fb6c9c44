//! Moving expired tokens to where they belong.
//!
//! Whether a token is expired is decided when it is asked, by the clock; the sweep only moves rows from the
//! index of active tokens to that of ended ones, so that lists stay quick.

use domain::tokens::Family;
use serde_json::Value;

use super::sql;
use crate::Backend;
use crate::audit::{Entry, Event, Who};
use crate::error::Result;

/// Tokens in one transaction: a redemption that waits for it waits a blink.
const AT_ONCE: i64 = 200;

/// Marks tokens whose time is over as ended; says how many there were.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sweep(backend: &Backend) -> Result<usize> {
    let mut swept = 0;
    for family in backend.kinds.families() {
        swept += sweep_family(backend, family).await?;
    }
    Ok(swept)
}

async fn sweep_family(backend: &Backend, family: Family) -> Result<usize> {
    let mut swept = 0;
    loop {
        let now = backend.clock.now();
        let mut conn = backend.db.read().await?;
        let due = sql::due_for_sweep(&mut conn, family, now, AT_ONCE).await?;
        drop(conn);
        if due.is_empty() {
            return Ok(swept);
        }
        let mut tx = backend.db.write_slice().await?;
        for row in &due {
            if sql::mark_ended(&mut tx, row.id, now).await? {
                let entry = Entry::token(Event::TokenExpired, family, row.id, Value::Null);
                backend
                    .record(&mut tx, Who::program(row.organisation_id), entry)
                    .await?;
            }
        }
        backend.commit(tx).await?;
        swept += due.len();
    }
}
