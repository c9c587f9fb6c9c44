//! Draining refused bodies.
//!
//! A request that is refused before its body has arrived is answered while the client is still sending. If nobody read
//! the rest, the connection would break while sending, and people would see that error instead of the answer. So the
//! rest is read and discarded, within bounds.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::Sleep;

/// At most this much is discarded.
const MOST: usize = 64 * 1024 * 1024;

/// For at most this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body whose rest is read when nobody wants it any more, and whose client may not pause for too long.
pub struct Drained {
    /// None when it has ended.
    body: Option<Body>,
    pause: Duration,
    /// The end of the pause, if there is one. A body that is there when it is asked for needs no timer, and most are.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Drained {
    /// The same body, whose client may pause for so long.
    pub fn around(body: Body, pause: Duration) -> Body {
        match body.is_end_stream() {
            true => body,
            false => Body::new(Self::new(body, pause)),
        }
    }

    fn new(body: Body, pause: Duration) -> Self {
        Self {
            body: Some(body),
            pause,
            alarm: None,
        }
    }
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            this.alarm = None;
            if !matches!(frame, Some(Ok(_))) {
                this.body = None;
            }
            return Poll::Ready(frame);
        }
        let pause = this.pause;
        let alarm = this
            .alarm
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        std::task::ready!(alarm.as_mut().poll(context));
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "nothing more of the body of a request arrived",
        )))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(tokio::time::timeout(PATIENCE, read_on(body)));
        }
    }
}

async fn read_on(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(piece)) = pieces.next().await {
        read += piece.len();
        if read > MOST {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use futures::future::poll_fn;
    use futures::stream;

    use super::*;

    /// The next piece, as text.
    async fn next(body: &mut Drained) -> Option<Result<String, axum::Error>> {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        Some(frame.map(|frame| {
            let data = frame.into_data().expect("data");
            String::from_utf8(data.to_vec()).expect("text")
        }))
    }

    #[tokio::test]
    async fn a_body_that_is_there_needs_no_timer() {
        let mut body = Drained::new(Body::from("quick"), Duration::from_secs(20));
        assert_eq!(body.size_hint().exact(), Some(5));
        let piece = next(&mut body).await.expect("a piece").expect("it arrived");
        assert!(piece == "quick" && body.alarm.is_none());
        assert!(next(&mut body).await.is_none() && body.alarm.is_none());
    }

    #[tokio::test]
    async fn a_body_that_stalls_is_ended_and_one_that_pauses_is_not() {
        let after = |millis: u64, piece: &'static str| async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok::<_, Error>(Bytes::from_static(piece.as_bytes()))
        };
        // Two pauses, which together are longer than one may be.
        let pieces = stream::once(after(200, "one"))
            .chain(stream::once(after(200, "two")))
            .chain(stream::pending());
        let mut body = Drained::new(Body::from_stream(pieces), Duration::from_millis(300));
        for expected in ["one", "two"] {
            let piece = next(&mut body).await.expect("a piece").expect("it arrived");
            assert_eq!(piece, expected);
        }
        let stalled = next(&mut body).await.expect("an answer");
        assert!(stalled.is_err(), "nothing more comes");
    }
}
