//! `/page-tokens`: tokens that open one page of a guarded site.

use chrono::{DateTime, Utc};
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::{Explained, PageTokenLink, PageTokenQuery, PageTokenRow};
use domain::tokens::{State, TokenList};
use domain::{Permission, SiteId, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access_tokens::{OneState, order};
use super::shape::TokenState;
use super::{
    Asked, Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly, delete, get,
    patch, post, row,
};

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

/// A page token.
#[derive(Debug, Serialize, JsonSchema)]
struct PageToken {
    /// Its id.
    id: Uuid,
    /// The URL as it was sent.
    full_url: String,
    /// The form that requests are compared with.
    canonical_url: String,
    /// How much it opens: `exact`, `assets` or `below`.
    scope: &'static str,
    /// What lists show of its secret.
    hint: String,
    /// Who its bearer is taken for.
    groups: Vec<String>,
    /// What it is now.
    state: TokenState,
    /// How often it was used.
    hits: i64,
    /// How often it may be used; null: unlimited.
    max_hits: Option<i64>,
    /// How many hits are left; null: unlimited.
    hits_left: Option<i64>,
    /// When it starts; null: at once.
    starts_at: Option<DateTime<Utc>>,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Parameters that may be added.
    may_add: String,
    /// Parameters that may have any value.
    any_value: String,
    /// Where requests may come from; none: from anywhere.
    networks: Vec<String>,
    /// Whether GET and HEAD alone are let through.
    reads_only: bool,
    /// Whether a page asks before a hit is spent.
    confirm: bool,
    /// What it is remembered by.
    note: String,
    /// The site that it belongs to.
    site_id: Uuid,
}

/// A page token with its link.
#[derive(Debug, Serialize, JsonSchema)]
struct WithLink {
    /// The token.
    #[serde(flatten)]
    row: PageToken,
    /// The secret by itself.
    token: String,
    /// The URL with the token.
    link: String,
    /// A command that opens it.
    curl: String,
    /// The same as a line of a crontab.
    crontab: String,
}

/// A link.
#[derive(Debug, Serialize, JsonSchema)]
struct Link {
    /// The token's id.
    id: Uuid,
    /// The secret by itself.
    token: String,
    /// The URL with the token.
    link: String,
}

/// What a page token is made or changed with. What is not said stays as it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PageTokenSent")]
struct Sent {
    /// The full URL of the page.
    full_url: Option<String>,
    /// Seconds from now until it ends; -1: never.
    timeout_seconds: Option<i64>,
    /// How often it may be used; -1: unlimited.
    max_hits: Option<i64>,
    /// Who its bearer is taken for.
    groups: Option<Vec<String>>,
    /// The first day, such as `2026-12-31`.
    starts: Option<String>,
    /// The last day, instead of seconds.
    expires: Option<String>,
    /// How much it opens: `exact`, `assets` or `below`.
    scope: Option<String>,
    /// Parameters that may be added, such as `utm_*`.
    may_add: Option<Vec<String>>,
    /// Parameters that may have any value.
    any_value: Option<Vec<String>>,
    /// Where requests may come from, as CIDR.
    networks: Option<Vec<String>>,
    /// Whether GET and HEAD alone are let through.
    reads_only: Option<bool>,
    /// Whether a page asks before a hit is spent.
    confirm: Option<bool>,
    /// What it is remembered by.
    note: Option<String>,
    /// An address that the link is sent to.
    email: Option<String>,
}

impl Sent {
    /// What is said, over what is there.
    fn over(self, form: PageTokenForm) -> PageTokenForm {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        let text = |number: i64| number.to_string();
        PageTokenForm {
            full_url: self.full_url.unwrap_or(form.full_url),
            timeout: self.timeout_seconds.map_or(form.timeout, text),
            max_hits: self.max_hits.map_or(form.max_hits, text),
            groups: self.groups.map_or(form.groups, |groups| groups.join(",")),
            starts: self.starts.unwrap_or(form.starts),
            expires: self.expires.unwrap_or(form.expires),
            scope: self.scope.unwrap_or(form.scope),
            may_add: self.may_add.map_or(form.may_add, |names| names.join(",")),
            any_value: self.any_value.map_or(form.any_value, |names| names.join(",")),
            networks: self.networks.map_or(form.networks, |networks| networks.join(",")),
            reads_only: self.reads_only.map_or(form.reads_only, tick),
            confirm: self.confirm.map_or(form.confirm, tick),
            note: self.note.unwrap_or(form.note),
            email: self.email.unwrap_or(form.email),
        }
    }
}

/// What a list of page tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words of the URL or the note.
    q: Option<String>,
    /// Which list: `active` if it is not said.
    list: Option<Which>,
    /// Only those of this site.
    site_id: Option<Uuid>,
    /// Only those in this state; it decides the list, too.
    state: Option<OneState>,
    /// `name` (the address), `created_at`, `expires_at`, `uses` (the hits), `remaining` or `last_used_at`; with a `-` before
    /// it, the greatest first. `-created_at` if it is not said.
    sort: Option<String>,
}

impl Filter {
    fn query<T>(&self, asked: &Asked<T>) -> Result<PageTokenQuery, Problem> {
        let state: Option<State> = self.state.map(Into::into);
        let list = match (self.list, state) {
            (Some(Which::Active), _) => TokenList::Active,
            (Some(Which::Expired), _) => TokenList::Expired,
            (Some(Which::Deleted), _) => TokenList::Deleted,
            (None, Some(state)) if !state.is_active() => TokenList::Expired,
            (None, _) => TokenList::Active,
        };
        let (order, descending) = order(self.sort.as_deref())?;
        Ok(PageTokenQuery {
            list,
            search: self.q.clone().unwrap_or_default(),
            order,
            descending,
            site: self.site_id.map(SiteId),
            state,
            after: asked.after.clone(),
            rows: Some(asked.rows),
        })
    }
}

/// Which page tokens.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichPageTokens")]
enum Which {
    /// Not yet, live and suspended ones.
    Active,
    /// Used-up, expired and revoked ones.
    Expired,
    /// Deleted ones.
    Deleted,
}

/// A request to be explained.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The URL with its token.
    url: String,
    /// The method; GET if it is not said.
    #[serde(default)]
    method: String,
    /// The address of the client.
    #[serde(default)]
    address: String,
}

/// Why a request is refused.
#[derive(Debug, Serialize, JsonSchema)]
struct Explanation {
    /// Whether it would be let through.
    allowed: bool,
    /// The rule that refuses it.
    rule: Option<&'static str>,
    /// What was expected and what came.
    detail: String,
}

/// How a link is rotated.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Grace {
    /// For how many hours the old link stays good.
    grace_hours: i64,
}

/// The parts of a text with commas.
pub(super) fn parts(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

impl From<PageTokenRow> for PageToken {
    fn from(row: PageTokenRow) -> Self {
        Self {
            hits_left: row.hits_left(),
            id: row.id.0,
            scope: row.scope.key(),
            groups: parts(&row.groups),
            state: row.state.into(),
            hits: row.hits,
            max_hits: row.max_hits,
            starts_at: row.starts.map(|when| when.at),
            expires_at: row.expires.map(|when| when.at),
            last_used_at: row.last_used.map(|when| when.at),
            created_at: row.created.at,
            full_url: row.full_url,
            canonical_url: row.canonical_url,
            hint: row.hint,
            may_add: row.may_add,
            any_value: row.any_value,
            networks: parts(&row.networks),
            reads_only: row.reads_only,
            confirm: row.confirm,
            note: row.note,
            site_id: row.site.0,
        }
    }
}

impl From<(PageTokenRow, PageTokenLink)> for WithLink {
    fn from((row, link): (PageTokenRow, PageTokenLink)) -> Self {
        Self {
            row: row.into(),
            token: link.token,
            link: link.link,
            curl: link.curl,
            crontab: link.crontab,
        }
    }
}

impl From<PageTokenLink> for Link {
    fn from(link: PageTokenLink) -> Self {
        Self {
            id: link.id.0,
            token: link.token,
            link: link.link,
        }
    }
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Self {
        Self {
            allowed: explained.allowed,
            rule: explained.rule.map(domain::page_tokens::Rule::key),
            detail: explained.detail,
        }
    }
}

async fn list(Program(caller, backend): Program, asked: Asked<Filter>) -> Result<Listed<PageToken>, Problem> {
    let query = asked.query.query(&asked)?;
    let page = backend.page_tokens().list(&caller, &query).await?;
    Ok(asked.listed(page))
}

async fn create(
    Program(caller, backend): Program,
    Body(sent): Body<Sent>,
) -> Result<Created<WithLink>, Problem> {
    let made = backend
        .page_tokens()
        .create(&caller, &sent.over(PageTokenForm::default()))
        .await?;
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
    let form = sent.over(backend.page_tokens().get(&caller, TokenId(id)).await?.form());
    Ok(One(backend
        .page_tokens()
        .edit(&caller, TokenId(id), &form)
        .await?
        .into()))
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
            .await?
            .into(),
    ))
}
