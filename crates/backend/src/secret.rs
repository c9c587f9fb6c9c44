//! Secrets as types: what must not be printed cannot be.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A secret text. It has no `Display`, no `Serialize` and a `Debug` that says nothing; it leaves only
/// through [`reveal`](Self::reveal), and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The digest that a cookie's or link's secret is found by. These have 256 random bits, so that a fast
    /// digest without a key is enough: nothing shorter than the whole secret can be tried. The purpose keeps
    /// a secret of one kind from opening another.
    pub fn digest(&self, purpose: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_bytes());
        hash.finalize().to_vec()
    }

    /// Whether two secrets are the same, in a time that does not depend on where they differ.
    pub fn is(&self, other: &Secret) -> bool {
        use subtle::ConstantTimeEq;
        self.digest("compare").ct_eq(&other.digest("compare")).into()
    }
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
    fn a_secret_of_one_purpose_is_unknown_to_another() {
        let secret = Secret::new("x");
        assert_ne!(secret.digest("session"), secret.digest("invitation"));
        assert!(secret.is(&Secret::new("x")) && !secret.is(&Secret::new("y")));
    }
}
