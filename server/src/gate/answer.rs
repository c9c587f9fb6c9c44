//! What each proxy understands.
//!
//! * Let through: 200 and nothing else, with every header that identifies somebody, each once, empty where there is
//!   nothing to say. A header that is missing lets the client's own through behind some proxies.
//! * Refused: 403, with a page or JSON.
//! * Exchange: 303 with a place and a cookie; for nginx 401, which its configuration makes a 303.

use app::gate_page::{self, GatePage};
use axum::response::{Html, IntoResponse, Response};
use backend::page_tokens::gate::{Asked, Identity, Verdict};
use domain::page_tokens::REFUSAL;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
    VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::heads::wants_html;
use crate::failure::BUSY_SECONDS;

/// The door that was asked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `/gate/nginx`.
    Nginx,
    /// `/gate/forward`.
    Forward,
    /// `/gate/envoy`.
    Envoy,
}

impl Door {
    /// The word in metrics and logs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Forward => "forward",
            Self::Envoy => "envoy",
        }
    }
}

/// Pages of the gate stand on somebody else's site, so their style is their own.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A verdict, as a door says it.
pub fn of(door: Door, asked: &Asked<'_>, verdict: Verdict, headers: &HeaderMap) -> Response {
    match verdict {
        Verdict::Allowed(identity) => allowed(&identity, ""),
        Verdict::Asserted(identity, assertion) => allowed(&identity, assertion.reveal()),
        Verdict::Exchange { location, cookie } => {
            let status = if door == Door::Nginx {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::SEE_OTHER
            };
            let mut answer = bare(status);
            let (Ok(location), Ok(cookie)) = (
                HeaderValue::from_bytes(&location),
                HeaderValue::try_from(cookie.header()),
            ) else {
                return untrusted(headers);
            };
            answer.headers_mut().insert(LOCATION, location);
            answer.headers_mut().insert(SET_COOKIE, cookie);
            answer
        }
        other => page(asked, &other, headers),
    }
}

fn allowed(identity: &Identity, assertion: &str) -> Response {
    let mut answer = bare(StatusCode::OK);
    let token = identity.token.map(|token| token.to_string()).unwrap_or_default();
    let user = identity.user().unwrap_or_default();
    for (name, value) in [
        ("remote-user", user.as_str()),
        ("remote-groups", &identity.groups),
        ("remote-name", &identity.name),
        ("remote-email", &identity.email),
        ("tokenwright-token-id", &token),
        ("tokenwright-assertion", assertion),
    ] {
        // Control characters are refused where these are typed; should there be one all the same, nothing is said.
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap_or(HeaderValue::from_static(""));
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
    answer
}

/// What somebody reads who is not let through.
pub fn page(asked: &Asked<'_>, verdict: &Verdict, headers: &HeaderMap) -> Response {
    let page = match verdict {
        Verdict::Confirm => GatePage::Confirm {
            target: target(asked.url),
        },
        Verdict::CookieNeeded => GatePage::CookieNeeded,
        _ => GatePage::Refused,
    };
    refusal(&page, headers)
}

/// The refusal of somebody of whom nothing is known.
pub fn untrusted(headers: &HeaderMap) -> Response {
    refusal(&GatePage::Refused, headers)
}

/// Something broke, or too many wait: nobody is let in, and whoever asked may ask again soon.
pub fn fault(error: backend::Error) -> Response {
    if let backend::Error::Fault(fault) = &error {
        fault.log();
    }
    let mut answer = bare(StatusCode::SERVICE_UNAVAILABLE);
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(BUSY_SECONDS));
    answer
}

fn refusal(page: &GatePage, headers: &HeaderMap) -> Response {
    let mut answer = if wants_html(headers) {
        Html(gate_page::gate_page(page)).into_response()
    } else {
        let body = serde_json::json!({ "error": REFUSAL, "status": 403 });
        ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    };
    *answer.status_mut() = StatusCode::FORBIDDEN;
    let own = answer.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    own.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    own.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    own.insert(VARY, HeaderValue::from_static("accept"));
    answer
}

fn bare(status: StatusCode) -> Response {
    let mut answer = status.into_response();
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
        .headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

/// The path and query of a URL, with which a form comes back to it.
fn target(url: &[u8]) -> String {
    let text = String::from_utf8_lossy(url);
    let start = text.find("://").map_or(0, |at| at + 3);
    let path = text[start..]
        .find(['/', '?'])
        .map_or("/", |at| &text[start + at..]);
    if path.starts_with('?') {
        format!("/{path}")
    } else {
        path.to_owned()
    }
}
