//! `/api-tokens`: the tokens of programs. They are made by people alone; a token with `api_tokens:manage` may withdraw
//! others.

mod filter;
mod many;
mod question;
mod sent;
mod view;

use domain::api_tokens::ApiTokenQuery;
use domain::{Permission, TokenId};
use http::Method;

use self::filter::Filter;
use self::question::{Explanation, Request};
use self::view::{ApiToken, COLUMNS, WholeApiToken};
use super::new_secret::{Made, Rotated};
use super::tables::{self, Table};
use super::tokens_self::Rotate;
use super::{
    Asked, Body, Countable, Done, Id, Listed, Needs, OPERATIONS, One, Path, Problem, Program, Query, Rest,
    Secretly, delete, get, patch, post, row,
};

pub use self::many::{BulkAnswer, Finds, Many};
pub use self::sent::{Sent, as_sent};
pub use self::view::AddressOfUse;

const READ: Needs = Needs::Permission(Permission::ApiTokensRead);
const MANAGE: Needs = Needs::Permission(Permission::ApiTokensManage);
const PERSON: Needs = Needs::Person(Permission::ApiTokensManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/api-tokens",
        READ,
        "API tokens, the newest first.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/api-tokens.csv",
        READ,
        "The same list as CSV, whole.",
        || get(table),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens",
        PERSON,
        "Make an API token.",
        || post(create),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens/explain",
        READ,
        "Say why a request with a token is refused, or as what it is let in.",
        || post(explain),
    ),
    row(
        Method::GET,
        "/api/v1/api-tokens/{id}",
        READ,
        "An API token.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/api-tokens/{id}",
        PERSON,
        "Change an API token.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/api-tokens/{id}",
        MANAGE,
        "End an API token for good.",
        || delete(end),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens/{id}/rotate",
        PERSON,
        "Give an API token a new secret.",
        || post(rotate),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens/{id}/suspend",
        MANAGE,
        "Pause an API token.",
        || post(suspend),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens/{id}/resume",
        MANAGE,
        "End the pause of an API token.",
        || post(resume),
    ),
    row(
        Method::POST,
        "/api/v1/api-tokens/bulk-revoke",
        MANAGE,
        "End, pause or resume many API tokens at once.",
        || post(bulk),
    ),
];
async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<ApiToken>, Problem> {
    let filters = asked.query.filters()?;
    let query = ApiTokenQuery {
        after: asked.after.clone(),
        rows: Some(asked.rows),
        ..asked.query.query()?
    };
    let tokens = backend.api_tokens();
    let list = asked.listed(tokens.list_within(&caller, &query, &filters).await?);
    match asked.counts {
        true => Ok(list.counted(tokens.count_within(&caller, &query, &filters).await?)),
        false => Ok(list),
    }
}

async fn table(Program(caller, backend): Program, Query(filter): Query<Filter>) -> Result<Table, Problem> {
    let (query, filters) = (filter.query()?, filter.filters()?);
    tables::whole::<ApiToken, _>("api-tokens.csv", COLUMNS, move |after| {
        let (caller, backend) = (caller.clone(), backend.clone());
        let filters = filters.clone();
        let query = ApiTokenQuery {
            after,
            rows: Some(tables::ROWS),
            ..query.clone()
        };
        Box::pin(async move { backend.api_tokens().list_within(&caller, &query, &filters).await })
    })
    .await
}

async fn create(Program(caller, backend): Program, Body(sent): Body<Sent>) -> Result<Made, Problem> {
    let named = sent.named();
    let issued = backend.api_tokens().create(&caller, &sent.parsed()?).await;
    issued.map(Made).map_err(|wrong| named(as_sent(wrong)))
}

async fn explain(
    Program(caller, backend): Program,
    Body(asked): Body<Request>,
) -> Result<Secretly<Explanation>, Problem> {
    let answer = backend
        .reports()
        .explain(&caller, &asked.try_into()?, OPERATIONS)
        .await?;
    Ok(Secretly(answer.into()))
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<WholeApiToken>, Problem> {
    Ok(One(backend.api_tokens().view(&caller, TokenId(id)).await?.into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(sent): Body<Sent>,
) -> Result<One<WholeApiToken>, Problem> {
    let (lifetime, named) = (sent.lifetime()?, sent.named());
    let view = backend
        .api_tokens()
        .change(&caller, TokenId(id), lifetime, |form| sent.over(form))
        .await;
    view.map(|view| One(view.into()))
        .map_err(|wrong| named(as_sent(wrong)))
}

async fn end(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.api_tokens().revoke(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn rotate(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(how): Body<Rotate>,
) -> Result<Rotated, Problem> {
    let issued = backend
        .api_tokens()
        .rotate(&caller, TokenId(id), &how.into())
        .await?;
    Ok(Rotated(issued))
}

async fn suspend(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<ApiToken>, Problem> {
    Ok(One(backend
        .api_tokens()
        .set_suspended(&caller, TokenId(id), true)
        .await?
        .into()))
}

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<ApiToken>, Problem> {
    Ok(One(backend
        .api_tokens()
        .set_suspended(&caller, TokenId(id), false)
        .await?
        .into()))
}

async fn bulk(
    Program(caller, backend): Program,
    Body(many): Body<Many<Filter>>,
) -> Result<One<BulkAnswer>, Problem> {
    let (order, is_dry) = (many.order(), many.dry_run);
    let ids = many.ids(&caller, &backend).await?;
    if is_dry {
        return Ok(One(backend.api_tokens().preview(&caller, &ids).await?.into()));
    }
    if ids.is_empty() {
        return Ok(One(Vec::new().into()));
    }
    Ok(One(backend.api_tokens().bulk(&caller, &ids, order).await?.into()))
}
