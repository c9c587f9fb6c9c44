//! `/my/sign-in`: coming back through a link to one's own mailbox.

use app::plain::Confirmation;
use app::recipients::{ask_sign_in_link_page, mailed_page, sign_in_link_page};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::{Error, Secret};
use domain::{EmailAddress, Refusal};
use http::StatusCode;
use serde::Deserialize;

use super::confirmation::{ButtonAlone, Confirmed};
use super::fields::{Fields, LinkSecret};
use super::set_up::refused;
use crate::cookies::{SentCookies, TAKES_COOKIES};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{self, SetCookie};

/// The address, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    email: String,
}

/// Asks for the address.
pub async fn ask(State(server): State<Server>, visit: RequestContext) -> Html<String> {
    Html(ask_sign_in_link_page(&visit.page(&server), "", None))
}

/// Sends a link, if the address is known. The answer is the same for every address.
pub async fn send(
    State(server): State<Server>,
    visit: RequestContext,
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

/// Whom the link signs in. Opening it signs nobody in: mail scanners open links, too.
pub async fn look(
    State(server): State<Server>,
    visit: RequestContext,
    LinkSecret(secret): LinkSecret,
) -> Result<Response, Failure> {
    let page = link(&server, &visit, &secret, Confirmation::Asked).await?;
    Ok((first_cookie(&server), page).into_response())
}

/// Signs in.
pub async fn sign_in(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    LinkSecret(secret): LinkSecret,
    sent: Confirmed<ButtonAlone>,
) -> Result<Response, Failure> {
    if let Confirmed::ByNobody(_) = sent {
        return link(&server, &visit, &secret, Confirmation::AskedAgain).await;
    }
    if cookies.are_refused() {
        let page = link(&server, &visit, &secret, Confirmation::WithoutCookies).await?;
        return Ok((first_cookie(&server), page).into_response());
    }
    match server
        .backend
        .recipients()
        .sign_in_by_link(&secret, &visit.client)
        .await
    {
        Ok(session) => Ok((
            session::begin_my(&server, &visit, &session).await,
            Redirect::to("/my"),
        )
            .into_response()),
        Err(Error::Refused(Refusal::NotFound)) => Ok((
            StatusCode::NOT_FOUND,
            Html(sign_in_link_page(
                &visit.page(&server),
                "",
                None,
                Confirmation::Asked,
            )),
        )
            .into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Checks whether the browser accepts cookies before the link is used up.
fn first_cookie(server: &Server) -> SetCookie {
    SetCookie::private(&server.public_url, TAKES_COOKIES, "1", "/my/sign-in", 15 * 60)
}

async fn link(
    server: &Server,
    visit: &RequestContext,
    secret: &Secret,
    press: Confirmation,
) -> Result<Response, Failure> {
    let masked = server.backend.recipients().look_sign_in_link(secret).await?;
    let status = match (&masked, press) {
        (Some(_), Confirmation::Asked) => StatusCode::OK,
        (Some(_), Confirmation::AskedAgain | Confirmation::WithoutCookies) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        (None, _) => StatusCode::NOT_FOUND,
    };
    let action = format!("/my/sign-in/{}", secret.reveal());
    let page = sign_in_link_page(&visit.page(server), &action, masked.as_deref(), press);
    Ok((status, Html(page)).into_response())
}
