//! The digest by which scanners ask whether a token that they found is alive, without sending it: they know no pepper, so
//! it has none.
//!
//! A secret has 256 random bits, so nobody finds it from its digest, and the digest lets nobody in. What is asked by is a
//! beginning of six digits, and what is answered is salted anew each time: see [`crate::leaks`].

use domain::PrefixedSecret;
use sha2::{Digest, Sha256};

/// Digits of a beginning, each half a byte.
const PREFIX: usize = 6;

/// Bytes of a confirmation: enough that none is met by chance.
const CONFIRMED: usize = 16;

/// The SHA-256 of a program's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScanDigest([u8; 32]);

impl ScanDigest {
    /// Of a secret.
    pub fn of(secret: &PrefixedSecret) -> Self {
        Self(Sha256::digest(secret.reveal()).into())
    }

    /// As it was stored.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As it is stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// The number of its beginning, by which it is found.
    pub(crate) fn bucket(&self) -> i64 {
        let [a, b, c, ..] = self.0;
        i64::from_be_bytes([0, 0, 0, 0, 0, a, b, c])
    }

    /// Its beginning, as it is asked by: six hexadecimal digits.
    pub fn prefix(&self) -> String {
        prefix_of(self.bucket())
    }

    /// What tells whoever has the same digest, and nobody else, that this one is meant.
    pub fn confirmation(&self, salt: &str) -> String {
        let digest = Sha256::new()
            .chain_update(salt.as_bytes())
            .chain_update(self.0)
            .finalize();
        hex(&digest[..CONFIRMED])
    }
}

/// A confirmation of nothing.
pub(crate) fn noise(random: [u8; CONFIRMED]) -> String {
    hex(&random)
}

/// The number of a beginning; `None` if it is none.
pub(crate) fn bucket_of(prefix: &str) -> Option<i64> {
    let is_one = prefix.len() == PREFIX && prefix.bytes().all(|digit| b"0123456789abcdef".contains(&digit));
    is_one.then(|| i64::from_str_radix(prefix, 16).ok()).flatten()
}

/// The beginning with a number.
pub(crate) fn prefix_of(bucket: i64) -> String {
    format!("{bucket:06x}")
}

/// In hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use domain::prefixed::Prefix;

    use super::*;

    #[test]
    fn a_beginning_is_read_as_it_was_written_and_nothing_else_is_one() {
        let secret = PrefixedSecret::from_random(Prefix::API, [7; 32]);
        let digest = ScanDigest::of(&secret);
        let sha256 = hex(&digest.bytes());
        assert_eq!(digest.prefix(), sha256[..6]);
        assert_eq!(bucket_of(&digest.prefix()), Some(digest.bucket()));
        assert_eq!(ScanDigest::read(&digest.bytes()), Some(digest));
        for wrong in [
            "", "abcde", "abcdef0", "ABCDEF", "abcdeg", "+abcde", " abcde", "äbcde",
        ] {
            assert_eq!(bucket_of(wrong), None, "{wrong}");
        }
        assert_eq!(prefix_of(10), "00000a");
    }

    #[test]
    fn a_confirmation_is_another_one_with_another_salt_and_of_another_secret() {
        let digest = |byte| ScanDigest::of(&PrefixedSecret::from_random(Prefix::API, [byte; 32]));
        let one = digest(1).confirmation("salt");
        assert_eq!(one, digest(1).confirmation("salt"));
        assert_eq!(one.len(), noise([0; 16]).len(), "noise looks alike");
        assert_ne!(one, digest(1).confirmation("pepper"));
        assert_ne!(one, digest(2).confirmation("salt"));
    }
}
