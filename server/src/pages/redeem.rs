//! `/t/open`: the landing page of a link, and the button that gives access. Only the button spends.

use std::time::Duration;

use app::plain::Confirmation;
use app::recipients::{LandingPage, landing_page, mailed_page};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use backend::Error;
use backend::recipients::Redeemed;
use domain::recipients::{LinkStatus, Offer, RedeemForm};
use domain::{Code, Refusal};
use http::StatusCode;
use http::header::RETRY_AFTER;
use serde::Deserialize;
use uuid::Uuid;

use super::code::{first_cookie, known_as};
use super::confirmation::Confirmed;
use super::fields::At;
use super::rendered_cache::Values;
use crate::cookies::SentCookies;
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session::{self, Known};

/// The cookie that holds a code, only on the path of its landing page.
pub const CODE: &str = "tokenwright_code";

/// How long it takes to answer an anonymous caller who learns nothing: longer than it takes to find out why, so that
/// the time does not reveal what the answer conceals.
const STRANGERS_WAIT: Duration = Duration::from_millis(10);

/// The form of a browser that refuses cookies is sent here.
const OPEN: &str = "/t/open";

/// The path of a landing page.
pub fn open_path(look: &Uuid) -> String {
    format!("{OPEN}/{}", look.simple())
}

/// The form, as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    key: String,
    code: String,
    name: String,
    email: String,
}

impl Sent {
    fn typed(&self) -> RedeemForm {
        RedeemForm {
            name: self.name.clone(),
            email: self.email.clone(),
        }
    }
}

/// The landing page of the link that led here.
pub async fn look(
    State(server): State<Server>,
    visit: RequestContext,
    known: Option<Known>,
    cookies: SentCookies,
    At(path): At<Uuid>,
) -> Result<Response, Failure> {
    let Some(code) = code_of(&cookies) else {
        return Ok(Redirect::to("/t").into_response());
    };
    #[cfg(feature = "wrong-versions")]
    spend_by_looking(&server, &visit, &code).await?;
    let look = look_at(&server, &visit, known.as_ref(), code.reveal()).await?;
    Ok(Card::at(&server, &visit, look, open_path(&path))
        .show(&known_as(known.as_ref()), None)
        .await)
}

/// A deliberate fault: opening a link spends a use.
#[cfg(feature = "wrong-versions")]
async fn spend_by_looking(server: &Server, visit: &RequestContext, code: &Code) -> Result<(), Failure> {
    if backend::wrong::is(backend::wrong::GET_SPENDS) {
        let form = RedeemForm {
            name: "Somebody".into(),
            email: format!("{}@example.org", visit.id),
        };
        let recipients = server.backend.recipients();
        recipients
            .redeem(code.reveal(), &form, "", None, &visit.client)
            .await?;
    }
    Ok(())
}

/// Gives access by the code in the cookie.
pub async fn with_cookie(
    State(server): State<Server>,
    visit: RequestContext,
    known: Option<Known>,
    cookies: SentCookies,
    At(path): At<Uuid>,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let Some(code) = code_of(&cookies) else {
        return Ok(Redirect::to("/t").into_response());
    };
    let redemption = Redemption {
        server: &server,
        visit: &visit,
        known: known.as_ref(),
        code: code.reveal(),
    };
    redemption
        .give(sent, |look| Card::at(&server, &visit, look, open_path(&path)))
        .await
}

/// Gives access by the code in the form. A browser that still keeps no cookie would not have what the use gives, so
/// nothing is spent.
pub async fn without_cookie(
    State(server): State<Server>,
    visit: RequestContext,
    known: Option<Known>,
    cookies: SentCookies,
    sent: Confirmed<Sent>,
) -> Result<Response, Failure> {
    let (Confirmed::ByPerson(Sent { code, .. }) | Confirmed::ByNobody(Sent { code, .. })) = &sent;
    let Ok(code) = code.parse::<Code>() else {
        return Ok(bare_card(&server, &visit, LinkStatus::Unknown).await);
    };
    let redemption = Redemption {
        server: &server,
        visit: &visit,
        known: known.as_ref(),
        code: code.reveal(),
    };
    let card = |look| Card::without_cookie(&server, &visit, look, &code);
    match sent {
        Confirmed::ByPerson(sent) if cookies.are_refused() => {
            let look = look_at(&server, &visit, known.as_ref(), code.reveal()).await?;
            let page = card(look).tell_of_cookies(&sent.typed()).await;
            Ok((first_cookie(&server), page).into_response())
        }
        sent => redemption.give(sent, card).await,
    }
}

/// A form that asks for access.
struct Redemption<'a> {
    server: &'a Server,
    visit: &'a RequestContext,
    known: Option<&'a Known>,
    code: &'a str,
}

impl Redemption<'_> {
    async fn give<'c>(
        &self,
        sent: Confirmed<Sent>,
        card: impl FnOnce(LinkStatus) -> Card<'c>,
    ) -> Result<Response, Failure> {
        match sent {
            Confirmed::ByPerson(sent) => self.redeem(sent, card).await,
            Confirmed::ByNobody(sent) => {
                let look = look_at(self.server, self.visit, self.known, self.code).await?;
                Ok(card(look).ask_again(&sent.typed()).await)
            }
        }
    }

    async fn redeem<'c>(
        &self,
        sent: Sent,
        card: impl FnOnce(LinkStatus) -> Card<'c>,
    ) -> Result<Response, Failure> {
        let typed = sent.typed();
        let recipient = self.known.map(|known| &known.0);
        let recipients = self.server.backend.recipients();
        match recipients
            .redeem(self.code, &typed, &sent.key, recipient, &self.visit.client)
            .await
        {
            Ok(Redeemed::Done {
                collection, session, ..
            }) => {
                let cookie = match session {
                    Some(session) => Some(session::begin_my(self.server, self.visit, &session).await),
                    None => None,
                };
                Ok((cookie, Redirect::to(&format!("/my/{collection}"))).into_response())
            }
            Ok(Redeemed::Card(look)) => Ok(card(look).show(&typed, None).await),
            Ok(Redeemed::Mailed) => {
                let look = look_at(self.server, self.visit, self.known, self.code).await?;
                let address = assigned(&look).unwrap_or_else(|| typed.email.trim());
                Ok(Html(mailed_page(&self.visit.page(self.server), address)).into_response())
            }
            Err(Error::Refused(refusal @ Refusal::Invalid(_))) => {
                let look = look_at(self.server, self.visit, self.known, self.code).await?;
                Ok(card(look).show(&typed, Some(&refusal)).await)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A landing page, and where its form is sent.
pub struct Card<'a> {
    server: &'a Server,
    visit: &'a RequestContext,
    look: LinkStatus,
    action: String,
    code: Option<String>,
}

impl<'a> Card<'a> {
    /// On the path that has the code in its cookie.
    fn at(server: &'a Server, visit: &'a RequestContext, look: LinkStatus, action: String) -> Self {
        Self {
            server,
            visit,
            look,
            action,
            code: None,
        }
    }

    /// With the code in its form.
    pub fn without_cookie(
        server: &'a Server,
        visit: &'a RequestContext,
        look: LinkStatus,
        code: &Code,
    ) -> Self {
        Self {
            server,
            visit,
            look,
            action: OPEN.into(),
            code: Some(code.reveal().to_owned()),
        }
    }

    /// The page.
    pub async fn show(&self, typed: &RedeemForm, refusal: Option<&Refusal>) -> Response {
        self.page(typed, refusal, Confirmation::Asked).await
    }

    /// The page again, for a form that came without a confirmation.
    async fn ask_again(&self, typed: &RedeemForm) -> Response {
        self.page(typed, None, Confirmation::AskedAgain).await
    }

    /// The page again, for a browser that refuses cookies.
    pub async fn tell_of_cookies(&self, typed: &RedeemForm) -> Response {
        self.page(typed, None, Confirmation::WithoutCookies).await
    }

    async fn page(&self, typed: &RedeemForm, refusal: Option<&Refusal>, press: Confirmation) -> Response {
        let key = backend::Random.dated_secret(self.server.backend.clock().now());
        let context = self.visit.page(self.server);
        let (action, code, idempotency_key) = (&*self.action, self.code.as_deref(), key.reveal());
        let html = match &self.look {
            // Many open the same link; what is typed, assigned or refused is one person's.
            LinkStatus::Open(Offer { assigned: None, .. })
                if typed.is_empty() && refusal.is_none() && press == Confirmation::Asked =>
            {
                let values = Values {
                    action,
                    code,
                    idempotency_key,
                };
                self.server.drawn.card(&context, &self.look, values)
            }
            look => {
                let page = LandingPage {
                    look,
                    action,
                    code,
                    idempotency_key,
                    typed,
                    refusal,
                    press,
                };
                landing_page(&context, &page)
            }
        };
        let status = match (refusal, press, &self.look) {
            (Some(_), ..)
            | (None, Confirmation::AskedAgain | Confirmation::WithoutCookies, LinkStatus::Open(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            (None, ..) => status(&self.look),
        };
        let wait = match &self.look {
            LinkStatus::TooMany { seconds } => Some([(RETRY_AFTER, seconds.to_string())]),
            _ => None,
        };
        if self.look == LinkStatus::Unknown {
            tokio::time::sleep_until((self.visit.began + STRANGERS_WAIT).into()).await;
        }
        (status, wait, Html(html)).into_response()
    }
}

/// The landing page of something that leads nowhere: it contains nothing from the request, so that all anonymous
/// callers get the same bytes.
pub async fn bare_card(server: &Server, visit: &RequestContext, look: LinkStatus) -> Response {
    Card::at(server, visit, look, OPEN.into())
        .show(&RedeemForm::default(), None)
        .await
}

/// The address that a code is assigned to, masked: its form asks for none.
fn assigned(look: &LinkStatus) -> Option<&str> {
    match look {
        LinkStatus::Open(offer)
        | LinkStatus::NotYet { offer, .. }
        | LinkStatus::Expired { offer, .. }
        | LinkStatus::UsedUp(offer)
        | LinkStatus::Yours { offer, .. }
        | LinkStatus::Suspended(offer)
        | LinkStatus::WrongRecipient { offer, .. } => offer.assigned.as_deref(),
        LinkStatus::Unknown | LinkStatus::TooMany { .. } => None,
    }
}

fn status(look: &LinkStatus) -> StatusCode {
    match look {
        LinkStatus::Open(_) | LinkStatus::Yours { .. } => StatusCode::OK,
        LinkStatus::NotYet { .. } | LinkStatus::Suspended(_) | LinkStatus::WrongRecipient { .. } => {
            StatusCode::FORBIDDEN
        }
        LinkStatus::Expired { .. } | LinkStatus::UsedUp(_) => StatusCode::GONE,
        LinkStatus::Unknown => StatusCode::NOT_FOUND,
        LinkStatus::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
    }
}

fn code_of(cookies: &SentCookies) -> Option<Code> {
    cookies.get(CODE)?.parse().ok()
}

async fn look_at(
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
