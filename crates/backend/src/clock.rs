//! Time and randomness, as arguments: a test of expiry sets the clock instead of sleeping.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use domain::prefixed::Prefix;
use domain::{Code, PrefixedSecret};
use uuid::Uuid;

use crate::secret::{self, Secret};

/// Where the time comes from. Clones show the same time.
///
/// It never goes back. When the machine's clock is set back, this clock stands still until the machine has caught up or
/// the process restarts: what has ended, such as a token past its last minute, stays ended.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    follows_machine: bool,
    /// The latest time that was shown, in microseconds.
    shown: AtomicI64,
    /// Whether the operator was told that the clock stands still.
    was_told: AtomicBool,
}

/// The machine's clock is corrected by less than this all the time, which is not worth reporting.
const WORTH_TELLING: i64 = 2_000_000;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(true, i64::MIN)
    }

    /// A clock that stands still until it is moved.
    pub fn standing_at(instant: DateTime<Utc>) -> Self {
        Self::new(false, instant.timestamp_micros())
    }

    fn new(follows_machine: bool, shown: i64) -> Self {
        Self(Arc::new(Inner {
            follows_machine,
            shown: AtomicI64::new(shown),
            was_told: AtomicBool::new(false),
        }))
    }

    /// Now, in whole microseconds: what PostgreSQL can store, so that a value read back is the value written.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = if self.0.follows_machine {
            self.0.never_back(machine())
        } else {
            self.0.shown.load(Ordering::SeqCst)
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves a standing clock; does nothing to the machine's clock.
    pub fn advance(&self, by: TimeDelta) {
        if let (false, Some(micros)) = (self.0.follows_machine, by.num_microseconds()) {
            self.0.shown.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

impl Inner {
    fn never_back(&self, machine: i64) -> i64 {
        let shown = self.shown.fetch_max(machine, Ordering::SeqCst).max(machine);
        let behind = shown - machine;
        if behind == 0 {
            self.was_told.store(false, Ordering::SeqCst);
        } else if behind > WORTH_TELLING && !self.was_told.swap(true, Ordering::SeqCst) {
            tracing::warn!(
                seconds = behind / 1_000_000,
                "the machine's clock was set back; time stands still here until it has caught up. Start the server \
                 again if it was wrong before"
            );
        }
        shown
    }
}

/// The machine's clock, in microseconds since 1970.
fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or_default()
}

/// The source of randomness: the operating system's generator, and nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Random;

impl Random {
    /// Random bytes.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be created without them.
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    /// A new id that sorts by its instant, to the quarter of a microsecond (UUID version 7, RFC 9562 §6.2
    /// method 3: the bits after the milliseconds hold the fraction).
    ///
    /// An id is no secret, and there is one for each request: so the bytes for many are asked for at once.
    pub fn id(self, now: DateTime<Utc>) -> Uuid {
        id(now, BYTES_OF_IDS.with_borrow_mut(BytesOfIds::next))
    }

    /// New ids of one instant, in sort order: things that happen together keep their order.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be created without them.
    pub fn ids(self, now: DateTime<Utc>, count: usize) -> impl Iterator<Item = Uuid> {
        let mut bytes = vec![0; count * 10];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        let (tens, _) = bytes.as_chunks::<10>();
        let mut ids: Vec<Uuid> = tens.iter().map(|ten| id(now, *ten)).collect();
        ids.sort_unstable();
        ids.into_iter()
    }

    /// A new code for an access token.
    pub fn code(self) -> Code {
        Code::from_random(self.bytes())
    }

    /// A new secret for a program's token.
    pub fn prefixed(self, prefix: Prefix) -> PrefixedSecret {
        PrefixedSecret::from_random(prefix, self.bytes())
    }

    /// A new secret for a cookie or link: 256 bits, as 43 characters that need no escaping in a URL.
    pub fn secret(self) -> Secret {
        Secret::new(self.secret_text())
    }

    /// A new secret for something that is created and stored in large numbers: the same, preceded by the instant of its
    /// creation, so that its digests are stored in that order.
    pub fn dated_secret(self, now: DateTime<Utc>) -> Secret {
        Secret::new(secret::dated(now, &self.secret_text()))
    }

    fn secret_text(self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}

/// Random bytes that the next ids of a thread have.
struct BytesOfIds {
    bytes: [u8; 1000],
    used: usize,
}

thread_local! {
    static BYTES_OF_IDS: RefCell<BytesOfIds> = const {
        RefCell::new(BytesOfIds { bytes: [0; 1000], used: 1000 })
    };
}

impl BytesOfIds {
    fn next(&mut self) -> [u8; 10] {
        if self.used == self.bytes.len() {
            self.bytes = Random.bytes();
            self.used = 0;
        }
        let mut ten = [0; 10];
        ten.copy_from_slice(&self.bytes[self.used..self.used + 10]);
        self.used += 10;
        ten
    }
}

/// An id of an instant, followed by random bytes, of which the first two are replaced by the fraction of the
/// millisecond.
fn id(now: DateTime<Utc>, mut bytes: [u8; 10]) -> Uuid {
    let micros = now.timestamp_micros().max(0);
    let fraction = u16::try_from(micros % 1000 * 4).unwrap_or_default();
    bytes[..2].copy_from_slice(&fraction.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(micros / 1000).unwrap_or_default(), &bytes)
        .into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_instant_keep_their_order() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let ids: Vec<_> = Random.ids(now, 500).collect();
        assert!(ids.is_sorted() && ids[0] < ids[499]);
        assert!(ids[499] < Random.id(now + TimeDelta::microseconds(1)));
    }

    #[test]
    fn a_clock_that_is_set_back_stands_still_until_it_has_caught_up() {
        let clock = Clock::system();
        let shown: Vec<i64> = [5, 9, 3, 8, 9, 12]
            .map(|machine| clock.0.never_back(machine))
            .into();
        assert_eq!(shown, [5, 9, 9, 9, 9, 12]);
        let copy = clock.clone();
        assert_eq!(copy.0.never_back(1), 12, "clones show the same time");
        assert!(clock.now() > DateTime::from_timestamp(1_700_000_000, 0).expect("an instant"));
    }

    #[test]
    fn ids_sort_by_the_instant_they_were_made() {
        let clock = Clock::standing_at(DateTime::from_timestamp(1_800_000_000, 0).expect("an instant"));
        let mut before = Random.id(clock.now());
        for _ in 0..3000 {
            clock.advance(TimeDelta::microseconds(1));
            let after = Random.id(clock.now());
            assert!(before < after);
            assert_eq!(after.get_version_num(), 7);
            before = after;
        }
    }

    #[test]
    fn codes_are_spread_evenly_over_their_alphabet() {
        let mut counts = [[0_u32; 256]; domain::code::RANDOM_CHARS];
        const CODES: u32 = 32_000;
        for _ in 0..CODES {
            for (place, byte) in Random
                .code()
                .reveal()
                .bytes()
                .take(domain::code::RANDOM_CHARS)
                .enumerate()
            {
                counts[place][usize::from(byte)] += 1;
            }
        }
        for place in counts {
            let expected = f64::from(CODES) / 32.0;
            let chi: f64 = place
                .iter()
                .filter(|n| **n > 0)
                .map(|n| (f64::from(*n) - expected).powi(2) / expected)
                .sum();
            // 31 degrees of freedom: above 90 happens once in ten million tries.
            assert!(chi < 90.0, "{chi}");
            assert_eq!(place.iter().filter(|n| **n > 0).count(), 32);
        }
    }
}
