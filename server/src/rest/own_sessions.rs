//! `/me/sessions`: the apps that are signed in as oneself.

use chrono::{DateTime, Utc};
use domain::TokenId;
use domain::mobile_sessions::OwnMobileSession;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::mobile_sessions::SignedOut;
use super::{Done, Id, Listed, Needs, One, Path, Problem, Program, Query, Rest, delete, get, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/me/sessions",
        Needs::Oneself,
        "The apps that are signed in as oneself.",
        || get(own),
    ),
    row(
        Method::DELETE,
        "/api/v1/me/sessions",
        Needs::Oneself,
        "Sign all of one's own apps out, but for the one that asks.",
        || delete(end_other_own),
    ),
    row(
        Method::DELETE,
        "/api/v1/me/sessions/{id}",
        Needs::Oneself,
        "Sign one of one's own apps out.",
        || delete(end_own),
    ),
];

/// One of one's own sessions.
#[derive(Debug, Serialize, JsonSchema)]
struct OwnSession {
    /// Its id.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// The app.
    app: String,
    /// The device, in a few words.
    device: String,
    /// When it signed in.
    created_at: DateTime<Utc>,
    /// When it was last active.
    last_active_at: DateTime<Utc>,
    /// Where from.
    last_address: String,
}

/// Which of one's own sessions end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct All {
    /// `current`: the one that asks goes on.
    #[expect(dead_code, reason = "there is one answer, which has to be said")]
    except: Except,
}

/// Which session goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Except {
    /// The one that asks.
    Current,
}

async fn own(Program(caller, backend): Program) -> Result<Listed<OwnSession>, Problem> {
    let rows = backend.mobile_sessions().own(&caller).await?;
    Ok(Listed::whole(rows.into_iter().map(OwnSession::from).collect()))
}

async fn end_own(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.mobile_sessions().end_own(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn end_other_own(
    Program(caller, backend): Program,
    Query(_): Query<All>,
) -> Result<One<SignedOut>, Problem> {
    let signed_out = backend.mobile_sessions().end_other_own(&caller).await?;
    Ok(One(SignedOut { signed_out }))
}

impl From<OwnMobileSession> for OwnSession {
    fn from(row: OwnMobileSession) -> Self {
        Self {
            id: row.id.0,
            current: row.is_this,
            app: row.app,
            device: row.device,
            created_at: row.signed_in.at,
            last_active_at: row.last_active.at,
            last_address: row.last_address,
        }
    }
}
