//! `/t` and `/t/{code}`: a code that was typed, a link that was followed.
//!
//! A code in a URL stays in the browser's history and in the logs of proxies. So when it is first opened it is moved
//! into a cookie that is sent to one path only, and the browser is redirected there. A browser that refuses cookies is
//! noticed by a first cookie that does not come back, and keeps the code in its form instead. Its reader is told so
//! before anything is spent.
//!
//! Nothing here changes anything: programs open links long before people do.

use app::recipients::code_page;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::recipients::{LinkStatus, RedeemForm};
use domain::{Code, Refusal};
use http::StatusCode;
use serde::Deserialize;

use super::fields::{At, Fields};
use super::redeem::{self, Card};
use super::set_up::refused;
use crate::cookies::{SentCookies, TAKES_COOKIES};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{Known, SetCookie};

/// How long the code stays in its cookie: long enough to fill in a form.
const CODE_SECONDS: i64 = 60 * 60;

/// A code, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    code: String,
}

/// Whether the first cookie should have come back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Seen {
    seen: String,
}

impl Seen {
    /// Whether this address was reached by the redirect with the first cookie.
    pub fn came_back(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// The form that takes a code.
pub async fn ask(State(server): State<Server>, visit: RequestContext) -> (SetCookie, Html<String>) {
    (
        first_cookie(&server),
        Html(code_page(&visit.page(&server), "", None)),
    )
}

/// Shows what a typed code opens. A typo is reported at the field.
pub async fn typed(
    State(server): State<Server>,
    visit: RequestContext,
    known: Option<Known>,
    cookies: SentCookies,
    Fields(typed): Fields<Typed>,
) -> Result<Response, Failure> {
    let code = match backend::read_code(&typed.code) {
        Ok(code) => code,
        Err(slip) => {
            let refusal = Refusal::at("code", slip.to_string());
            return Ok(refused(
                Some(&refusal),
                code_page(&visit.page(&server), &typed.code, Some(&refusal)),
            ));
        }
    };
    let look = look(&server, &visit, known.as_ref(), code.reveal()).await?;
    if !is_card(&look) {
        return Ok(redeem::bare_card(&server, &visit, look).await);
    }
    if takes_cookies(&cookies, &visit) {
        return Ok(lead_to_open(&server, &code));
    }
    let card = Card::without_cookie(&server, &visit, look, &code);
    let page = card.show(&known_as(known.as_ref()), None).await;
    Ok((first_cookie(&server), page).into_response())
}

/// Takes the code out of the URL.
pub async fn followed(
    State(server): State<Server>,
    visit: RequestContext,
    known: Option<Known>,
    cookies: SentCookies,
    At(code): At<String>,
    seen: Result<Query<Seen>, QueryRejection>,
) -> Result<Response, Failure> {
    let look = look(&server, &visit, known.as_ref(), &code).await?;
    let Some(code) = code.parse::<Code>().ok().filter(|_| is_card(&look)) else {
        return Ok(redeem::bare_card(&server, &visit, look).await);
    };
    if takes_cookies(&cookies, &visit) {
        return Ok(lead_to_open(&server, &code));
    }
    if seen.is_ok_and(|Query(seen)| seen.came_back()) {
        let card = Card::without_cookie(&server, &visit, look, &code);
        let mut page = card.tell_of_cookies(&known_as(known.as_ref())).await;
        if page.status() == StatusCode::UNPROCESSABLE_ENTITY {
            // No cookie was sent yet that could be refused.
            *page.status_mut() = StatusCode::OK;
        }
        return Ok((first_cookie(&server), page).into_response());
    }
    Ok((
        first_cookie(&server),
        Redirect::to(&format!("/t/{}?seen=1", code.reveal())),
    )
        .into_response())
}

async fn look(
    server: &Server,
    visit: &RequestContext,
    known: Option<&Known>,
    code: &str,
) -> Result<LinkStatus, Failure> {
    Ok(server
        .backend
        .recipients()
        .open_link(code, known.map(|known| &known.0), &visit.client)
        .await?)
}

/// Whether the code is real, so that there is more to show than the answer for anonymous callers.
fn is_card(look: &LinkStatus) -> bool {
    !matches!(look, LinkStatus::Unknown | LinkStatus::TooMany { .. })
}

/// The cookie that shows whether a browser accepts any.
pub fn first_cookie(server: &Server) -> SetCookie {
    SetCookie::private(&server.public_url, TAKES_COOKIES, "1", "/t", CODE_SECONDS)
}

fn takes_cookies(cookies: &SentCookies, visit: &RequestContext) -> bool {
    visit.session.is_some() || visit.my_session.is_some() || cookies.get(TAKES_COOKIES).is_some()
}

/// Each landing page has its own path, so that two links in two tabs do not replace each other.
fn lead_to_open(server: &Server, code: &Code) -> Response {
    let path = redeem::open_path(&backend::Random.id(server.backend.clock().now()));
    let cookie = SetCookie::private(
        &server.public_url,
        redeem::CODE,
        code.reveal(),
        &path,
        CODE_SECONDS,
    );
    (cookie, Redirect::to(&path)).into_response()
}

/// What is known about the signed-in person, to prefill the form. A person who merely typed an address does not learn
/// the name behind it.
pub fn known_as(known: Option<&Known>) -> RedeemForm {
    let Some(Known(known)) = known else {
        return RedeemForm::default();
    };
    let name = if known.proven {
        known.name.clone()
    } else {
        String::new()
    };
    RedeemForm {
        name,
        email: known.email.to_string(),
    }
}
