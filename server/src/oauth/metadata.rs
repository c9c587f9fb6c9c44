//! What programs read before they begin: the endpoints, and what our tokens look like.

use axum::Json;
use axum::extract::State;
use domain::Permission;
use domain::prefixed::{CHARS, Prefix};
use serde_json::{Value, json};

use crate::server::Server;

/// `/.well-known/oauth-authorization-server` (RFC 8414).
pub async fn server(State(server): State<Server>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", server.public_url.as_str());
    let scopes: Vec<&str> = Permission::ALL
        .iter()
        .map(|permission| permission.key())
        .collect();
    Json(json!({
        "issuer": server.public_url.as_str(),
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": scopes,
        "service_documentation": at("/api/v1/docs"),
    }))
}

/// `/.well-known/tokenwright-token-format`: how scanners recognise a leaked token.
pub async fn token_format(State(server): State<Server>) -> Json<Value> {
    let kinds = [
        (Prefix::API, "API token"),
        (Prefix::MOBILE, "access token of a mobile session"),
        (Prefix::MOBILE_REFRESH, "refresh token of a mobile session"),
        (Prefix::PAGE, "page token"),
    ];
    let tokens: Vec<Value> = kinds
        .into_iter()
        .map(|(prefix, kind)| {
            let prefix = prefix.as_str();
            json!({
                "kind": kind,
                "prefix": prefix,
                "length": prefix.len() + CHARS,
                "pattern": format!("\\b{prefix}[0-9A-Za-z]{{{CHARS}}}\\b"),
            })
        })
        .collect();
    Json(json!({
        "issuer": server.public_url.as_str(),
        "tokens": tokens,
        "checksum": {
            "algorithm": "CRC-32 (ISO-HDLC, as in zlib)",
            "of": "everything before the last 6 characters, the prefix included",
            "stands_in": "the last 6 characters, as a number in base 62, the most significant digit first",
            "alphabet": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        },
        "check": {
            "address": format!("{}/api/v1/leaks/check", server.public_url.as_str()),
            "by": "the first 6 hexadecimal digits of the SHA-256 of a token",
        },
        "report": format!("{}/api/v1/leaks/report", server.public_url.as_str()),
        "revoke": format!("{}/oauth/revoke", server.public_url.as_str()),
    }))
}
