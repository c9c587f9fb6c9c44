//! Passwords that are tried slowly, because too many wrong ones came before.
//!
//! To refuse them would let whoever guesses lock the owner out. So a try waits before it is looked at. A network has one
//! such try at a time, so that the many requests of one guesser take no places from others, and the number of places
//! bounds how fast an account is guessed however many networks take part: 64 tries in five seconds, on each server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{EmailAddress, Refusal};

/// How long such a try waits. The tests of this crate do not wait as long.
const WAIT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 5_000 });

/// How many of one account wait at a time.
const OF_AN_ACCOUNT: usize = 64;

/// How many wait at a time in all.
const IN_ALL: usize = 1_000;

/// The tries that wait, by the network that they come from.
#[derive(Debug, Default, Clone)]
pub(crate) struct Slowed(Arc<Mutex<HashMap<String, EmailAddress>>>);

impl Slowed {
    /// A place for a try.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], for some seconds: another try from this network waits, or too many from others.
    pub(super) fn place(&self, network: &str, email: &EmailAddress) -> Result<Place, Refusal> {
        let mut waiting = self.waiting();
        let of_account = waiting.values().filter(|one| *one == email).count();
        if waiting.contains_key(network) || of_account >= OF_AN_ACCOUNT || waiting.len() >= IN_ALL {
            return Err(Refusal::TooMany {
                seconds: WAIT.as_secs().max(1).cast_signed(),
            });
        }
        waiting.insert(network.to_owned(), email.clone());
        Ok(Place {
            slowed: self.clone(),
            network: network.to_owned(),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, EmailAddress>> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the tries that wait; it is free again when this is dropped.
pub(super) struct Place {
    slowed: Slowed,
    network: String,
}

impl Place {
    /// Waits for the try's turn.
    pub(super) async fn wait(&self) {
        tokio::time::sleep(WAIT).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.slowed.waiting().remove(&self.network);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_one_place_and_an_account_some() {
        let slowed = Slowed::default();
        let (ada, bob) = (
            "ada@example.org".parse().expect("an address"),
            "bob@example.org".parse().expect("an address"),
        );
        let first = slowed.place("192.0.2.1", &ada).expect("a place");
        assert!(slowed.place("192.0.2.1", &bob).is_err(), "one at a time");
        let others: Vec<_> = (1..OF_AN_ACCOUNT)
            .map(|one| slowed.place(&format!("198.51.100.{one}"), &ada).expect("a place"))
            .collect();
        assert!(
            slowed.place("203.0.113.1", &ada).is_err(),
            "enough for one account"
        );
        assert!(slowed.place("203.0.113.1", &bob).is_ok(), "others go on");
        drop(first);
        assert!(slowed.place("203.0.113.1", &ada).is_ok(), "a place is free again");
        drop(others);
        assert!(slowed.waiting().is_empty());
    }
}
