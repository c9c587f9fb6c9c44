//! The token that a program asks about.

use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Form, FromRequest, Request};
use backend::Caller;
use futures::future::{poll_fn, ready};
use futures::{StreamExt, stream};
use http::header::CONTENT_TYPE;

use super::Sent;
use crate::rest::Problem;
use crate::server::Server;

/// How a form says what it is.
const FORM: &str = "application/x-www-form-urlencoded";

/// The most bytes of a form that may be a token alone.
const SHORT: usize = 256;

/// A question about a token.
pub struct Question {
    /// Who asks, as the guard let them in.
    pub caller: Caller,
    /// The token, which is there.
    pub token: String,
}

impl FromRequest<Server> for Question {
    type Rejection = Problem;

    async fn from_request(mut request: Request, server: &Server) -> Result<Self, Problem> {
        // Nobody else asks for the caller here, so that it need not be copied.
        let caller = request.extensions_mut().remove::<Caller>();
        let caller = caller.ok_or_else(Problem::missing_token)?;
        let said = request.headers().get(CONTENT_TYPE);
        let token = match said.is_some_and(|said| said == FORM) {
            true => of_a_form(request, server).await?,
            false => any(request, server).await?,
        };
        match &*token {
            "" => Err(Problem::malformed(
                "Send the token that you ask about as a form: token=…",
            )),
            _ => Ok(Self { caller, token }),
        }
    }
}

/// The token of a form, which is read in place where it is short and arrived in one piece.
async fn of_a_form(request: Request, server: &Server) -> Result<String, Problem> {
    let (head, mut body) = request.into_parts();
    let first = match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        Some(Err(error)) => return Err(no_form(error)),
        None => Bytes::new(),
    };
    if body.is_end_stream()
        && first.len() <= SHORT
        && let Some(token) = alone(&first)
    {
        return Ok(token.to_owned());
    }
    let pieces = stream::once(ready(Ok(first))).chain(body.into_data_stream());
    any(Request::from_parts(head, Body::from_stream(pieces)), server).await
}

/// The token of a form that has no other field and needs no decoding, as nearly all are.
fn alone(form: &[u8]) -> Option<&str> {
    let token = form.strip_prefix(b"token=")?;
    let is_plain = token
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    std::str::from_utf8(token).ok().filter(|_| is_plain)
}

/// The token of any form.
async fn any(request: Request, server: &Server) -> Result<String, Problem> {
    let Form(sent) = Form::<Sent>::from_request(request, server)
        .await
        .map_err(no_form)?;
    Ok(sent.token)
}

fn no_form<E>(_: E) -> Problem {
    Problem::malformed("Send the token as a form: token=…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_alone_needs_no_decoding_and_everything_else_is_read_as_a_form() {
        assert_eq!(alone(b"token=twa_0aZ"), Some("twa_0aZ"));
        assert_eq!(alone(b"token="), Some(""));
        for other in [
            "",
            "token",
            "Token=a",
            "token=a&token_type_hint=access_token",
            "token_type_hint=x&token=a",
            "token=a%5F",
            "token=a+b",
            "token=\u{e4}",
        ] {
            assert_eq!(alone(other.as_bytes()), None, "{other}");
        }
    }
}
