//! What a token does between two requests: how fast it calls, and what is to be written down of its use.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{Permission, Permissions, TokenId};

use super::pace::Pace;
use crate::Client;

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
    /// How fast it calls.
    pub(super) pace: Pace,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    address: Option<IpAddr>,
    agent: String,
    permissions: Permissions,
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
            pace: Pace::default(),
            seen: Mutex::new(Seen {
                permissions,
                ..Seen::default()
            }),
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
