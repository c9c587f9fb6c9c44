//! What an API token could do, and what it does: before it is made (`/api-tokens/preview`), while it is used
//! (`/api-tokens/{id}/usage`, `/events`, `/unused-permissions`), and for itself (`/tokens/self/effective-access`).

use backend::api_tokens::DAYS_SHOWN;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access_tokens::HistoryEntry;
use domain::api_tokens::{ApiTokenView, Reach};
use domain::{Permission, Permissions, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::api_tokens::{AddressOfUse, Sent, as_sent};
use super::filters::Counted;
use super::{Body, Id, Listed, Needs, OPERATIONS, One, Path, Problem, Program, Rest, get, post, row};

/// Its operations.
pub const OF_TOKENS: &[Rest] = &[
    row(
        Method::POST,
        "/api/v1/api-tokens/preview",
        Needs::Permission(Permission::ApiTokensManage),
        "Say what an API token could reach, without making it.",
        || post(preview),
    ),
    row(
        Method::GET,
        "/api/v1/api-tokens/{id}/usage",
        Needs::Permission(Permission::ApiTokensRead),
        "How an API token is used.",
        || get(usage),
    ),
    row(
        Method::GET,
        "/api/v1/api-tokens/{id}/events",
        Needs::Permission(Permission::ApiTokensRead),
        "What happened to an API token, the newest first.",
        || get(events),
    ),
    row(
        Method::GET,
        "/api/v1/api-tokens/{id}/unused-permissions",
        Needs::Permission(Permission::ApiTokensRead),
        "What an API token may do and has never done.",
        || get(unused),
    ),
];

/// The operation about the token that calls.
pub const OF_ITSELF: &[Rest] = &[row(
    Method::GET,
    "/api/v1/tokens/self/effective-access",
    Needs::Itself,
    "What this token may do now.",
    || get(effective),
)];

/// What a token could reach.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenReach {
    /// What it would be allowed, after everything that limits it.
    permissions: Vec<&'static str>,
    /// The department whose rows it would see; null: those of the whole organisation.
    department: Option<String>,
    /// The operations that it could carry out.
    operations: Vec<String>,
    /// How many rows of each kind it would see.
    records: Vec<RecordsOfKind>,
}

/// Rows of a kind.
#[derive(Debug, Serialize, JsonSchema)]
struct RecordsOfKind {
    /// What they are.
    kind: String,
    /// How many there are, counted up to 10,000.
    count: i64,
    /// Whether there are not more.
    count_is_exact: bool,
}

/// What a token may do now.
#[derive(Debug, Serialize, JsonSchema)]
struct EffectiveAccess {
    /// What the token, its user type and the person have in common.
    permissions: Vec<&'static str>,
    /// The department whose rows it sees; null: those of everything that the person sees.
    department: Option<String>,
    /// The operations that it may carry out.
    operations: Vec<String>,
}

/// How a token is used.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenUsage {
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
    /// What it was last used with.
    last_agent: String,
    /// The addresses that it was used from last, the latest first.
    addresses: Vec<AddressOfUse>,
    /// Its uses by day; days without one are left out.
    days: Vec<UsesOfDay>,
}

/// The uses of a day.
#[derive(Debug, Serialize, JsonSchema)]
struct UsesOfDay {
    /// The day, in UTC.
    date: NaiveDate,
    /// How many there were.
    uses: i64,
}

/// Something that happened to a token.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenEvent {
    /// When it happened.
    at: DateTime<Utc>,
    /// Who did it.
    actor: String,
    /// What happened, as a sentence.
    what: String,
}

/// What a token may do and has never done.
#[derive(Debug, Serialize, JsonSchema)]
struct UnusedPermissions {
    /// What it may do and has never done.
    unused: Vec<&'static str>,
    /// What it has done.
    used: Vec<&'static str>,
}

async fn preview(
    Program(caller, backend): Program,
    Body(sent): Body<Sent>,
) -> Result<One<TokenReach>, Problem> {
    let reach = backend.reports().reach(&caller, &sent.form(), OPERATIONS).await;
    reach.map(|reach| One(reach.into())).map_err(as_sent)
}

async fn usage(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<TokenUsage>, Problem> {
    let view = backend.api_tokens().view(&caller, TokenId(id)).await?;
    let today = backend.clock().now().date_naive();
    Ok(One(TokenUsage::of(view, today)))
}

async fn events(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Listed<TokenEvent>, Problem> {
    let view = backend.api_tokens().view(&caller, TokenId(id)).await?;
    Ok(Listed::whole(
        view.history.into_iter().map(TokenEvent::from).collect(),
    ))
}

async fn unused(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<UnusedPermissions>, Problem> {
    let view = backend.api_tokens().view(&caller, TokenId(id)).await?;
    Ok(One(UnusedPermissions {
        unused: keys(view.permissions.without(view.used_permissions)),
        used: keys(view.used_permissions),
    }))
}

async fn effective(Program(caller, backend): Program) -> Result<One<EffectiveAccess>, Problem> {
    let view = backend.api_tokens().myself(&caller)?;
    Ok(One(EffectiveAccess {
        permissions: keys(view.permissions),
        department: view.department.map(|(_, name)| name),
        operations: OPERATIONS.open_to(view.permissions),
    }))
}

fn keys(permissions: Permissions) -> Vec<&'static str> {
    permissions.iter().map(Permission::key).collect()
}

impl From<HistoryEntry> for TokenEvent {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            at: entry.when.at,
            actor: entry.who,
            what: entry.what,
        }
    }
}

impl From<Reach> for TokenReach {
    fn from(reach: Reach) -> Self {
        let records = reach.records.into_iter();
        Self {
            permissions: keys(reach.permissions),
            department: reach.department,
            operations: reach.operations,
            records: records
                .map(|(kind, count)| {
                    let counted = Counted::from(count);
                    RecordsOfKind {
                        kind,
                        count: counted.total,
                        count_is_exact: counted.is_exact,
                    }
                })
                .collect(),
        }
    }
}

impl TokenUsage {
    fn of(view: ApiTokenView, today: NaiveDate) -> Self {
        let uses = view.days.into_iter().filter(|(_, uses)| *uses > 0);
        let days = uses.map(|(day, uses)| UsesOfDay {
            // They are counted from the first that is shown.
            date: today - TimeDelta::days(DAYS_SHOWN - 1 - day),
            uses,
        });
        Self {
            last_used_at: view.row.last_used.map(|when| when.at),
            last_agent: view.last_agent,
            addresses: view.addresses.into_iter().map(AddressOfUse::from).collect(),
            days: days.collect(),
        }
    }
}
