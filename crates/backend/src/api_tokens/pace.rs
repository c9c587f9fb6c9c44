//! How fast requests may come: the generic cell rate algorithm, in one number.
//!
//! So many requests in a minute are let in at once after a pause, and then one each time that another fits. What was let in
//! is remembered as the instant at which all of it would be worked off.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::OrganisationId;

const MINUTE: i64 = 60_000_000;

/// How fast somebody calls.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When all that was let in is worked off, in microseconds since 1970.
    next: AtomicI64,
}

/// How much may still be called, when there is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Requests in a minute.
    pub per_minute: i64,
    /// How many could come at once now.
    pub requests: i64,
    /// Seconds until as many could come as after a pause.
    pub seconds: i64,
}

/// Microseconds from one request to the next, and how far ahead the last one of a burst may be.
fn room(per_minute: i64) -> (i64, i64) {
    let per_minute = per_minute.max(1);
    let apart = MINUTE / per_minute;
    (apart, apart * (per_minute - 1))
}

impl Pace {
    /// Whether another request fits into so many a minute; otherwise after how many seconds one does.
    pub(crate) fn admits(&self, now: DateTime<Utc>, per_minute: i64) -> Result<(), i64> {
        let now = now.timestamp_micros();
        let (apart, ahead) = room(per_minute);
        let moved = self
            .next
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |next| {
                let from = next.max(now);
                (from - now <= ahead).then_some(from + apart)
            });
        moved
            .map(|_| ())
            .map_err(|next| in_seconds(next - now - ahead).max(1))
    }

    /// A request that was let in here was refused elsewhere: it does not count.
    pub(crate) fn takes_back(&self, per_minute: i64) {
        self.next.fetch_sub(room(per_minute).0, Ordering::AcqRel);
    }

    /// How much of so many a minute is left.
    pub(crate) fn left(&self, now: DateTime<Utc>, per_minute: i64) -> Left {
        let (apart, ahead) = room(per_minute);
        let taken = (self.next.load(Ordering::Acquire) - now.timestamp_micros()).max(0);
        Left {
            per_minute,
            requests: if taken > ahead {
                0
            } else {
                (ahead - taken) / apart + 1
            },
            seconds: in_seconds(taken),
        }
    }
}

fn in_seconds(micros: i64) -> i64 {
    (micros + 999_999) / 1_000_000
}

/// How fast the tokens of each organisation call that has a limit, on this server.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<OrganisationId, Arc<Pace>>>);

impl Paces {
    /// The pace of an organisation.
    pub(crate) fn of(&self, organisation: OrganisationId) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(paces.entry(organisation).or_default())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn as_many_as_were_promised_are_let_in_at_once_and_what_is_left_is_counted_down() {
        for per_minute in [1, 7, 10, 60, 1_000, 999_999] {
            let (pace, now) = (Pace::default(), crate::testing::noon());
            assert_eq!(
                pace.left(now, per_minute),
                Left {
                    per_minute,
                    requests: per_minute,
                    seconds: 0
                }
            );
            for before in (1..=per_minute).rev().take(100) {
                assert_eq!(pace.left(now, per_minute).requests, before);
                assert!(pace.admits(now, per_minute).is_ok(), "{before} of {per_minute}");
            }
            assert_eq!(pace.left(now, per_minute).requests, (per_minute - 100).max(0));
        }
    }

    #[test]
    fn one_more_than_was_promised_waits_as_long_as_it_is_told() {
        let (pace, mut now) = (Pace::default(), crate::testing::noon());
        for _ in 0..10 {
            assert!(pace.admits(now, 10).is_ok());
        }
        assert_eq!(pace.admits(now, 10), Err(6));
        assert_eq!((pace.left(now, 10).requests, pace.left(now, 10).seconds), (0, 60));
        now += TimeDelta::seconds(5);
        assert_eq!(pace.admits(now, 10), Err(1));
        now += TimeDelta::seconds(1);
        assert!(pace.admits(now, 10).is_ok());
        pace.takes_back(10);
        assert!(pace.admits(now, 10).is_ok(), "it did not count");
        assert!(pace.admits(now, 10).is_err());
    }

    #[test]
    fn a_pace_is_held_over_minutes() {
        let (pace, mut now) = (Pace::default(), crate::testing::noon());
        let mut admitted = 0;
        for _ in 0..6_000 {
            admitted += i64::from(pace.admits(now, 60).is_ok());
            now += TimeDelta::milliseconds(100);
        }
        assert!(
            (655..=665).contains(&admitted),
            "{admitted} in ten minutes after a pause"
        );
    }

    #[test]
    fn organisations_have_a_pace_of_their_own() {
        let (paces, now) = (Paces::default(), crate::testing::noon());
        let [one, other] = [1, 2].map(|number| OrganisationId(uuid::Uuid::from_u128(number)));
        assert!(paces.of(one).admits(now, 1).is_ok() && paces.of(one).admits(now, 1).is_err());
        assert!(paces.of(other).admits(now, 1).is_ok());
    }
}
