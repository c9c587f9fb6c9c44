//! `/mobile-sessions`: people who are signed in in mobile apps.

mod filter;
mod view;

use backend::{Backend, Caller};
use domain::mobile_sessions::MobileQuery;
use domain::page::Count;
use domain::{Permission, PersonId, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use self::filter::Filter;
use self::view::{COLUMNS, MobileSession, WholeMobileSession};
use super::api_tokens::{BulkAnswer, Finds, Many};
use super::tables::{self, Table};
use super::{
    Asked, Body, Countable, Done, Id, Listed, Needs, One, Path, Problem, Program, Query, Rest, delete, get,
    post, row,
};

const READ: Needs = Needs::Permission(Permission::MobileSessionsRead);
const MANAGE: Needs = Needs::Permission(Permission::MobileSessionsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/mobile-sessions",
        READ,
        "Who is signed in in a mobile app, the newest first.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/mobile-sessions.csv",
        READ,
        "The same list as CSV, whole.",
        || get(table),
    ),
    row(
        Method::GET,
        "/api/v1/mobile-sessions/{id}",
        READ,
        "A mobile session.",
        || get(show),
    ),
    row(
        Method::DELETE,
        "/api/v1/mobile-sessions/{id}",
        MANAGE,
        "Sign a mobile session out.",
        || delete(end),
    ),
    row(
        Method::POST,
        "/api/v1/mobile-sessions/{id}/sign-out-everywhere",
        MANAGE,
        "Sign the person of a session out of every app.",
        || post(end_everywhere),
    ),
    row(
        Method::POST,
        "/api/v1/people/{id}/sign-out-everywhere",
        MANAGE,
        "Sign a person out of every app.",
        || post(end_everywhere_of),
    ),
    row(
        Method::POST,
        "/api/v1/mobile-sessions/{id}/resume",
        MANAGE,
        "End the pause of a mobile session.",
        || post(resume),
    ),
    row(
        Method::POST,
        "/api/v1/mobile-sessions/{id}/wipe",
        MANAGE,
        "Ask the app to remove everything that it holds from the device.",
        || post(wipe),
    ),
    row(
        Method::POST,
        "/api/v1/mobile-sessions/bulk-revoke",
        MANAGE,
        "Sign out, pause or resume many mobile sessions at once.",
        || post(bulk),
    ),
];

/// How many sessions were signed out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignedOut {
    /// How many.
    pub signed_out: i64,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<MobileSession>, Problem> {
    let filters = asked.query.filters()?;
    let query = MobileQuery {
        after: asked.after.clone(),
        rows: Some(asked.rows),
        ..asked.query.query()
    };
    let sessions = backend.mobile_sessions();
    let list = asked.listed(sessions.list_within(&caller, &query, &filters).await?);
    match asked.counts {
        true => Ok(list.counted(sessions.count_within(&caller, &query, &filters).await?)),
        false => Ok(list),
    }
}

async fn table(Program(caller, backend): Program, Query(filter): Query<Filter>) -> Result<Table, Problem> {
    let (query, filters) = (filter.query(), filter.filters()?);
    tables::whole::<MobileSession, _>("mobile-sessions.csv", COLUMNS, move |after| {
        let (caller, backend) = (caller.clone(), backend.clone());
        let filters = filters.clone();
        let query = MobileQuery {
            after,
            rows: Some(tables::ROWS),
            ..query.clone()
        };
        Box::pin(async move {
            backend
                .mobile_sessions()
                .list_within(&caller, &query, &filters)
                .await
        })
    })
    .await
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<WholeMobileSession>, Problem> {
    Ok(One(backend
        .mobile_sessions()
        .view(&caller, TokenId(id))
        .await?
        .into()))
}

async fn end(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.mobile_sessions().end(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn end_everywhere(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<SignedOut>, Problem> {
    let signed_out = backend
        .mobile_sessions()
        .end_everywhere(&caller, TokenId(id))
        .await?;
    Ok(One(SignedOut { signed_out }))
}

async fn end_everywhere_of(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<SignedOut>, Problem> {
    let signed_out = backend
        .mobile_sessions()
        .end_everywhere_of(&caller, PersonId(id))
        .await?;
    Ok(One(SignedOut { signed_out }))
}

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<MobileSession>, Problem> {
    Ok(One(backend
        .mobile_sessions()
        .resume(&caller, TokenId(id))
        .await?
        .into()))
}

async fn wipe(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<MobileSession>, Problem> {
    Ok(One(backend
        .mobile_sessions()
        .wipe(&caller, TokenId(id))
        .await?
        .into()))
}

async fn bulk(
    Program(caller, backend): Program,
    Body(many): Body<Many<Filter>>,
) -> Result<One<BulkAnswer>, Problem> {
    let (order, is_dry) = (many.order(), many.dry_run);
    let ids = many.ids(&caller, &backend).await?;
    let sessions = backend.mobile_sessions();
    if is_dry {
        return Ok(One(sessions.preview(&caller, &ids).await?.into()));
    }
    if ids.is_empty() {
        return Ok(One(Vec::new().into()));
    }
    Ok(One(sessions.bulk(&caller, &ids, order).await?.into()))
}

impl Finds for Filter {
    async fn found(&self, caller: &Caller, backend: &Backend) -> Result<(Count, Vec<TokenId>), Problem> {
        let query = self.query();
        let filters = self.filters().map_err(|wrong| wrong.in_body("filter"))?;
        let sessions = backend.mobile_sessions();
        let count = sessions.count_within(caller, &query, &filters).await?;
        Ok((count, sessions.ids(caller, &query, &filters).await?))
    }
}
