//! The cookie of a session, and who stands behind it.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponseParts, ResponseParts};
use axum_extra::extract::CookieJar;
use backend::people::NewSession;
use backend::{Actor, Recipient, Secret};
use domain::Refusal;
use http::header::SET_COOKIE;
use http::request::Parts;

use crate::config::PublicUrl;
use crate::failure::Failure;
use crate::server::Server;
use crate::visit::Visit;

/// The `__Host-` prefix makes browsers refuse a cookie of that name from any other host or path, and over
/// plain HTTP; without TLS they would refuse ours, too.
fn name(public_url: &PublicUrl) -> &'static str {
    if public_url.is_https() {
        "__Host-tokenwright"
    } else {
        "tokenwright"
    }
}

/// The secret in the cookie.
pub fn secret(jar: &CookieJar, public_url: &PublicUrl) -> Option<Secret> {
    jar.get(name(public_url))
        .map(|cookie| Secret::new(cookie.value()))
        .filter(|secret| !secret.reveal().is_empty())
}

/// Hands a new session to the browser, and ends the one it had: whoever knew that one must not be in the new.
pub async fn begin(server: &Server, visit: &Visit, session: &NewSession) -> SetCookie {
    if let Some(old) = &visit.session
        && let Err(backend::Error::Fault(fault)) = server.backend.people().sign_out(old).await
    {
        // The new session stands, so the browser gets it all the same.
        fault.log();
    }
    let seconds = (session.expires_at - server.backend.clock().now())
        .num_seconds()
        .max(0);
    SetCookie::private(
        &server.public_url,
        name(&server.public_url),
        session.secret.reveal(),
        "/",
        seconds,
    )
}

/// Takes the session away from the browser.
pub fn no_cookie(public_url: &PublicUrl) -> SetCookie {
    SetCookie::private(public_url, name(public_url), "", "/", 0)
}

/// A cookie on its way to the browser.
pub struct SetCookie(String);

impl SetCookie {
    /// A cookie that no script reads and that another site's form does not send along. Lax and not Strict: a
    /// link in a mail leads a signed-in reader to their page.
    pub fn private(public_url: &PublicUrl, name: &str, value: &str, path: &str, seconds: i64) -> Self {
        let secure = if public_url.is_https() { "; Secure" } else { "" };
        Self(format!(
            "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        ))
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        // Names, values and paths are this program's own: secrets and codes in letters and digits.
        if let Ok(cookie) = self.0.parse() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// The admin who is signed in, if one is.
pub async fn actor(server: &Server, visit: &Visit) -> Result<Option<Actor>, Failure> {
    match &visit.session {
        Some(secret) => Ok(server.backend.people().actor(secret, &visit.client).await?),
        None => Ok(None),
    }
}

/// Whoever is signed in on the recipient's side, if anybody is.
pub async fn recipient(server: &Server, visit: &Visit) -> Result<Option<Recipient>, Failure> {
    match &visit.session {
        Some(secret) => Ok(server.backend.people().recipient(secret, &visit.client).await?),
        None => Ok(None),
    }
}

/// An admin, as the guard of the route let them in.
pub struct Admin(pub Actor);

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Actor>()
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
        let visit = <Visit as FromRequestParts<Server>>::from_request_parts(parts, server).await?;
        Ok(recipient(server, &visit).await?.map(Self))
    }
}
