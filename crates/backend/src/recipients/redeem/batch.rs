//! Redemptions that wait for the same commit are made together.
//!
//! A batch takes a number of statements that hardly grows with it: everything that is needed is read at once, it
//! is decided in the order in which the presses came, and everything is written at once. Nobody is answered
//! before the commit, neither with yes nor with no: a refusal, too, is given on durable facts alone.
//!
//! What is tried again is found by its key ([`group_commit`]).

mod attempt;
mod facts;
#[cfg(test)]
mod tests;
#[cfg(feature = "wrong-versions")]
mod wrong;

use database::WriteTx;
use domain::recipients::RedeemForm;
use domain::tokens::State;
use domain::{Code, CollectionId, EmailAddress, OrganisationId, Refusal, TokenId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::sql;
use crate::error::{Error, Result};
use crate::group_commit::{self, Attempted, Work};
use crate::people::NewSession;
use crate::{Backend, Client, Recipient, access_tokens, secret, tokens};

/// A press of the button.
#[derive(Debug)]
pub(crate) struct Request {
    pub code: Code,
    pub form: RedeemForm,
    pub key: Key,
    pub recipient: Option<Recipient>,
    pub client: Client,
}

/// What tells a repeated request from a new one.
#[derive(Debug)]
pub(crate) enum Key {
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
pub(crate) enum Outcome {
    /// It is theirs.
    Done {
        collection: CollectionId,
        session: Option<Box<NewSession>>,
        name: String,
    },
    /// They had it already, by another press.
    Theirs(Theirs),
    /// It did not open, and why was decided under the lock.
    Refused(Why),
    /// There is no such code.
    Unknown,
    /// There was such a code, and it opens nothing any more. Answered like an unknown one, but it is no guess.
    Withdrawn,
}

/// Why a code does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was assigned to another address than that of whoever is signed in.
    WrongRecipient,
    /// Its collection is not published.
    NotOpen,
    /// It is not live.
    State(State),
    /// It is not there any more.
    Gone,
}

impl Why {
    /// The metrics' name for it.
    fn label(self) -> &'static str {
        match self {
            Self::WrongRecipient => "wrong recipient",
            Self::NotOpen => "collection not open",
            Self::State(State::NotYet) => "not yet",
            Self::State(State::Live) => "live",
            Self::State(State::UsedUp) => "used up",
            Self::State(State::Expired) => "expired",
            Self::State(State::Suspended) => "suspended",
            Self::State(State::Revoked) => "revoked",
            Self::Gone => "gone",
        }
    }
}

/// Who had it already.
#[derive(Debug)]
pub(crate) struct Theirs {
    pub organisation: OrganisationId,
    pub collection: CollectionId,
    pub email: EmailAddress,
    pub name: String,
}

/// Redeems together with everybody who waits for the same commit.
pub(super) async fn redeem(backend: &Backend, request: Request) -> Result<Outcome> {
    #[cfg(feature = "wrong-versions")]
    if crate::wrong::is(crate::wrong::READ_THEN_WRITE) {
        return wrong::read_then_write(backend, &request).await;
    }
    let row = row_of(backend, &request.code).await?;
    group_commit::run(backend, row, request).await
}

/// What a code's redemptions are queued by: the token whose row they lock, which for a code of a multi token is the
/// row that all of its codes share. With one queue there is nothing to find out. An unknown code locks nothing.
async fn row_of(backend: &Backend, code: &Code) -> Result<u64> {
    if backend.group_commit.has_one_queue() {
        return Ok(0);
    }
    let digest = access_tokens::presented(code).digest(backend);
    if let Some(token) = backend.parents.find(&digest) {
        return Ok(number_of(token));
    }
    let mut conn = backend.db.read().await?;
    let found = tokens::find(&mut conn, backend, access_tokens::presented(code)).await?;
    Ok(found.map_or(0, |found| number_of(found.shown().id)))
}

/// The random half of an id, which spreads tokens over the queues.
fn number_of(token: TokenId) -> u64 {
    token.0.as_u64_pair().1
}

impl Work for Request {
    type Outcome = Outcome;
    const NAME: &'static str = "redemption";

    async fn attempt(backend: &Backend, tx: &mut WriteTx, batch: &[Self]) -> Result<Attempted<Outcome>> {
        attempt::all(backend, tx, batch).await
    }

    fn label(outcome: &Result<Outcome>) -> &'static str {
        label(outcome)
    }
}

fn label(outcome: &Result<Outcome>) -> &'static str {
    match outcome {
        Ok(Outcome::Done { .. }) => "done",
        Ok(Outcome::Theirs(_)) => "had already",
        Ok(Outcome::Refused(why)) => why.label(),
        Ok(Outcome::Unknown) => "unknown",
        Ok(Outcome::Withdrawn) => "withdrawn",
        Err(Error::Refused(Refusal::Invalid(_))) => "form not filled in",
        Err(Error::Refused(_)) => "refused",
        Err(Error::Fault(_)) => "fault",
    }
}
