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

/// What the description of an RSA key begins with in DER.
const RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The RSA key in a PEM text, as DER of PKCS #1: as it stands there, or behind the description of its kind.
///
/// # Errors
/// It is no such key.
pub fn rsa_from_pem(pem: &str) -> Result<Vec<u8>> {
    let unknown = || Error::Key("The issuer's key is no RSA key in PEM.".into());
    let body = |label: &str| {
        let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
        let (body, _) = rest.split_once("-----END")?;
        let body: String = body.split_whitespace().collect();
        STANDARD.decode(body).ok()
    };
    if let Some(key) = body("RSA PUBLIC KEY") {
        return Ok(key);
    }
    let described = body("PUBLIC KEY").ok_or_else(unknown)?;
    described_rsa(&described).map(<[u8]>::to_vec).ok_or_else(unknown)
}

fn described_rsa(der: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(der, 0x30)?;
    let (kind, rest) = element(info, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    kind.starts_with(&RSA).then(|| bits.strip_prefix(&[0])).flatten()
}

/// What is in an element of DER of this tag, and what comes behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (
                bytes.iter().fold(0, |all, byte| (all << 8) | usize::from(*byte)),
                rest,
            )
        }
        _ => return None,
    };
    rest.split_at_checked(length)
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
    fn an_rsa_key_is_the_same_with_and_without_its_description() {
        let described = include_str!("../vectors/openbadgeslib-ob2-key.pem");
        let key = rsa_from_pem(described).expect("a key");
        let plain = include_str!("../vectors/openbadgeslib-ob2-key-pkcs1.pem");
        assert_eq!(rsa_from_pem(plain), Ok(key));
        let one_line = described.replace('\n', " ");
        assert!(rsa_from_pem(&one_line).is_ok());
        for length in 0..described.len() - 30 {
            assert!(rsa_from_pem(&described[..length]).is_err(), "{length}");
        }
        // The same bytes as another kind of key.
        let other = described.replace("MIIBIjANBgkqhkiG9w0BAQEF", "MIIBIjANBgkqhkiG9w0BAQIF");
        assert_ne!(other, described);
        assert!(rsa_from_pem(&other).is_err());
        assert!(rsa_from_pem("").is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(SigningKeys::from_text("").is_err());
        assert!(SigningKeys::from_text("AAAA.AAAA").is_err());
        assert!(ed25519_bytes("zDnaeSomething").is_err());
        assert!(ed25519_bytes("").is_err());
    }
}
