//! Where drawings are made for those who design: a few at a time, and a few for each of them.
//!
//! Drawing takes all of a processor. Recipients and everybody else are served meanwhile, whatever designers try.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Refusal;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::Caller;
use crate::error::{Error, Fault, Result};

/// How many drawings are made at the same time.
const AT_ONCE: usize = 2;
/// How many drawings one person may wait for.
const EACH: u32 = 4;

/// The places where drawings are made.
pub(crate) struct Desk {
    places: Arc<Semaphore>,
    waiting: Arc<Waiting>,
}

/// Who waits for how many drawings.
type Waiting = Mutex<HashMap<Uuid, u32>>;

impl Default for Desk {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::default(),
        }
    }
}

impl Desk {
    /// Draws for a caller. A drawing that cannot be made is refused at `layers`, with what is wrong with it.
    ///
    /// # Errors
    /// Refused, also when the caller waits for several drawings already.
    pub(crate) async fn draw<T: Send + 'static>(
        &self,
        caller: &Caller,
        drawing: impl FnOnce() -> credentials::Result<T> + Send + 'static,
    ) -> Result<T> {
        let who = caller.person().map_or(caller.organisation().0, |person| person.0);
        let ticket = Ticket::take(&self.waiting, who)?;
        let place = self.places.clone().acquire_owned().await.map_err(Fault::new)?;
        let work = move || {
            // Both stay taken until the drawing is made, also for somebody who has left.
            let _taken = (ticket, place);
            drawing()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Fault::new)?
            .map_err(|error| Refusal::at("layers", error.to_string()).into())
    }

    /// Waits for a drawing that is made elsewhere, in one of the same places. Who leaves gives it up.
    ///
    /// # Errors
    /// Refused when the caller waits for several drawings already.
    pub(super) async fn wait_for<T>(&self, caller: &Caller, drawing: impl Future<Output = T>) -> Result<T> {
        let who = caller.person().map_or(caller.organisation().0, |person| person.0);
        let _ticket = Ticket::take(&self.waiting, who)?;
        let _place = self.places.acquire().await.map_err(Fault::new)?;
        Ok(drawing.await)
    }
}

/// One drawing that somebody waits for.
struct Ticket {
    waiting: Arc<Waiting>,
    who: Uuid,
}

impl Ticket {
    fn take(waiting: &Arc<Waiting>, who: Uuid) -> Result<Self, Refusal> {
        let mut counts = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(who).or_default();
        if *count >= EACH {
            return Err(Refusal::TooMany { seconds: 1 });
        }
        *count += 1;
        Ok(Self {
            waiting: waiting.clone(),
            who,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.who);
            }
        }
    }
}

/// Draws what was checked when it was saved: others are served meanwhile.
pub(in super::super) async fn draw<T: Send + 'static>(
    drawing: impl FnOnce() -> credentials::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(drawing)
        .await
        .map_err(Fault::new)?
        .map_err(|error| Error::Fault(Fault::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_waits_for_a_few_drawings_and_nobody_for_those_of_others() {
        let waiting: Arc<Waiting> = Arc::default();
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut taken: Vec<_> = (0..EACH)
            .map(|_| Ticket::take(&waiting, ada).expect("room"))
            .collect();
        assert_eq!(
            Ticket::take(&waiting, ada).err(),
            Some(Refusal::TooMany { seconds: 1 })
        );
        assert!(Ticket::take(&waiting, bob).is_ok());
        taken.pop();
        assert!(Ticket::take(&waiting, ada).is_ok());
        taken.clear();
        assert!(
            waiting.lock().expect("counts").is_empty(),
            "nothing is left of them"
        );
    }
}
