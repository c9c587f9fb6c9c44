//! `/r/{token}` and `/recipient-view`: a claim link that was followed, a token that was typed.
//!
//! Like the code of an access token, a claim token leaves the URL at once: it goes into a cookie that is sent to one
//! path only. A browser that refuses cookies keeps it in its forms. Opening a link changes nothing; each step that does
//! needs a confirmation.

use app::claims::{
    ClaimPage, asked_page, claim_page, code_page, data_deleted_page, deletion_page, links_page,
    links_sent_page, token_page, unlock_asked_page,
};
use app::plain::Confirmation;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::Error;
use backend::campaigns::CodeSent;
use domain::campaigns::claims::{ClaimLink, Claimed};
use domain::{Code, Refusal};
use http::StatusCode;
use http::header::RETRY_AFTER;
use serde::Deserialize;
use uuid::Uuid;

use super::code::Seen;
use super::confirmation::Confirmed;
use super::connected;
use super::fields::{At, Fields};
use super::set_up::refused;
use crate::cookies::{SentCookies, TAKES_COOKIES};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::SetCookie;

/// The cookie that holds a token, only on the path of its page.
const TOKEN: &str = "tokenwright_claim";
/// The message for a text that is not a token.
const SLIP: &str = "A token has 20 letters and digits in five groups, such as 7F3K-9QWM-2XTA-PD6H-M5QJ. Please check it for slips.";
/// How long the cookies stay: long enough to wait for a mail.
const SECONDS: i64 = 60 * 60;
/// The forms of a browser that refuses cookies are sent here.
const AT: &str = "/r/at";

/// A token, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    token: String,
}

/// The form that takes a token.
pub async fn ask(State(server): State<Server>, visit: RequestContext) -> (SetCookie, Html<String>) {
    (
        first_cookie(&server),
        Html(token_page(&visit.page(&server), "", None)),
    )
}

/// Shows what a typed token opens. A typo is reported at the field, and does not count as an attempt.
pub async fn typed(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    Fields(typed): Fields<Typed>,
) -> Result<Response, Failure> {
    let code = match backend::read_code(&typed.token) {
        Ok(code) => code,
        Err(_) => {
            let refusal = Refusal::at("token", SLIP);
            return Ok(refused(
                Some(&refusal),
                token_page(&visit.page(&server), &typed.token, Some(&refusal)),
            ));
        }
    };
    lead(&server, &visit, &cookies, &code, true).await
}

/// An address that asks for its links.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    email: String,
}

/// Mails all links of an address to it. The answer does not say whether there are any.
pub async fn send_links(
    State(server): State<Server>,
    visit: RequestContext,
    asked: Confirmed<Asked>,
) -> Result<Response, Failure> {
    let page = visit.page(&server);
    let asked = match asked {
        Confirmed::ByPerson(asked) => asked,
        Confirmed::ByNobody(asked) => {
            let html = links_page(&page, &asked.email, None, Confirmation::AskedAgain);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response());
        }
    };
    match server
        .backend
        .campaigns()
        .send_links(&asked.email, &visit.client)
        .await
    {
        Ok(()) => Ok(Html(links_sent_page(&page, &asked.email)).into_response()),
        Err(Error::Refused(refusal @ (Refusal::Invalid(_) | Refusal::TooMany { .. }))) => Ok(refused(
            Some(&refusal),
            links_page(&page, &asked.email, Some(&refusal), Confirmation::Asked),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Takes the token out of the URL.
pub async fn followed(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    At(token): At<String>,
    seen: Result<Query<Seen>, QueryRejection>,
) -> Result<Response, Failure> {
    let Ok(code) = token.parse::<Code>() else {
        return Ok(show(
            &server,
            &visit,
            &Place::nowhere(),
            &ClaimLink::Unknown,
            &Sent::default(),
            None,
            Confirmation::Asked,
        ));
    };
    let came_back = seen.is_ok_and(|Query(seen)| seen.came_back());
    lead(&server, &visit, &cookies, &code, came_back).await
}

async fn lead(
    server: &Server,
    visit: &RequestContext,
    cookies: &SentCookies,
    code: &Code,
    came_back: bool,
) -> Result<Response, Failure> {
    let link = server
        .backend
        .campaigns()
        .open_link(code.reveal(), &visit.client)
        .await?;
    if matches!(link, ClaimLink::Unknown | ClaimLink::TooMany { .. }) {
        return Ok(show(
            server,
            visit,
            &Place::nowhere(),
            &link,
            &Sent::default(),
            None,
            Confirmation::Asked,
        ));
    }
    if cookies.get(TAKES_COOKIES).is_some() {
        let path = format!(
            "{AT}/{}",
            backend::Random.id(server.backend.clock().now()).simple()
        );
        let cookie = SetCookie::private(&server.public_url, TOKEN, code.reveal(), &path, SECONDS);
        return Ok((cookie, Redirect::to(&path)).into_response());
    }
    if came_back {
        let place = Place::in_form(code);
        return Ok(show(
            server,
            visit,
            &place,
            &link,
            &Sent::default(),
            None,
            Confirmation::Asked,
        ));
    }
    Ok((
        first_cookie(server),
        Redirect::to(&format!("/r/{}?seen=1", code.reveal())),
    )
        .into_response())
}

fn first_cookie(server: &Server) -> SetCookie {
    SetCookie::private(&server.public_url, TAKES_COOKIES, "1", "/r", SECONDS)
}

/// The page of the link that led here.
pub async fn look(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    At(path): At<Uuid>,
) -> Result<Response, Failure> {
    let Some(place) = Place::in_cookie(&cookies, path) else {
        return Ok(Redirect::to("/recipient-view").into_response());
    };
    let link = server
        .backend
        .campaigns()
        .open_link(&place.token, &visit.client)
        .await?;
    Ok(show(
        &server,
        &visit,
        &place,
        &link,
        &Sent::default(),
        None,
        Confirmation::Asked,
    ))
}

/// A form of a claim page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    step: String,
    token: String,
    email: String,
    attempt: String,
    code: String,
    provider: String,
    name: String,
}

impl Sent {
    /// The submitted form, once another code was sent: the one that was typed is no longer valid.
    fn with_new_code(self, code: &CodeSent) -> Self {
        Self {
            attempt: code.attempt.to_string(),
            code: String::new(),
            ..self
        }
    }
}

/// A step of a claim whose token is in the cookie.
pub async fn with_cookie(
    State(server): State<Server>,
    visit: RequestContext,
    cookies: SentCookies,
    At(path): At<Uuid>,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let Some(place) = Place::in_cookie(&cookies, path) else {
        return Ok(Redirect::to("/recipient-view").into_response());
    };
    step(&server, &visit, place, sent).await
}

/// A step of a claim whose token is in the form.
pub async fn without_cookie(
    State(server): State<Server>,
    visit: RequestContext,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let (Confirmed::ByPerson(Sent { token, .. }) | Confirmed::ByNobody(Sent { token, .. })) = &sent;
    let Ok(code) = token.parse::<Code>() else {
        return Ok(show(
            &server,
            &visit,
            &Place::nowhere(),
            &ClaimLink::Unknown,
            &Sent::default(),
            None,
            Confirmation::Asked,
        ));
    };
    step(&server, &visit, Place::in_form(&code), sent).await
}

async fn step(
    server: &Server,
    visit: &RequestContext,
    place: Place,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let campaigns = server.backend.campaigns();
    let sent = match sent {
        Confirmed::ByPerson(sent) => sent,
        Confirmed::ByNobody(sent) => {
            if sent.step == "claim" {
                return Ok(ask_code(
                    server,
                    visit,
                    &place,
                    &sent,
                    None,
                    Confirmation::AskedAgain,
                ));
            }
            if sent.step == "delete" {
                return Ok(ask_deletion(
                    server,
                    visit,
                    &place,
                    &sent,
                    None,
                    Confirmation::AskedAgain,
                ));
            }
            let link = campaigns.open_link(&place.token, &visit.client).await?;
            return Ok(show(
                server,
                visit,
                &place,
                &link,
                &sent,
                None,
                Confirmation::AskedAgain,
            ));
        }
    };
    match sent.step.as_str() {
        "send" => match campaigns
            .send_code(&place.token, &sent.email, &visit.client)
            .await
        {
            Ok(code) => {
                let sent = sent.with_new_code(&code);
                Ok(ask_code(server, visit, &place, &sent, None, Confirmation::Asked))
            }
            Err(error) => again(server, visit, &place, &sent, error).await,
        },
        "claim" => {
            let Ok(attempt) = sent.attempt.parse() else {
                return Err(Refusal::Malformed.into());
            };
            match campaigns
                .claim_by_code(&place.token, attempt, &sent.code, &visit.client)
                .await
            {
                Ok(Claimed::Done(credential)) => {
                    Ok(Redirect::to(&format!("/c/{credential}?claimed=1")).into_response())
                }
                Ok(Claimed::Refused(link)) => Ok(show(
                    server,
                    visit,
                    &place,
                    &link,
                    &sent,
                    None,
                    Confirmation::Asked,
                )),
                Err(Error::Refused(refusal @ Refusal::Invalid(_))) => Ok(ask_code(
                    server,
                    visit,
                    &place,
                    &sent,
                    Some(&refusal),
                    Confirmation::Asked,
                )),
                Err(error) => Err(error.into()),
            }
        }
        "name" => match campaigns
            .ask_for_name(&place.token, &sent.name, &visit.client)
            .await
        {
            Ok(()) => Ok(Html(asked_page(&visit.page(server))).into_response()),
            Err(error) => again(server, visit, &place, &sent, error).await,
        },
        "forget" => match campaigns.send_deletion_code(&place.token, &visit.client).await {
            Ok(code) => {
                let sent = sent.with_new_code(&code);
                Ok(ask_deletion(
                    server,
                    visit,
                    &place,
                    &sent,
                    None,
                    Confirmation::Asked,
                ))
            }
            Err(error) => again(server, visit, &place, &sent, error).await,
        },
        "delete" => {
            let attempt = sent.attempt.parse().map_err(|_| Refusal::Malformed)?;
            match campaigns
                .delete_own_data(&place.token, attempt, &sent.code, &visit.client)
                .await
            {
                Ok(()) => Ok(Html(data_deleted_page(&visit.page(server))).into_response()),
                Err(Error::Refused(refusal @ Refusal::Invalid(_))) => {
                    let press = Confirmation::Asked;
                    Ok(ask_deletion(server, visit, &place, &sent, Some(&refusal), press))
                }
                Err(error) => again(server, visit, &place, &sent, error).await,
            }
        }
        "connect" if place.in_form => {
            let sentence = "Your browser keeps no cookies of this site, so it would not be known again when it comes back. \
                            Allow them, or have a code sent to your mailbox.";
            again(
                server,
                visit,
                &place,
                &sent,
                Refusal::Conflict(sentence.into()).into(),
            )
            .await
        }
        "connect" => {
            let provider = sent.provider.parse().map_err(|_| Refusal::Malformed)?;
            match campaigns
                .connect(&place.token, provider, &place.action, &visit.client)
                .await
            {
                Ok(connecting) => Ok(connected::lead(server, visit, &connecting)),
                Err(error) => again(server, visit, &place, &sent, error).await,
            }
        }
        "unlock" => match campaigns.ask_to_unlock(&place.token, &visit.client).await {
            Ok(()) => Ok(Html(unlock_asked_page(&visit.page(server))).into_response()),
            Err(error) => again(server, visit, &place, &sent, error).await,
        },
        _ => Err(Refusal::Malformed.into()),
    }
}

/// The page again, with the reason why the step was refused.
async fn again(
    server: &Server,
    visit: &RequestContext,
    place: &Place,
    sent: &Sent,
    error: Error,
) -> Result<Response, Failure> {
    let refusal = match error {
        Error::Refused(refusal @ (Refusal::Invalid(_) | Refusal::TooMany { .. } | Refusal::Conflict(_))) => {
            Some(refusal)
        }
        // The link no longer opens anything, which the page says.
        Error::Refused(Refusal::NotFound) => None,
        other => return Err(other.into()),
    };
    let link = server
        .backend
        .campaigns()
        .open_link(&place.token, &visit.client)
        .await?;
    Ok(show(
        server,
        visit,
        place,
        &link,
        sent,
        refusal.as_ref(),
        Confirmation::Asked,
    ))
}

fn ask_code(
    server: &Server,
    visit: &RequestContext,
    place: &Place,
    sent: &Sent,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> Response {
    let page = place.page(&ClaimLink::Unknown, sent, refusal, press);
    let html = code_page(&visit.page(server), &page, &sent.attempt, &sent.code);
    (status(None, refusal, press), Html(html)).into_response()
}

fn ask_deletion(
    server: &Server,
    visit: &RequestContext,
    place: &Place,
    sent: &Sent,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> Response {
    let page = place.page(&ClaimLink::Unknown, sent, refusal, press);
    let html = deletion_page(&visit.page(server), &page, &sent.attempt, &sent.code);
    (status(None, refusal, press), Html(html)).into_response()
}

fn show(
    server: &Server,
    visit: &RequestContext,
    place: &Place,
    link: &ClaimLink,
    sent: &Sent,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> Response {
    let html = claim_page(&visit.page(server), &place.page(link, sent, refusal, press));
    let wait = match link {
        ClaimLink::TooMany { seconds } => Some([(RETRY_AFTER, seconds.to_string())]),
        _ => None,
    };
    (status(Some(link), refusal, press), wait, Html(html)).into_response()
}

fn status(link: Option<&ClaimLink>, refusal: Option<&Refusal>, press: Confirmation) -> StatusCode {
    if let Some(refusal) = refusal {
        return StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    }
    match link {
        Some(ClaimLink::Unknown) => StatusCode::NOT_FOUND,
        Some(ClaimLink::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(ClaimLink::Taken { .. }) => StatusCode::CONFLICT,
        Some(ClaimLink::Ended(_) | ClaimLink::Revoked(_) | ClaimLink::Expired(_)) => StatusCode::GONE,
        Some(ClaimLink::Paused(_)) => StatusCode::OK,
        Some(ClaimLink::Open(_)) | None => match press {
            Confirmation::Asked => StatusCode::OK,
            Confirmation::AskedAgain | Confirmation::WithoutCookies => StatusCode::UNPROCESSABLE_ENTITY,
        },
    }
}

/// What a link shows now to somebody who comes back from a provider.
pub(super) fn show_again(server: &Server, visit: &RequestContext, link: &ClaimLink, back: &str) -> Response {
    let place = Place {
        token: String::new(),
        action: back.to_owned(),
        in_form: false,
    };
    show(
        server,
        visit,
        &place,
        link,
        &Sent::default(),
        None,
        Confirmation::Asked,
    )
}

/// Where a token is kept while somebody claims.
struct Place {
    token: String,
    action: String,
    in_form: bool,
}

impl Place {
    fn nowhere() -> Self {
        Self {
            token: String::new(),
            action: AT.into(),
            in_form: false,
        }
    }

    fn in_form(code: &Code) -> Self {
        Self {
            token: code.reveal().to_owned(),
            action: AT.into(),
            in_form: true,
        }
    }

    fn in_cookie(cookies: &SentCookies, path: Uuid) -> Option<Self> {
        let code: Code = cookies.get(TOKEN)?.parse().ok()?;
        Some(Self {
            token: code.reveal().to_owned(),
            action: format!("{AT}/{}", path.simple()),
            in_form: false,
        })
    }

    fn page<'p>(
        &'p self,
        link: &'p ClaimLink,
        sent: &'p Sent,
        refusal: Option<&'p Refusal>,
        press: Confirmation,
    ) -> ClaimPage<'p> {
        ClaimPage {
            link,
            action: &self.action,
            token: self.in_form.then_some(self.token.as_str()),
            email: &sent.email,
            name: &sent.name,
            refusal,
            press,
        }
    }
}
