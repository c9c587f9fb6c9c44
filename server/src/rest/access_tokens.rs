//! `/access-tokens`: links that open a collection.

mod filter;
mod sent;
mod view;

use domain::access_tokens::TokenQuery;
use domain::{Permission, TokenId};
use http::Method;

use self::filter::Filter;
use self::sent::{Change, New};
use self::view::COLUMNS;
use super::tables::{self, Table};
use super::{
    Asked, Body, Countable, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Query, Rest,
    Secretly, delete, get, patch, post, row,
};

pub use self::filter::{OneState, Sort, order};
pub use self::view::{AccessToken, Shared};

const READ: Needs = Needs::Permission(Permission::TokensRead);
const MANAGE: Needs = Needs::Permission(Permission::TokensManage);
const REVEAL: Needs = Needs::Permission(Permission::TokensReveal);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/access-tokens",
        READ,
        "Access tokens.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/access-tokens.csv",
        READ,
        "The same list as CSV, whole.",
        || get(table),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens",
        MANAGE,
        "Make an access token.",
        || post(create),
    ),
    row(
        Method::GET,
        "/api/v1/access-tokens/{id}",
        READ,
        "An access token.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/access-tokens/{id}",
        MANAGE,
        "Change an access token.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/access-tokens/{id}",
        MANAGE,
        "Delete an access token; for 30 days it can be restored.",
        || delete(remove),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/restore",
        MANAGE,
        "Bring a deleted access token back.",
        || post(restore),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/suspend",
        MANAGE,
        "Pause an access token.",
        || post(suspend),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/resume",
        MANAGE,
        "End the pause of an access token.",
        || post(resume),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/revoke",
        MANAGE,
        "End an access token for good.",
        || post(revoke),
    ),
    row(
        Method::POST,
        "/api/v1/access-tokens/{id}/share",
        REVEAL,
        "The link of a single token. Each time is recorded.",
        || post(share),
    ),
];

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<AccessToken>, Problem> {
    let filters = asked.query.filters(backend.clock().now())?;
    let query = TokenQuery {
        after: asked.after.clone(),
        rows: Some(asked.rows),
        ..asked.query.query()
    };
    let tokens = backend.access_tokens();
    let list = asked.listed(tokens.list_within(&caller, &query, &filters).await?);
    match asked.counts {
        true => Ok(list.counted(tokens.count_within(&caller, &query, &filters).await?)),
        false => Ok(list),
    }
}

async fn table(Program(caller, backend): Program, Query(filter): Query<Filter>) -> Result<Table, Problem> {
    let (query, filters) = (filter.query(), filter.filters(backend.clock().now())?);
    tables::whole::<AccessToken, _>("access-tokens.csv", COLUMNS, move |after| {
        let (caller, backend) = (caller.clone(), backend.clone());
        let filters = filters.clone();
        let query = TokenQuery {
            after,
            rows: Some(tables::ROWS),
            ..query.clone()
        };
        Box::pin(async move {
            backend
                .access_tokens()
                .list_within(&caller, &query, &filters)
                .await
        })
    })
    .await
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<New>,
) -> Result<Created<AccessToken>, Problem> {
    let row = backend
        .access_tokens()
        .create_within(&caller, &new.form()?, new.starts_at, new.expires_at)
        .await
        .map_err(|wrong| named(wrong, new.expires_at.is_some()))?;
    Ok(Created {
        location: format!("/api/v1/access-tokens/{}", row.id),
        view: row.into(),
    })
}

/// What is wrong, with the end as it was sent: as an instant or as a date.
fn named(wrong: impl Into<Problem>, as_instant: bool) -> Problem {
    let wrong = wrong.into();
    match as_instant {
        true => wrong.renamed("expires_on", "expires_at"),
        false => wrong,
    }
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<AccessToken>, Problem> {
    Ok(One(backend
        .access_tokens()
        .get(&caller, TokenId(id))
        .await?
        .into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<AccessToken>, Problem> {
    let said = change.names_an_instant();
    let row = backend
        .access_tokens()
        .change(&caller, TokenId(id), &change.meant()?)
        .await;
    row.map(|row| One(row.into())).map_err(|wrong| named(wrong, said))
}

async fn remove(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.access_tokens().delete(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn restore(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<AccessToken>, Problem> {
    Ok(One(backend
        .access_tokens()
        .restore(&caller, TokenId(id))
        .await?
        .into()))
}

async fn suspend(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<AccessToken>, Problem> {
    Ok(One(backend
        .access_tokens()
        .suspend(&caller, TokenId(id))
        .await?
        .into()))
}

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<AccessToken>, Problem> {
    Ok(One(backend
        .access_tokens()
        .resume(&caller, TokenId(id))
        .await?
        .into()))
}

async fn revoke(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<AccessToken>, Problem> {
    Ok(One(backend
        .access_tokens()
        .revoke(&caller, TokenId(id))
        .await?
        .into()))
}

async fn share(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Secretly<Shared>, Problem> {
    Ok(Secretly(
        backend.access_tokens().share(&caller, TokenId(id)).await?.into(),
    ))
}
