//! `/access-tokens/{id}/uses`: who used an access token, and when.

use chrono::{DateTime, Utc};
use domain::access_tokens::UseRow;
use domain::{Permission, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asked, Id, Listed, Needs, Path, Problem, Program, Rest, get, row};

/// Its operation.
pub const ROUTES: &[Rest] = &[row(
    Method::GET,
    "/api/v1/access-tokens/{id}/uses",
    Needs::Permission(Permission::TokensRead),
    "The uses of an access token: the latest first, or those of its codes by their numbers.",
    || get(list),
)];

/// A use.
#[derive(Debug, Serialize, JsonSchema)]
struct Use {
    /// Its number: from 1 within its token, or within its code.
    number: i64,
    /// The code of a multi token that was used; null for a single token.
    code_id: Option<Uuid>,
    /// The person; null: somebody of another department, whom this token may not see.
    person_id: Option<Uuid>,
    /// Their name; null where the person is.
    person_name: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

/// What the list takes beside its page: nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Filter {}

async fn list(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    asked: Asked<Filter>,
) -> Result<Listed<Use>, Problem> {
    let page = backend
        .access_tokens()
        .uses(&caller, TokenId(id), asked.after.as_ref(), Some(asked.rows))
        .await?;
    Ok(asked.listed(page))
}

impl From<UseRow> for Use {
    fn from(row: UseRow) -> Self {
        Self {
            number: row.number,
            code_id: row.code.map(|code| code.0),
            person_id: row.person.map(|person| person.0),
            person_name: row.person.map(|_| row.name),
            at: row.when.at,
        }
    }
}
