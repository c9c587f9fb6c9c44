//! Connections: accepted, limited in time and number, and closed without losing a request.
//!
//! * [`seats`]: how many connections there may be, in all and from one address; when they run short, active ones keep
//!   theirs, and some are reserved for health checks
//! * [`dressed`]: the headers of what hyper answers by itself
//! * [`activity`]: whether something happens on a connection; one that is quiet for too long is closed

mod activity;
mod dressed;
mod seats;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::Next;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use activity::Activity;
use dressed::Dressed;
use seats::{Seat, Seats};

use crate::config::Network;
use crate::stop::Stop;

/// How long requests are still accepted after the signal to stop, each answered with `Connection: close`, so that
/// browsers and proxies about to send one on an open connection are not cut off.
const FAREWELL: Duration = Duration::from_millis(300);

/// How long the last connections have to send the request that they were opened for.
const FIRST_WORD: Duration = Duration::from_millis(200);

/// How long requests in progress may take after that.
const DRAIN_TIME: Duration = Duration::from_secs(8);

/// How often the server checks whether a connection on a reserved seat is done.
const TURN: Duration = Duration::from_millis(50);

/// The peer of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Serves until the signal to stop, and then until requests in progress are done.
pub async fn serve(listener: TcpListener, router: Router, trusted_proxies: &[Network], stop: &Stop) {
    let graceful = GracefulShutdown::new();
    let connections = Connections {
        builder: builder(),
        about_health: router.clone().layer(axum::middleware::from_fn(about_health)),
        router,
        graceful: &graceful,
        seats: Seats::new(trusted_proxies),
    };

    tokio::select! {
        () = connections.take(&listener) => {}
        () = async { stop.requested().await; tokio::time::sleep(FAREWELL).await } => {}
    }
    connections.take_the_last(listener);
    tokio::time::sleep(FIRST_WORD).await;
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

struct Connections<'a> {
    builder: Builder<TokioExecutor>,
    router: Router,
    /// What may be requested on a reserved seat.
    about_health: Router,
    graceful: &'a GracefulShutdown,
    seats: Seats,
}

impl Connections<'_> {
    async fn take(&self, listener: &TcpListener) {
        loop {
            let place = self.seats.free().await;
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Without a seat the connection is closed at once.
                    if let Some(seat) = self.seats.take(Some(place), peer) {
                        self.begin(stream, peer, Some(seat));
                    }
                }
                // The client is already gone, or no file descriptors are left: the next attempt may succeed.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Stops listening only after taking the connections that the operating system has already accepted: it would reset
    /// them. They are taken directly, because the runtime learns of new ones a moment later.
    fn take_the_last(&self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else { return };
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.begin(stream, peer, None);
            }
        }
    }

    fn begin(&self, stream: TcpStream, peer: SocketAddr, seat: Option<Seat>) {
        // Answers are written in one piece; waiting to fill packets would only delay them.
        let _ = stream.set_nodelay(true);
        let activity = Activity::begins();
        let (asked, answered) = (activity.clone(), activity.clone());
        let router = match seat.as_ref().is_some_and(Seat::is_reserved) {
            true => &self.about_health,
            false => &self.router,
        };
        let service = router
            .clone()
            .map_request(move |mut request: Request<hyper::body::Incoming>| {
                asked.asks();
                request.extensions_mut().insert(Peer(peer));
                request.map(|body| asked.around_request(body))
            })
            .map_response(move |response: Response<Body>| {
                answered.answers();
                response.map(|body| answered.around_answer(body))
            });
        let connection = self
            .builder
            .serve_connection(
                TokioIo::new(Dressed::new(stream, activity.clone())),
                TowerToHyperService::new(service),
            )
            .into_owned();
        let watched = self.graceful.watch(connection);
        tokio::spawn(async move {
            // Broken connections are the clients' business; what the program did is logged per request.
            tokio::select! {
                _ = watched => {}
                () = is_over(&activity, seat.as_ref()) => {}
            }
            drop(seat);
        });
    }
}

/// Waits until nothing has happened on a connection for too long, which is sooner when seats are short.
async fn is_over(activity: &Activity, seat: Option<&Seat>) {
    while let Some(left) = activity.time_left() {
        let Some(seat) = seat else {
            tokio::time::sleep(left).await;
            continue;
        };
        if seat.is_reserved() {
            tokio::time::sleep(TURN).await;
            if activity.has_had_its_turn() {
                return;
            }
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = seat.is_wanted() => {
                if activity.can_go() {
                    return;
                }
            }
        }
    }
}

/// Answers on a reserved seat: only health checks. Everybody else is told to come back.
async fn about_health(request: Request<Body>, next: Next) -> Response<Body> {
    match request.uri().path() {
        "/healthz" | "/readyz" => next.run(request).await,
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            // It passes no other layer, so the headers of every answer are set here.
            [
                (RETRY_AFTER, "2"),
                (CACHE_CONTROL, "no-store"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            "There are too many connections at the moment. Please try again.\n",
        )
            .into_response(),
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper counts from the last answer on, and would close every connection that waits for its next request. How long
        // a head may take is bounded by `Activity`, for which bytes alone are none.
        .header_read_timeout(None)
        .max_buf_size(64 * 1024)
        .max_headers(64);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(32 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
