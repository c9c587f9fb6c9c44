//! What is wrong with a request, as problem details (RFC 9457).
//!
//! The outermost layer writes them out, because it knows the id of the request. So whatever refuses, a door or a
//! layer around it, is told in the same form.

use app::plain::Wrong;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{Problems, Refusal};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::failure::Failure;

/// When to try again what could not be done for want of room or of a database.
const BUSY_SECONDS: i64 = 5;

/// Each kind of problem: its word, and what it means in general.
pub const KINDS: &[(&str, &str)] = &[
    ("malformed-request", "The request cannot be read."),
    ("missing-token", "The request has no token."),
    (
        "invalid-token",
        "The token opens nothing: it is unknown, mistyped or was withdrawn.",
    ),
    ("token-expired", "The token's time is over."),
    ("token-suspended", "The token is paused."),
    (
        "wipe-requested",
        "The app is to remove everything that it holds from the device, and to say so at /oauth/wipe.",
    ),
    (
        "insufficient-scope",
        "The token, or the person behind it, may not do this.",
    ),
    (
        "person-required",
        "Only a person who is signed in may do this; tokens may not.",
    ),
    ("ip-not-allowed", "The token may not be used from this address."),
    ("plaintext-transport", "The token travelled without encryption."),
    (
        "policy-lifetime-exceeded",
        "The token lives longer than the organisation's policy allows.",
    ),
    (
        "policy-networks-required",
        "The token is limited to no network, which the organisation's policy asks for.",
    ),
    ("feature-off", "The organisation does not have this feature."),
    ("forbidden", "This is refused."),
    (
        "not-found",
        "There is nothing under this address, or the caller has no access to it.",
    ),
    ("method-not-allowed", "The address does not know this method."),
    ("conflict", "The state of things does not allow this."),
    (
        "count-mismatch",
        "Another number of things fits than was expected.",
    ),
    (
        "idempotency-in-progress",
        "The first request with this key is still running.",
    ),
    (
        "idempotency-key-reused",
        "This key was used with another request.",
    ),
    ("precondition-failed", "It was changed since it was read."),
    ("too-large", "More was sent than is taken here."),
    ("unsupported-media-type", "What was sent is not JSON."),
    ("validation-failed", "Some fields do not fit."),
    ("rate-limited", "Too many requests."),
    ("fault", "Something went wrong on the server."),
    ("unavailable", "The server is busy or being looked after."),
];

/// Fields of forms that the API knows by another name.
const NAMES: [(&str, &str); 11] = [
    ("token_type", "type"),
    ("no_of_tokens", "number_of_tokens"),
    ("collection", "collection_id"),
    ("department", "department_id"),
    ("parent", "parent_id"),
    ("owner", "owner_id"),
    ("user_type", "user_type_id"),
    ("starts", "starts_at"),
    ("expires", "expires_on"),
    ("search", "q"),
    ("redirects", "redirect_uris"),
];

/// What is wrong with a request.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// The same, with another name for a field: where an operation calls it otherwise than most do.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let from = format!("/{from}");
        for error in &mut self.errors {
            if error["pointer"] == from.as_str() {
                error["pointer"] = json!(format!("/{to}"));
            }
        }
        self
    }

    /// The same of parameters that were sent as an object in a field of the body.
    #[must_use]
    pub fn in_body(self, field: &str) -> Self {
        let fields = self.errors.iter().filter_map(|error| {
            let (name, detail) = (error["parameter"].as_str()?, error["detail"].as_str()?);
            Some((format!("/{field}/{name}"), detail.to_owned()))
        });
        Self::fields(fields.collect())
    }

    /// The same, with its fields within another one: where what does not fit is only a part of what was sent.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        for error in &mut self.errors {
            if let Some(pointer) = error["pointer"].as_str() {
                error["pointer"] = json!(format!("/{field}{pointer}"));
            }
        }
        self
    }

    /// A problem of a kind, in words for anyone who reads the log of the program that called.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        debug_assert!(
            KINDS.iter().any(|(kind, _)| *kind == code),
            "no such kind of problem: {code}"
        );
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", detail)
    }

    /// A field of the body does not fit.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::fields(vec![(pointer.into(), detail.into())])
    }

    /// Some fields of the body do not fit: their pointers, and why.
    pub fn fields(fields: Vec<(String, String)>) -> Self {
        let sentence = match fields.as_slice() {
            [(_, detail)] => detail.clone(),
            several => {
                let each = several
                    .iter()
                    .map(|(pointer, detail)| format!("{pointer}: {detail}"));
                each.collect::<Vec<_>>().join(" ")
            }
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", sentence);
        let errors = fields.into_iter();
        problem.errors = errors
            .map(|(pointer, detail)| json!({ "pointer": pointer, "code": "invalid", "detail": detail }))
            .collect();
        problem
    }

    /// A parameter of the address does not fit.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::malformed(detail.clone());
        problem
            .errors
            .push(json!({ "parameter": name, "code": "invalid", "detail": detail }));
        problem
    }

    /// With a line in the head of the answer.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// No token was sent (RFC 6750: no error code then).
    pub fn missing_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "missing-token",
            "Send an API token in the head of the request: Authorization: Bearer twa_…",
        )
        .with(WWW_AUTHENTICATE, "Bearer realm=\"tokenwright\"")
    }

    /// The token opens nothing; why is not said.
    pub fn invalid_token() -> Self {
        Self::refused_token(
            "invalid-token",
            "This token opens nothing. Check that it is whole, and that it was not withdrawn.",
        )
    }

    /// The token is real, and its holder may know what holds it back.
    pub fn refused_token(code: &'static str, detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail).with(
            WWW_AUTHENTICATE,
            "Bearer realm=\"tokenwright\", error=\"invalid_token\"",
        )
    }

    /// A permission is missing.
    pub fn insufficient_scope(permission: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "insufficient-scope",
            format!("This needs the permission {permission}, which the token or the person behind it does not have."),
        )
        .with(
            WWW_AUTHENTICATE,
            &format!("Bearer realm=\"tokenwright\", error=\"insufficient_scope\", scope=\"{permission}\""),
        )
    }

    /// What a bare status says, when that is all there is.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method-not-allowed",
                "This address does not know this method.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "too-large",
                "What was sent is larger than what is taken here.",
            ),
            StatusCode::NOT_FOUND => Refusal::NotFound.into(),
            status if status.is_server_error() => Wrong::Unavailable.into(),
            _ => Self {
                status,
                ..Self::malformed("The request cannot be read.")
            },
        }
    }

    /// Writes out what is wrong with a request of a program, if anything is.
    pub fn show(public_url: &str, request: &str, response: Response) -> Response {
        let problem = match (
            response.extensions().get::<Self>(),
            response.extensions().get::<Failure>(),
        ) {
            (Some(problem), _) => problem.clone(),
            (None, Some(failure)) => failure.0.clone().into(),
            (None, None) if response.status().is_client_error() || response.status().is_server_error() => {
                Self::of_status(response.status())
            }
            (None, None) => return response,
        };
        let (head, _) = response.into_parts();
        let mut shown = problem.written(public_url, request);
        for (name, value) in &head.headers {
            if !shown.headers().contains_key(name) && *name != http::header::CONTENT_LENGTH {
                shown.headers_mut().append(name, value.clone());
            }
        }
        shown
    }

    /// What tests look at.
    #[cfg(test)]
    pub fn as_json(&self) -> Value {
        json!({
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "errors": self.errors,
        })
    }

    fn written(&self, public_url: &str, request: &str) -> Response {
        let title = KINDS
            .iter()
            .find(|(kind, _)| *kind == self.code)
            .map_or("", |(_, title)| *title);
        let mut body = json!({
            "type": format!("{public_url}/problems/{}", self.code),
            "title": title,
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "instance": request,
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors.clone());
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        response
    }
}

impl IntoResponse for Problem {
    /// The bare status, with what is wrong beside it for [`Problem::show`].
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            Refusal::SignedOut => Self::missing_token(),
            Refusal::Forbidden => Self::new(StatusCode::FORBIDDEN, "forbidden", sentence),
            Refusal::FeatureOff => Self::new(StatusCode::FORBIDDEN, "feature-off", sentence),
            Refusal::NotFound => Self::new(StatusCode::NOT_FOUND, "not-found", sentence),
            Refusal::Malformed => Self::malformed("Part of what was sent is missing or cannot be read."),
            Refusal::Invalid(problems) => Self::from(problems),
            Refusal::Conflict(sentence) => Self::new(StatusCode::CONFLICT, "conflict", sentence),
            Refusal::TooMany { seconds } => {
                let wait = domain::refusal::seconds_in_words(seconds);
                let sentence = format!("Too many requests. Wait {wait} and send the next one.");
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", sentence)
                    .with(RETRY_AFTER, &seconds.to_string())
            }
        }
    }
}

impl From<Problems> for Problem {
    fn from(problems: Problems) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation-failed",
            problems.to_string(),
        );
        for (field, sentence) in problems.iter() {
            let name = NAMES
                .iter()
                .find(|(form, _)| *form == field)
                .map_or(field, |(_, name)| *name);
            problem
                .errors
                .push(json!({ "pointer": format!("/{name}"), "code": "invalid", "detail": sentence }));
        }
        problem
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Refused(refusal) => refusal.into(),
            Wrong::OtherSite => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "This came from another site's page in a browser, so nothing was changed.",
            ),
            Wrong::TooLarge => Self::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            Wrong::Malformed => Self::malformed("The request cannot be read."),
            Wrong::Fault { id } => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "fault",
                format!("Something went wrong on the server. Quote {id} when you ask about it."),
            ),
            Wrong::Unavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The server is busy or being looked after. Try again in a moment.",
            )
            .with(RETRY_AFTER, &BUSY_SECONDS.to_string()),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.0.into()
    }
}

impl From<backend::Error> for Problem {
    fn from(error: backend::Error) -> Self {
        Failure::from(error).into()
    }
}
