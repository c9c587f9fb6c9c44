//! Making the codes of a multi token: at once when they are few, by a job when they are many.

use database::WriteTx;
use domain::form::grouped;
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use crate::audit::{Entry, Event, Who};
use crate::caller::Caller;
use crate::error::Result;
use crate::jobs::{Job, JobKind};
use crate::tokens::{self, Token};
use crate::{Backend, Scope};

/// Codes that are made in a row, no matter who waits.
const PIECE: i64 = 512;

/// Codes in one slice of a job, at most: what many of them share, such as the pages of an index, is written once
/// for all. More would make the commit long, which nobody can cut short.
const SLICE: i64 = 5_120;

/// Making the codes of a multi token.
pub(crate) static MAKE_CODES: JobKind = JobKind {
    key: "make_codes",
    permission: Permission::TokensManage,
    is_seen: |conn, backend, caller, job| {
        Box::pin(async move {
            tokens::load(conn, backend, &caller.scope, job.token()?)
                .await?
                .ok_or(Refusal::NotFound)?;
            Ok(())
        })
    },
    work: |tx, backend, job| Box::pin(make_slice(tx, backend, job)),
    record_cancelled: |tx, backend, caller, job| Box::pin(record_cancelled(tx, backend, caller, job)),
};

/// Makes codes within the caller's transaction.
pub(super) async fn make(
    tx: &mut WriteTx,
    backend: &Backend,
    caller: &Caller,
    id: TokenId,
    count: i64,
) -> Result<()> {
    let token = whole(tx, backend, &caller.scope, id).await?;
    add(tx, backend, Who::from(caller), &token, count).await
}

/// Makes the next slice of a job in the caller's transaction and says how many codes that were. It ends early
/// when somebody waits. On PostgreSQL nobody waits for the transaction itself but for the rows that it has
/// locked, which this server does not hear of; so slices are short there.
async fn make_slice(tx: &mut WriteTx, backend: &Backend, job: &Job) -> Result<i64> {
    let token = whole(tx, backend, &Scope::new(job.organisation_id, None), job.token()?).await?;
    let first = tokens::highest_part(tx, token.id).await? + 1;
    let left = job.total - job.done;
    let most = if backend.db.is_shared() { PIECE } else { SLICE }.min(left);
    let mut count = 0;
    while count < most && (count == 0 || !backend.db.has_waiters()) {
        let piece = PIECE.min(most - count);
        tokens::issue_parts(tx, backend, &token, first + count, piece).await?;
        count += piece;
    }
    record(
        tx,
        backend,
        Who::program(job.organisation_id),
        &token,
        first,
        count,
    )
    .await?;
    Ok(count)
}

/// Records that a job was stopped.
async fn record_cancelled(tx: &mut WriteTx, backend: &Backend, caller: &Caller, job: &Job) -> Result<()> {
    let facts = json!({ "count": grouped(job.done) });
    backend
        .record(
            tx,
            caller,
            Entry::token(Event::CodesCancelled, Family::Access, job.token()?, facts),
        )
        .await
}

async fn whole(tx: &mut WriteTx, backend: &Backend, scope: &Scope, id: TokenId) -> Result<Token> {
    let found = tokens::lock(tx, backend, scope, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    Ok(found.token)
}

async fn add(tx: &mut WriteTx, backend: &Backend, who: Who, token: &Token, count: i64) -> Result<()> {
    let first = tokens::highest_part(tx, token.id).await? + 1;
    tokens::issue_parts(tx, backend, token, first, count).await?;
    record(tx, backend, who, token, first, count).await
}

async fn record(
    tx: &mut WriteTx,
    backend: &Backend,
    who: Who,
    token: &Token,
    first: i64,
    count: i64,
) -> Result<()> {
    let facts = json!({ "count": grouped(count), "first": first });
    backend
        .record(
            tx,
            who,
            Entry::token(Event::CodesAdded, Family::Access, token.id, facts),
        )
        .await
}
