//! `/api-tokens`: the tokens of programs. They are made by people alone; a token with `api_tokens:manage` may withdraw
//! others.

use chrono::{DateTime, Utc};
use domain::api_tokens::{
    ApiTokenForm, ApiTokenList, ApiTokenOrder, ApiTokenQuery, ApiTokenRow, ApiTokenView, Bulk, BulkPreview,
    BulkResult, Explained, NewApiToken, Question, Rule,
};
use domain::permission::UnknownPermission;
use domain::{Permission, PersonId, Refusal, TokenId, UserTypeId, When};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::new_secret::{Made, Rotated};
use super::shape::TokenState;
use super::tokens_self::Rotate;
use super::{
    Asked, Body, Done, Id, Listed, Needs, OPERATIONS, One, Path, Problem, Program, Rest, Secretly, delete,
    get, patch, post, row,
};

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

/// An API token.
#[derive(Debug, Serialize, JsonSchema)]
struct ApiToken {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What lists show of its secret.
    hint: String,
    /// What it is now.
    state: TokenState,
    /// The person behind it.
    user_id: Uuid,
    /// Their name.
    user_name: String,
    /// Their address; null for a service user.
    user_email: Option<String>,
    /// The department that it is limited to.
    department_id: Option<Uuid>,
    /// Its name.
    department: Option<String>,
    /// Its user type.
    user_type_id: Uuid,
    /// The name of its user type.
    user_type: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
}

/// An API token with everything about it.
#[derive(Debug, Serialize, JsonSchema)]
struct WholeApiToken {
    /// As lists show it.
    #[serde(flatten)]
    token: ApiToken,
    /// The organisation that it belongs to.
    tenant_id: Uuid,
    /// What it is for.
    description: String,
    /// What it was narrowed to; null: all that its user type may do.
    narrowed_to: Option<Vec<&'static str>>,
    /// What it may do now.
    permissions: Vec<&'static str>,
    /// What of this it has used.
    used_permissions: Vec<&'static str>,
    /// Where it may be used from, as CIDR; none: everywhere.
    networks: Vec<String>,
    /// The addresses that it was used from last, the latest first.
    addresses: Vec<AddressOfUse>,
    /// Why it opens nothing although it is live.
    held_back: Option<String>,
}

/// An address that it was used from.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AddressOfUse {
    /// The address.
    address: String,
    /// When it was last used from there.
    last_at: DateTime<Utc>,
}

/// What an API token is made or changed with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ApiTokenSent")]
pub(super) struct Sent {
    /// Its name.
    name: Option<String>,
    /// The person behind it; if it is not said, who makes it.
    user_id: Option<Uuid>,
    /// The department that it is limited to.
    department_id: Option<Uuid>,
    /// Its user type; if it is not said, the person's.
    user_type_id: Option<Uuid>,
    /// What it is narrowed to, at least one permission; if it is not said, nothing narrows it.
    permissions: Option<Vec<String>>,
    /// When it ends: a number of days such as `90d`, a date, or `never`.
    expires: Option<String>,
    /// Where it may be used from, as CIDR.
    networks: Option<Vec<String>>,
    /// What it is for.
    description: Option<String>,
}

/// What a list of API tokens takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words of the name, the shown part of a secret, or the address of the person behind it.
    q: Option<String>,
    /// `active` for those that can be used now or later, `ended` for the others.
    state: Option<Which>,
    /// Only those behind this person.
    user_id: Option<Uuid>,
    /// Only those of this user type.
    user_type_id: Option<Uuid>,
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
    /// Only those that end within so many days.
    expires_within: Option<i64>,
    /// Only those that nobody has used.
    never_used: Option<bool>,
    /// Only those that the organisation's policy refuses.
    refused: Option<bool>,
    /// What they are ordered by; the newest comes first if it is not said.
    sort: Option<Sort>,
    /// Only those that may do this, such as `people:read`; several with spaces between them.
    permission: Option<String>,
}

/// What a list of API tokens is ordered by; with a `-` the greatest comes first.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "ApiTokenSort")]
enum Sort {
    /// The oldest comes first.
    #[serde(rename = "created_at")]
    Created,
    /// The newest comes first.
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// By name, from A to Z.
    #[serde(rename = "name")]
    Name,
    /// By name, from Z to A.
    #[serde(rename = "-name")]
    NameDown,
    /// By the name of the person behind it, from A to Z.
    #[serde(rename = "user")]
    User,
    /// The same from Z to A.
    #[serde(rename = "-user")]
    UserDown,
    /// By the department that limits it, from A to Z; none comes first.
    #[serde(rename = "department")]
    Department,
    /// The same from Z to A.
    #[serde(rename = "-department")]
    DepartmentDown,
    /// What was not used for longest comes first.
    #[serde(rename = "last_used_at")]
    LastUsed,
    /// What was used last comes first.
    #[serde(rename = "-last_used_at")]
    LastUsedDown,
    /// What ends first comes first.
    #[serde(rename = "expires_at")]
    Expires,
    /// What ends last comes first.
    #[serde(rename = "-expires_at")]
    ExpiresDown,
}

impl From<Sort> for (ApiTokenOrder, bool) {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Created => (ApiTokenOrder::Created, false),
            Sort::CreatedDown => (ApiTokenOrder::Created, true),
            Sort::Name => (ApiTokenOrder::Name, false),
            Sort::NameDown => (ApiTokenOrder::Name, true),
            Sort::User => (ApiTokenOrder::User, false),
            Sort::UserDown => (ApiTokenOrder::User, true),
            Sort::Department => (ApiTokenOrder::Department, false),
            Sort::DepartmentDown => (ApiTokenOrder::Department, true),
            Sort::LastUsed => (ApiTokenOrder::LastUsed, false),
            Sort::LastUsedDown => (ApiTokenOrder::LastUsed, true),
            Sort::Expires => (ApiTokenOrder::Expires, false),
            Sort::ExpiresDown => (ApiTokenOrder::Expires, true),
        }
    }
}

/// Which API tokens.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichApiTokens")]
enum Which {
    /// Those that can be used now or later.
    Active,
    /// The others.
    Ended,
}

/// A request to be explained. It has either a token or an id, and a method and a path, or a permission, or neither.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "QuestionAboutToken")]
struct Request {
    /// The token: that of a program, or that with which a mobile app calls. It is recorded nowhere.
    token: Option<String>,
    /// The id of the token, or of the mobile session.
    id: Option<Uuid>,
    /// The method; GET if it is not said.
    method: Option<String>,
    /// The path.
    path: Option<String>,
    /// A permission, such as `people:read`, instead of a method and a path.
    permission: Option<String>,
    /// The address of the caller; any if it is not said.
    address: Option<String>,
}

/// Why a request with a token is refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExplanationOfToken")]
struct Explanation {
    /// Whether it would be let in.
    allowed: bool,
    /// The rule that refuses it.
    rule: Option<&'static str>,
    /// What was expected and what came.
    detail: String,
}

/// Many tokens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Many {
    /// Which ones, up to 1,000.
    pub ids: Vec<Uuid>,
    /// Whether they are ended for good or paused.
    #[serde(default)]
    pub action: Action,
}

/// Many API tokens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ManyApiTokens {
    /// Which ones, up to 1,000.
    ids: Vec<Uuid>,
    /// Whether they are ended for good or paused.
    #[serde(default)]
    action: Action,
    /// Whether nothing is done: the answer says what would be hit.
    #[serde(default)]
    dry_run: bool,
}

/// What became of API tokens, or would be hit.
#[derive(Debug, Serialize, JsonSchema)]
struct BulkAnswer {
    /// One result for each token; none if nothing was done.
    data: Vec<Outcome>,
    /// What would be hit; null if it was done.
    would_hit: Option<WouldHit>,
}

/// How much the tokens are used that would be hit. Those that were revoked before are not counted.
#[derive(Debug, Serialize, JsonSchema)]
struct WouldHit {
    /// How many tokens there are.
    tokens: i64,
    /// How many of them were used in the last hour.
    used_last_hour: i64,
    /// How many in the last day.
    used_last_day: i64,
    /// From how many addresses: in the last hour if any was used in it, and in the last day otherwise.
    addresses: i64,
    /// How many nobody has used.
    never_used: i64,
    /// How many people stand behind them.
    people: i64,
}

/// What is done to them.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApiTokenAction")]
pub(super) enum Action {
    /// They are ended for good.
    #[default]
    Revoke,
    /// They are paused.
    Suspend,
    /// Their pause ends.
    Resume,
}

/// What became of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Results {
    /// One result for each token.
    pub data: Vec<Outcome>,
}

/// What became of a token.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Outcome {
    /// The token.
    id: Uuid,
    /// What became of it.
    result: BecameOfIt,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BecameOfIt {
    /// It was ended.
    Revoked,
    /// It had been ended before.
    AlreadyRevoked,
    /// It was paused.
    Suspended,
    /// Its pause has ended.
    Resumed,
    /// It is unknown.
    NotFound,
}

async fn list(Program(caller, backend): Program, asked: Asked<Filter>) -> Result<Listed<ApiToken>, Problem> {
    let page = backend
        .api_tokens()
        .list(&caller, &asked.query.query(&asked)?)
        .await?;
    Ok(asked.listed(page))
}

async fn create(Program(caller, backend): Program, Body(sent): Body<Sent>) -> Result<Made, Problem> {
    let issued = backend.api_tokens().create(&caller, &sent.parsed()?).await;
    issued.map(Made).map_err(as_sent)
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
    let before = backend.api_tokens().view(&caller, TokenId(id)).await?;
    backend
        .api_tokens()
        .edit(&caller, TokenId(id), &sent.over(&before).parsed()?)
        .await
        .map_err(as_sent)?;
    Ok(One(backend.api_tokens().view(&caller, TokenId(id)).await?.into()))
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
    backend
        .api_tokens()
        .set_suspended(&caller, TokenId(id), true)
        .await?;
    Ok(One(backend.api_tokens().row(&caller, TokenId(id)).await?.into()))
}

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<ApiToken>, Problem> {
    backend
        .api_tokens()
        .set_suspended(&caller, TokenId(id), false)
        .await?;
    Ok(One(backend.api_tokens().row(&caller, TokenId(id)).await?.into()))
}

async fn bulk(
    Program(caller, backend): Program,
    Body(many): Body<ManyApiTokens>,
) -> Result<One<BulkAnswer>, Problem> {
    let ids: Vec<TokenId> = many.ids.into_iter().map(TokenId).collect();
    let what = match many.action {
        Action::Revoke => Bulk::Revoke,
        Action::Suspend => Bulk::Suspend,
        Action::Resume => Bulk::Resume,
    };
    if many.dry_run {
        let preview = backend.api_tokens().preview(&caller, &ids).await?;
        return Ok(One(BulkAnswer {
            data: Vec::new(),
            would_hit: Some(preview.into()),
        }));
    }
    let results = backend.api_tokens().bulk(&caller, &ids, what).await?;
    Ok(One(BulkAnswer {
        data: results.into_iter().map(Outcome::from).collect(),
        would_hit: None,
    }))
}

impl TryFrom<Request> for Question {
    type Error = Refusal;

    fn try_from(asked: Request) -> Result<Self, Refusal> {
        let token = match (asked.token, asked.id) {
            (Some(token), None) => token,
            (None, Some(id)) => id.to_string(),
            _ => return Err(Refusal::at("token", "Send the token or its id, and not both.")),
        };
        let path = asked.path.unwrap_or_default();
        let permission = asked.permission.unwrap_or_default();
        if !path.is_empty() && !permission.is_empty() {
            let sentence = "Send a path or a permission, and not both.";
            return Err(Refusal::at("permission", sentence));
        }
        Ok(Self {
            token,
            path,
            permission,
            method: asked.method.unwrap_or_default(),
            address: asked.address.unwrap_or_default(),
        })
    }
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Self {
        Self {
            allowed: explained.rule.is_none(),
            rule: explained.rule.map(Rule::key),
            detail: explained.detail,
        }
    }
}

impl Filter {
    fn query<T>(&self, asked: &Asked<T>) -> Result<ApiTokenQuery, Problem> {
        let may = self.permission.as_deref().unwrap_or_default().parse();
        let may =
            may.map_err(|unknown: UnknownPermission| Problem::parameter("permission", unknown.to_string()))?;
        let (order, descending) = self.sort.map_or((ApiTokenOrder::Created, true), Into::into);
        Ok(ApiTokenQuery {
            order,
            descending,
            refused: self.refused.unwrap_or_default(),
            list: match self.state {
                Some(Which::Ended) => ApiTokenList::Ended,
                Some(Which::Active) | None => ApiTokenList::Active,
            },
            search: self.q.clone().unwrap_or_default(),
            person: self.user_id.map(PersonId),
            user_type: self.user_type_id.map(UserTypeId),
            department: self.department_id.map(domain::DepartmentId),
            expires_within: self.expires_within,
            never_used: self.never_used.unwrap_or_default(),
            may,
            after: asked.after.clone(),
            rows: Some(asked.rows),
            ..ApiTokenQuery::default()
        })
    }
}

/// What is wrong, with the fields as they are called here.
pub(super) fn as_sent(wrong: impl Into<Problem>) -> Problem {
    wrong
        .into()
        .renamed("expires_on", "expires")
        .renamed("user", "user_id")
}

impl Sent {
    fn parsed(self) -> Result<NewApiToken, Problem> {
        self.form().parse().map_err(as_sent)
    }

    /// The form with what was sent.
    pub(super) fn form(self) -> ApiTokenForm {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        ApiTokenForm {
            name: self.name.unwrap_or_default(),
            expires: self.expires.unwrap_or_default(),
            user: text(self.user_id),
            department: text(self.department_id),
            user_type: text(self.user_type_id),
            narrowed: self.permissions.is_some(),
            permissions: self.permissions.unwrap_or_default().join(" "),
            networks: self.networks.unwrap_or_default().join(","),
            description: self.description.unwrap_or_default(),
        }
    }

    /// What was sent, over what is there.
    fn over(self, before: &ApiTokenView) -> Self {
        let row = &before.row;
        let keys = before
            .narrowed
            .map(|set| set.iter().map(|one| one.key().to_owned()).collect());
        let networks = before
            .networks
            .split(',')
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            name: self.name.or_else(|| Some(row.name.clone())),
            user_id: self.user_id.or(Some(row.person.0)),
            department_id: self.department_id.or(row.department.as_ref().map(|(id, _)| id.0)),
            user_type_id: self.user_type_id.or(Some(row.user_type.0.0)),
            permissions: self.permissions.or(keys),
            expires: self.expires,
            networks: self.networks.or(Some(networks)),
            description: self.description.or_else(|| Some(before.description.clone())),
        }
    }
}

impl From<ApiTokenRow> for ApiToken {
    fn from(row: ApiTokenRow) -> Self {
        let (department_id, department) = row.department.map(|(id, name)| (id.0, name)).unzip();
        Self {
            id: row.id.0,
            name: row.name,
            hint: row.hint,
            state: row.state.into(),
            user_id: row.person.0,
            user_name: row.person_name,
            user_email: row.email.map(|email| email.to_string()),
            department_id,
            department,
            user_type_id: row.user_type.0.0,
            user_type: row.user_type.1,
            created_at: row.created.at,
            expires_at: row.expires_at,
            last_used_at: row.last_used.map(|when| when.at),
        }
    }
}

impl From<ApiTokenView> for WholeApiToken {
    fn from(view: ApiTokenView) -> Self {
        let keys = |set: domain::Permissions| set.iter().map(Permission::key).collect::<Vec<_>>();
        Self {
            tenant_id: view.tenant.0,
            description: view.description,
            narrowed_to: view.narrowed.map(keys),
            permissions: keys(view.permissions),
            used_permissions: keys(view.used_permissions),
            networks: view
                .networks
                .split(',')
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            addresses: view.addresses.into_iter().map(AddressOfUse::from).collect(),
            held_back: view.held_back,
            token: view.row.into(),
        }
    }
}

impl From<(String, When)> for AddressOfUse {
    fn from((address, when): (String, When)) -> Self {
        Self {
            address,
            last_at: when.at,
        }
    }
}

impl From<BulkPreview> for WouldHit {
    fn from(preview: BulkPreview) -> Self {
        Self {
            tokens: preview.tokens,
            used_last_hour: preview.used_last_hour,
            used_last_day: preview.used_last_day,
            addresses: preview.addresses,
            never_used: preview.never_used,
            people: preview.people,
        }
    }
}

impl From<(TokenId, BulkResult)> for Outcome {
    fn from((id, result): (TokenId, BulkResult)) -> Self {
        let result = match result {
            BulkResult::Revoked => BecameOfIt::Revoked,
            BulkResult::AlreadyRevoked => BecameOfIt::AlreadyRevoked,
            BulkResult::Suspended => BecameOfIt::Suspended,
            BulkResult::Resumed => BecameOfIt::Resumed,
            BulkResult::NotFound => BecameOfIt::NotFound,
        };
        Self { id: id.0, result }
    }
}
