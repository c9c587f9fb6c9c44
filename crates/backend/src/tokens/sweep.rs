//! Moving expired tokens to the list of ended ones.
//!
//! Whether a token has expired is decided by the clock at each request; the sweep only moves rows from the index of
//! active tokens to that of ended ones, so that lists stay fast.

use domain::tokens::Family;
use serde_json::Value;

use super::{journal, sql};
use crate::Backend;
use crate::audit::{Entry, Event, Who};
use crate::error::Result;

/// Tokens in one transaction: few, so that a redemption waiting for it does not notice.
const AT_ONCE: i64 = 200;

/// Marks expired tokens as ended; returns how many there were.
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
        if backend.kinds.journals(family) {
            // A token may have been used up before its time was over.
            journal::fold(&mut tx, backend).await?;
        }
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
