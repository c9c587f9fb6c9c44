//! Errors as answers: as a page in the style of the site, or in a form that scripts can read.
//!
//! A handler says only what is wrong. How it is shown depends on who asked, which the outermost layer knows.

use app::ApiError;
use app::plain::{Wrong, error_page};
use axum::response::{Html, IntoResponse, Response};
use domain::Refusal;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use leptos::server_fn::ContentType;
use leptos::server_fn::error::FromServerFnError;

use crate::request_context::RequestContext;
use crate::rest::Problem;
use crate::route::ResponseKind;
use crate::server::Server;

/// When to retry what failed for lack of space or of a database.
pub(crate) const BUSY_SECONDS: i64 = 5;

/// Why a handler has no answer.
#[derive(Debug, Clone)]
pub struct Failure(pub Wrong);

impl Failure {
    /// Nothing under this address, or not for this reader.
    pub fn not_found() -> Self {
        Self(Wrong::Refused(Refusal::NotFound))
    }

    /// Something broke: the log gets the cause, the reader an id.
    pub fn fault(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        backend::Error::Fault(backend::Fault::new(cause)).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self(Wrong::Refused(refusal))
    }
}

impl From<backend::Error> for Failure {
    fn from(error: backend::Error) -> Self {
        match error {
            backend::Error::Refused(refusal) => refusal.into(),
            backend::Error::Fault(fault) => {
                fault.log();
                if fault.is_passing() {
                    Self(Wrong::Unavailable)
                } else {
                    Self(Wrong::Fault {
                        id: fault.id().into(),
                    })
                }
            }
        }
    }
}

impl IntoResponse for Failure {
    /// The bare status, with what is wrong attached for [`show`].
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes out what is wrong.
pub fn show(server: &Server, visit: &RequestContext, response: Response) -> Response {
    let is_of_api = visit.route.is_some_and(|route| route.kind == ResponseKind::Api);
    if is_of_api || response.extensions().get::<Problem>().is_some() {
        return Problem::show(server.public_url.as_str(), &visit.id, response);
    }
    let (head, _) = match response.extensions().get::<Failure>() {
        Some(_) => response.into_parts(),
        None => return response,
    };
    let Some(Failure(wrong)) = head.extensions.get::<Failure>().cloned() else {
        return head.into_response();
    };
    let mut shown = match visit.route.map(|route| route.kind) {
        Some(ResponseKind::Function) => for_function(&wrong),
        Some(ResponseKind::Script) => sentence(&wrong).into_response(),
        _ => Html(error_page(&visit.page(server), &wrong)).into_response(),
    };
    *shown.status_mut() = head.status;
    let wait = match wrong {
        Wrong::Refused(Refusal::TooMany { seconds }) => Some(seconds),
        Wrong::Unavailable => Some(BUSY_SECONDS),
        _ => None,
    };
    if let Some(Ok(seconds)) = wait.map(|seconds| seconds.to_string().parse()) {
        shown.headers_mut().insert(http::header::RETRY_AFTER, seconds);
    }
    for (name, value) in &head.headers {
        if !shown.headers().contains_key(name) {
            shown.headers_mut().append(name, value.clone());
        }
    }
    shown
}

fn status(wrong: &Wrong) -> StatusCode {
    StatusCode::from_u16(wrong.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A form that the admin pages can read.
fn for_function(wrong: &Wrong) -> Response {
    let error = match wrong {
        Wrong::Fault { id } => ApiError::Fault { id: id.clone() },
        Wrong::Refused(refusal) => ApiError::Refused(refusal.clone()),
        other => ApiError::Refused(Refusal::Conflict(sentence(other))),
    };
    // Written like the answers of server functions: the browser reads nothing else.
    let kind = <ApiError as FromServerFnError>::Encoder::CONTENT_TYPE;
    ([(CONTENT_TYPE, kind)], error.ser()).into_response()
}

/// What went wrong, for scripts that show it as it is.
fn sentence(wrong: &Wrong) -> String {
    match wrong {
        Wrong::Fault { id } => format!("Something went wrong on our side. Quote {id} when you ask about it."),
        Wrong::Refused(refusal) => refusal.to_string(),
        Wrong::OtherSite => {
            "This did not come from our own page, so nothing was changed. Reload, and try again.".into()
        }
        Wrong::TooLarge => "This is larger than what fits here.".into(),
        Wrong::Malformed => "This did not arrive whole. Try again.".into(),
        Wrong::Unavailable => "The site is busy or being looked after. Try again in a minute.".into(),
    }
}
