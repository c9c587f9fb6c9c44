//! The cookies of sessions, and who is behind them.
//!
//! A browser has up to two sessions, each in its own cookie. One begins with a password and opens the admin pages. The
//! other begins on the recipients' side, through a link, a code or a link to a mailbox, and opens only the recipient's
//! pages. So an admin who opens a link for somebody else, at a desk or to test it, stays signed in. On the recipients'
//! side its own session comes first; an admin without one is there as the person they are.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponseParts, ResponseParts};
use backend::people::{KNOWN_FOR, NewSession};
use backend::{Caller, Recipient, Secret};
use domain::Refusal;
use http::header::SET_COOKIE;
use http::request::Parts;

use crate::config::PublicUrl;
use crate::cookies::{Cookies, narrow};
use crate::failure::Failure;
use crate::request_context::RequestContext;
use crate::server::Server;

/// The side that a session was begun on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// With a password.
    Admin,
    /// With a link or code, or with a link to a mailbox.
    Recipient,
}

impl Side {
    /// The `__Host-` prefix makes browsers refuse a cookie of that name from any other host or path, and over plain
    /// HTTP; without TLS they would also refuse ours.
    fn cookie(self, public_url: &PublicUrl) -> &'static str {
        match (self, public_url.is_https()) {
            (Self::Admin, true) => "__Host-tokenwright",
            (Self::Admin, false) => "tokenwright",
            (Self::Recipient, true) => "__Host-tokenwright_my",
            (Self::Recipient, false) => "tokenwright_my",
        }
    }

    /// The secret in the cookie.
    pub fn secret(self, cookies: Cookies<'_>, public_url: &PublicUrl) -> Option<Secret> {
        cookies
            .get(self.cookie(public_url))
            .map(Secret::new)
            .filter(|secret| !secret.reveal().is_empty())
    }

    /// Takes the session away from the browser.
    pub fn no_cookie(self, public_url: &PublicUrl) -> SetCookie {
        SetCookie::private(public_url, self.cookie(public_url), "", "/", 0)
    }
}

/// Gives the browser a session that was begun with a password, and ends all its earlier ones: anyone who knew an old
/// one must not be in the new one, and nobody who signs in finds somebody else's pages.
pub async fn begin(server: &Server, visit: &RequestContext, session: &NewSession) -> SetCookies {
    end(server, visit.session.as_ref()).await;
    end(server, visit.my_session.as_ref()).await;
    let mut cookies = vec![cookie(server, Side::Admin, session)];
    if visit.my_session.is_some() {
        cookies.push(Side::Recipient.no_cookie(&server.public_url));
    }
    if let Some(device) = &session.device {
        let (url, seconds) = (&server.public_url, KNOWN_FOR.num_seconds());
        cookies.push(SetCookie::private(
            url,
            device_cookie(url),
            device.reveal(),
            "/",
            seconds,
        ));
    }
    SetCookies(cookies)
}

/// The cookie by which a browser is recognised at the next sign-in. It opens nothing, and stays when its session ends.
fn device_cookie(public_url: &PublicUrl) -> &'static str {
    match public_url.is_https() {
        true => "__Host-tokenwright_device",
        false => "tokenwright_device",
    }
}

/// The browser's identity, if it has the cookie.
pub fn device(cookies: Cookies<'_>, public_url: &PublicUrl) -> Option<Secret> {
    cookies.get(device_cookie(public_url)).map(Secret::new)
}

/// Gives the browser a session on the recipients' side, and ends the earlier one there. An admin stays signed in;
/// somebody else's session that a password began would become visible again, and ends, too.
pub async fn begin_my(
    server: &Server,
    visit: &RequestContext,
    session: &NewSession,
) -> (SetCookie, Option<SetCookie>) {
    end(server, visit.my_session.as_ref()).await;
    let mut no_other = None;
    if let Some(secret) = &visit.session
        && !is_admins(server, secret).await
    {
        end(server, Some(secret)).await;
        no_other = Some(Side::Admin.no_cookie(&server.public_url));
    }
    (cookie(server, Side::Recipient, session), no_other)
}

/// Ends a session. A new one is already in place, or its cookie is removed, so the browser gets its answer even if this
/// fails.
async fn end(server: &Server, secret: Option<&Secret>) {
    if let Some(secret) = secret
        && let Err(backend::Error::Fault(fault)) = server.backend.people().sign_out(secret).await
    {
        fault.log();
    }
}

/// Whether a session lets an admin in. If that cannot be found out, it is left as it is.
async fn is_admins(server: &Server, secret: &Secret) -> bool {
    match server.backend.people().still_lets_in(secret).await {
        Ok(lets_in) => lets_in,
        Err(backend::Error::Fault(fault)) => {
            fault.log();
            true
        }
        Err(backend::Error::Refused(_)) => false,
    }
}

fn cookie(server: &Server, side: Side, session: &NewSession) -> SetCookie {
    let seconds = (session.expires_at - server.backend.clock().now())
        .num_seconds()
        .max(0);
    SetCookie::private(
        &server.public_url,
        side.cookie(&server.public_url),
        session.secret.reveal(),
        "/",
        seconds,
    )
}

/// A cookie to be set.
pub struct SetCookie(String);

impl SetCookie {
    /// A cookie that no script can read and that another site's form does not send along. Lax and not Strict, because a
    /// link in a mail should lead a signed-in reader to their page. A cookie of a narrower path gets its prefix here
    /// ([`crate::cookies::narrow`]).
    pub fn private(public_url: &PublicUrl, name: &str, value: &str, path: &str, seconds: i64) -> Self {
        let secure = if public_url.is_https() { "; Secure" } else { "" };
        let name = match path {
            "/" => name.into(),
            _ => narrow(name, public_url.is_https()),
        };
        Self(format!(
            "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        ))
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        // Names, values and paths are this program's own: secrets and codes consist of letters and digits.
        if let Ok(cookie) = self.0.parse() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Some cookies to be set.
pub struct SetCookies(pub Vec<SetCookie>);

impl IntoResponseParts for SetCookies {
    type Error = Infallible;

    fn into_response_parts(self, response: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.0
            .into_iter()
            .try_fold(response, |response, cookie| cookie.into_response_parts(response))
    }
}

/// The signed-in admin, if there is one.
pub async fn caller(server: &Server, visit: &RequestContext) -> Result<Option<Caller>, Failure> {
    match &visit.session {
        Some(secret) => Ok(server.backend.people().caller(secret, &visit.client).await?),
        None => Ok(None),
    }
}

/// The person who is signed in on the recipients' side, if any.
pub async fn recipient(server: &Server, visit: &RequestContext) -> Result<Option<Recipient>, Failure> {
    Ok(recipient_and_side(server, visit)
        .await?
        .map(|(recipient, _)| recipient))
}

/// The same, with the side whose session it is.
pub async fn recipient_and_side(
    server: &Server,
    visit: &RequestContext,
) -> Result<Option<(Recipient, Side)>, Failure> {
    let people = server.backend.people();
    for (secret, side) in [
        (&visit.my_session, Side::Recipient),
        (&visit.session, Side::Admin),
    ] {
        if let Some(secret) = secret
            && let Some(recipient) = people.recipient(secret, &visit.client).await?
        {
            return Ok(Some((recipient, side)));
        }
    }
    Ok(None)
}

/// An admin, as the guard of the route let them in.
pub struct Admin(pub Caller);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .map(Self)
            .ok_or_else(|| Refusal::SignedOut.into())
    }
}

/// A recipient, as the guard of the route let them in.
pub struct Known(pub Recipient);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Recipient>()
            .cloned()
            .map(Self)
            .ok_or_else(|| Refusal::SignedOut.into())
    }
}

/// On public pages: a recipient, if one is signed in.
impl OptionalFromRequestParts<Server> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Option<Self>, Failure> {
        let visit = <RequestContext as FromRequestParts<Server>>::from_request_parts(parts, server).await?;
        Ok(recipient(server, &visit).await?.map(Self))
    }
}
