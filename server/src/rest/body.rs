//! What doors take: read strictly, and refused in words that name the field.

use axum::extract::{FromRequest, FromRequestParts, Request};
use backend::{Backend, Caller};
use http::Uri;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::door::{Input, Operation};
use super::{Problem, reading};
use crate::server::Server;

/// Who calls, as the guard let them in, and what answers.
pub struct Program(pub Caller, pub Backend);

/// What is sent along, as JSON.
pub struct Body<T>(pub T);

/// The parameters of the address.
pub struct Query<T>(pub T);

/// The variable parts of the path.
pub struct Path<T>(pub T);

/// The id of something, in a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct Id {
    /// Its id.
    pub id: Uuid,
}

impl FromRequestParts<Server> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let caller = parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(Problem::missing_token)?;
        Ok(Self(caller, server.backend.clone()))
    }
}

impl<T: DeserializeOwned> FromRequest<Server> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_json);
        if !is_json {
            return Err(Problem::new(
                http::StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Send JSON, and say so in the head of the request: Content-Type: application/json",
            ));
        }
        let bytes = axum::body::Bytes::from_request(request, server)
            .await
            .map_err(|_| {
                Problem::new(
                    http::StatusCode::PAYLOAD_TOO_LARGE,
                    "too-large",
                    "What was sent is larger than what is taken here, or did not arrive whole.",
                )
            })?;
        reading::read(&bytes).map(Self)
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

impl<T: DeserializeOwned> FromRequestParts<Server> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        parameters(&parts.uri).map(Self)
    }
}

/// The parameters of an address.
pub fn parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    if let Some(name) = unreadable(uri.query().unwrap_or_default()) {
        let sentence = "This is not text: what stands behind the % is no UTF-8.";
        return Err(Problem::parameter(&name, sentence));
    }
    axum::extract::Query::<T>::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|error| {
            let sentence = error.body_text();
            let sentence = sentence
                .rsplit_once("query string: ")
                .map_or(&*sentence, |(_, words)| words);
            let (place, message) = match sentence.split_once(": ") {
                Some((place, message)) if is_name(place) => (place, message),
                _ => ("", sentence),
            };
            let name = reading::named(message).unwrap_or(place);
            Problem::parameter(name, in_an_address(message))
        })
}

/// The same words, for what stands in an address.
fn in_an_address(message: &str) -> String {
    reading::in_plain_words(message)
        .replace("There is no field", "There is no parameter")
        .replace("This field is missing", "This parameter is missing")
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_[].-".contains(&byte))
}

/// The name of a parameter that is no text when it is decoded. What it would be read as instead means something else.
fn unreadable(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        [name, value]
            .iter()
            .any(|text| String::from_utf8(percent_decoded(text)).is_err())
            .then(|| String::from_utf8_lossy(&percent_decoded(name)).into_owned())
    })
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two digits of 16 fit into a byte.
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

impl<T: DeserializeOwned + Send> FromRequestParts<Server> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        // An id that cannot be one is answered like an unknown one.
        let path = axum::extract::Path::<T>::from_request_parts(parts, server).await;
        path.map(|path| Self(path.0))
            .map_err(|_| domain::Refusal::NotFound.into())
    }
}

impl Input for axum::extract::State<Server> {
    fn describe(_: &mut Operation<'_>) {}
}

impl Input for Program {
    fn describe(_: &mut Operation<'_>) {}
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.takes.subschema_for::<T>().to_value();
        operation.body =
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameters_of::<T>("query");
    }
}

impl<T: JsonSchema> Input for Path<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameters_of::<T>("path");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Asked {
        q: Option<String>,
        state: Option<State>,
        user_id: Option<Uuid>,
        days: Option<i64>,
        never_used: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum State {
        Active,
        Ended,
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said_at_the_parameter() {
        let wrong = |query: &str| {
            let uri: Uri = format!("/list?{query}").parse().expect("an address");
            parameters::<Asked>(&uri).expect_err(query).as_json()
        };
        for (query, name, sentence) in [
            (
                "q=a&state=foo",
                "state",
                "foo is none of the choices. Choose one of active, ended.",
            ),
            ("user_id=7", "user_id", "This is not an id."),
            ("days=many", "days", "This is not a whole number that fits here."),
            ("never_used=perhaps", "never_used", "This is true or false."),
            (
                "q=%ff",
                "q",
                "This is not text: what stands behind the % is no UTF-8.",
            ),
            (
                "q=a&%C3=1",
                "\u{fffd}",
                "This is not text: what stands behind the % is no UTF-8.",
            ),
            (
                "stat=active",
                "stat",
                "There is no parameter stat. There are q, state, user_id, days, never_used.",
            ),
        ] {
            let problem = wrong(query);
            assert_eq!(problem["status"], 400, "{problem}");
            assert_eq!(problem["errors"][0]["parameter"], name, "{query}: {problem}");
            assert_eq!(problem["errors"][0]["detail"], sentence, "{query}");
        }
        let uri = Uri::from_static("/list?q=100%25+%C3%A4%zz&state=active");
        let read = parameters::<Asked>(&uri).expect("it is text");
        assert_eq!(read.q.as_deref(), Some("100% \u{e4}%zz"));
        assert!(is_json("application/json; charset=utf-8") && !is_json("text/plain"));
    }
}
