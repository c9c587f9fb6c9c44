//! `/page-tokens`: tokens that open one page of a guarded site.

mod sent;
mod shown;

use domain::page_tokens::forms::PageTokenForm;
use domain::{Permission, TokenId};
use http::Method;

use super::{
    Asked, Body, Countable, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly,
    delete, get, patch, post, row,
};
use sent::{Filter, Question, Sent, named};
pub(super) use sent::{Grace, entries, joined, of_grace, put, tick};
pub(super) use shown::parts;
use shown::{Explanation, Link, PageToken, WithLink};

const READ: Needs = Needs::Permission(Permission::PageTokensRead);
const MANAGE: Needs = Needs::Permission(Permission::PageTokensManage);
const REVEAL: Needs = Needs::Permission(Permission::TokensReveal);

/// The operations of page tokens.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/page-tokens",
        READ,
        "Page tokens, the newest first.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens",
        MANAGE,
        "Make a page token.",
        || post(create),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens/explain",
        READ,
        "Say why a request is refused, or as whom it is let through.",
        || post(explain),
    ),
    row(
        Method::GET,
        "/api/v1/page-tokens/{id}",
        READ,
        "A page token.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/page-tokens/{id}",
        MANAGE,
        "Change a page token; its link stays as it is.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/page-tokens/{id}",
        MANAGE,
        "Revoke a page token: it opens nothing from the next request on.",
        || delete(revoke),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens/{id}/suspend",
        MANAGE,
        "Pause a page token.",
        || post(suspend),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens/{id}/resume",
        MANAGE,
        "End the pause of a page token.",
        || post(resume),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens/{id}/reveal",
        REVEAL,
        "The link of a page token. Each time is recorded.",
        || post(reveal),
    ),
    row(
        Method::POST,
        "/api/v1/page-tokens/{id}/rotate",
        MANAGE,
        "Give a page token a new link.",
        || post(rotate),
    ),
];

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<PageToken>, Problem> {
    let query = asked.query.query(&asked);
    let tokens = backend.page_tokens();
    let list = asked.listed(tokens.list(&caller, &query).await?);
    match asked.counts {
        true => Ok(list.counted(tokens.count(&caller, &query).await?)),
        false => Ok(list),
    }
}

async fn create(
    Program(caller, backend): Program,
    Body(sent): Body<Sent>,
) -> Result<Created<WithLink>, Problem> {
    let mut form = PageTokenForm::default();
    sent.checked()?.over(&mut form);
    let made = backend.page_tokens().create(&caller, &form).await;
    let made = made.map_err(named)?;
    Ok(Created {
        location: format!("/api/v1/page-tokens/{}", made.0.id),
        view: made.into(),
    })
}

async fn explain(
    Program(caller, backend): Program,
    Body(asked): Body<Question>,
) -> Result<Secretly<Explanation>, Problem> {
    let answer = backend
        .page_tokens()
        .explain_typed(&caller, &asked.url, &asked.method, &asked.address)
        .await?;
    Ok(Secretly(answer.into()))
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<PageToken>, Problem> {
    Ok(One(backend.page_tokens().get(&caller, TokenId(id)).await?.into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(sent): Body<Sent>,
) -> Result<One<PageToken>, Problem> {
    let sent = sent.checked()?;
    let change = move |form: &mut PageTokenForm| sent.over(form);
    let row = backend.page_tokens().edit(&caller, TokenId(id), change).await;
    Ok(One(row.map_err(named)?.into()))
}

async fn revoke(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.page_tokens().revoke(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn suspend(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<PageToken>, Problem> {
    Ok(One(backend
        .page_tokens()
        .set_suspended(&caller, TokenId(id), true)
        .await?
        .into()))
}

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<PageToken>, Problem> {
    Ok(One(backend
        .page_tokens()
        .set_suspended(&caller, TokenId(id), false)
        .await?
        .into()))
}

async fn reveal(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Secretly<Link>, Problem> {
    Ok(Secretly(
        backend.page_tokens().reveal(&caller, TokenId(id)).await?.into(),
    ))
}

async fn rotate(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(how): Body<Grace>,
) -> Result<Secretly<Link>, Problem> {
    Ok(Secretly(
        backend
            .page_tokens()
            .rotate(&caller, TokenId(id), how.grace_hours)
            .await
            .map_err(of_grace)?
            .into(),
    ))
}
