//! What comes from outside about mail: mails that came back, readers who refuse reminders; and a mail's HTML.

use app::recipients::unsubscribe_page;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use backend::mail::Reader;
use domain::MailId;
use domain::mail::TemplateForm;
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use super::fields::{At, Fields};
use crate::failure::Failure;
use crate::server::Server;
use crate::session::Admin;
use crate::visit::Visit;

/// A mail is shown in a frame of ours, with its own styles and nothing else: no script, no picture from elsewhere.
const LETTER: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; \
     form-action 'none'; sandbox";

/// Where a message about a mail was sent to, when whoever hands it over knows.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct To {
    to: Option<String>,
}

/// Takes a message about a mail that came back. The answer is the same for everything.
pub async fn bounced(
    State(server): State<Server>,
    Query(To { to }): Query<To>,
    message: Bytes,
) -> Result<StatusCode, Failure> {
    server.backend.mail().take_back(to.as_deref(), &message).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The page on which a reader refuses to be reminded.
pub async fn reader(
    State(server): State<Server>,
    visit: Visit,
    At(key): At<String>,
) -> Result<Response, Failure> {
    let reader = server.backend.mail().reader(&key).await?;
    Ok(page(&server, &visit, &key, reader))
}

/// Reminds them no more. Mail programs send this by themselves when their reader says so (RFC 8058).
pub async fn refuse(
    State(server): State<Server>,
    visit: Visit,
    At(key): At<String>,
) -> Result<Response, Failure> {
    let reader = server.backend.mail().refuse_reminders(&key).await?;
    Ok(page(&server, &visit, &key, reader))
}

fn page(server: &Server, visit: &Visit, key: &str, reader: Option<Reader>) -> Response {
    let status = match reader {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    };
    let refused = reader.as_ref().is_some_and(|reader| reader.refused);
    let reader = reader
        .as_ref()
        .map(|reader| (reader.masked.as_str(), reader.organisation.as_str()));
    let page = unsubscribe_page(&visit.page(server), key, reader, refused);
    (status, Html(page)).into_response()
}

/// A mail's HTML.
pub async fn letter(
    State(server): State<Server>,
    Admin(caller): Admin,
    At(id): At<MailId>,
) -> Result<Response, Failure> {
    let html = server.backend.mail().html(&caller, id).await?;
    Ok(framed(html))
}

/// An answer that only our own pages show, in a frame.
pub fn framed(html: String) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(LETTER)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    (headers, Html(html)).into_response()
}

/// A text of mails that is being written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Written {
    key: String,
    language: String,
    #[serde(flatten)]
    form: TemplateForm,
}

/// The HTML of a text that is being written.
pub async fn preview(
    State(server): State<Server>,
    Admin(caller): Admin,
    Fields(Written { key, language, form }): Fields<Written>,
) -> Result<Response, Failure> {
    let mail = server.backend.mail();
    let (_, html) = mail.preview_template(&caller, &key, &language, &form).await?;
    Ok(framed(html))
}
