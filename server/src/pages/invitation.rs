//! `/invitation/{secret}`: an invited admin comes in.

use app::sign_in::{invitation_gone_page, invitation_page};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::{Error, Secret};
use domain::Refusal;
use domain::people::AcceptForm;
use http::StatusCode;

use super::fields::{At, Fields};
use super::set_up::refused;
use crate::failure::Failure;
use crate::server::Server;
use crate::session;
use crate::visit::Visit;

/// Who invites whom, and the form.
pub async fn show(
    State(server): State<Server>,
    visit: Visit,
    At(secret): At<String>,
) -> Result<Response, Failure> {
    form(
        &server,
        &visit,
        &Secret::new(secret),
        &AcceptForm::default(),
        None,
    )
    .await
}

/// Takes the invitation up, and signs in.
pub async fn accept(
    State(server): State<Server>,
    visit: Visit,
    At(secret): At<String>,
    Fields(typed): Fields<AcceptForm>,
) -> Result<Response, Failure> {
    let secret = Secret::new(secret);
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
        Err(Error::Refused(refusal)) => form(&server, &visit, &secret, &typed, Some(&refusal)).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn form(
    server: &Server,
    visit: &Visit,
    secret: &Secret,
    typed: &AcceptForm,
    refusal: Option<&Refusal>,
) -> Result<Response, Failure> {
    let page = visit.page(server);
    match server.backend.people().invitation(secret).await {
        Ok(invitation) => {
            let action = format!("/invitation/{}", secret.reveal());
            Ok(refused(
                refusal,
                invitation_page(&page, &action, &invitation, typed, refusal),
            ))
        }
        Err(Error::Refused(Refusal::NotFound)) => {
            Ok((StatusCode::NOT_FOUND, Html(invitation_gone_page(&page))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
