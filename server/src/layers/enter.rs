//! The outermost layer: a request gets its id, an answer its headers, the metrics one count, and the log a line where
//! there is something to report.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use app::plain::Wrong;
use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderValue, Method, Request, header};
use metrics::{Counter, Histogram};
use tracing::Instrument;

use super::drain::Drained;
use super::{csrf, guard, headers};
use crate::failure::{self, Failure};
use crate::request_context::RequestContext;
use crate::routes;
use crate::server::Server;

/// From when on an answer counts as slow.
const SLOW: Duration = Duration::from_secs(1);

/// How long a client may pause while it sends.
const PAUSE: Duration = Duration::from_secs(20);

/// What a panic leaves behind.
type Panic = Box<dyn Any + Send>;

/// Runs everything further in.
pub async fn enter(State(server): State<Server>, mut request: Request<Body>, next: Next) -> Response {
    let pattern = request.extensions().get::<MatchedPath>();
    let route = pattern.and_then(|pattern| routes::find(request.method(), pattern.as_str()));
    let visit = RequestContext::of(&server, &request, route);
    request.extensions_mut().insert(visit.clone());
    let method = known(request.method());
    let is_http_1 = request.version() <= http::Version::HTTP_11;

    let span = tracing::info_span!("request", id = &*visit.id);
    let writes = route.is_some_and(|route| route.writes);
    let own = span.in_scope(|| csrf::own_pages_only(&server, &visit, &request));
    let request = request.map(|body| Drained::around(body, PAUSE));
    let (inside, asked) = (server.clone(), visit.clone());
    // Boxed, because it is moved several times.
    let further = Box::pin(async move {
        match own {
            Ok(()) => guard::guard(&inside, &asked, request, next).await,
            Err(failure) => failure.into_response(),
        }
    });
    let inner = AssertUnwindSafe(further).catch_unwind().instrument(span.clone());
    let answer = if writes {
        to_its_end(inner).await
    } else {
        inner.await
    };
    let answer = answer.unwrap_or_else(|panic| span.in_scope(|| panicked(&visit, &*panic)));

    let mut answer = failure::show(&server, &visit, answer);
    headers::add(&server, &visit, answer.headers_mut());
    if is_http_1 && server.stop.is_requested() {
        answer
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    count(
        &span,
        route.map_or("none", |route| route.path),
        method,
        &answer,
        visit.began,
    );
    answer
}

/// Runs what may change something in a separate task: when the client goes away, hyper drops the handler's future, and
/// a transaction must not be dropped half way.
async fn to_its_end(
    inner: impl Future<Output = Result<Response, Panic>> + Send + 'static,
) -> Result<Response, Panic> {
    tokio::spawn(inner)
        .await
        .unwrap_or_else(|ended| match ended.try_into_panic() {
            Ok(panic) => Err(panic),
            Err(_) => Ok(Failure(Wrong::Unavailable).into_response()),
        })
}

fn panicked(visit: &RequestContext, panic: &(dyn Any + Send)) -> Response {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or(panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        fault = &*visit.id,
        cause = words.unwrap_or("no words"),
        "a handler panicked"
    );
    Failure(Wrong::Fault {
        id: visit.id.to_string(),
    })
    .into_response()
}

/// The route's pattern, never the path: paths contain secrets, and there are endlessly many of them.
fn count(span: &tracing::Span, route: &'static str, method: &'static str, answer: &Response, began: Instant) {
    let took = began.elapsed();
    let seconds = took.as_secs_f64();
    let status = answer.status().as_u16();
    let ms = (seconds * 1e6).round() / 1000.0;
    span.in_scope(|| match status {
        // Event streams last as long as their reader is there.
        _ if took > SLOW && !route.ends_with("/events") => {
            tracing::info!(method, route, status, ms, "answered slowly");
        }
        500.. => tracing::info!(method, route, status, ms, "answered"),
        // A line for each request takes more space than what the request stores: only on demand.
        _ => tracing::debug!(target: "access", method, route, status, ms, "answered"),
    });
    let counted = Counted {
        route,
        method,
        status,
    };
    COUNTERS.with_borrow_mut(|counters| {
        let (requests, times) = counters.entry(counted).or_insert_with(|| registered(counted));
        requests.increment(1);
        times.record(seconds);
    });
}

/// What requests are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Counted {
    route: &'static str,
    method: &'static str,
    status: u16,
}

thread_local! {
    /// The counters that this thread has used: looking one up by its labels takes longer than counting. There are only as
    /// many as there are routes, methods and statuses.
    static COUNTERS: RefCell<HashMap<Counted, (Counter, Histogram)>> = RefCell::default();
}

fn registered(counted: Counted) -> (Counter, Histogram) {
    let Counted {
        route,
        method,
        status,
    } = counted;
    (
        metrics::counter!("http_requests_total", "route" => route, "method" => method, "status" => status.to_string()),
        metrics::histogram!("http_request_seconds", "route" => route),
    )
}

/// Any caller can choose the method, and metrics must not grow because of it.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
