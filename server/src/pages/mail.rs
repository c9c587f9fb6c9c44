//! What comes from outside about mail: mails that came back, readers who refuse reminders; a mail's HTML; and the logo and
//! the colour of an organisation.

use app::plain::Wrong;
use app::recipients::unsubscribe_page;
use axum::body::Bytes;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::mail::Reader;
use domain::mail::TemplateForm;
use domain::{MailId, OrganisationId, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

use super::fields::{At, Fields};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::Admin;

/// A mail is shown in a frame of ours, with its own styles and nothing else: no script, no picture from elsewhere.
const LETTER: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; \
     form-action 'none'; sandbox";

/// The page that the logo is sent from.
const SETTINGS: &str = "/administrator/mail/settings";

/// A logo or a colour that changed has another address.
const KEPT: &str = "public, max-age=86400";

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
    visit: RequestContext,
    At(key): At<String>,
) -> Result<Response, Failure> {
    let reader = server.backend.mail().reader(&key).await?;
    Ok(page(&server, &visit, &key, reader))
}

/// Reminds them no more. Mail programs send this by themselves when their reader says so (RFC 8058).
pub async fn refuse(
    State(server): State<Server>,
    visit: RequestContext,
    At(key): At<String>,
) -> Result<Response, Failure> {
    let reader = server.backend.mail().refuse_reminders(&key).await?;
    Ok(page(&server, &visit, &key, reader))
}

fn page(server: &Server, visit: &RequestContext, key: &str, reader: Option<Reader>) -> Response {
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

/// Takes the logo of mails and recipients' pages, or takes it away.
pub async fn set_logo(
    State(server): State<Server>,
    Admin(caller): Admin,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let mail = server.backend.mail();
    mail.may_set_logo(&caller)?;
    let mut form = form.map_err(|_| Failure(Wrong::Malformed))?;
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() == Some("remove") {
            mail.set_logo(&caller, None).await?;
            return Ok(Redirect::to(SETTINGS).into_response());
        }
        // A form in which no file was chosen has one without a name.
        if field.file_name().is_some_and(|name| !name.is_empty()) {
            file = Some(field.bytes().await.map_err(|error| broken(&error))?.to_vec());
        }
    }
    let file = file.ok_or_else(|| Refusal::at("file", "Choose a file."))?;
    mail.set_logo(&caller, Some(file)).await?;
    Ok(Redirect::to(SETTINGS).into_response())
}

fn broken(error: &MultipartError) -> Failure {
    Failure(if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Wrong::TooLarge
    } else {
        Wrong::Malformed
    })
}

/// An organisation's logo. Its address changes with it.
pub async fn logo(
    State(server): State<Server>,
    At(organisation): At<OrganisationId>,
) -> Result<Response, Failure> {
    let png = server.backend.mail().logo(organisation).await?;
    let png = png.ok_or_else(Failure::not_found)?;
    Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, KEPT)], png).into_response())
}

/// An organisation's colour, for its recipients' pages. Its address changes with it.
pub async fn style(
    State(server): State<Server>,
    At(organisation): At<OrganisationId>,
) -> Result<Response, Failure> {
    let css = server.backend.mail().style(organisation).await?;
    let css = css.ok_or_else(Failure::not_found)?;
    let head = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, KEPT)];
    Ok((head, css).into_response())
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
