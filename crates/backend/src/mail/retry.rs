//! When a mail is tried again.

use chrono::{DateTime, TimeDelta, Utc};

/// Tries before a mail is given up.
#[cfg(test)]
pub(super) const MOST_TRIES: i64 = WAITS.len() as i64 + 1;

/// Minutes after each try: from one to twelve hours, a day in all.
const WAITS: [i64; 9] = [1, 2, 5, 15, 30, 60, 180, 360, 720];

/// When to try again after so many tries; never after the last.
pub(super) fn next(now: DateTime<Utc>, tries: i64) -> Option<DateTime<Utc>> {
    let wait = WAITS.get(usize::try_from(tries - 1).ok()?)?;
    Some(now + TimeDelta::minutes(*wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_wait_longer_and_longer_for_about_a_day() {
        let now = crate::testing::noon();
        let waits: Vec<TimeDelta> = (1..MOST_TRIES)
            .map(|tries| next(now, tries).expect("another try") - now)
            .collect();
        assert_eq!(MOST_TRIES, 10);
        assert!(waits.is_sorted());
        assert_eq!(
            (waits[0], waits[8]),
            (TimeDelta::minutes(1), TimeDelta::hours(12))
        );
        assert_eq!(next(now, MOST_TRIES), None);
    }
}
