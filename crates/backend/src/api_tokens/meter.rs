//! What a token does between two requests: how fast it calls, and what is to be written down of its use.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{Permission, Permissions, TokenId};

use crate::Client;

/// Requests that may come at once when there is a limit, as a part of a minute's.
const BURST: i64 = 10;

/// The meter of a token. It lives as long as the token is known here, whatever changes about its rights.
#[derive(Debug)]
pub struct Meter {
    pub(crate) token: TokenId,
    /// When the last request was, in microseconds since 1970.
    last: AtomicI64,
    /// Requests that were not written down yet.
    count: AtomicU64,
    /// Whether it is among those to be written down.
    is_noted: AtomicBool,
    /// The theoretical arrival time of the next request (GCRA), in microseconds since 1970.
    next: AtomicI64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    address: Option<IpAddr>,
    agent: String,
    permissions: Permissions,
}

/// How much a token may still call, when there is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Requests in a minute.
    pub per_minute: i64,
    /// How many could come at once now.
    pub requests: i64,
    /// Seconds until as many could come as after a pause.
    pub seconds: i64,
}

/// What is to be written down.
pub(crate) struct Noted {
    pub at: DateTime<Utc>,
    pub count: u64,
    pub address: String,
    pub agent: String,
    pub permissions: Permissions,
}

impl Meter {
    pub(crate) fn new(token: TokenId, last: Option<DateTime<Utc>>, permissions: Permissions) -> Self {
        Self {
            token,
            last: AtomicI64::new(last.map_or(i64::MIN, |at| at.timestamp_micros())),
            count: AtomicU64::new(0),
            is_noted: AtomicBool::new(false),
            next: AtomicI64::new(0),
            seen: Mutex::new(Seen {
                permissions,
                ..Seen::default()
            }),
        }
    }

    /// Whether another request fits into so many a minute; otherwise after how many seconds one does.
    pub(super) fn admits(&self, now: DateTime<Utc>, per_minute: Option<i64>) -> Result<(), i64> {
        let Some(per_minute) = per_minute else {
            return Ok(());
        };
        let now = now.timestamp_micros();
        let apart = 60_000_000 / per_minute.max(1);
        let ahead = (60_000_000 / BURST).max(apart);
        let moved = self
            .next
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |next| {
                let from = next.max(now);
                (from - now < ahead).then_some(from + apart)
            });
        moved
            .map(|_| ())
            .map_err(|next| ((next - now - ahead) / 1_000_000 + 1).max(1))
    }

    /// How much of so many a minute is left.
    pub(super) fn left(&self, now: DateTime<Utc>, per_minute: i64) -> Left {
        let apart = 60_000_000 / per_minute.max(1);
        let ahead = (60_000_000 / BURST).max(apart);
        let taken = (self.next.load(Ordering::Acquire) - now.timestamp_micros()).max(0);
        Left {
            per_minute,
            // The last one may begin before the room ends.
            requests: ((ahead - taken).max(0) + apart - 1) / apart,
            seconds: (taken + 999_999) / 1_000_000,
        }
    }

    /// A request was let in. Says whether the meter has to be put among those to be written down.
    pub(crate) fn count(&self, now: DateTime<Utc>, client: &Client) -> bool {
        self.last.fetch_max(now.timestamp_micros(), Ordering::AcqRel);
        self.count.fetch_add(1, Ordering::AcqRel);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.address != client.address || seen.agent != client.user_agent {
            seen.address = client.address;
            seen.agent.clone_from(&client.user_agent);
        }
        drop(seen);
        !self.is_noted.swap(true, Ordering::AcqRel)
    }

    /// A permission was needed and there.
    pub fn uses(&self, permission: Permission) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.permissions.contains(permission) {
            seen.permissions = seen.permissions.iter().chain([permission]).collect();
        }
    }

    /// When the last request was, if there was one.
    pub(crate) fn last(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.last.load(Ordering::Acquire))
    }

    /// Takes what is to be written down.
    pub(crate) fn take(&self) -> Option<Noted> {
        // First, so that a request that comes now notes it again.
        self.is_noted.store(false, Ordering::Release);
        let count = self.count.swap(0, Ordering::AcqRel);
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(Noted {
            at: self.last().filter(|_| count > 0)?,
            count,
            address: seen
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            agent: seen.agent,
            permissions: seen.permissions,
        })
    }

    /// Puts back what could not be written down.
    pub(crate) fn put_back(&self, count: u64) {
        self.count.fetch_add(count, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn meter() -> Meter {
        Meter::new(TokenId(Uuid::from_u128(1)), None, Permissions::NONE)
    }

    #[test]
    fn so_many_requests_fit_into_a_minute_and_not_more() {
        let (meter, mut now) = (meter(), crate::testing::noon());
        let mut admitted = 0;
        for _ in 0..600 {
            if meter.admits(now, Some(60)).is_ok() {
                admitted += 1;
            }
            now += TimeDelta::milliseconds(100);
        }
        assert!((60..=66).contains(&admitted), "{admitted}");
        let seconds = meter
            .admits(now, Some(60))
            .and(meter.admits(now, Some(60)))
            .expect_err("too fast");
        assert!((1..=7).contains(&seconds), "{seconds}");
        assert_eq!(meter.left(now, 60).requests, 0);
        now += TimeDelta::seconds(2);
        let left = meter.left(now, 60);
        assert!((1..=3).contains(&left.requests) && left.seconds <= 6, "{left:?}");
        for _ in 0..left.requests {
            assert!(meter.admits(now, Some(60)).is_ok(), "what is left is let in");
        }
        assert!(meter.admits(now, Some(60)).is_err(), "and no more");
        now += TimeDelta::minutes(1);
        assert_eq!(
            (meter.left(now, 60).requests, meter.left(now, 60).seconds),
            (6, 0)
        );
        assert!(meter.admits(now, None).is_ok());
    }

    #[test]
    fn the_last_use_moves_forward_alone() {
        let (meter, now) = (meter(), crate::testing::noon());
        let client = Client::default();
        assert!(meter.last().is_none() && meter.take().is_none());
        assert!(meter.count(now, &client), "the first is noted");
        assert!(
            !meter.count(now - TimeDelta::hours(1), &client),
            "it is noted already"
        );
        meter.uses(Permission::TokensRead);
        let noted = meter.take().expect("two requests");
        assert_eq!((noted.at, noted.count), (now, 2));
        assert!(noted.permissions.contains(Permission::TokensRead));
        assert!(meter.take().is_none());
    }
}
