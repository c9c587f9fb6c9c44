//! `/my/sign-in`: coming back by a link to one's own mailbox.

use app::recipients::{ask_sign_in_link_page, mailed_page, sign_in_link_page};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::{Error, Secret};
use domain::{EmailAddress, Refusal};
use http::StatusCode;
use serde::Deserialize;

use super::fields::{At, Fields};
use super::set_up::refused;
use crate::failure::Failure;
use crate::server::Server;
use crate::session;
use crate::visit::Visit;

/// The address, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    email: String,
}

/// Asks for the address.
pub async fn ask(State(server): State<Server>, visit: Visit) -> Html<String> {
    Html(ask_sign_in_link_page(&visit.page(&server), "", None))
}

/// Sends a link, if the address is known. The answer is the same for every address.
pub async fn send(
    State(server): State<Server>,
    visit: Visit,
    Fields(typed): Fields<Typed>,
) -> Result<Response, Failure> {
    let page = visit.page(&server);
    let address: EmailAddress = match typed.email.parse() {
        Ok(address) => address,
        Err(slip) => {
            let slip: domain::email::BadEmail = slip;
            let refusal = Refusal::at("email", slip.to_string());
            return Ok(refused(
                Some(&refusal),
                ask_sign_in_link_page(&page, &typed.email, Some(&refusal)),
            ));
        }
    };
    match server
        .backend
        .recipients()
        .request_sign_in_link(address.as_str(), &visit.client)
        .await
    {
        Ok(_) => Ok(Html(mailed_page(&page, address.as_str())).into_response()),
        Err(Error::Refused(refusal)) => Ok(refused(
            Some(&refusal),
            ask_sign_in_link_page(&page, &typed.email, Some(&refusal)),
        )),
        Err(fault) => Err(fault.into()),
    }
}

/// Whom the link signs in. Looking at it signs nobody in: mail scanners look, too.
pub async fn look(
    State(server): State<Server>,
    visit: Visit,
    At(secret): At<String>,
) -> Result<Response, Failure> {
    let secret = Secret::new(secret);
    let masked = server.backend.recipients().look_sign_in_link(&secret).await?;
    let action = format!("/my/sign-in/{}", secret.reveal());
    let status = if masked.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    Ok((
        status,
        Html(sign_in_link_page(
            &visit.page(&server),
            &action,
            masked.as_deref(),
        )),
    )
        .into_response())
}

/// Signs in.
pub async fn sign_in(
    State(server): State<Server>,
    visit: Visit,
    At(secret): At<String>,
) -> Result<Response, Failure> {
    match server
        .backend
        .recipients()
        .sign_in_by_link(&Secret::new(secret), &visit.client)
        .await
    {
        Ok(session) => Ok((
            session::begin_my(&server, &visit, &session).await,
            Redirect::to("/my"),
        )
            .into_response()),
        Err(Error::Refused(Refusal::NotFound)) => Ok((
            StatusCode::NOT_FOUND,
            Html(sign_in_link_page(&visit.page(&server), "", None)),
        )
            .into_response()),
        Err(error) => Err(error.into()),
    }
}
