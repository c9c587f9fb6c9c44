//! Seats: the limits on simultaneous connections, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::config::Network;

/// The most connections at once. More wait in the operating system's queue.
const SEATS: usize = 4096;

/// The most connections from one address: enough for a school behind one address, while one attacker cannot have all. A
/// listed proxy, and this machine itself, may take all.
const FROM_ONE: u32 = 1024;

/// Seats for health checks while all others are taken. Anyone who requests anything else there is told to come back.
const RESERVED: usize = 64;

/// How long seats are short before reserved ones are given away: quiet connections are closed within that time.
const SHORTAGE: Duration = Duration::from_millis(400);

/// How often quiet connections are closed while somebody waits for a seat.
const ASK: Duration = Duration::from_millis(50);

/// How often the shortage is logged at most.
const SELDOM: Duration = Duration::from_secs(10);

/// The seats of a server; cheap to clone.
#[derive(Clone)]
pub(super) struct Seats(Arc<Inner>);

struct Inner {
    free: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    from: Mutex<HashMap<IpAddr, u32>>,
    unbounded: Vec<Network>,
    short: Notify,
    shortage: Mutex<Shortage>,
}

/// A period without free seats.
#[derive(Default)]
struct Shortage {
    since: Option<Instant>,
    asked: Option<Instant>,
    said: Option<Instant>,
}

/// A place for the next connection.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    is_reserved: bool,
}

/// A taken seat, for as long as this lives.
pub(super) struct Seat {
    seats: Seats,
    from: IpAddr,
    place: Option<Place>,
}

impl Seats {
    /// All seats free.
    pub(super) fn new(trusted_proxies: &[Network]) -> Self {
        Self(Arc::new(Inner {
            free: Arc::new(Semaphore::new(SEATS)),
            reserved: Arc::new(Semaphore::new(RESERVED)),
            from: Mutex::default(),
            unbounded: trusted_proxies.to_vec(),
            short: Notify::new(),
            shortage: Mutex::default(),
        }))
    }

    /// Waits for a seat. When there is none, connections on which nothing happens are told to close, and when that does
    /// not help soon, a reserved seat is given.
    pub(super) async fn free(&self) -> Place {
        if let Ok(permit) = Arc::clone(&self.0.free).try_acquire_owned() {
            self.shortage().since = None;
            return Place::new(permit, false);
        }
        metrics::counter!("connections_short_total").increment(1);
        loop {
            let is_lasting = self.is_short();
            if is_lasting && let Ok(permit) = Arc::clone(&self.0.reserved).try_acquire_owned() {
                return Place::new(permit, true);
            }
            // The semaphore is never closed, so a seat always becomes free.
            let waiting = Arc::clone(&self.0.free).acquire_owned();
            if let Ok(Ok(permit)) = tokio::time::timeout(ASK, waiting).await {
                return Place::new(permit, false);
            }
        }
    }

    /// Tells quiet connections to close, now and then, and returns whether that has not helped for a while.
    fn is_short(&self) -> bool {
        let now = Instant::now();
        let mut shortage = self.shortage();
        if shortage.asked.is_none_or(|at| now - at >= ASK) {
            shortage.asked = Some(now);
            self.0.short.notify_waiters();
        }
        if shortage.said.is_none_or(|at| now - at >= SELDOM) {
            shortage.said = Some(now);
            tracing::warn!(
                "all {SEATS} connections are taken; those on which nothing happens are closed. If this goes on, let the \
                 reverse proxy bound the connections from one address"
            );
        }
        now - *shortage.since.get_or_insert(now) >= SHORTAGE
    }

    fn shortage(&self) -> MutexGuard<'_, Shortage> {
        self.0.shortage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the seat to a connection, unless its address has too many.
    pub(super) fn take(&self, place: Option<Place>, peer: SocketAddr) -> Option<Seat> {
        let from = peer.ip().to_canonical();
        let mut all = self.0.from.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(from).or_default();
        let is_bounded =
            !from.is_loopback() && !self.0.unbounded.iter().any(|network| network.contains(from));
        if is_bounded && *taken >= FROM_ONE {
            metrics::counter!("connections_refused_total").increment(1);
            return None;
        }
        *taken += 1;
        Some(Seat {
            seats: self.clone(),
            from,
            place,
        })
    }
}

impl Place {
    fn new(permit: OwnedSemaphorePermit, is_reserved: bool) -> Self {
        Self {
            _permit: permit,
            is_reserved,
        }
    }
}

impl Seat {
    /// Whether it is one of those reserved for health checks.
    pub(super) fn is_reserved(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.is_reserved)
    }

    /// Waits until seats are short.
    pub(super) async fn is_wanted(&self) {
        self.seats.0.short.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.seats.0.from.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.from) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_does_not_get_all_seats_and_a_listed_proxy_does() {
        let listed = Network::parse_list("192.0.2.0/24").expect("a network");
        let seats = Seats::new(&listed);
        let take = |address: &str| seats.take(None, SocketAddr::new(address.parse().expect("an address"), 1));
        let mut taken = Vec::new();
        for _ in 0..FROM_ONE {
            taken.push(take("203.0.113.9").expect("a seat"));
        }
        assert!(take("203.0.113.9").is_none());
        assert!(take("::ffff:203.0.113.9").is_none(), "the same address");
        assert!(take("203.0.113.10").is_some());
        for address in ["192.0.2.7", "127.0.0.1"] {
            let all: Vec<_> = (0..=FROM_ONE).map(|_| take(address)).collect();
            assert!(all.iter().all(Option::is_some), "{address}");
        }
        taken.pop();
        assert!(take("203.0.113.9").is_some(), "a seat is free again");
        drop(taken);
        assert!(seats.0.from.lock().expect("a lock").is_empty());
    }

    #[tokio::test]
    async fn when_all_seats_stay_taken_there_are_some_for_questions_about_health() {
        let seats = Seats::new(&[]);
        let mut taken = Vec::new();
        for _ in 0..SEATS {
            taken.push(seats.free().await);
        }
        assert!(taken.iter().all(|place| !place.is_reserved));
        let mut reserved = Vec::new();
        for _ in 0..RESERVED {
            reserved.push(seats.free().await);
        }
        assert!(reserved.iter().all(|place| place.is_reserved));
        let none = tokio::time::timeout(SHORTAGE, seats.free()).await;
        assert!(none.is_err(), "not even one of those is left");
        taken.pop();
        assert!(
            !seats.free().await.is_reserved,
            "a seat like any other is free again"
        );
    }
}
