//! Making the codes of a multi token: at once when they are few, by a job when they are many.

use database::WriteTx;
use domain::form::grouped;
use domain::{Refusal, TokenId};
use serde_json::json;

use crate::Backend;
use crate::actor::Actor;
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::jobs::{self, Job};
use crate::tokens::{self, Token};

/// Codes in one transaction of a job: a person's redemption waits for one slice at most.
const SLICE: i64 = 500;

/// Makes codes within the caller's transaction.
pub(super) async fn make(
    tx: &mut WriteTx,
    backend: &Backend,
    actor: &Actor,
    id: TokenId,
    count: i64,
) -> Result<()> {
    let token = whole(tx, actor.organisation, id).await?;
    add(tx, backend, Who::from(actor), &token, count).await
}

/// Makes the next slice of a job.
pub(crate) async fn make_slice(backend: &Backend, job: &Job) -> Result<()> {
    let count = SLICE.min(job.total - job.done);
    let mut tx = backend.db.write_slice().await?;
    let token = whole(&mut tx, job.organisation_id, job.token_id).await?;
    if !jobs::advance(&mut tx, backend, job, count).await? {
        return Ok(());
    }
    add(&mut tx, backend, Who::program(job.organisation_id), &token, count).await?;
    backend.commit(tx).await
}

/// Records that a job was stopped.
pub(crate) async fn record_cancelled(
    tx: &mut WriteTx,
    backend: &Backend,
    actor: &Actor,
    job: &Job,
) -> Result<()> {
    let facts = json!({ "count": grouped(job.done) });
    backend
        .record(
            tx,
            actor,
            Entry::token(Event::CodesCancelled, job.token_id, facts),
        )
        .await
}

async fn whole(tx: &mut WriteTx, organisation: domain::OrganisationId, id: TokenId) -> Result<Token> {
    let found = tokens::lock(tx, organisation, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    Ok(found.token)
}

async fn add(tx: &mut WriteTx, backend: &Backend, who: Who, token: &Token, count: i64) -> Result<()> {
    let first = tokens::highest_part(tx, token.id).await? + 1;
    tokens::issue_parts(tx, backend, token, first, count).await?;
    let facts = json!({ "count": grouped(count), "first": first });
    backend
        .record(tx, who, Entry::token(Event::CodesAdded, token.id, facts))
        .await
}
