//! The headers of what hyper answers by itself: an invalid request gets a bare 400, 414 or 431 from it, which no layer
//! of this program sees. The headers are added where the bytes are written.
//!
//! Only the beginning of an answer is examined: when every request has its answer, no body is being sent, and
//! everything written before has been sent. So nothing within an answer, which may be somebody's file, is mistaken for
//! such a head.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Activity;

/// The longest head that hyper writes by itself.
const LONGEST: usize = 256;

/// What is added, in front of the blank line.
const HEADERS: &str = "x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n\
                       cross-origin-opener-policy: same-origin\r\ncross-origin-resource-policy: same-origin\r\n\
                       permissions-policy: camera=(), geolocation=(), microphone=(), payment=()\r\n\
                       referrer-policy: no-referrer\r\ncache-control: no-store\r\n\
                       content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n";

/// A connection whose bare answers get their headers.
pub(super) struct Dressed {
    stream: TcpStream,
    activity: Activity,
    /// Whether everything that was written has been sent.
    is_flushed: bool,
    /// What is written in place of a bare answer, how much of it has been sent, and how long the bare answer is.
    instead: Option<(Vec<u8>, usize, usize)>,
}

impl Dressed {
    pub(super) fn new(stream: TcpStream, activity: Activity) -> Self {
        Self {
            stream,
            activity,
            is_flushed: true,
            instead: None,
        }
    }

    /// Writes the replacement of a bare answer; `None` when there is nothing to replace.
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<usize>>> {
        while let Some((text, left, bare)) = &mut self.instead {
            let Some(rest) = text.get(*left..).filter(|rest| !rest.is_empty()) else {
                let bare = *bare;
                self.instead = None;
                return Poll::Ready(Some(Ok(bare)));
            };
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest)) {
                Ok(0) => return Poll::Ready(Some(Err(io::ErrorKind::WriteZero.into()))),
                Ok(written) => *left += written,
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(None)
    }

    /// Notes that something is written, and what is sent instead of it.
    fn begin(&mut self, first: &[u8], length: usize) {
        let begins = std::mem::take(&mut self.is_flushed);
        if self.instead.is_none()
            && begins
            && length == first.len()
            && let Some(text) = dressed(first)
            && self.activity.is_between_answers()
        {
            self.instead = Some((text, 0, length));
        }
    }
}

/// A bare head from hyper with the headers added; `None` for everything else.
fn dressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > LONGEST {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .or(head.strip_prefix("HTTP/1.0 "))?;
    let is_bare = ["400 ", "414 ", "431 "]
        .iter()
        .any(|bare| status.starts_with(bare))
        && head.contains("\r\ncontent-length: 0")
        && !head.contains("x-content-type-options");
    is_bare.then(|| format!("{head}\r\n{HEADERS}\r\n").into_bytes())
}

impl AsyncRead for Dressed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Dressed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.begin(bytes, bytes.len());
        match ready!(self.poll_instead(context)) {
            Some(written) => Poll::Ready(written),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = pieces.iter().find(|piece| !piece.is_empty());
        let length = pieces.iter().map(|piece| piece.len()).sum();
        self.begin(first.map_or(&[], |piece| piece), length);
        match ready!(self.poll_instead(context)) {
            Some(written) => Poll::Ready(written),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_flushed = true;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_head_is_dressed() {
        let bare = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let text = String::from_utf8(dressed(bare.as_bytes()).expect("dressed")).expect("text");
        assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}");
        assert!(text.ends_with("frame-ancestors 'none'\r\n\r\n"), "{text}");
        for other in [
            &bare.replace("400 Bad Request", "200 OK"),
            &bare.replace("\r\n\r\n", "\r\nx-content-type-options: nosniff\r\n\r\n"),
            &bare.replace(": 0", ": 7"),
            &format!("{bare}body"),
            "",
        ] {
            assert!(dressed(other.as_bytes()).is_none(), "{other}");
        }
    }
}
