//! The keys of assertions: made when a site first asks for assertions, followed by a new one with each rotation of keys.
//!
//! A new key is published [`AHEAD`] before it signs, so that back ends which keep the set for a while know it in time; the
//! one before stays published for [`KEPT_FOR`] after it signed last.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::sql::{self, Key};
use crate::Backend;
use crate::error::{Fault, Result};
use crate::keys::{Answer, FewSealed, Kept};

/// How long a new key is published before it signs: longer than the set of keys may be kept by anyone who asked for it.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// How long a key stays published after another one took its place.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// What signs.
pub(crate) struct Signer {
    /// The name of the key, its thumbprint (RFC 7638).
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}, …)", self.kid)
    }
}

impl Signer {
    /// The key that signs now; the first one is made when it is needed.
    pub(crate) async fn now(backend: &Backend) -> Result<Self> {
        let now = backend.clock.now();
        let mut conn = backend.db.read().await?;
        let found = sql::signing(&mut conn, now).await?;
        drop(conn);
        let key = match found {
            Some(key) => key,
            None => {
                let mut tx = backend.db.write().await?;
                ensure(&mut tx, backend).await?;
                let made = sql::signing(&mut tx, now).await?;
                tx.commit_keeping_cache().await?;
                made.ok_or_else(|| Fault::new("no key signs assertions"))?
            }
        };
        let text = backend.keys.unseal(&bound_to(key.id), &key.sealed)?;
        let pkcs8 = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.as_bytes()).map_err(Fault::new)?);
        let pair = pair(&pkcs8)?;
        let (kid, _) = public(&pair);
        Ok(Self { kid, pair })
    }

    /// The signature of some bytes: both numbers, 32 bytes each, as JWTs have it.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let signature = self
            .pair
            .sign(&SystemRandom::new(), bytes)
            .map_err(|_| Fault::new("an assertion could not be signed"))?;
        Ok(signature.as_ref().to_vec())
    }
}

/// Makes a first key, which signs at once, if there is none.
pub(in super::super) async fn ensure(tx: &mut WriteTx, backend: &Backend) -> Result<()> {
    if sql::newest(tx).await?.is_none() {
        make(tx, backend, 1, backend.clock.now()).await?;
    }
    Ok(())
}

/// Makes the key that follows, when the keys of the installation are rotated; nothing, where no site has assertions.
pub(crate) async fn next(tx: &mut WriteTx, backend: &Backend) -> Result<()> {
    if let Some(newest) = sql::newest(tx).await? {
        make(tx, backend, newest + 1, backend.clock.now() + AHEAD).await?;
    }
    Ok(())
}

/// Removes keys that signed nothing for a while.
pub(in super::super) async fn sweep(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    if let Some(number) = sql::signing_since(tx, now - KEPT_FOR).await? {
        sql::remove_before(tx, number).await?;
    }
    Ok(())
}

async fn make(tx: &mut WriteTx, backend: &Backend, number: i64, signs_at: DateTime<Utc>) -> Result<()> {
    let now = backend.clock.now();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| Fault::new("a key for assertions could not be made"))?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(pkcs8.as_ref()));
    let (_, public) = public(&pair(pkcs8.as_ref())?);
    let id = backend.random.id(now);
    let key = Key {
        id,
        sealed: backend.keys.seal(&bound_to(id), &text),
    };
    // Another server may have made it at the same time: then that one stays.
    sql::insert(tx, &key, number, &public, now, signs_at).await?;
    Ok(())
}

fn pair(pkcs8: &[u8]) -> Result<EcdsaKeyPair> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new());
    Ok(pair.map_err(|_| Fault::new("a key for assertions is damaged"))?)
}

/// The name of a key, and its public half as a JWK.
fn public(pair: &EcdsaKeyPair) -> (String, String) {
    // Uncompressed: a byte that says so, then both coordinates.
    let point = pair.public_key().as_ref();
    let (x, y) = point.get(1..65).unwrap_or(&[0; 64]).split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    // RFC 7638: the members that make the key, in this order, without a space.
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint));
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid });
    (kid, jwk.to_string())
}

fn bound_to(id: Uuid) -> Vec<u8> {
    [b"assertion key".as_slice(), id.as_bytes()].concat()
}

/// What assertions keep under keys: the private halves of theirs.
pub(crate) const KEPT: Kept = Kept::few::<AssertionKeys>();

struct AssertionKeys;

impl FewSealed for AssertionKeys {
    const WHAT: &str = "key of the gate";
    const MANY: &str = "keys of the gate";

    fn all(conn: &mut Conn) -> Answer<'_, Vec<(Uuid, Vec<u8>)>> {
        Box::pin(async move { Ok(sql::sealed(conn).await?) })
    }

    fn bound_to(id: Uuid) -> Vec<u8> {
        bound_to(id)
    }

    fn put<'a>(tx: &'a mut WriteTx, id: Uuid, read: &'a [u8], sealed: Vec<u8>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(sql::move_sealed(tx, id, read, sealed).await?) })
    }
}
