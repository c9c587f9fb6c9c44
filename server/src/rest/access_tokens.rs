//! `/access-tokens`: links that open a collection.

use chrono::{DateTime, NaiveDate, Utc};
use domain::access_tokens::{
    EditTokenForm, NewTokenForm, SharedLink, TokenList, TokenOrder, TokenQuery, TokenRow, TokenType,
};
use domain::{CollectionId, Permission, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::shape::{self, TokenState};
use super::{
    Asked, Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly, delete, get,
    patch, post, row,
};

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

/// One link for many, or many links for one each.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccessTokenKind")]
enum Kind {
    /// One link, used many times up to a limit.
    Single,
    /// A list of codes, each used once.
    Multi,
}

/// An access token.
#[derive(Debug, Serialize, JsonSchema)]
struct AccessToken {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Single or multi.
    #[serde(rename = "type")]
    kind: Kind,
    /// What lists show of a single token's code.
    hint: Option<String>,
    /// What it opens.
    collection_id: Uuid,
    /// The title of what it opens.
    collection_title: String,
    /// How often a single token may be used; null: no limit.
    usage_limit: Option<i64>,
    /// How many codes a multi token has.
    number_of_tokens: Option<i64>,
    /// How often it was used.
    uses: i64,
    /// How many uses are left; null: no limit.
    remaining: Option<i64>,
    /// What it is now.
    state: TokenState,
    /// From when on it opens; null: from the beginning.
    starts_at: Option<DateTime<Utc>>,
    /// Until just before when it opens; null: for ever.
    expires_at: Option<DateTime<Utc>>,
    /// Its last day, where the organisation is.
    expires_on: Option<String>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Who made it.
    created_by: String,
    /// When it was deleted, if it was.
    deleted_at: Option<DateTime<Utc>>,
}

/// An access token to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewAccessToken")]
struct New {
    /// Its name.
    name: String,
    /// Single or multi.
    #[serde(rename = "type")]
    kind: Kind,
    /// How often a single token may be used; null: no limit.
    #[serde(default)]
    usage_limit: Option<i64>,
    /// How many codes a multi token has.
    #[serde(default)]
    number_of_tokens: Option<i64>,
    /// What it opens: a published collection.
    collection_id: Uuid,
    /// From when on it opens.
    #[serde(default)]
    starts_at: Option<DateTime<Utc>>,
    /// Until just before when it opens; instead of `expires_on`.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Its last day, where the organisation is; instead of `expires_at`.
    #[serde(default)]
    expires_on: Option<NaiveDate>,
}

/// What is changed about an access token; what is not said stays, and null takes a bound away.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AccessTokenChange")]
struct Change {
    /// Its name.
    name: Option<String>,
    /// How often a single token may be used, not below its uses.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<i64>")]
    usage_limit: Option<Option<i64>>,
    /// From when on it opens.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    starts_at: Option<Option<DateTime<Utc>>>,
    /// Until just before when it opens. An instant in the past ends it now.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    expires_at: Option<Option<DateTime<Utc>>>,
    /// Its last day, where the organisation is.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<NaiveDate>")]
    expires_on: Option<Option<NaiveDate>>,
}

/// What a list of access tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words, an e-mail address, a code or the shown part of one.
    q: Option<String>,
    /// Which list: `active` (the usual one), `expired` or `deleted`.
    list: Option<List>,
    /// Only those in this state; it decides the list, too.
    state: Option<OneState>,
    /// Only single or only multi tokens.
    #[serde(rename = "type")]
    kind: Option<Kind>,
    /// Only those that open this collection.
    collection_id: Option<Uuid>,
    /// `name`, `created_at`, `expires_at`, `uses`, `remaining` or `last_used_at`; with a `-` before it, the greatest
    /// first. `-created_at` if it is not said.
    sort: Option<String>,
}

/// The lists.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum List {
    /// Not yet, live and suspended ones.
    Active,
    /// Used up, expired and revoked ones.
    Expired,
    /// Deleted ones that can still be restored.
    Deleted,
}

/// A state.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OneState {
    /// Its start lies ahead.
    NotYet,
    /// It opens what it is for.
    Live,
    /// Its last use was spent.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody paused it.
    Suspended,
    /// Somebody ended it for good.
    Revoked,
}

/// A link to hand out.
#[derive(Serialize, JsonSchema)]
pub struct Shared {
    /// The link.
    link: String,
    /// The code as people type it.
    code: String,
    /// The link as a QR code: an SVG picture.
    qr_svg: String,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter>,
) -> Result<Listed<AccessToken>, Problem> {
    let page = backend
        .access_tokens()
        .list(&caller, &asked.query.query(&asked)?)
        .await?;
    Ok(asked.listed(page))
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<New>,
) -> Result<Created<AccessToken>, Problem> {
    let row = backend
        .access_tokens()
        .create_within(&caller, &new.form()?, new.starts_at, new.expires_at)
        .await?;
    Ok(Created {
        location: format!("/api/v1/access-tokens/{}", row.id),
        view: row.into(),
    })
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
    let before = backend.access_tokens().get(&caller, TokenId(id)).await?;
    let (form, starts_at, expires_at) = change.over(&before)?;
    Ok(One(backend
        .access_tokens()
        .edit_within(&caller, TokenId(id), &form, starts_at, expires_at)
        .await?
        .into()))
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

impl New {
    fn form(&self) -> Result<NewTokenForm, Problem> {
        if self.expires_at.is_some() && self.expires_on.is_some() {
            return Err(Problem::field(
                "/expires_on",
                "Say expires_at or expires_on, not both.",
            ));
        }
        let superfluous = match self.kind {
            Kind::Single => self.number_of_tokens.map(|_| "number_of_tokens"),
            Kind::Multi => self.usage_limit.map(|_| "usage_limit"),
        };
        if let Some(field) = superfluous {
            return Err(Problem::field(
                format!("/{field}"),
                "This does not go with this type of token.",
            ));
        }
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Ok(NewTokenForm {
            name: self.name.clone(),
            token_type: TokenType::from(self.kind).key().into(),
            usage_limit: number(self.usage_limit),
            no_of_tokens: number(self.number_of_tokens),
            expires: self.expires_on.map(|date| date.to_string()).unwrap_or_default(),
            collection: self.collection_id.to_string(),
            ..NewTokenForm::default()
        })
    }
}

/// A form, and the instants that stand for its dates.
type Changed = (EditTokenForm, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Change {
    fn over(self, before: &TokenRow) -> Result<Changed, Problem> {
        if self.expires_at.is_some() && self.expires_on.is_some() {
            return Err(Problem::field(
                "/expires_on",
                "Say expires_at or expires_on, not both.",
            ));
        }
        if self.usage_limit.is_some() && before.token_type == TokenType::Multi {
            return Err(Problem::field(
                "/usage_limit",
                "A multi token has as many uses as it has codes.",
            ));
        }
        let limit = self.usage_limit.unwrap_or(before.limit);
        let starts_at = self
            .starts_at
            .unwrap_or(before.starts.as_ref().map(|when| when.at));
        let ends_before = before.expires.as_ref().map(shape::end);
        let (expires, expires_at) = match (self.expires_on, self.expires_at) {
            (Some(date), _) => (date, None),
            (None, Some(at)) => (None, at),
            (None, None) => (None, ends_before),
        };
        let form = EditTokenForm {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            expires: expires.map(|date| date.to_string()).unwrap_or_default(),
            usage_limit: limit.map(|limit| limit.to_string()).unwrap_or_default(),
            ..EditTokenForm::default()
        };
        Ok((form, starts_at, expires_at))
    }
}

impl Filter {
    fn query<T>(&self, asked: &Asked<T>) -> Result<TokenQuery, Problem> {
        let state = self.state.map(Into::into);
        let list = match (self.list, state) {
            (Some(list), _) => list.into(),
            (None, Some(state)) if !domain::tokens::State::is_active(state) => TokenList::Expired,
            (None, _) => TokenList::Active,
        };
        let (order, descending) = order(self.sort.as_deref())?;
        Ok(TokenQuery {
            list,
            search: self.q.clone().unwrap_or_default(),
            order,
            descending,
            token_type: self.kind.map(Into::into),
            collection: self.collection_id.map(CollectionId),
            state,
            after: asked.after.clone(),
            rows: Some(asked.rows),
            ..TokenQuery::default()
        })
    }
}

/// The order that `sort` names: the newest first if it is not said.
pub(super) fn order(sort: Option<&str>) -> Result<(TokenOrder, bool), Problem> {
    let Some(sort) = sort else {
        return Ok((TokenOrder::Created, true));
    };
    sort_of(sort).ok_or_else(|| {
        Problem::parameter(
            "sort",
            "sort is name, created_at, expires_at, uses, remaining or last_used_at, with a - before it for the greatest \
             first.",
        )
    })
}

fn sort_of(sort: &str) -> Option<(TokenOrder, bool)> {
    let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
    let order = match word {
        "name" => TokenOrder::Name,
        "created_at" => TokenOrder::Created,
        "expires_at" => TokenOrder::Expires,
        "uses" => TokenOrder::Uses,
        "remaining" => TokenOrder::Remaining,
        "last_used_at" => TokenOrder::LastUsed,
        _ => return None,
    };
    Some((order, descending))
}

impl From<Kind> for TokenType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Single => Self::Single,
            Kind::Multi => Self::Multi,
        }
    }
}

impl From<List> for TokenList {
    fn from(list: List) -> Self {
        match list {
            List::Active => Self::Active,
            List::Expired => Self::Expired,
            List::Deleted => Self::Deleted,
        }
    }
}

impl From<OneState> for domain::tokens::State {
    fn from(state: OneState) -> Self {
        match state {
            OneState::NotYet => Self::NotYet,
            OneState::Live => Self::Live,
            OneState::UsedUp => Self::UsedUp,
            OneState::Expired => Self::Expired,
            OneState::Suspended => Self::Suspended,
            OneState::Revoked => Self::Revoked,
        }
    }
}

impl From<TokenRow> for AccessToken {
    fn from(row: TokenRow) -> Self {
        let remaining = row.remaining();
        let (kind, usage_limit, number_of_tokens) = match row.token_type {
            TokenType::Single => (Kind::Single, row.limit, None),
            TokenType::Multi => (Kind::Multi, None, Some(row.limit.unwrap_or_default())),
        };
        Self {
            id: row.id.0,
            name: row.name,
            kind,
            hint: row.hint,
            collection_id: row.collection.0,
            collection_title: row.collection_title,
            usage_limit,
            number_of_tokens,
            uses: row.uses,
            remaining,
            state: row.state.into(),
            starts_at: row.starts.map(|when| when.at),
            expires_at: row.expires.as_ref().map(shape::end),
            expires_on: row.expires.map(|when| when.input),
            last_used_at: row.last_used.map(|when| when.at),
            created_at: row.created.at,
            created_by: row.created_by,
            deleted_at: row.deleted.map(|when| when.at),
        }
    }
}

impl From<SharedLink> for Shared {
    fn from(link: SharedLink) -> Self {
        Self {
            link: link.link,
            code: link.code,
            qr_svg: link.qr_svg,
        }
    }
}
