//! Signed assertions: who a request is let through as, for back ends that do not trust the network.
//!
//! An assertion is a JWT, signed with ES256, about one request: for which site it is (`aud`), as whom (`sub`, `groups`),
//! which URL was asked for, and that for a minute. A back end checks it with the public keys of this installation, which
//! stand at `/gate/jwks.json` ([`keys`]).

pub(super) mod keys;
mod sql;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::page_tokens::PageUrl;
use serde_json::{Value, json};

pub(crate) use keys::{KEPT, Signer, next as next_key};
pub(super) use keys::{ensure, sweep};

use super::gate::Identity;
use super::sites::Site;
use crate::error::{Fault, Result};
use crate::{Backend, Secret};

/// How long an assertion is good, in seconds: long enough for a back end whose clock is a little off.
pub const GOOD_FOR: i64 = 60;

/// What `sub` says of a visitor who is let through without a token.
pub const ANONYMOUS: &str = "anonymous";

/// Signs who a request to a site is let through as.
pub(super) async fn sign(
    backend: &Backend,
    site: &Site,
    url: &PageUrl,
    method: &str,
    identity: &Identity,
) -> Result<Secret> {
    let signer = backend.gate.signer(backend).await?;
    let now = backend.clock.now().timestamp();
    let groups: Vec<&str> = identity
        .groups
        .split(',')
        .filter(|group| !group.is_empty())
        .collect();
    let id: [u8; 16] = backend.random.bytes();
    let mut claims = json!({
        "iss": backend.settings.public_url,
        "aud": site.address.to_string(),
        "sub": identity.user().unwrap_or_else(|| ANONYMOUS.into()),
        "iat": now,
        "nbf": now,
        "exp": now + GOOD_FOR,
        "jti": URL_SAFE_NO_PAD.encode(id),
        "groups": groups,
        "name": identity.name,
        "email": identity.email,
        "method": method,
        // The site's own address, since some proxies leave out the port.
        "url": format!("{}{}", site.address, url.path_and_query()),
    });
    if let Some(token) = identity.token {
        claims["token_id"] = json!(token);
    }
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": signer.kid });
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = signer.sign(signed.as_bytes())?;
    Ok(Secret::new(format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(signature)
    )))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl super::gate::Gate<'_> {
    /// The public keys that assertions are checked with, as a JWK set (RFC 7517).
    ///
    /// # Errors
    /// A fault.
    pub async fn public_keys(&self) -> Result<String> {
        let mut conn = self.0.db.read().await?;
        let mut keys = Vec::new();
        for text in sql::public(&mut conn).await? {
            keys.push(serde_json::from_str::<Value>(&text).map_err(Fault::new)?);
        }
        Ok(json!({ "keys": keys }).to_string())
    }
}
