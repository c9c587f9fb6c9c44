//! An answer that the product gave, to be given again: the same status, headers and bytes.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue};

/// An answer, as it was received.
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Reads a head, an empty line and a body; `None` when they are no HTTP/1.1 answer.
    pub fn parse(received: &[u8]) -> Option<Self> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&received[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            let name: HeaderName = name.parse().ok()?;
            // hyper writes these itself.
            if ![DATE, CONTENT_LENGTH, CONNECTION].contains(&name) {
                headers.append(name, HeaderValue::from_str(value).ok()?);
            }
        }
        Some(Self {
            status,
            headers,
            body: Bytes::copy_from_slice(&received[end + 4..]),
        })
    }

    /// Gives it once more.
    pub fn give(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_as_it_was_received() {
        let received = b"HTTP/1.1 303 See Other\r\nlocation: /my/x\r\ncontent-length: 2\r\n\r\nhi";
        let answer = Answer::parse(received).expect("an answer");
        assert_eq!(answer.body, b"hi"[..]);
        let given = answer.give();
        assert_eq!(given.status(), StatusCode::SEE_OTHER);
        assert_eq!(given.headers()["location"], "/my/x");
        assert_eq!(given.headers().len(), 1);
        assert!(Answer::parse(b"nonsense").is_none());
    }
}
