//! `/gate/nginx`: what `auth_request` asks. nginx lets through on 200, and passes on 401 and 403 and nothing else; of an
//! exchange it hands over one `Set-Cookie` and the `Location`, and it drops the body of a refusal, which
//! `/gate/nginx/refused` has again.
//!
//! `$request_id` stays the same when nginx asks twice for one request, as it does behind `index` and `try_files`.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Request};

use super::answer::Door;
use super::heads::{Heads, Original, one};
use crate::serve::Peer;
use crate::server::Server;

/// Whether a request is let through.
pub async fn decide(State(server): State<Server>, request: Request<axum::body::Body>) -> Response {
    let (peer, headers) = of(&request);
    let original = original(headers);
    let heads = original
        .as_ref()
        .map(|original| Heads::of(original, peer, headers));
    super::decide(&server, Door::Nginx, heads, headers).await
}

/// What a refused visitor reads.
pub async fn refused(State(server): State<Server>, request: Request<axum::body::Body>) -> Response {
    let (peer, headers) = of(&request);
    let original = original(headers);
    let heads = original
        .as_ref()
        .map(|original| Heads::of(original, peer, headers));
    super::refused(&server, heads, headers).await
}

fn of(request: &Request<axum::body::Body>) -> (Option<std::net::IpAddr>, &HeaderMap) {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    (peer, request.headers())
}

fn original(headers: &HeaderMap) -> Option<Original> {
    let mut urls = headers.get_all("x-original-url").iter();
    let (Some(url), None) = (urls.next(), urls.next()) else {
        return None;
    };
    Some(Original {
        url: url.as_bytes().to_vec(),
        method: one(headers, "x-original-method")?.to_owned(),
        request_id: one(headers, "x-request-id").map(str::to_owned),
    })
}
