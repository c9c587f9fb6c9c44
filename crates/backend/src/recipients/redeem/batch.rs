//! Redemptions that wait for the same commit are made together.
//!
//! A batch takes a number of statements that hardly grows with it: everything that is needed is read at once, it
//! is decided in the order in which the presses came, and everything is written at once. Nobody is answered
//! before the commit, neither with yes nor with no: a refusal, too, is given on durable facts alone.
//!
//! When a batch fails, nothing of it was kept, or, on PostgreSQL, it may be unknown. Both are settled alike: it is
//! tried again with the same keys, and what was kept after all is found by them.

mod attempt;
mod facts;
#[cfg(test)]
mod tests;
#[cfg(feature = "wrong-versions")]
mod wrong;

use std::sync::Arc;
use std::time::{Duration, Instant};

use database::Trouble;
use domain::recipients::RedeemForm;
use domain::{Code, CollectionId, EmailAddress, OrganisationId, Refusal};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::sql;
use crate::error::{Error, Fault, Result};
use crate::people::NewSession;
use crate::secret;
use crate::together::Lane;
use crate::{Backend, Client, Recipient};

/// A press of the button.
#[derive(Debug)]
pub(super) struct Request {
    pub code: Code,
    pub form: RedeemForm,
    pub key: Key,
    pub recipient: Option<Recipient>,
    pub client: Client,
}

/// What tells a repeated request from a new one.
#[derive(Debug)]
pub(super) enum Key {
    /// Sent with the form.
    Sent(String),
    /// Made here, for a form without one.
    Own(Uuid),
}

impl Key {
    /// The key bound to the address: the same form with another address is another request.
    fn bound_to(&self, email: &EmailAddress) -> Vec<u8> {
        match self {
            Self::Own(id) => id.as_bytes().to_vec(),
            Self::Sent(key) => {
                let mut hash = Sha256::new();
                hash.update(email.as_str().as_bytes());
                hash.update([0]);
                hash.update(key.as_bytes());
                let mut bound = secret::date_of(key);
                bound.extend(&hash.finalize()[..16]);
                bound
            }
        }
    }
}

/// What became of a press.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is theirs.
    Done {
        collection: CollectionId,
        session: Option<NewSession>,
        name: String,
    },
    /// They had it already, by another press.
    Theirs(Theirs),
    /// It did not open; the card says why, the word tells it to the metrics.
    Card(&'static str),
    /// There is no such code, or none that opens anything.
    Unknown,
    /// Too many wrong codes came from there.
    TooMany { seconds: i64 },
}

/// Who had it already.
#[derive(Debug)]
pub(super) struct Theirs {
    pub organisation: OrganisationId,
    pub collection: CollectionId,
    pub email: EmailAddress,
    pub name: String,
}

/// A press that waits for its turn, and who waits for the answer.
pub(crate) struct Waiting {
    request: Request,
    answer: oneshot::Sender<Result<Outcome>>,
}

/// How long a batch is tried again while the database is away. Then those who wait are asked to try again
/// themselves: with the same form they get the same use.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for a turn and makes the redemption in it.
pub(super) async fn redeem(backend: &Backend, request: Request) -> Result<Outcome> {
    let lane = lane_of(&request.code);
    let (answer, answered) = oneshot::channel();
    let waiting = Waiting { request, answer };
    let turn = {
        let backend = backend.clone();
        move |lane| take_turn(backend.clone(), lane)
    };
    if backend.redemptions.add(lane, waiting, turn).is_err() {
        return Err(Fault::busy("too many redemptions wait").into());
    }
    answered
        .await
        .unwrap_or_else(|_| Err(Fault::new("a batch of redemptions ended without an answer").into()))
}

/// Presses of one code go into one lane, where they are made together.
fn lane_of(code: &Code) -> u64 {
    let digest = Sha256::digest(code.reveal());
    u64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
}

/// Makes everything that waits in a lane.
async fn take_turn(backend: Backend, lane: Arc<Lane<Waiting>>) {
    #[cfg(feature = "wrong-versions")]
    if crate::wrong::is(crate::wrong::READ_THEN_WRITE) {
        return wrong::each_alone(&backend, lane.take());
    }
    // What comes while this waits for the writer goes along.
    let first = backend.db.write_by_keys().await;
    lane.gather().await;
    let batch = lane.take();
    metrics::histogram!("redemptions_in_one_commit").record(batch.len() as f64);
    metrics::gauge!("redemptions_waiting").set(backend.redemptions.waiting() as f64);
    let tried = match first {
        Ok(tx) => attempt::all(&backend, tx, &batch).await,
        Err(error) => Err(error.into()),
    };
    match settle(&backend, &batch, tried).await {
        Ok(outcomes) => answer_each(batch, outcomes),
        Err(Error::Fault(fault)) if fault.is_passing() || batch.len() == 1 => refuse_all(batch, &fault),
        // Something in it does not work. Whoever can be served is served alone.
        Err(_) => {
            for one in batch {
                let one = vec![one];
                let tried = try_again(&backend, &one).await;
                match settle(&backend, &one, tried).await {
                    Ok(outcomes) => answer_each(one, outcomes),
                    Err(Error::Fault(fault)) => refuse_all(one, &fault),
                    Err(refused) => answer_each(one, vec![Err(refused)]),
                }
            }
        }
    }
}

/// Tries a batch again as long as it is stood in the way of, or it is unknown what became of it.
async fn settle(
    backend: &Backend,
    batch: &[Waiting],
    mut tried: Result<Vec<Result<Outcome>>>,
) -> Result<Vec<Result<Outcome>>> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(10);
    while let Err(Error::Fault(fault)) = &tried
        && matches!(fault.trouble(), Some(Trouble::Broken | Trouble::Conflict))
        && began.elapsed() < PATIENCE
    {
        tracing::warn!(cause = ?fault, "redemptions are tried again, to settle what became of them");
        metrics::counter!("redemption_batches_tried_again_total").increment(1);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
        tried = try_again(backend, batch).await;
    }
    tried
}

async fn try_again(backend: &Backend, batch: &[Waiting]) -> Result<Vec<Result<Outcome>>> {
    let tx = backend.db.write_by_keys().await?;
    attempt::all(backend, tx, batch).await
}

/// Whoever has gone away meanwhile hears nothing; what they asked for was done all the same.
fn answer_each(batch: Vec<Waiting>, outcomes: Vec<Result<Outcome>>) {
    for (one, outcome) in batch.into_iter().zip(outcomes) {
        metrics::counter!("redemptions_total", "outcome" => word(&outcome)).increment(1);
        let _ = one.answer.send(outcome);
    }
}

fn refuse_all(batch: Vec<Waiting>, fault: &Fault) {
    metrics::counter!("redemptions_total", "outcome" => "fault").increment(batch.len() as u64);
    for one in batch {
        let _ = one.answer.send(Err(fault.shared().into()));
    }
}

fn word(outcome: &Result<Outcome>) -> &'static str {
    match outcome {
        Ok(Outcome::Done { .. }) => "done",
        Ok(Outcome::Theirs(_)) => "had already",
        Ok(Outcome::Card(why)) => why,
        Ok(Outcome::Unknown) => "unknown",
        Ok(Outcome::TooMany { .. }) => "too many tries",
        Err(Error::Refused(Refusal::Invalid(_))) => "form not filled in",
        Err(Error::Refused(_)) => "refused",
        Err(Error::Fault(_)) => "fault",
    }
}
