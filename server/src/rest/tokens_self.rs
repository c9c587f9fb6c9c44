//! `/tokens/self`: what a token is told of itself, and what it may do to itself.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use backend::Caller;
use backend::api_tokens::Told;
use chrono::{DateTime, Utc};
use domain::api_tokens::{RotateForm, SelfView};
use http::Method;
use http::request::Parts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::door::{Input, Operation, Output};
use super::new_secret::Rotated;
use super::shape::TokenState;
use super::{Body, Done, Needs, One, Problem, Program, Rest, delete, get, post, row};
use crate::kept::Answers;
use crate::server::Server;

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/tokens/self",
        Needs::Itself,
        "What this token is and may do.",
        || get(show),
    ),
    row(
        Method::POST,
        "/api/v1/tokens/self/rotate",
        Needs::Itself,
        "Give this token a new secret.",
        || post(rotate),
    ),
    row(
        Method::DELETE,
        "/api/v1/tokens/self",
        Needs::Itself,
        "End this token for good.",
        || delete(end),
    ),
];

/// A token, as it is told of itself.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenSelf {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The organisation that it belongs to.
    tenant_id: Uuid,
    /// The person behind it.
    user: User,
    /// The department that it is limited to; null: the whole of what the person sees.
    department: Option<String>,
    /// Its user type.
    user_type: String,
    /// What it may do now: what the token, its user type and the person have in common.
    permissions: Vec<&'static str>,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
    /// What it is now.
    state: TokenState,
}

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
struct User {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: String,
    /// Their address; null for a service user.
    email: Option<String>,
}

/// How a token is rotated.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rotate {
    /// How long the old secret still opens, up to 30 days: as `24h`, a number with s, m, h or d, or as ISO 8601 writes it,
    /// `PT24H`; `0` ends it now.
    pub grace: Option<String>,
    /// Whether the old secret ends at the first use of the new one, if that is earlier.
    pub end_grace_on_first_use: Option<bool>,
}

/// Who asks about itself. A token of a program is not copied for that.
enum Asking {
    ApiToken(Told),
    App(Box<Program>),
}

impl FromRequestParts<Server> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>();
        match caller.and_then(|caller| server.backend.api_tokens().told(caller)) {
            Some(told) => Ok(Self::ApiToken(told)),
            None => Ok(Self::App(Box::new(
                Program::from_request_parts(parts, server).await?,
            ))),
        }
    }
}

impl Input for Asking {
    fn describe(operation: &mut Operation<'_>) {
        Program::describe(operation);
    }
}

/// A [`TokenSelf`], which may have been written down before.
struct Written(Response);

async fn show(asking: Asking) -> Result<Written, Problem> {
    static ANSWERS: Answers = Answers::new();
    let response = match asking {
        Asking::ApiToken(told) => ANSWERS.about(told, |told| One(TokenSelf::from(told.view())).written())?,
        Asking::App(program) => {
            let Program(caller, backend) = *program;
            One(TokenSelf::from(backend.api_tokens().myself(&caller)?)).into_response()
        }
    };
    Ok(Written(response))
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Output for Written {
    fn describe(operation: &mut Operation<'_>) {
        One::<TokenSelf>::describe(operation);
    }
}

async fn rotate(Program(caller, backend): Program, Body(how): Body<Rotate>) -> Result<Rotated, Problem> {
    let id = backend.api_tokens().myself(&caller)?.id;
    let issued = backend.api_tokens().rotate(&caller, id, &how.into()).await?;
    Ok(Rotated(issued))
}

async fn end(Program(caller, backend): Program) -> Result<Done, Problem> {
    let id = backend.api_tokens().myself(&caller)?.id;
    backend.api_tokens().revoke(&caller, id).await?;
    Ok(Done)
}

impl From<Rotate> for RotateForm {
    fn from(how: Rotate) -> Self {
        Self {
            grace: how.grace.map(short).unwrap_or_default(),
            until_first_use: how.end_grace_on_first_use.unwrap_or(true),
        }
    }
}

/// A duration of ISO 8601 as the form takes it; what is none stays as it is.
fn short(typed: String) -> String {
    seconds(&typed).map_or(typed, |seconds| format!("{seconds}s"))
}

/// The seconds of a duration such as `P7D` or `PT1H30M`.
fn seconds(typed: &str) -> Option<i64> {
    let (days, time) = match typed.strip_prefix('P')?.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (typed.strip_prefix('P').filter(|days| !days.is_empty())?, ""),
    };
    let days = parts(days, &[('D', 86_400)])?;
    days.checked_add(parts(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)
}

/// Numbers with their units, each at most once and the greatest first.
fn parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    for (unit, each) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            // A sign or a blank is none of it.
            let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
            let number: i64 = is_number.then(|| number.parse().ok())??;
            sum = sum.checked_add(number.checked_mul(*each)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

impl From<SelfView> for TokenSelf {
    fn from(view: SelfView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            tenant_id: view.tenant.0,
            user: User {
                id: view.person.0,
                name: view.person_name,
                email: view.email.map(|email| email.to_string()),
            },
            department: view.department.map(|(_, name)| name),
            user_type: view.user_type.1,
            permissions: view.permissions.iter().map(domain::Permission::key).collect(),
            expires_at: view.expires_at,
            state: view.state.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_as_the_standard_writes_it() {
        for (typed, read) in [
            ("P7D", Some(604_800)),
            ("PT24H", Some(86_400)),
            ("P1DT1H1M1S", Some(90_061)),
            ("PT0S", Some(0)),
            ("P", None),
            ("PT", None),
            ("P1", None),
            ("P1M", None),
            ("PT1M1H", None),
            ("PT-1H", None),
            ("P99999999999999999999D", None),
            ("24h", None),
            ("", None),
        ] {
            assert_eq!(seconds(typed), read, "{typed}");
        }
        assert_eq!(short("PT1H".into()), "3600s");
        assert_eq!(short("7d".into()), "7d");
    }
}
