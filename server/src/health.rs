//! What programs that watch over this one ask.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use backend::Secret;
use chrono::TimeDelta;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::server::Server;
use crate::visit::Visit;

/// Headers that a proxy adds: whoever comes through one is not on this machine, however it looks.
const ADDED_BY_PROXIES: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// `/healthz`: the process answers.
pub async fn is_alive() -> &'static str {
    "ok\n"
}

/// How long the database may take to show that it works. Whoever asks waits no longer, whatever it is that hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long what was found out is true for others who ask: balancers ask often, and each probe is a write.
const FRESH: Duration = Duration::from_millis(500);

/// The seconds after which it makes sense to ask again.
const AGAIN: &str = "5";

/// What was found out about the database last. One probe runs at a time, whoever asks.
#[derive(Clone, Default)]
pub struct Probe(Arc<Mutex<Option<(Instant, Finding)>>>);

/// What does not work, if something does not.
type Finding = Result<(), &'static str>;

impl Probe {
    /// What was found out within the last moment, or now.
    async fn look(&self, server: &Server) -> Finding {
        let (probe, backend) = (Arc::clone(&self.0), server.backend.clone());
        // In a task of its own: a transaction is not to be dropped half way when nobody waits any more.
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

/// `/readyz`: the database answers and takes writes, every row's key is here, and nobody wished the server to stop.
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

/// How long `security.txt` is good. It is made when it is asked for, so it never runs out while the server runs.
const SECURITY_DAYS: TimeDelta = TimeDelta::days(180);

/// `/.well-known/security.txt` (RFC 9116): where to report a weakness, when the settings say so.
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
