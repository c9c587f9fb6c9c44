//! Who is let in to an operation: a token, or a person who is signed in in this browser.

use axum::body::Body;
use backend::Lacks;
use backend::api_tokens::{Denied, Notes};
use domain::prefixed::Prefix;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, StatusCode};

use super::{Needs, Problem};
use crate::request_context::RequestContext;
use crate::server::Server;
use crate::session;

/// Lets in who may, and leaves them with the request; says what a token's program should know.
pub async fn admit(
    server: &Server,
    visit: &RequestContext,
    request: &mut Request<Body>,
    needs: Needs,
) -> Result<Notes, Problem> {
    // Where everybody may call, too: the address is in the logs all the same.
    if let Some(query) = request.uri().query() {
        Box::pin(no_token_in(server, visit, query)).await?;
    }
    if needs == Needs::Nothing {
        return Ok(Notes::default());
    }
    let (caller, meter, notes) = match bearer(request.headers())? {
        Some(secret) => {
            if visit.is_plaintext {
                Box::pin(was_exposed(server, visit, secret)).await?;
                return Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    "plaintext-transport",
                    "This token travelled without encryption, so others may know it. Use https, and a new token.",
                ));
            }
            let known = match secret.starts_with(Prefix::MOBILE.as_str()) {
                true => {
                    let sessions = server.backend.mobile_sessions();
                    Box::pin(sessions.authenticate(secret, &visit.client)).await
                }
                false => {
                    server
                        .backend
                        .api_tokens()
                        .authenticate(secret, &visit.client)
                        .await
                }
            };
            let known = known.map_err(denied)?;
            (known.caller, Some(known.meter), known.notes)
        }
        None => (
            Box::pin(session::caller(server, visit))
                .await?
                .ok_or_else(Problem::missing_token)?,
            None,
            Notes::default(),
        ),
    };
    needs.admits(&caller).map_err(lacking)?;
    if let (Some(meter), Needs::Permission(permission)) = (meter, needs) {
        meter.uses(permission);
    }
    request.extensions_mut().insert(caller);
    Ok(notes)
}

/// What a caller is told who lacks something.
fn lacking(lacks: Lacks) -> Problem {
    let person = |detail| Problem::new(StatusCode::FORBIDDEN, "person-required", detail);
    match lacks {
        Lacks::Permission(permission) => Problem::insufficient_scope(permission.key()),
        Lacks::Person => {
            person("Only a person who is signed in may do this: tokens make no tokens, and see none.")
        }
        Lacks::Oneself => {
            person("This is about oneself: only a person may do it, in a browser or in an app.")
        }
        Lacks::Token => Problem::missing_token(),
    }
}

/// The secret of `Authorization: Bearer …`. Another scheme is none of ours.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return if headers.contains_key(AUTHORIZATION) {
            Err(Problem::malformed(
                "There is more than one Authorization in the head of this request.",
            ))
        } else {
            Ok(None)
        };
    };
    let value = value.to_str().map_err(|_| Problem::invalid_token())?;
    match value.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(secret.trim())),
        _ => Err(Problem::missing_token()),
    }
}

/// Addresses end up in logs, histories and other sites' `Referer`: a token does not belong there, and one that was
/// seen there is recorded.
async fn no_token_in(server: &Server, visit: &RequestContext, query: &str) -> Result<(), Problem> {
    let Some(secret) = domain::prefixed::token_in_query(query) else {
        return Ok(());
    };
    was_exposed(server, visit, secret).await?;
    Err(Problem::malformed(
        "There is a token in this address, where logs keep it. Send it in the head of the request: Authorization: \
         Bearer …",
    ))
}

/// A token was seen where it does not belong, of whichever kind it is.
async fn was_exposed(server: &Server, visit: &RequestContext, secret: &str) -> Result<(), Problem> {
    let backend = &server.backend;
    backend.api_tokens().was_exposed(secret, &visit.client).await?;
    Ok(backend
        .mobile_sessions()
        .was_exposed(secret, &visit.client)
        .await?)
}

/// Why a token does not let in, as its holder may know it.
fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::Unknown | Denied::Replaced => Problem::invalid_token(),
        Denied::Expired => {
            Problem::refused_token("token-expired", "This token's time is over. Ask for a new one.")
        }
        Denied::Suspended => {
            Problem::refused_token("token-suspended", "This token is paused. Ask whoever made it.")
        }
        Denied::Network => Problem::new(
            StatusCode::FORBIDDEN,
            "ip-not-allowed",
            "This token may not be used from this address.",
        ),
        Denied::Policy => Problem::new(
            StatusCode::FORBIDDEN,
            "policy-lifetime-exceeded",
            "This token lives longer than the organisation's policy allows. Ask for a new one.",
        ),
        Denied::PolicyNetworks => Problem::new(
            StatusCode::FORBIDDEN,
            "policy-networks-required",
            "This token is limited to no network, which the organisation's policy asks for. Ask whoever made it to name the \
             networks that it is used from.",
        ),
        Denied::Wipe => Problem::refused_token(
            "wipe-requested",
            "Remove everything of this organisation from the device, then send this token to /oauth/wipe.",
        ),
        Denied::TooMany { seconds } => domain::Refusal::TooMany { seconds }.into(),
        Denied::Fault(error) => error.into(),
    }
}
