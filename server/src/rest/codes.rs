//! `/access-tokens/{id}/codes`: the codes of a multi token.

use chrono::{DateTime, Utc};
use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow};
use domain::{Permission, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access_tokens::{AccessToken, Shared};
use super::shape::TokenState;
use super::{
    Asked, Body, Countable, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly, get, post, row,
};

const READ: Needs = Needs::Permission(Permission::TokensRead);
const MANAGE: Needs = Needs::Permission(Permission::TokensManage);
const REVEAL: Needs = Needs::Permission(Permission::TokensReveal);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/access-tokens/{id}/codes",
        READ,
        "The codes of a multi token, by their number.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes",
        MANAGE,
        "Add codes to a multi token. Many are made by a job, which the token names.",
        || post(add),
    ),
    row(
        Method::GET,
        "/api/v1/access-tokens/{id}/codes/{code_id}",
        READ,
        "A code.",
        || get(show),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes/{code_id}/assign",
        MANAGE,
        "Assign a code to an address; its link is sent there.",
        || post(assign),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes/{code_id}/clear",
        MANAGE,
        "Take a code back from an address; its link opens nothing any more.",
        || post(clear),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes/{code_id}/new-link",
        MANAGE,
        "Give an assigned code a new secret, and send its link to the same address. The old link opens nothing any more.",
        || post(new_link),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes/{code_id}/replace",
        MANAGE,
        "Issue a replacement for a consumed code.",
        || post(replace),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/codes/{code_id}/share",
        REVEAL,
        "The link of a code. Each time is recorded.",
        || post(share),
    ),
];

/// A code of a multi token.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct CodeId {
    /// The multi token.
    id: Uuid,
    /// The code.
    code_id: Uuid,
}

/// A code.
#[derive(Debug, Serialize, JsonSchema)]
struct Code {
    /// Its id.
    id: Uuid,
    /// Its number within the multi token, from 1.
    number: i64,
    /// What lists show of it.
    hint: String,
    /// What it is now.
    state: TokenState,
    /// The address that it is assigned to.
    assigned_to: Option<String>,
    /// Who used it.
    used_by: Option<UsedBy>,
    /// The code that replaces it.
    replaced_by: Option<Uuid>,
}

/// Who used a code.
#[derive(Debug, Serialize, JsonSchema)]
struct UsedBy {
    /// The person; null: somebody of another department, whom this token may not see.
    id: Option<Uuid>,
    /// Their name; null where the person is.
    name: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

/// What a list of codes takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// An e-mail address, a name, a code or the shown part of one.
    q: Option<String>,
    /// Only these.
    show: Option<Show>,
}

/// Which codes.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// All of them.
    All,
    /// Neither assigned nor used.
    Free,
    /// Assigned and not used.
    Assigned,
    /// Used.
    Used,
}

/// Codes to be added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Add {
    /// How many.
    number_of_tokens: i64,
}

/// Whom a code is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assign {
    /// The address.
    email: String,
}

async fn list(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<Code>, Problem> {
    let (tokens, id) = (backend.access_tokens(), TokenId(id));
    let query = asked.query.query(&asked);
    let list = asked.listed(tokens.codes(&caller, id, &query).await?);
    match asked.counts {
        true => Ok(list.counted(tokens.count_codes(&caller, id, &query).await?)),
        false => Ok(list),
    }
}

async fn add(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(add): Body<Add>,
) -> Result<One<AccessToken>, Problem> {
    let number = add.number_of_tokens.to_string();
    let row = backend
        .access_tokens()
        .add_codes(&caller, TokenId(id), &number)
        .await;
    row.map(|row| One(row.into()))
        .map_err(|wrong| Problem::from(wrong).renamed("no_of_tokens", "number_of_tokens"))
}

async fn show(Program(caller, backend): Program, Path(at): Path<CodeId>) -> Result<One<Code>, Problem> {
    let rows = backend
        .access_tokens()
        .code_rows(&caller, TokenId(at.id), &[TokenId(at.code_id)])
        .await?;
    Ok(One(rows
        .into_iter()
        .next()
        .ok_or(domain::Refusal::NotFound)?
        .into()))
}

async fn assign(
    Program(caller, backend): Program,
    Path(at): Path<CodeId>,
    Body(whom): Body<Assign>,
) -> Result<One<Code>, Problem> {
    is_of(&caller, &backend, at).await?;
    Ok(One(backend
        .access_tokens()
        .assign(&caller, TokenId(at.code_id), &whom.email)
        .await?
        .into()))
}

async fn clear(Program(caller, backend): Program, Path(at): Path<CodeId>) -> Result<One<Code>, Problem> {
    is_of(&caller, &backend, at).await?;
    Ok(One(backend
        .access_tokens()
        .clear_assignment(&caller, TokenId(at.code_id))
        .await?
        .into()))
}

async fn new_link(Program(caller, backend): Program, Path(at): Path<CodeId>) -> Result<One<Code>, Problem> {
    is_of(&caller, &backend, at).await?;
    Ok(One(backend
        .access_tokens()
        .new_link(&caller, TokenId(at.code_id))
        .await?
        .into()))
}

async fn replace(Program(caller, backend): Program, Path(at): Path<CodeId>) -> Result<One<Code>, Problem> {
    is_of(&caller, &backend, at).await?;
    Ok(One(backend
        .access_tokens()
        .replace(&caller, TokenId(at.code_id))
        .await?
        .into()))
}

async fn share(
    Program(caller, backend): Program,
    Path(at): Path<CodeId>,
) -> Result<Secretly<Shared>, Problem> {
    is_of(&caller, &backend, at).await?;
    Ok(Secretly(
        backend
            .access_tokens()
            .share(&caller, TokenId(at.code_id))
            .await?
            .into(),
    ))
}

/// A code is found under its own multi token alone. Which one that is never changes.
async fn is_of(caller: &backend::Caller, backend: &backend::Backend, at: CodeId) -> Result<(), Problem> {
    let tokens = backend.access_tokens();
    Ok(tokens
        .has_code(caller, TokenId(at.id), TokenId(at.code_id))
        .await?)
}

impl Filter {
    fn query<T, C>(&self, asked: &Asked<T, C>) -> CodeQuery {
        CodeQuery {
            search: self.q.clone().unwrap_or_default(),
            show: match self.show {
                None | Some(Show::All) => CodeFilter::All,
                Some(Show::Free) => CodeFilter::Free,
                Some(Show::Assigned) => CodeFilter::Assigned,
                Some(Show::Used) => CodeFilter::Used,
            },
            after: asked.after.clone(),
            rows: Some(asked.rows),
        }
    }
}

impl From<CodeRow> for Code {
    fn from(row: CodeRow) -> Self {
        Self {
            id: row.id.0,
            number: row.number,
            hint: row.hint,
            state: row.state.into(),
            assigned_to: row.assigned.map(|email| email.to_string()),
            used_by: row.used_by.map(|used| UsedBy {
                id: used.person.map(|person| person.0),
                name: used.person.map(|_| used.name),
                at: used.when.at,
            }),
            replaced_by: row.replaced_by.map(|id| id.0),
        }
    }
}
