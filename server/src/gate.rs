//! The gate's doors: what reverse proxies ask before they let a request through.
//!
//! Each proxy tells what was asked for in headers of its own, and hands over whatever else the client sent: a client could
//! plant another proxy's headers. So each has a door of its own, which reads that proxy's headers and no others
//! ([`nginx`], [`forward`], [`envoy`]); what identifies somebody to a back end is read by none. How the answer has to look
//! differs, too ([`answer`]). `docs/gate` has a configuration for each.

mod answer;
pub mod envoy;
pub mod forward;
mod heads;
pub mod nginx;

use axum::extract::State;
use axum::response::IntoResponse;
use backend::page_tokens::gate::Verdict;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::server::Server;
use answer::Door;
pub use answer::POLICY;
use heads::Heads;

/// Asks the gate, and answers as this door does. A fault lets nobody in.
async fn decide(
    server: &Server,
    door: Door,
    heads: Option<Heads<'_>>,
    headers: &HeaderMap,
) -> axum::response::Response {
    let Some(heads) = heads else {
        tracing::warn!(
            door = door.key(),
            "the gate was asked without the headers that its proxy has to send; see docs/gate"
        );
        return answer::untrusted(headers);
    };
    let verdict = server.backend.gate().decide(&heads.asked).await;
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => return answer::fault(error),
    };
    metrics::counter!("gate_decisions_total", "door" => door.key(), "verdict" => word(&verdict)).increment(1);
    answer::of(door, &heads.asked, verdict, headers)
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed(_) | Verdict::Asserted(..) => "allowed",
        Verdict::Exchange { .. } => "exchange",
        Verdict::Refused(rule) => rule.key(),
        Verdict::Confirm => "confirm",
        Verdict::CookieNeeded => "cookie_needed",
        Verdict::Untrusted => "untrusted",
    }
}

/// `/gate/jwks.json`: the public keys that assertions are checked with (RFC 7517).
pub async fn public_keys(State(server): State<Server>) -> axum::response::Response {
    match server.backend.gate().public_keys().await {
        Ok(keys) => ([(CONTENT_TYPE, "application/jwk-set+json")], keys).into_response(),
        Err(error) => answer::fault(error),
    }
}

/// The page that a visitor gets, for a proxy that drops the body of a refusal and asks for it again. Nothing is spent.
async fn refused(server: &Server, heads: Option<Heads<'_>>, headers: &HeaderMap) -> axum::response::Response {
    let Some(heads) = heads else {
        return answer::untrusted(headers);
    };
    match server.backend.gate().look(&heads.asked).await {
        Ok(verdict) => answer::page(&heads.asked, &verdict, headers),
        Err(error) => answer::fault(error),
    }
}
