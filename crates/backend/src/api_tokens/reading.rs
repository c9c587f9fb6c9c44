//! Tokens that are not known yet and are presented at the same moment are read together.
//!
//! Most of what reading one token takes is asking, not finding: a statement for sixty tokens takes little longer than one
//! for one. There is no timer: anyone who comes alone is read at once, and whoever comes while others are read goes with the
//! next. The core's group commit does the same for writing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::sql::{self, Details};
use crate::Backend;
use crate::error::{Error, Fault, Result};
use crate::tokens::{self, Token};

/// The most that are read at once.
const MOST_AT_ONCE: usize = 64;

/// How many readings run at once at most; with fewer cores, one for each of them.
const MOST_READERS: usize = 4;

/// Those that wait for a reading.
#[derive(Clone, Default)]
pub(crate) struct Readings(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    readers: usize,
}

/// Somebody who presented a secret.
struct Waiting {
    /// By which the secret may be found, that of the current key first.
    digests: Vec<Vec<u8>>,
    answer: oneshot::Sender<Result<Option<Read>>>,
}

/// What was read of a token.
#[derive(Clone)]
pub(super) struct Read {
    pub token: Token,
    pub details: Details,
    /// Whether it was found by an older key than the current one.
    pub has_old_key: bool,
}

impl Readings {
    /// The API token that a secret opens, by all the digests that the secret may have; read after this was called.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub(super) async fn read(&self, backend: &Backend, digests: Vec<Vec<u8>>) -> Result<Option<Read>> {
        let (answer, answered) = oneshot::channel();
        let is_needed = {
            let mut state = self.state();
            state.waiting.push(Waiting { digests, answer });
            let is_needed = state.readers < readers();
            state.readers += usize::from(is_needed);
            is_needed
        };
        if is_needed {
            let (reader, backend) = (Reader(self.clone()), backend.clone());
            tokio::spawn(async move { reader.work(&backend).await });
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Fault::new("a reading ended without an answer").into()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More than there are cores would only make the readings smaller.
fn readers() -> usize {
    static READERS: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *READERS.get_or_init(|| {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().clamp(1, MOST_READERS))
    })
}

/// Reads until nobody waits.
struct Reader(Readings);

impl Reader {
    async fn work(self, backend: &Backend) {
        while let Some(batch) = self.take() {
            match read_all(backend, &batch).await {
                Ok(found) => answer(batch, &found),
                // One row that cannot be read keeps nobody else out.
                Err(_) if batch.len() > 1 => {
                    for one in batch {
                        alone(backend, one).await;
                    }
                }
                Err(error) => refuse(batch, &shared(error)),
            }
        }
    }

    /// Those that wait, as many as are read at once. If there are none, this reader is done, and leaves in the same step: who
    /// comes right after must find that nobody reads.
    fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.0.state();
        let most = state.waiting.len().min(MOST_AT_ONCE);
        if most == 0 {
            state.readers -= 1;
            return None;
        }
        Some(state.waiting.drain(..most).collect())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.readers -= 1;
            // Their channels close, and they learn it.
            state.waiting.clear();
        }
    }
}

async fn alone(backend: &Backend, one: Waiting) {
    let batch = vec![one];
    match read_all(backend, &batch).await {
        Ok(found) => answer(batch, &found),
        Err(error) => refuse(batch, &shared(error)),
    }
}

/// Everything that is found, by digest.
async fn read_all(backend: &Backend, batch: &[Waiting]) -> Result<HashMap<Vec<u8>, Read>> {
    let mut conn = backend.db.read().await?;
    let digests = batch.iter().flat_map(|one| one.digests.iter().cloned());
    let found = tokens::find_with::<Details>(&mut conn, backend, digests.collect(), &sql::DETAILS).await?;
    let read = |found: tokens::FoundWith<Details>| {
        let read = Read {
            token: found.token,
            details: found.own,
            has_old_key: false,
        };
        (found.digest, read)
    };
    Ok(found.into_iter().map(read).collect())
}

fn answer(batch: Vec<Waiting>, found: &HashMap<Vec<u8>, Read>) {
    for one in batch {
        let mut own = one.digests.iter().enumerate();
        let read = own.find_map(|(at, digest)| {
            Some(Read {
                has_old_key: at > 0,
                ..found.get(digest)?.clone()
            })
        });
        // Who has gone away gets no answer.
        let _ = one.answer.send(Ok(read));
    }
}

fn refuse(batch: Vec<Waiting>, fault: &Fault) {
    for one in batch {
        let _ = one.answer.send(Err(fault.shared().into()));
    }
}

fn shared(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        Error::Refused(refusal) => Fault::new(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_when_a_reader_is_done_finds_that_nobody_reads() {
        let readings = Readings::default();
        readings.state().readers = 1;
        let reader = Reader(readings.clone());
        assert!(reader.take().is_none());
        assert_eq!(readings.state().readers, 0, "in the same step");
        drop(reader);
        assert_eq!(readings.state().readers, 0);
    }
}
