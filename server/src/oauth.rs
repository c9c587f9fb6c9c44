//! `/oauth`: how people sign in to mobile apps (OAuth 2.1 with PKCE, RFC 8252), and what standards require of an
//! authorization server: introspection (RFC 7662), revocation (RFC 7009) and its metadata (RFC 8414).
//!
//! Apps get their answers as JSON, and errors as well (RFC 6749 §5.2).

pub mod authorize;
pub mod metadata;
mod question;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use backend::mobile_sessions::{Active, Introspected, Issued, TokenError};
use domain::mobile_sessions::{Device, OAuthError, OAuthProblem, TokenForm};
use domain::{MobileAppId, OrganisationId, PersonId, TokenId};
use http::header::PRAGMA;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::question::Question;
use crate::failure::Failure;
use crate::kept::Answer;
use crate::request_context::RequestContext;
use crate::rest::Problem;
use crate::server::Server;

/// The page where people allow an app to sign in.
const AUTHORIZE: &str = "/oauth/authorize";

/// What old caches are told beside `Cache-Control` (RFC 6749 §5.1).
static NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// What an app may declare about the device, itself and the system.
const DECLARED: [&str; 3] = ["tokenwright-device", "tokenwright-app", "tokenwright-system"];

/// Whether a path is that of a sign-in to an app.
pub fn is_authorization(path: &str) -> bool {
    path.strip_prefix(AUTHORIZE)
        .is_some_and(|rest| rest.starts_with('?'))
}

/// A token in a request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    token: String,
}

/// `POST /oauth/token`: tokens for a code, or for a refresh token.
pub async fn token(
    State(server): State<Server>,
    visit: RequestContext,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    let form = match read(&visit, form) {
        Ok(form) => form,
        Err(problem) => return refused(problem),
    };
    let declared = DECLARED.map(|name| headers.get(name).and_then(|value| value.to_str().ok()));
    let device = Device::told(declared, &visit.client.user_agent);
    let sessions = server.backend.mobile_sessions();
    let answer = match &*form.grant_type {
        "authorization_code" => sessions.exchange(&form, &device, &visit.client).await,
        "refresh_token" => sessions.refresh(&form, &device, &visit.client).await,
        "" => Err(OAuthError::InvalidRequest
            .because("grant_type is missing: authorization_code or refresh_token.")
            .into()),
        _ => Err(OAuthError::UnsupportedGrantType
            .because("grant_type is authorization_code or refresh_token.")
            .into()),
    };
    match answer {
        Ok(issued) => issued_as(&issued),
        Err(TokenError::Refused(problem)) => refused(problem),
        Err(TokenError::Wipe) => {
            let problem = OAuthError::InvalidGrant
                .because("Remove everything of this organisation from the device, then send this token to /oauth/wipe.");
            let mut said = as_json(problem);
            said["wipe"] = true.into();
            with_status(StatusCode::BAD_REQUEST, said)
        }
        Err(TokenError::Fault(error)) => broken(error),
    }
}

/// `POST /oauth/introspect`: what a token is, for a program with the permission to know.
pub async fn introspect(
    State(server): State<Server>,
    Question { caller, token }: Question,
) -> Result<Response, Problem> {
    let issuer = server.public_url.as_str();
    match server.backend.mobile_sessions().active(&caller, &token).await? {
        None => Ok(with_status(StatusCode::OK, json!({ "active": false }))),
        Some(Active::ApiToken(told)) => server.introspected.about(told, |told| {
            let said = Introspected::from(told);
            written(&Alive::of(&said, issuer))
        }),
        Some(Active::Session(session)) => Ok(with_status(StatusCode::OK, Alive::of(&session, issuer))),
    }
}

/// `POST /oauth/revoke`: anyone who has a token can end it. Nothing is said about an unknown token.
pub async fn revoke(
    State(server): State<Server>,
    visit: RequestContext,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match read(&visit, form).and_then(Sent::checked) {
        Ok(sent) => sent,
        Err(problem) => return refused(problem),
    };
    match server
        .backend
        .mobile_sessions()
        .revoke_token(&sent.token, &visit.client)
        .await
    {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => broken(error),
    }
}

/// `POST /oauth/wipe`: an app reports that it has removed everything from the device.
pub async fn wiped(
    State(server): State<Server>,
    visit: RequestContext,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match read(&visit, form).and_then(Sent::checked) {
        Ok(sent) => sent,
        Err(problem) => return refused(problem),
    };
    match server
        .backend
        .mobile_sessions()
        .wiped(&sent.token, &visit.client)
        .await
    {
        // A caller who makes up a token learns nothing.
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => broken(error),
    }
}

impl Sent {
    fn checked(self) -> Result<Self, OAuthProblem> {
        match &*self.token {
            "" => Err(OAuthError::InvalidRequest.because("token is missing.")),
            _ => Ok(self),
        }
    }
}

/// Requires a form, sent with encryption where the site has it.
fn read<T>(visit: &RequestContext, form: Result<Form<T>, FormRejection>) -> Result<T, OAuthProblem> {
    if visit.is_plaintext {
        return Err(OAuthError::InvalidRequest.because("This travelled without encryption. Use https."));
    }
    form.map(|Form(fields)| fields).map_err(|_| {
        OAuthError::InvalidRequest.because("Send each field once, as application/x-www-form-urlencoded.")
    })
}

fn issued_as(issued: &Issued) -> Response {
    with_status(
        StatusCode::OK,
        json!({
            "access_token": issued.access.reveal(),
            "token_type": "Bearer",
            "expires_in": issued.seconds,
            "refresh_token": issued.refresh.reveal(),
            "scope": issued.permissions.to_string(),
        }),
    )
}

/// What a program is told of a token that is alive (RFC 7662 §2.2).
#[derive(Serialize)]
struct Alive<'a> {
    active: bool,
    scope: String,
    username: &'a str,
    sub: PersonId,
    iss: &'a str,
    jti: TokenId,
    tenant_id: OrganisationId,
    department: Option<&'a str>,
    user_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<MobileAppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

impl<'a> Alive<'a> {
    fn of(found: &'a Introspected, issuer: &'a str) -> Self {
        let view = &found.view;
        Self {
            active: true,
            scope: view.permissions.to_string(),
            username: view
                .email
                .as_ref()
                .map_or(view.person_name.as_str(), |email| email.as_str()),
            sub: view.person,
            iss: issuer,
            jti: view.id,
            tenant_id: view.tenant,
            department: view.department.as_ref().map(|(_, name)| name.as_str()),
            user_type: &view.user_type.1,
            client_id: found.app,
            exp: view.expires_at.map(|end| end.timestamp()),
            iat: found.issued_at.map(|began| began.timestamp()),
            token_type: found.is_bearer.then_some("Bearer"),
        }
    }
}

fn refused(problem: OAuthProblem) -> Response {
    with_status(StatusCode::BAD_REQUEST, as_json(problem))
}

fn as_json(problem: OAuthProblem) -> Value {
    json!({ "error": problem.error.key(), "error_description": problem.description })
}

/// Something broke: the log gets the cause, the app an id to quote.
fn broken(error: backend::Error) -> Response {
    let backend::Error::Fault(fault) = error else {
        return refused(OAuthError::InvalidRequest.because("This is refused."));
    };
    fault.log();
    let (status, word) = if fault.is_passing() {
        (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "server_error")
    };
    with_status(
        status,
        json!({ "error": word, "error_description": format!("Quote {} when you ask about it.", fault.id()) }),
    )
}

/// The same as [`with_status`], to be given more than once.
fn written(said: &impl Serialize) -> Result<Answer, Problem> {
    let json = serde_json::to_string(said).map_err(Failure::fault)?;
    Ok(Answer::new(PRAGMA, NO_CACHE.clone(), json))
}

fn with_status(status: StatusCode, said: impl Serialize) -> Response {
    (status, [(PRAGMA, NO_CACHE.clone())], Json(said)).into_response()
}
