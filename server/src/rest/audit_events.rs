//! `/audit-events`: what happened.

use chrono::{DateTime, Utc};
use domain::audit::{AuditQuery, AuditRow};
use domain::{Permission, PersonId, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asked, Listed, Needs, Problem, Program, Rest, get, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[row(
    Method::GET,
    "/api/v1/audit-events",
    Needs::Permission(Permission::AuditRead),
    "What happened in the organisation, the newest first.",
    || get(list),
)];

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
struct AuditEvent {
    /// Its id.
    id: Uuid,
    /// When it happened.
    at: DateTime<Utc>,
    /// The word for what happened.
    event: String,
    /// What happened, as a sentence.
    what: String,
    /// Who did it.
    actor: String,
    /// The person, if it was one.
    actor_id: Option<Uuid>,
    /// The token that it is about.
    token_id: Option<Uuid>,
    /// The code of a multi token.
    code_id: Option<Uuid>,
    /// The collection that it is about.
    collection_id: Option<Uuid>,
    /// The person that it is about.
    person_id: Option<Uuid>,
    /// The address that it was done from.
    address: Option<String>,
}

/// What the list takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Only this event, such as `token.revoked`.
    event: Option<String>,
    /// Only what is about this token.
    token_id: Option<Uuid>,
    /// Only what is about this person.
    person_id: Option<Uuid>,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter>,
) -> Result<Listed<AuditEvent>, Problem> {
    let page = backend.audit().list(&caller, &asked.query.query(&asked)).await?;
    Ok(asked.listed(page))
}

impl Filter {
    fn query<T>(&self, asked: &Asked<T>) -> AuditQuery {
        AuditQuery {
            event: self.event.clone(),
            token: self.token_id.map(TokenId),
            person: self.person_id.map(PersonId),
            after: asked.after.clone(),
            rows: Some(asked.rows),
        }
    }
}

impl From<AuditRow> for AuditEvent {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            event: row.event,
            what: row.what,
            actor: row.actor,
            actor_id: row.actor_id.map(|id| id.0),
            token_id: row.token.map(|id| id.0),
            code_id: row.code.map(|id| id.0),
            collection_id: row.collection.map(|id| id.0),
            person_id: row.person.map(|id| id.0),
            address: row.address,
        }
    }
}
