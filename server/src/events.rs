//! `/events`: changes in the organisation as they happen, as server-sent events.
//!
//! An event names what changed and nothing of its content: the page fetches the rows it shows, with the rights of its
//! user.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use backend::feed::Listener;
use futures::{Stream, StreamExt, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Admin;

/// How often the server checks whether the listener is still signed in.
const RECHECK: Duration = Duration::from_secs(30);

/// Proxies close connections that are silent for a minute; browsers notice a dead connection only by silence.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a browser waits before it reconnects.
const RETRY: Duration = Duration::from_secs(1);

/// Streams the changes until the session ends or the server stops.
pub async fn listen(
    State(server): State<Server>,
    visit: RequestContext,
    Admin(caller): Admin,
) -> impl IntoResponse {
    let mut recheck = interval_at(Instant::now() + RECHECK, RECHECK);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = server.backend.feed().subscribe(caller.scope);
    let browser = Browser {
        server,
        visit,
        listener,
        recheck,
        _counted: Counted::new(),
    };

    let greeting = stream::iter([Ok(Event::default().retry(RETRY).comment("listening"))]);
    let stream =
        Sse::new(greeting.chain(browser.changes())).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx would buffer the events before it passes them on.
    (
        [("x-accel-buffering", "no"), ("cache-control", "no-store")],
        stream,
    )
}

struct Browser {
    server: Server,
    visit: RequestContext,
    listener: Listener,
    recheck: Interval,
    _counted: Counted,
}

impl Browser {
    fn changes(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut browser| async move {
            browser.next().await.map(|event| (Ok(event), browser))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                () = self.server.stop.requested() => return None,
                change = self.listener.next() => {
                    return Some(Event::default().event("change").data(change?.to_string()));
                }
                _ = self.recheck.tick() => {
                    // A fault in this check ends the stream as well; the browser reconnects and is told then.
                    let secret = self.visit.session.as_ref()?;
                    self.server.backend.people().still_lets_in(secret).await.ok().filter(|lets_in| *lets_in)?;
                }
            }
        }
    }
}

/// Counted as long as it lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!("event_streams").increment(1);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("event_streams").decrement(1);
    }
}
