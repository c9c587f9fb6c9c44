//! Endpoints for monitoring.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use backend::Secret;
use chrono::TimeDelta;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::config::Network;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::serve::Peer;
use crate::server::Server;

/// Headers that a proxy adds: a request that comes through one is not from this machine, whatever its address.
pub const ADDED_BY_PROXIES: [&str; 7] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "forwarded",
    "x-real-ip",
    "via",
];

/// What the server did with a proxy's statement about the visitor: `believed`, `ignored`, or `none` when there was no
/// such statement. `doctor` asks for it through the public address.
pub const FORWARDING: HeaderName = HeaderName::from_static("tokenwright-forwarding");

/// `/healthz`: the process answers.
pub async fn is_alive(State(server): State<Server>, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let word = forwarding(peer, request.headers(), &server.trusted_proxies);
    ([(FORWARDING, word)], "ok\n").into_response()
}

fn forwarding(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> &'static str {
    let is_listed = peer.is_some_and(|peer| {
        trusted
            .iter()
            .any(|network| network.contains(peer.to_canonical()))
    });
    let has_come_through_one = ADDED_BY_PROXIES.iter().any(|name| headers.contains_key(*name));
    match headers.contains_key("x-forwarded-for") {
        true if is_listed => "believed",
        // With a Via and the like, but without the one header that is read.
        false if is_listed || !has_come_through_one => "none",
        _ => "ignored",
    }
}

/// How long the database may take to show that it works. Callers wait no longer, whatever hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a result is reused for other callers: load balancers ask often, and each probe is a write.
const FRESH: Duration = Duration::from_millis(500);

/// The seconds after which it makes sense to ask again.
const AGAIN: &str = "5";

/// The last result about the database. One probe runs at a time, no matter who asks.
#[derive(Clone, Default)]
pub struct Probe(Arc<Mutex<Option<(Instant, Finding)>>>);

/// What does not work, if something does not.
type Finding = Result<(), &'static str>;

impl Probe {
    /// The result of the last moment, or a new one.
    async fn look(&self, server: &Server) -> Finding {
        let (probe, backend) = (Arc::clone(&self.0), server.backend.clone());
        // In a separate task: a transaction must not be dropped half way when the caller goes away.
        let task = tokio::spawn(async move {
            let mut last = probe.lock().await;
            if let Some((at, finding)) = *last
                && at.elapsed() < FRESH
            {
                return finding;
            }
            let finding = match backend.key_management().probe().await {
                Ok(missing) if missing.is_empty() => Ok(()),
                Ok(_) => Err("rows carry a key that this server does not have; its log says which\n"),
                Err(error) => {
                    tracing::warn!(%error, "not ready: the database does not answer, or takes no writes");
                    Err("the database does not answer, or takes no writes\n")
                }
            };
            *last = Some((Instant::now(), finding));
            finding
        });
        match timeout(PATIENCE, task).await {
            Ok(Ok(finding)) => finding,
            Ok(Err(_)) => Err("the probe did not end\n"),
            Err(_) => Err("the database does not answer in time\n"),
        }
    }
}

/// `/readyz`: the database answers and accepts writes, every row's key is here, and the server is not stopping.
pub async fn is_ready(State(server): State<Server>) -> Response {
    let finding = match server.stop.is_requested() {
        true => Err("stopping\n"),
        false => server.probe.look(&server).await,
    };
    match finding {
        Ok(()) => "ready\n".into_response(),
        Err(sentence) => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, AGAIN)], sentence).into_response(),
    }
}

/// `/metrics`, for Prometheus: from this machine, or with the token from the settings.
pub async fn metrics(
    State(server): State<Server>,
    visit: RequestContext,
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

fn may_read_metrics(server: &Server, visit: &RequestContext, headers: &HeaderMap) -> bool {
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

/// How long `security.txt` is valid. It is generated for each request, so it never expires while the server runs.
const SECURITY_DAYS: TimeDelta = TimeDelta::days(180);

/// `/.well-known/security.txt` (RFC 9116): where to report a vulnerability, if the settings say so.
pub async fn security(State(server): State<Server>) -> Result<Response, Failure> {
    let contact = server.security_contact.as_ref().ok_or_else(Failure::not_found)?;
    let expires = (server.backend.clock().now() + SECURITY_DAYS).format("%Y-%m-%dT00:00:00Z");
    let site = &server.public_url;
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n\
         Canonical: {site}/.well-known/security.txt\n"
    );
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// `/robots.txt`: there is nothing here for search engines.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}
