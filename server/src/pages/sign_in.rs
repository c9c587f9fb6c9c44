//! `/sign-in` and `/sign-out`.
//!
//! The page gives the browser a first cookie. If it does not come back, the session's cookie would not either, and the
//! page says so rather than ask for the password again and again.

use app::sign_in::sign_in_page;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use backend::Error;
use backend::people::SignIn;
use domain::people::SignInForm;
use domain::{OrganisationId, Refusal};
use serde::Deserialize;

use super::fields::Fields;
use super::set_up::refused;
use crate::cookies::{REFUSED, SentCookies, TAKES_COOKIES};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{SetCookie, SetCookies, Side};
use crate::{next, oauth, session};

/// Where to go afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
    /// Whether a session was just begun, whose cookie should have been sent.
    seen: String,
}

/// The form; a person who is already signed in is redirected.
pub async fn show(
    State(server): State<Server>,
    visit: RequestContext,
    next: Result<Query<Next>, QueryRejection>,
) -> Result<Response, Failure> {
    if !server.is_set_up().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let Next { next: wanted, seen } = next.map(|Query(next)| next).unwrap_or_default();
    let has_begun = !seen.is_empty();
    let took_it = has_begun && visit.session.is_some();
    if took_it || session::caller(&server, &visit).await?.is_some() {
        return Ok(Redirect::to(next::path(&wanted, "/tokens")).into_response());
    }
    let typed = SignInForm {
        next: next::path(&wanted, "").into(),
        ..SignInForm::default()
    };
    let refused = has_begun.then(|| Refusal::Conflict(REFUSED.into()));
    let page = form(&server, &visit, &typed, refused.as_ref(), &[]);
    Ok((first_cookie(&server), page).into_response())
}

fn first_cookie(server: &Server) -> SetCookie {
    SetCookie::private(&server.public_url, TAKES_COOKIES, "1", "/sign-in", 60 * 60)
}

/// Signs in by address and password.
pub async fn sign_in(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    Fields(typed): Fields<SignInForm>,
) -> Result<Response, Failure> {
    let typed = SignInForm {
        next: next::path(&typed.next, "").into(),
        ..typed
    };
    match server.backend.people().sign_in(&typed, &visit.client).await {
        Ok(SignIn::Done(session)) => {
            // Members have no admin pages, but may have apps that they sign in to.
            let target = if session.is_admin || oauth::is_authorization(&typed.next) {
                next::path(&typed.next, "/tokens")
            } else {
                "/my"
            };
            let way = if cookies.are_refused() {
                Redirect::to(&format!("/sign-in?seen=1&next={}", next::encoded(target)))
            } else {
                Redirect::to(target)
            };
            Ok((session::begin(&server, &visit, &session).await, way).into_response())
        }
        Ok(SignIn::Choose(organisations)) => Ok(form(&server, &visit, &typed, None, &organisations)),
        Err(Error::Refused(refusal)) => Ok(form(&server, &visit, &typed, Some(&refusal), &[])),
        Err(fault) => Err(fault.into()),
    }
}

/// Which session is to end, and where to go afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignOut {
    side: String,
    next: String,
}

/// Ends what the browser has, and redirects to where it begins. The recipient's pages send `side=my`: there the session
/// that is visible ends, and an admin behind it stays signed in.
pub async fn sign_out(
    State(server): State<Server>,
    visit: RequestContext,
    Fields(wanted): Fields<SignOut>,
) -> Result<Response, Failure> {
    let seen = match &*wanted.side {
        "my" => session::recipient_and_side(&server, &visit).await?,
        _ => None,
    };
    let mut cookies = Vec::new();
    for (side, secret) in [
        (Side::Admin, &visit.session),
        (Side::Recipient, &visit.my_session),
    ] {
        if seen.as_ref().is_none_or(|(_, seen)| *seen == side)
            && let Some(secret) = secret
        {
            server.backend.people().sign_out(secret).await?;
            cookies.push(side.no_cookie(&server.public_url));
        }
    }
    let back = if wanted.side == "my" {
        "/my/sign-in"
    } else {
        "/sign-in"
    };
    Ok((SetCookies(cookies), Redirect::to(next::path(&wanted.next, back))).into_response())
}

fn form(
    server: &Server,
    visit: &RequestContext,
    typed: &SignInForm,
    refusal: Option<&Refusal>,
    organisations: &[(OrganisationId, String)],
) -> Response {
    refused(
        refusal,
        sign_in_page(&visit.page(server), typed, refusal, organisations),
    )
}
