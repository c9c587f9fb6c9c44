//! Slowed sign-ins, because too many wrong passwords came before.
//!
//! Refusing them would let a guesser lock the owner out. So an attempt waits before it is checked. A network has one
//! such attempt at a time, so that the many requests of one guesser take no places from others, and the number of
//! places limits how fast an account can be guessed however many networks take part: 64 attempts in five seconds, on
//! each server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{EmailAddress, Refusal};

/// How long such an attempt waits. The tests of this crate do not wait as long.
const WAIT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 5_000 });

/// How many attempts for one account wait at a time.
const OF_AN_ACCOUNT: usize = 64;

/// How many wait at a time in all.
const IN_ALL: usize = 1_000;

/// The waiting attempts, by the network that they come from.
#[derive(Debug, Default, Clone)]
pub(crate) struct Slowed(Arc<Mutex<HashMap<String, EmailAddress>>>);

impl Slowed {
    /// A place for an attempt.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], for some seconds: another attempt from this network waits, or too many from others.
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
        // Each change is complete in itself, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the waiting attempts; it is free again when this is dropped.
pub(super) struct Place {
    slowed: Slowed,
    network: String,
}

impl Place {
    /// Waits for the attempt's turn.
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
