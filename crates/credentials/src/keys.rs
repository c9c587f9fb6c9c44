//! An issuer's keys: one for proofs, one for JWTs.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What Ed25519 keys begin with in multibase.
const ED25519: [u8; 2] = [0xed, 0x01];

/// A pair of private keys: Ed25519 for proofs, P-256 for JWTs.
pub struct SigningKeys {
    pub(crate) proof: Ed25519KeyPair,
    pub(crate) jwt: EcdsaKeyPair,
    seed: Zeroizing<[u8; 32]>,
    p256: Zeroizing<Vec<u8>>,
}

/// What everybody may know of a pair of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// The key of proofs: `z6Mk…`.
    pub multibase: String,
    /// The first coordinate of the key of JWTs, base64url.
    pub x: String,
    /// The second coordinate.
    pub y: String,
}

impl SigningKeys {
    /// New keys; the seed comes from the operating system's generator, as the second key does.
    ///
    /// # Errors
    /// The generator failed.
    pub fn generate(seed: [u8; 32]) -> Result<Self> {
        let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| Error::Key("A key could not be made.".into()))?;
        Self::new(Zeroizing::new(seed), Zeroizing::new(p256.as_ref().to_vec()))
    }

    /// The private keys as text, to be sealed.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{}.{}",
            STANDARD.encode(self.seed.as_ref()),
            STANDARD.encode(&*self.p256)
        ))
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// The text is no pair of keys.
    pub fn from_text(text: &str) -> Result<Self> {
        let damaged = || Error::Key("The issuer's keys are damaged.".into());
        let (seed, p256) = text.split_once('.').ok_or_else(damaged)?;
        let seed = Zeroizing::new(STANDARD.decode(seed).map_err(|_| damaged())?);
        let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| damaged())?;
        let p256 = Zeroizing::new(STANDARD.decode(p256).map_err(|_| damaged())?);
        Self::new(Zeroizing::new(seed), p256)
    }

    fn new(seed: Zeroizing<[u8; 32]>, p256: Zeroizing<Vec<u8>>) -> Result<Self> {
        let damaged = |_| Error::Key("The issuer's keys are damaged.".into());
        Ok(Self {
            proof: Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(damaged)?,
            jwt: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &p256, &SystemRandom::new())
                .map_err(damaged)?,
            seed,
            p256,
        })
    }

    /// The public half.
    pub fn public(&self) -> PublicKeys {
        // Uncompressed: a byte that says so, then both coordinates.
        let point = self.jwt.public_key().as_ref();
        let (x, y) = point.get(1..65).unwrap_or(&[0; 64]).split_at(32);
        PublicKeys {
            multibase: multibase(self.proof.public_key().as_ref()),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys(…)")
    }
}

/// An Ed25519 key in multibase.
fn multibase(key: &[u8]) -> String {
    format!("z{}", bs58::encode([&ED25519, key].concat()).into_string())
}

/// The bytes of an Ed25519 key in multibase.
///
/// # Errors
/// It is no such key.
pub fn ed25519_bytes(multibase: &str) -> Result<[u8; 32]> {
    let unknown = || Error::Key(format!("{multibase} is no Ed25519 key."));
    let bytes = multibase
        .strip_prefix('z')
        .and_then(|text| bs58::decode(text).into_vec().ok())
        .ok_or_else(unknown)?;
    bytes
        .strip_prefix(&ED25519)
        .and_then(|key| key.try_into().ok())
        .ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_as_they_were_written() {
        let keys = SigningKeys::generate([7; 32]).expect("keys");
        let again = SigningKeys::from_text(&keys.to_text()).expect("read");
        assert_eq!(keys.public(), again.public());
        assert!(keys.public().multibase.starts_with("z6Mk"));
        assert_eq!(format!("{keys:?}"), "SigningKeys(…)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(SigningKeys::from_text("").is_err());
        assert!(SigningKeys::from_text("AAAA.AAAA").is_err());
        assert!(ed25519_bytes("zDnaeSomething").is_err());
        assert!(ed25519_bytes("").is_err());
    }
}
