//! Who issues: `did:web` where there is a public https name, `did:key` where there is none.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::keys::{PublicKeys, ed25519_bytes};

/// An issuer's decentralised identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Did(String);

impl Did {
    /// The `did:web` of a place below a public address: `https://example.org` and `issuers/7` give
    /// `did:web:example.org:issuers:7`. `None` for an address without https, which `did:web` does not know.
    pub fn web(public_url: &str, path: &str) -> Option<Self> {
        let place = public_url.strip_prefix("https://")?.trim_end_matches('/');
        let (host, below) = place.split_once('/').unwrap_or((place, ""));
        let parts = below
            .split('/')
            .chain(path.split('/'))
            .filter(|part| !part.is_empty());
        let mut did = format!("did:web:{}", host.replace(':', "%3A"));
        for part in parts {
            did.push(':');
            did.push_str(part);
        }
        Some(Self(did))
    }

    /// The `did:key` of a pair of keys.
    pub fn key(keys: &PublicKeys) -> Self {
        Self(format!("did:key:{}", keys.multibase))
    }

    /// One that was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it stands in credentials.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a document must be asked for its keys.
    pub fn is_web(&self) -> bool {
        self.0.starts_with("did:web:")
    }

    /// The address of a key of proofs: its fragment is the key itself, which is what verifiers expect that do not ask
    /// for the document.
    pub fn proof_key(&self, keys: &PublicKeys) -> String {
        format!("{}#{}", self.0, keys.multibase)
    }

    /// The address of a key of JWTs.
    pub fn jwt_key(&self, keys: &PublicKeys) -> String {
        format!("{}#{}", self.0, thumbprint(keys))
    }
}

/// The document that names an issuer's keys, the newest first, and those of JWTs before those of proofs: a proof always
/// says which key it was made with, while a verifier of JWTs may take the first key there is, whatever `kid` says, as
/// openbadgeslib 4.6 does for status lists.
pub fn document(did: &Did, keys: &[PublicKeys]) -> Value {
    let proofs = keys.iter().map(|keys| {
        json!({
            "id": did.proof_key(keys),
            "type": "Multikey",
            "controller": did.as_str(),
            "publicKeyMultibase": keys.multibase,
        })
    });
    let jwts = keys.iter().map(|keys| {
        json!({
            "id": did.jwt_key(keys),
            "type": "JsonWebKey",
            "controller": did.as_str(),
            "publicKeyJwk": jwk(keys),
        })
    });
    let methods: Vec<Value> = jwts.chain(proofs).collect();
    let ids: Vec<&Value> = methods.iter().map(|method| &method["id"]).collect();
    json!({
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/jwk/v1",
        ],
        "id": did.as_str(),
        "verificationMethod": methods,
        "assertionMethod": ids,
    })
}

/// The key of JWTs as a JWK.
pub fn jwk(keys: &PublicKeys) -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": keys.x, "y": keys.y})
}

/// A short name of the key of JWTs (RFC 7638).
fn thumbprint(keys: &PublicKeys) -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        keys.x, keys.y
    );
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

/// Where the document of a `did:web` stands.
///
/// # Errors
/// It is no `did:web`.
pub fn web_address(did: &str) -> Result<String> {
    let malformed = || Error::malformed(format!("{did} is no did:web."));
    let rest = did.strip_prefix("did:web:").ok_or_else(malformed)?;
    let mut parts = rest.split(':');
    let host = parts
        .next()
        .filter(|host| !host.is_empty())
        .ok_or_else(malformed)?;
    let host = host.replace("%3A", ":").replace("%3a", ":");
    let plain = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
    };
    let path: Vec<&str> = parts.collect();
    let host_is_plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
    if !host_is_plain || !path.iter().all(plain) {
        return Err(malformed());
    }
    Ok(if path.is_empty() {
        format!("https://{host}/.well-known/did.json")
    } else {
        format!("https://{host}/{}/did.json", path.join("/"))
    })
}

/// The Ed25519 key behind a `did:key`.
///
/// # Errors
/// It is no such key.
pub fn key_of(did: &str) -> Result<[u8; 32]> {
    did.strip_prefix("did:key:")
        .ok_or_else(|| Error::malformed(format!("{did} is no did:key.")))
        .and_then(ed25519_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKeys;

    #[test]
    fn the_document_of_a_did_stands_where_its_name_says() {
        for (public_url, did, address) in [
            (
                "https://example.org",
                "did:web:example.org:issuers:7",
                "https://example.org/issuers/7/did.json",
            ),
            (
                "https://example.org:8443/tokens",
                "did:web:example.org%3A8443:tokens:issuers:7",
                "https://example.org:8443/tokens/issuers/7/did.json",
            ),
        ] {
            assert_eq!(Did::web(public_url, "issuers/7"), Some(Did(did.into())));
            assert_eq!(web_address(did).as_deref(), Ok(address));
        }
        assert_eq!(Did::web("http://localhost:3000", "issuers/7"), None);
        assert_eq!(
            web_address("did:web:example.org").as_deref(),
            Ok("https://example.org/.well-known/did.json")
        );
        assert!(web_address("did:web:").is_err() && web_address("did:web:a@b/../c").is_err());
    }

    #[test]
    fn old_keys_stay_in_the_document_behind_the_newest() {
        let (new, old) = (
            SigningKeys::generate([1; 32]).expect("keys").public(),
            SigningKeys::generate([2; 32]).expect("keys").public(),
        );
        let did = Did::web("https://example.org", "issuers/7").expect("https");
        let document = document(&did, &[new.clone(), old.clone()]);
        let methods = document["verificationMethod"].as_array().expect("a list");
        assert_eq!(methods.len(), 4);
        assert_eq!(methods[0]["publicKeyJwk"], jwk(&new));
        assert_eq!(methods[1]["publicKeyJwk"], jwk(&old));
        assert_eq!(methods[2]["publicKeyMultibase"], new.multibase);
        assert_eq!(methods[3]["publicKeyMultibase"], old.multibase);
    }

    #[test]
    fn a_did_key_is_its_key() {
        let keys = SigningKeys::generate([1; 32]).expect("keys").public();
        let did = Did::key(&keys);
        assert_eq!(key_of(did.as_str()), ed25519_bytes(&keys.multibase));
        assert!(key_of("did:web:example.org").is_err());
    }
}
