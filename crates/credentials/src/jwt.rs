//! Credentials as JWT: the second form, for those who read no JSON-LD.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Value, json};

use crate::did::Did;
use crate::error::{Error, Result};
use crate::keys::SigningKeys;

/// The JWT of a credential: its members as they are, and the registered claims that repeat some of them.
///
/// ES256 where the issuer has a document that names the key; EdDSA for a `did:key`, which is its only key.
///
/// # Errors
/// The credential misses what a JWT must repeat.
pub fn sign(credential: &Value, issuer: &Did, keys: &SigningKeys) -> Result<String> {
    let header = if issuer.is_web() {
        json!({"alg": "ES256", "kid": issuer.jwt_key(&keys.public()), "typ": "JWT"})
    } else {
        json!({"alg": "EdDSA", "kid": issuer.proof_key(&keys.public()), "typ": "JWT"})
    };
    let signed = format!("{}.{}", part(&header), part(&claims(credential)?));
    let signature = if issuer.is_web() {
        keys.jwt
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| Error::Key("The JWT could not be signed.".into()))?
            .as_ref()
            .to_vec()
    } else {
        keys.proof.sign(signed.as_bytes()).as_ref().to_vec()
    };
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims(credential: &Value) -> Result<Value> {
    let text = |value: Option<&Value>, name: &str| {
        value
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| Error::malformed(format!("The credential has no {name}.")))
    };
    let issuer = credential.get("issuer");
    let mut claims = credential.clone();
    let object = claims
        .as_object_mut()
        .ok_or_else(|| Error::malformed("It is no JSON object."))?;
    object.remove("proof");
    object.insert(
        "iss".into(),
        json!(text(
            issuer.and_then(|issuer| issuer.get("id")).or(issuer),
            "issuer"
        )?),
    );
    object.insert("jti".into(), json!(text(credential.get("id"), "id")?));
    object.insert(
        "nbf".into(),
        json!(seconds(&text(credential.get("validFrom"), "validFrom")?)?),
    );
    if let Some(until) = credential.get("validUntil") {
        object.insert("exp".into(), json!(seconds(&text(Some(until), "validUntil")?)?));
    }
    if let Some(subject) = credential.pointer("/credentialSubject/id") {
        object.insert("sub".into(), subject.clone());
    }
    Ok(claims)
}

fn seconds(instant: &str) -> Result<i64> {
    DateTime::parse_from_rfc3339(instant)
        .map(|at| at.timestamp())
        .map_err(|_| Error::malformed(format!("{instant} is no instant.")))
}

/// A JWT that was read, and not checked yet.
#[derive(Debug, Clone)]
pub struct Jwt {
    /// What it is signed with.
    pub header: Value,
    /// What it says.
    pub claims: Value,
    signed: String,
    signature: Vec<u8>,
}

impl Jwt {
    /// Reads the compact form.
    ///
    /// # Errors
    /// It is no JWT.
    pub fn read(text: &str) -> Result<Self> {
        let malformed = || Error::malformed("It is no JWT.");
        let text = text.trim();
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let json = |part: &str| -> Result<Value> {
            let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed())?;
            let value: Value = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
            value.is_object().then_some(value).ok_or_else(malformed)
        };
        Ok(Self {
            header: json(header)?,
            claims: json(claims)?,
            signed: signed.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?,
        })
    }

    /// Checks the signature against a JWK; the key says which algorithm may be used with it, not the header alone.
    ///
    /// # Errors
    /// [`Error::WrongSignature`], or what is malformed.
    pub fn verify(&self, jwk: &Value) -> Result<()> {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let bytes = |name: &str| {
            text(jwk, name)
                .and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
                .ok_or_else(|| Error::Key(format!("The key has no {name}.")))
        };
        let wrong = |_| Error::WrongSignature;
        let message = self.signed.as_bytes();
        let kind = (text(&self.header, "alg"), text(jwk, "kty"), text(jwk, "crv"));
        match (kind.0.as_deref(), kind.1.as_deref(), kind.2.as_deref()) {
            (Some("ES256"), Some("EC"), Some("P-256")) => {
                let point = [vec![4], bytes("x")?, bytes("y")?].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, &self.signature)
                    .map_err(wrong)
            }
            (Some("EdDSA" | "Ed25519"), Some("OKP"), Some("Ed25519")) => {
                UnparsedPublicKey::new(&ED25519, bytes("x")?)
                    .verify(message, &self.signature)
                    .map_err(wrong)
            }
            (Some("RS256"), Some("RSA"), _) => RsaPublicKeyComponents {
                n: bytes("n")?,
                e: bytes("e")?,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
            .map_err(wrong),
            (algorithm, ..) => Err(Error::Key(format!(
                "The algorithm {} does not fit its key.",
                algorithm.unwrap_or("(none)")
            ))),
        }
    }
}

impl Jwt {
    /// Checks the signature against an RSA key, as DER of PKCS #1.
    ///
    /// # Errors
    /// [`Error::WrongSignature`], or another algorithm.
    pub fn verify_rs256(&self, key: &[u8]) -> Result<()> {
        if self.header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(Error::Key(
                "Its algorithm is not RS256, which Open Badges 2.0 are signed with.".into(),
            ));
        }
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| Error::WrongSignature)
    }
}

/// An Ed25519 key as a JWK.
pub fn ed25519_jwk(key: &[u8; 32]) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key)})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::did;

    fn credential() -> Value {
        json!({
            "id": "https://example.org/c/1", "issuer": {"id": "did:web:example.org:issuers:7"},
            "validFrom": "2026-11-27T12:00:00Z", "credentialSubject": {"id": "urn:uuid:1"}, "proof": {}
        })
    }

    #[test]
    fn a_jwt_repeats_what_the_credential_says_and_is_signed_for_its_key() {
        let keys = SigningKeys::generate([3; 32]).expect("keys");
        let did = Did::web("https://example.org", "issuers/7").expect("https");
        let jwt = Jwt::read(&sign(&credential(), &did, &keys).expect("signed")).expect("read");

        assert_eq!(jwt.claims["jti"], "https://example.org/c/1");
        assert_eq!(jwt.claims["iss"], did.as_str());
        assert_eq!(jwt.claims["nbf"], 1_795_780_800);
        assert!(jwt.claims.get("proof").is_none() && jwt.claims.get("exp").is_none());
        assert_eq!(jwt.verify(&did::jwk(&keys.public())), Ok(()));
        let other = SigningKeys::generate([4; 32]).expect("keys");
        assert_eq!(jwt.verify(&did::jwk(&other.public())), Err(Error::WrongSignature));
    }

    #[test]
    fn the_header_does_not_choose_how_a_key_is_used() {
        let keys = SigningKeys::generate([3; 32]).expect("keys");
        let did = Did::key(&keys.public());
        let mut jwt = Jwt::read(&sign(&credential(), &did, &keys).expect("signed")).expect("read");
        let key = crate::keys::ed25519_bytes(&keys.public().multibase).expect("a key");
        assert_eq!(jwt.verify(&ed25519_jwk(&key)), Ok(()));
        for algorithm in ["none", "HS256", "RS256"] {
            jwt.header["alg"] = json!(algorithm);
            assert!(
                matches!(jwt.verify(&ed25519_jwk(&key)), Err(Error::Key(_))),
                "{algorithm}"
            );
        }
    }
}
