//! `/setup`: the first organisation, with the code from the log.

use app::sign_in::set_up_page;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::Error;
use domain::Refusal;
use domain::organisations::SetUpForm;
use http::StatusCode;

use super::fields::Fields;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session;

/// The form, as long as there is no organisation.
pub async fn show(State(server): State<Server>, visit: RequestContext) -> Result<Response, Failure> {
    if server.is_set_up().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    Ok(form(&server, &visit, &SetUpForm::default(), None))
}

/// Makes the organisation, and signs its owner in.
pub async fn create(
    State(server): State<Server>,
    visit: RequestContext,
    Fields(typed): Fields<SetUpForm>,
) -> Result<Response, Failure> {
    if server.is_set_up().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    match server
        .backend
        .organisations()
        .set_up(&typed, &server.setup_code, &visit.client)
        .await
    {
        Ok(session) => Ok((
            session::begin(&server, &visit, &session).await,
            Redirect::to("/tokens"),
        )
            .into_response()),
        Err(Error::Refused(refusal)) => Ok(form(&server, &visit, &typed, Some(&refusal))),
        Err(fault) => Err(fault.into()),
    }
}

fn form(server: &Server, visit: &RequestContext, typed: &SetUpForm, refusal: Option<&Refusal>) -> Response {
    let zones = server.backend.organisations().time_zones();
    refused(refusal, set_up_page(&visit.page(server), typed, refusal, &zones))
}

/// A page with a form: with the status of the refusal, if it was refused.
pub fn refused(refusal: Option<&Refusal>, html: String) -> Response {
    let status = refusal
        .and_then(|refusal| StatusCode::from_u16(refusal.status()).ok())
        .unwrap_or(StatusCode::OK);
    (status, Html(html)).into_response()
}
