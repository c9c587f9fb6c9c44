//! `/invitation/{secret}`: an invited admin accepts.

use app::plain::Confirmation;
use app::sign_in::{invitation_gone_page, invitation_page};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::{Error, Secret};
use domain::Refusal;
use domain::people::AcceptForm;
use http::StatusCode;

use super::confirmation::Confirmed;
use super::fields::LinkSecret;
use super::set_up::refused;
use crate::cookies::{SentCookies, TAKES_COOKIES};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{self, SetCookie};

/// Who invites whom, and the form.
pub async fn show(
    State(server): State<Server>,
    visit: RequestContext,
    LinkSecret(secret): LinkSecret,
) -> Result<Response, Failure> {
    let nothing = AcceptForm::default();
    let page = form(&server, &visit, &secret, &nothing, None, Confirmation::Asked).await?;
    Ok((first_cookie(&server), page).into_response())
}

/// Checks whether the browser accepts cookies before the invitation is accepted.
fn first_cookie(server: &Server) -> SetCookie {
    SetCookie::private(
        &server.public_url,
        TAKES_COOKIES,
        "1",
        "/invitation",
        24 * 60 * 60,
    )
}

/// Accepts the invitation, and signs in.
pub async fn accept(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    LinkSecret(secret): LinkSecret,
    sent: Confirmed<AcceptForm>,
) -> Result<Response, Failure> {
    let typed = match sent {
        Confirmed::ByPerson(typed) => typed,
        Confirmed::ByNobody(typed) => {
            return form(&server, &visit, &secret, &typed, None, Confirmation::AskedAgain).await;
        }
    };
    if cookies.are_refused() {
        let page = form(
            &server,
            &visit,
            &secret,
            &typed,
            None,
            Confirmation::WithoutCookies,
        )
        .await?;
        return Ok((first_cookie(&server), page).into_response());
    }
    match server
        .backend
        .people()
        .accept_invitation(&secret, &typed, &visit.client)
        .await
    {
        Ok(session) => Ok((
            session::begin(&server, &visit, &session).await,
            Redirect::to("/tokens"),
        )
            .into_response()),
        Err(Error::Refused(refusal)) => {
            form(
                &server,
                &visit,
                &secret,
                &typed,
                Some(&refusal),
                Confirmation::Asked,
            )
            .await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn form(
    server: &Server,
    visit: &RequestContext,
    secret: &Secret,
    typed: &AcceptForm,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> Result<Response, Failure> {
    let page = visit.page(server);
    match server.backend.people().invitation(secret).await {
        Ok(invitation) => {
            let action = format!("/invitation/{}", secret.reveal());
            let caller = session::caller(server, visit).await?;
            let signed_in_as = caller.as_ref().map(backend::Caller::name);
            let html = invitation_page(&page, &action, &invitation, signed_in_as, typed, refusal, press);
            Ok(match press {
                Confirmation::Asked => refused(refusal, html),
                Confirmation::AskedAgain | Confirmation::WithoutCookies => {
                    (StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response()
                }
            })
        }
        Err(Error::Refused(Refusal::NotFound)) => {
            Ok((StatusCode::NOT_FOUND, Html(invitation_gone_page(&page))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
