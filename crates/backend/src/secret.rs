//! Secrets as types: what must not be printed cannot be printed.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A secret text. It has no `Display`, no `Serialize` and a `Debug` that says nothing; it leaves only
/// through [`reveal`](Self::reveal), and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The digest by which a cookie's or link's secret is found. These have 256 random bits, so that a fast digest
    /// without a key is enough: nothing shorter than the whole secret can be tried. The purpose keeps a secret of one
    /// kind from working as another.
    pub fn digest(&self, purpose: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_bytes());
        hash.finalize().to_vec()
    }

    /// Whether two secrets are the same, in constant time.
    pub fn is(&self, other: &Secret) -> bool {
        use subtle::ConstantTimeEq;
        self.digest("compare").ct_eq(&other.digest("compare")).into()
    }
}

/// The number of hexadecimal digits that a dated secret begins with, before its dot: milliseconds since 1970.
const DATE: usize = 12;

/// A text that begins with the instant of its creation, as [`date_of`] reads it.
pub(crate) fn dated(now: DateTime<Utc>, text: &str) -> String {
    format!("{:0DATE$x}.{text}", now.timestamp_millis().max(0))
}

/// The instant that a text begins with, as bytes that sort by it; empty for a text that begins with none. The index key
/// of a digest begins with this: then what is created together is stored together, and the index grows at its end
/// instead of everywhere. A caller can send any date; it decides only where a digest is stored.
pub(crate) fn date_of(text: &str) -> Vec<u8> {
    let digits = text.split_once('.').map(|(date, _)| date.as_bytes());
    let (pairs, odd) = digits.unwrap_or_default().as_chunks::<2>();
    if pairs.len() * 2 != DATE || !odd.is_empty() {
        return Vec::new();
    }
    let byte = |pair: &[u8; 2]| {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        u8::try_from(high << 4 | low).ok()
    };
    pairs.iter().map(byte).collect::<Option<_>>().unwrap_or_default()
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_nothing_about_itself() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "Secret(…)");
    }

    #[test]
    fn dates_sort_by_their_instant_and_other_texts_have_none() {
        let at = |millis| DateTime::from_timestamp_millis(millis).expect("an instant");
        let dates: Vec<Vec<u8>> = [0, 1, 255, 256, 1_800_000_000_000]
            .map(|millis| date_of(&dated(at(millis), "x")))
            .into();
        assert!(dates.is_sorted() && dates.iter().all(|date| date.len() == DATE / 2));
        for text in [
            "",
            "k1",
            "0190a1b2c3d4",
            "0190a1b2c3d.x",
            "0190a1b2c3d44.x",
            "0190a1b2c3dg.x",
            "+190a1b2c3d4.x",
            "é90a1b2c3d4.x",
        ] {
            assert!(date_of(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_secret_of_one_purpose_is_unknown_to_another() {
        let secret = Secret::new("x");
        assert_ne!(secret.digest("session"), secret.digest("invitation"));
        assert!(secret.is(&Secret::new("x")) && !secret.is(&Secret::new("y")));
    }
}
