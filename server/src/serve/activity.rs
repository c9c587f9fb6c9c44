//! Activity on a connection, so that one on which nothing happens can be closed.
//!
//! Something happens when a request begins, when a piece of its body arrives, and when a piece of an answer is sent.
//! Bytes alone do not count: a preface that never ends, pings, and a head that trickles in are not activity.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// How long a connection may take for its first request.
const FIRST: Duration = Duration::from_secs(10);

/// How long nothing may happen after that. Event streams send a keep-alive more often.
const IDLE: Duration = Duration::from_secs(75);

/// The same while an answer is being worked on, which can take a while.
const AT_WORK: Duration = Duration::from_secs(600);

/// When seats are short, connections are closed on which nothing has happened for this long: before the first request,
/// between requests, and while an answer is being worked on.
const FEW: Duration = Duration::from_millis(300);
const QUIET: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(10);

/// How long a connection on a reserved seat may be quiet, in the same three places: it is there for one short request.
const RESERVED: [Duration; 3] = [FEW, FEW, Duration::from_secs(4)];

/// The slowest average rate of a body, in bytes per second.
const SLOWEST: u64 = 1024;

/// The same when seats are short, and how long a body may be slower at its beginning.
const SLOWEST_IN_NEED: u64 = 16 * 1024;
const BEGINNING: Duration = Duration::from_secs(5);

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How long a body may take, whatever its rate.
const GRACE: Duration = Duration::from_secs(20);

/// When something last happened on a connection; cheap to clone.
#[derive(Clone)]
pub(super) struct Activity(Arc<Marks>);

struct Marks {
    began: Instant,
    /// Milliseconds from then to the last activity.
    last: AtomicU64,
    /// Requests that began.
    asked: AtomicU64,
    /// Those of them that have an answer, which may still be being sent. A stream that its client has cancelled never
    /// gets one.
    answered: AtomicU64,
    /// When the body that is arriving began, in milliseconds from the beginning; zero for none.
    body_began: AtomicU64,
    /// How much of it has arrived, in bytes.
    body_arrived: AtomicU64,
    /// Bodies of answers that are being sent piece by piece.
    leaving: AtomicU64,
}

impl Activity {
    /// For a connection that begins.
    pub(super) fn begins() -> Self {
        Self(Arc::new(Marks {
            began: Instant::now(),
            last: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            body_began: AtomicU64::new(0),
            body_arrived: AtomicU64::new(0),
            leaving: AtomicU64::new(0),
        }))
    }

    /// A request begins.
    pub(super) fn asks(&self) {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        self.happens();
    }

    /// A request has its answer.
    pub(super) fn answers(&self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        self.happens();
    }

    fn happens(&self) {
        self.0.last.store(self.now(), Ordering::Relaxed);
    }

    /// Milliseconds since the connection began.
    fn now(&self) -> u64 {
        millis(self.0.began.elapsed())
    }

    /// Whether the body of a request arrives more slowly than is allowed when seats are short.
    fn trickles(&self) -> bool {
        let began = self.0.body_began.load(Ordering::Relaxed);
        let took = self.now().saturating_sub(began);
        let pace = match took {
            _ if began == 0 || took < millis(QUIET) => return false,
            _ if took < millis(BEGINNING) => SLOWEST,
            _ => SLOWEST_IN_NEED,
        };
        self.0.body_arrived.load(Ordering::Relaxed) < took.saturating_mul(pace) / 1000
    }

    /// Whether its time on a reserved seat is over.
    pub(super) fn has_had_its_turn(&self) -> bool {
        self.quiet_for() >= self.limit(RESERVED)
    }

    /// Whether it can be closed to make room.
    pub(super) fn can_go(&self) -> bool {
        self.quiet_for() >= self.limit([FEW, QUIET, LONG]) || self.trickles()
    }

    /// The limit before the first request, between requests, and while an answer is being worked on.
    fn limit(&self, [first, between, at_work]: [Duration; 3]) -> Duration {
        let asked = self.0.asked.load(Ordering::Relaxed);
        match asked {
            0 => first,
            _ if asked > self.0.answered.load(Ordering::Relaxed) => at_work,
            _ => between,
        }
    }

    /// For how long nothing has happened.
    fn quiet_for(&self) -> Duration {
        let last = Duration::from_millis(self.0.last.load(Ordering::Relaxed));
        self.0.began.elapsed().saturating_sub(last)
    }

    /// How much longer it may be quiet; none when that time is over.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let left = self.limit([FIRST, IDLE, AT_WORK]).checked_sub(self.quiet_for());
        left.filter(|left| !left.is_zero())
    }

    /// Whether every request has its answer, and every answer was sent completely.
    pub(super) fn is_between_answers(&self) -> bool {
        let [asked, answered, leaving] =
            [&self.0.asked, &self.0.answered, &self.0.leaving].map(|count| count.load(Ordering::Relaxed));
        asked == answered && leaving == 0
    }

    /// The body of a request, which has to arrive at a minimum rate.
    pub(super) fn around_request(&self, body: hyper::body::Incoming) -> Body {
        match body.is_end_stream() {
            true => Body::empty(),
            false => {
                self.0.body_arrived.store(0, Ordering::Relaxed);
                self.0.body_began.store(self.now().max(1), Ordering::Relaxed);
                Body::new(Arriving {
                    body,
                    activity: self.clone(),
                    began: Instant::now(),
                    arrived: 0,
                    alarm: None,
                })
            }
        }
    }

    /// The body of an answer. One that is available in one piece is left alone.
    pub(super) fn around_answer(&self, body: Body) -> Body {
        match body.size_hint().exact() {
            Some(length) if length <= WHOLE => body,
            _ => {
                self.0.leaving.fetch_add(1, Ordering::Relaxed);
                Body::new(Leaving {
                    body,
                    activity: self.clone(),
                })
            }
        }
    }
}

/// Answers up to this size fit into the operating system's buffer at once.
const WHOLE: u64 = 64 * 1024;

/// A body that arrives.
struct Arriving {
    body: hyper::body::Incoming,
    activity: Activity,
    began: Instant,
    arrived: u64,
    alarm: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Arriving {
    /// When the next piece has to arrive, given what has arrived so far.
    fn deadline(&self) -> Instant {
        self.began + GRACE + Duration::from_millis(self.arrived.saturating_mul(1000) / SLOWEST)
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.alarm = None;
            this.activity.happens();
            if let Some(Ok(frame)) = &frame {
                this.arrived += frame.data_ref().map_or(0, |data| data.len() as u64);
                this.activity
                    .0
                    .body_arrived
                    .store(this.arrived, Ordering::Relaxed);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let deadline = this.deadline().into();
        let alarm = this
            .alarm
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        match alarm.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "the body of a request arrived too slowly",
            ))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.activity.0.body_began.store(0, Ordering::Relaxed);
    }
}

/// A body that is sent.
struct Leaving {
    body: Body,
    activity: Activity,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.activity.0.leaving.fetch_sub(1, Ordering::Relaxed);
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.activity.happens();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_may_be_quiet_for_longer_once_it_has_asked_and_longest_while_it_waits_for_an_answer() {
        let activity = Activity::begins();
        let left = |activity: &Activity| activity.time_left().expect("time");
        assert!(left(&activity) <= FIRST);
        activity.asks();
        assert!(left(&activity) > IDLE && left(&activity) <= AT_WORK);
        activity.answers();
        assert!(left(&activity) > FIRST && left(&activity) <= IDLE);
        assert!(!activity.can_go());
    }

    #[test]
    fn a_quiet_connection_can_go_when_seats_are_short() {
        let activity = Activity::begins();
        std::thread::sleep(FEW);
        assert!(activity.can_go(), "it has asked for nothing");
        activity.asks();
        activity.answers();
        assert!(!activity.can_go(), "something has just happened");
    }

    #[test]
    fn a_body_that_arrives_slowly_can_go_when_seats_are_short_and_one_at_a_good_pace_stays() {
        let long_ago = Instant::now()
            .checked_sub(Duration::from_secs(60))
            .expect("a time");
        for (arrived, goes) in [(60 * 1400, true), (60 * SLOWEST_IN_NEED + 1000, false)] {
            let activity = Activity(Arc::new(Marks {
                began: long_ago,
                last: AtomicU64::new(60_000),
                asked: AtomicU64::new(1),
                answered: AtomicU64::new(0),
                body_began: AtomicU64::new(1),
                body_arrived: AtomicU64::new(arrived),
                leaving: AtomicU64::new(0),
            }));
            assert_eq!(activity.can_go(), goes, "{arrived} bytes in a minute");
        }
    }
}
