//! Answers that are kept for a day, so that a repeated request gets the same answer and does nothing twice.
//!
//! An answer may contain what only the caller may know, so it is sealed, bound to the caller, the operation and the
//! key. A row without an answer belongs to a request that is running, or that never finished: then nobody can tell
//! whether it was carried out, and it is not carried out again.

mod sql;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::error::{Fault, Result};
use crate::{Backend, Caller};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// An answer as it is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// Where an answer will be kept.
#[derive(Debug, Clone)]
pub struct Place(Vec<u8>);

/// What is known about an earlier request.
#[derive(Debug)]
pub enum Before {
    /// Nothing with this key: the request is carried out, and its answer is kept here.
    Nothing(Place),
    /// The same request, with this answer.
    Answered(Answer),
    /// The same request, which has no answer yet.
    Running,
    /// A different request with this key.
    Another,
}

/// The view of kept answers.
pub struct Answers<'a>(&'a Backend);

impl Backend {
    /// Stored answers.
    pub fn answers(&self) -> Answers<'_> {
        Answers(self)
    }
}

impl Answers<'_> {
    /// Whether a caller has already requested this operation with this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self, caller: &Caller, operation: &str, key: &str, body: &[u8]) -> Result<Before> {
        let who = caller.identity();
        let place = Place(self.digest("answer", &[who.as_bytes(), operation.as_bytes(), key.as_bytes()]));
        let request = self.digest("request", &[operation.as_bytes(), body]);
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        sql::forget_older(&mut tx, &place.0, now - KEPT).await?;
        let is_new = sql::insert(&mut tx, &place.0, caller.organisation(), &request, now).await?;
        if is_new {
            self.0.commit_keeping_cache(tx).await?;
            return Ok(Before::Nothing(place));
        }
        let kept = sql::find(&mut tx, &place.0, caller.organisation()).await?;
        drop(tx);
        let Some(kept) = kept else {
            return Ok(Before::Running);
        };
        if kept.request != request {
            return Ok(Before::Another);
        }
        let Some(sealed) = kept.answer else {
            return Ok(Before::Running);
        };
        let text = self.0.keys.unseal(&place.0, &sealed)?;
        Ok(Before::Answered(serde_json::from_str(&text).map_err(Fault::new)?))
    }

    /// Keeps the answer to a request that was carried out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, place: &Place, answer: &Answer) -> Result<()> {
        let text = serde_json::to_string(answer).map_err(Fault::new)?;
        let mut tx = self.0.db.write().await?;
        sql::keep(&mut tx, &place.0, &self.0.keys.seal(&place.0, &text)).await?;
        self.0.commit_keeping_cache(tx).await
    }

    /// Forgets a request that was refused: it may be sent again once the reason is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, place: &Place) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        sql::forget(&mut tx, &place.0).await?;
        self.0.commit_keeping_cache(tx).await
    }

    /// Removes answers that are too old.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let before = self.0.clock.now() - KEPT;
        let mut tx = self.0.db.write().await?;
        sql::forget_all_older(&mut tx, before).await?;
        self.0.commit_keeping_cache(tx).await
    }

    fn digest(&self, purpose: &str, pieces: &[&[u8]]) -> Vec<u8> {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        for piece in pieces {
            hash.update((piece.len() as u64).to_be_bytes());
            hash.update(piece);
        }
        hash.finalize().to_vec()
    }
}
