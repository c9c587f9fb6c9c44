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
use tower_http::timeout::TimeoutBody;

/// At most this much is discarded.
const MOST: usize = 64 * 1024 * 1024;

/// For at most this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body whose rest is read when nobody wants it any more.
pub struct Drained(Option<Body>);

impl Drained {
    /// The same body, whose client may pause for so long.
    pub fn around(body: Body, pause: Duration) -> Body {
        if body.is_end_stream() {
            return body;
        }
        Body::new(TimeoutBody::new(pause, Self(Some(body))))
    }
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let frame = std::task::ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else {
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
