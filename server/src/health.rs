//! What programs that watch over this one ask.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use backend::Secret;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::failure::Failure;
use crate::server::Server;
use crate::visit::Visit;

/// Headers that a proxy adds: whoever comes through one is not on this machine, however it looks.
const ADDED_BY_PROXIES: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// `/healthz`: the process answers.
pub async fn is_alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: the database answers, every row's key is here, and nobody wished the server to stop.
pub async fn is_ready(State(server): State<Server>) -> Response {
    if server.stop.is_requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match server.backend.key_management().missing().await {
        Ok(missing) if missing.is_empty() => "ready\n".into_response(),
        Ok(_) => {
            let sentence = "rows carry a key that this server does not have; its log says which\n";
            (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// `/metrics`, for Prometheus: from this machine, or with the token from the settings.
pub async fn metrics(
    State(server): State<Server>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if !may_read_metrics(&server, &visit, &headers) {
        return Err(Failure::not_found());
    }
    server.metrics.run_upkeep();
    Ok((
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        server.metrics.render(),
    )
        .into_response())
}

fn may_read_metrics(server: &Server, visit: &Visit, headers: &HeaderMap) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(Secret::new);
    match &server.metrics_token {
        Some(token) => given.is_some_and(|given| given.is(token)),
        None => {
            visit.client.address.is_some_and(|address| address.is_loopback())
                && !ADDED_BY_PROXIES
                    .iter()
                    .any(|header| headers.contains_key(*header))
        }
    }
}

/// `/robots.txt`: there is nothing here for search engines.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
