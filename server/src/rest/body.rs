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

use super::Problem;
use super::door::{Input, Operation};
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
        read(&bytes).map(Self)
    }
}

/// Reads JSON, and says which field cannot be read.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::field(pointer, without_place(&inner.to_string()))
        } else {
            Problem::malformed(format!(
                "This is not JSON: {}.",
                without_place(&inner.to_string())
            ))
        }
    })?;
    reader
        .end()
        .map_err(|_| Problem::malformed("There is something behind the JSON."))?;
    Ok(value)
}

/// The place within the text says nothing to somebody who sent a value.
fn without_place(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(words, _)| words)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
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
    axum::extract::Query::<T>::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|error| {
            let sentence = error.body_text();
            let sentence = sentence
                .rsplit_once("query string: ")
                .map_or(&*sentence, |(_, words)| words);
            let name = sentence
                .split('`')
                .nth(1)
                .or_else(|| sentence.split(':').next())
                .unwrap_or_default();
            Problem::parameter(name, sentence)
        })
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

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sent {
        #[expect(dead_code, reason = "only read")]
        codes: Vec<Code>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Code {
        #[expect(dead_code, reason = "only read")]
        number: u8,
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_pointer() {
        let wrong = |text: &str| format!("{:?}", read::<Sent>(text.as_bytes()).expect_err(text));
        assert!(wrong(r#"{"codes":[{"number":1},{"number":"x"}]}"#).contains("/codes/1/number"));
        assert!(wrong(r#"{"codes":[],"expires":1}"#).contains("unknown field `expires`"));
        assert!(wrong("{").contains("malformed-request"));
        assert!(wrong(r#"{"codes":[]} x"#).contains("malformed-request"));
        assert!(is_json("application/json; charset=utf-8") && !is_json("text/plain"));
    }
}
