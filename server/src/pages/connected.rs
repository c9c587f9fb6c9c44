//! `/r/connected`: going to an OpenID Connect provider and back.
//!
//! The state in between is sealed in a cookie that is sent only to this path, so an answer meant for another browser
//! finds nothing here. Coming back changes nothing: the page asks whether it is this profile, and only a click on its
//! button claims.

use app::claims::{ConfirmPage, confirm_page, connect_page, not_connected_page};
use app::plain::Confirmation;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::campaigns::Connecting;
use backend::identity_providers::Answer;
use backend::{Error, Secret};
use domain::campaigns::claims::{Claimed, Connected};
use domain::{CredentialId, Refusal};
use http::HeaderValue;
use http::StatusCode;
use http::header::REFRESH;
use serde::Deserialize;

use super::claims::show_again;
use super::confirmation::Confirmed;
use crate::cookies::SentCookies;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::SetCookie;

/// The cookie of a person who is at a provider.
const CONNECT: &str = "tokenwright_connect";
/// The path that it is sent to.
const PATH: &str = "/r/connected";
/// How long it stays: as long as the state sealed in it is valid.
const SECONDS: i64 = 15 * 60;
/// Where to go when it is unknown where somebody came from.
const NOWHERE: &str = "/recipient-view";

/// The confirmation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    proof: String,
}

/// Redirects to a provider.
pub(super) fn lead(server: &Server, visit: &RequestContext, connecting: &Connecting) -> Response {
    let sealed = connecting.sealed.reveal();
    let cookie = SetCookie::private(&server.public_url, CONNECT, sealed, PATH, SECONDS);
    let address = connecting.address.reveal();
    let html = connect_page(&visit.page(server), &connecting.provider, address);
    let mut response = (cookie, Html(html)).into_response();
    // A form cannot redirect there itself: pages let forms go only to this site.
    if let Ok(refresh) = HeaderValue::try_from(format!("0; url={address}")) {
        response.headers_mut().insert(REFRESH, refresh);
    }
    response
}

/// Returns from a provider.
pub async fn came_back(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Result<Response, Failure> {
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let sealed = sealed(&cookies);
    let connected = server
        .backend
        .campaigns()
        .connected(sealed.reveal(), &answer, &visit.client)
        .await?;
    Ok(show(&server, &visit, &sealed, &connected, Confirmation::Asked))
}

/// Claims with the confirmed profile.
pub async fn confirm(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let campaigns = server.backend.campaigns();
    let sealed = sealed(&cookies);
    let proof = match sent {
        Confirmed::ByPerson(Sent { proof }) => proof,
        Confirmed::ByNobody(Sent { proof }) => {
            let connected = campaigns
                .ask_again(sealed.reveal(), &proof, &visit.client)
                .await?;
            return Ok(show(
                &server,
                &visit,
                &sealed,
                &connected,
                Confirmation::AskedAgain,
            ));
        }
    };
    let connected = match campaigns.confirm(sealed.reveal(), &proof, &visit.client).await {
        Ok(Claimed::Done(credential)) => Connected::Theirs(credential),
        Ok(Claimed::Refused(link)) => Connected::Refused(link),
        Err(Error::Refused(Refusal::NotFound)) => Connected::TooLate,
        Err(error) => return Err(error.into()),
    };
    Ok(show(&server, &visit, &sealed, &connected, Confirmation::Asked))
}

fn show(
    server: &Server,
    visit: &RequestContext,
    sealed: &Secret,
    connected: &Connected,
    press: Confirmation,
) -> Response {
    let back = server.backend.campaigns().under_way(sealed.reveal());
    let back = back.unwrap_or_else(|| NOWHERE.into());
    match connected {
        Connected::Confirm {
            offer,
            who,
            provider,
            proof,
        } => {
            let page = ConfirmPage {
                offer,
                who,
                provider,
                proof,
                back: &back,
                press,
            };
            let status = match press {
                Confirmation::Asked => StatusCode::OK,
                Confirmation::AskedAgain | Confirmation::WithoutCookies => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (status, Html(confirm_page(&visit.page(server), &page))).into_response()
        }
        Connected::Theirs(credential) => theirs(server, *credential),
        Connected::Refused(link) => show_again(server, visit, link, &back),
        Connected::Failed { provider, sentence } => {
            not_connected(server, visit, Some(provider), sentence, &back)
        }
        Connected::TooLate => {
            let sentence = "A profile is connected within 15 minutes, and in the browser in which it began.";
            not_connected(server, visit, None, sentence, &back)
        }
    }
}

fn theirs(server: &Server, credential: CredentialId) -> Response {
    let no_cookie = SetCookie::private(&server.public_url, CONNECT, "", PATH, 0);
    (no_cookie, Redirect::to(&format!("/c/{credential}?claimed=1"))).into_response()
}

fn not_connected(
    server: &Server,
    visit: &RequestContext,
    provider: Option<&str>,
    sentence: &str,
    back: &str,
) -> Response {
    let refusal = Refusal::Conflict(sentence.to_owned());
    let html = not_connected_page(&visit.page(server), provider, &refusal, back);
    (StatusCode::CONFLICT, Html(html)).into_response()
}

fn sealed(cookies: &SentCookies) -> Secret {
    Secret::new(cookies.get(CONNECT).unwrap_or_default())
}
