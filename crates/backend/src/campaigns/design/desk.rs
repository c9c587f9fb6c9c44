//! Where drawings are made: for those who design a few at a time, and a few for each of them; for everybody as many as there
//! are processors.
//!
//! Drawing takes all of a processor and some megabytes. Others are served meanwhile, whatever designers try, and however many
//! ask for pictures of credentials at once.

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
    /// Those for what was checked when it was saved, which everybody may ask for.
    checked: Arc<Semaphore>,
    waiting: Arc<Waiting>,
}

/// Who waits for how many drawings.
type Waiting = Mutex<HashMap<Uuid, u32>>;

impl Default for Desk {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            checked: Arc::new(Semaphore::new(processors())),
            waiting: Arc::default(),
        }
    }
}

/// How many drawings bring each other forward.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Desk {
    /// Draws what was checked when it was saved, for anyone who asks, in the order in which they came.
    ///
    /// # Errors
    /// A fault.
    pub(in super::super) async fn draw_checked<T: Send + 'static>(
        &self,
        drawing: impl FnOnce() -> credentials::Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.checked.clone().acquire_owned().await.map_err(Fault::new)?;
        let work = move || {
            let _taken = place;
            drawing()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Fault::new)?
            .map_err(|error| Error::Fault(Fault::new(error)))
    }

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn however_many_ask_for_pictures_no_more_are_drawn_at_once_than_there_are_processors() {
        let desk = Desk::default();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let drawings = (0..20 * processors()).map(|number| {
            let (now, most) = (now.clone(), most.clone());
            desk.draw_checked(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(1));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(number)
            })
        });
        let drawn = futures::future::join_all(drawings).await;
        let drawn: Vec<usize> = drawn.into_iter().map(|one| one.expect("drawn")).collect();
        assert_eq!(drawn, (0..20 * processors()).collect::<Vec<_>>());
        assert!(
            (1..=processors()).contains(&most.load(Ordering::SeqCst)),
            "{most:?}"
        );
    }

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
