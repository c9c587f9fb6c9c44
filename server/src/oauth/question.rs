//! The token that a program asks about.

use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};

use super::Sent;
use crate::rest::Problem;
use crate::server::Server;

/// How a form says what it is.
const FORM: &str = "application/x-www-form-urlencoded";

/// The token of a form, which is there.
pub struct Question(pub String);

impl FromRequest<Server> for Question {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        let said = request.headers().get(CONTENT_TYPE);
        let token = match said.is_some_and(|said| said == FORM) {
            true => {
                let bytes = Bytes::from_request(request, server).await.map_err(no_form)?;
                match alone(&bytes) {
                    Some(token) => token.to_owned(),
                    None => any(with_body(bytes), server).await?,
                }
            }
            false => any(request, server).await?,
        };
        match &*token {
            "" => Err(Problem::malformed(
                "Send the token that you ask about as a form: token=…",
            )),
            _ => Ok(Self(token)),
        }
    }
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

/// The request with this form, whose body was read.
fn with_body(form: Bytes) -> Request {
    let mut request = Request::new(Body::from(form));
    *request.method_mut() = Method::POST;
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    request
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
