//! `/mobile-sessions`, `/mobile-apps` and `/me/sessions`: people who are signed in in mobile apps.

use chrono::{DateTime, Utc};
use domain::api_tokens::Bulk;
use domain::mobile_sessions::{
    MobileAppForm, MobileAppRow, MobileList, MobileOrder, MobileQuery, MobileSessionRow, MobileSessionView,
    OwnMobileSession, Wipe,
};
use domain::{DepartmentId, MobileAppId, Permission, PersonId, TokenId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::api_tokens::{Action, Many, Outcome, Results};
use super::shape::TokenState;
use super::{
    Asked, Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Query, Rest, delete, get,
    patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::MobileSessionsRead);
const MANAGE: Needs = Needs::Permission(Permission::MobileSessionsManage);

/// The operations on sessions.
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
        "Sign out or pause many mobile sessions at once.",
        || post(bulk),
    ),
];

/// The operations on apps.
pub const APPS: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/mobile-apps",
        READ,
        "The apps that people can sign in to.",
        || get(apps),
    ),
    row(
        Method::POST,
        "/api/v1/mobile-apps",
        MANAGE,
        "Register an app.",
        || post(add_app),
    ),
    row(
        Method::GET,
        "/api/v1/mobile-apps/{id}",
        READ,
        "A registered app.",
        || get(show_app),
    ),
    row(
        Method::PATCH,
        "/api/v1/mobile-apps/{id}",
        MANAGE,
        "Change an app's name or redirect addresses.",
        || patch(change_app),
    ),
    row(
        Method::DELETE,
        "/api/v1/mobile-apps/{id}",
        MANAGE,
        "Remove an app, and end all sign-ins with it.",
        || delete(remove_app),
    ),
];

/// The operations on one's own sessions.
pub const MINE: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/me/sessions",
        Needs::Oneself,
        "The apps that are signed in as oneself.",
        || get(own),
    ),
    row(
        Method::DELETE,
        "/api/v1/me/sessions",
        Needs::Oneself,
        "Sign all of one's own apps out, but for the one that asks.",
        || delete(end_other_own),
    ),
    row(
        Method::DELETE,
        "/api/v1/me/sessions/{id}",
        Needs::Oneself,
        "Sign one of one's own apps out.",
        || delete(end_own),
    ),
];

/// Somebody who is signed in in an app, on one device.
#[derive(Debug, Serialize, JsonSchema)]
struct MobileSession {
    /// Its id.
    id: Uuid,
    /// What it is now.
    state: TokenState,
    /// Whether the app is to remove everything from the device.
    wipe: WipeState,
    /// The person.
    user_id: Uuid,
    /// Their name.
    user_name: String,
    /// Their address.
    email: String,
    /// Their department.
    department_id: Option<Uuid>,
    /// Its name.
    department: Option<String>,
    /// The name of their user type.
    user_type: String,
    /// The app.
    app_id: Uuid,
    /// Its name.
    app: String,
    /// The device, as far as the app says.
    device: String,
    /// The app and its version, as far as it says.
    app_version: String,
    /// The system, as far as the app says.
    system: String,
    /// When the person signed in.
    created_at: DateTime<Utc>,
    /// When the app was last active.
    last_active_at: DateTime<Utc>,
    /// Where from.
    last_address: String,
    /// When it ends, if the app is not used until then.
    expires_at: DateTime<Utc>,
}

/// A mobile session with everything about it.
#[derive(Debug, Serialize, JsonSchema)]
struct WholeMobileSession {
    /// As lists show it.
    #[serde(flatten)]
    session: MobileSession,
    /// What the app may do now.
    permissions: Vec<&'static str>,
    /// When it ends, however much it is used.
    ends_at: DateTime<Utc>,
    /// The addresses that it was used from last, the latest first.
    networks: Vec<NetworkSeen>,
    /// Why it opens nothing although it is live.
    held_back: Option<String>,
}

/// An address that a session was used from.
#[derive(Debug, Serialize, JsonSchema)]
struct NetworkSeen {
    /// The address.
    address: String,
    /// When it was last used from there.
    last_at: DateTime<Utc>,
}

/// Whether an app is to remove everything from the device.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WipeState {
    /// Nobody asked for it.
    Nothing,
    /// The app is told at its next call.
    Pending,
    /// The app said that it has done so.
    Done,
}

/// What a list of mobile sessions takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words of a name, or an address.
    q: Option<String>,
    /// `active` for those that are signed in, `ended` for the others.
    state: Option<Which>,
    /// Only those of this person.
    user_id: Option<Uuid>,
    /// Only those with this app.
    app_id: Option<Uuid>,
    /// Only people of this department and of those below it.
    department_id: Option<Uuid>,
    /// Only people of this user type.
    user_type_id: Option<Uuid>,
    /// Only those that end within so many days.
    expires_within: Option<i64>,
    /// What they are ordered by; whoever signed in last comes first if it is not said.
    sort: Option<Sort>,
}

/// What a list of mobile sessions is ordered by; with a `-` the greatest comes first.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "SessionSort")]
enum Sort {
    /// Whoever signed in first comes first.
    #[serde(rename = "created_at")]
    Created,
    /// Whoever signed in last comes first.
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// By name, from A to Z.
    #[serde(rename = "name")]
    Name,
    /// By name, from Z to A.
    #[serde(rename = "-name")]
    NameDown,
    /// Whoever was not active for longest comes first.
    #[serde(rename = "last_active_at")]
    LastActive,
    /// Whoever was active last comes first.
    #[serde(rename = "-last_active_at")]
    LastActiveDown,
    /// What ends first comes first.
    #[serde(rename = "expires_at")]
    Expires,
    /// What ends last comes first.
    #[serde(rename = "-expires_at")]
    ExpiresDown,
}

impl From<Sort> for (MobileOrder, bool) {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Created => (MobileOrder::SignedIn, false),
            Sort::CreatedDown => (MobileOrder::SignedIn, true),
            Sort::Name => (MobileOrder::Name, false),
            Sort::NameDown => (MobileOrder::Name, true),
            Sort::LastActive => (MobileOrder::LastActive, false),
            Sort::LastActiveDown => (MobileOrder::LastActive, true),
            Sort::Expires => (MobileOrder::Expires, false),
            Sort::ExpiresDown => (MobileOrder::Expires, true),
        }
    }
}

/// Which mobile sessions.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichSessions")]
enum Which {
    /// Those that are signed in.
    Active,
    /// The others.
    Ended,
}

/// How many sessions were signed out.
#[derive(Debug, Serialize, JsonSchema)]
struct SignedOut {
    /// How many.
    signed_out: i64,
}

/// An app that people can sign in to.
#[derive(Debug, Serialize, JsonSchema)]
struct MobileApp {
    /// Its id, which is its client id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Where it is called back.
    redirect_uris: Vec<String>,
    /// How many sign-ins with it are alive.
    sessions: i64,
    /// When it was registered.
    created_at: DateTime<Utc>,
}

/// What an app is registered or changed with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "MobileAppSent")]
struct Sent {
    /// Its name.
    name: Option<String>,
    /// Where it is called back: `https://…`, a scheme of its own such as `com.example.app:/signed-in`, or
    /// `http://127.0.0.1/…` with any port.
    redirect_uris: Option<Vec<String>>,
}

/// One of one's own sessions.
#[derive(Debug, Serialize, JsonSchema)]
struct OwnSession {
    /// Its id.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// The app.
    app: String,
    /// The device, in a few words.
    device: String,
    /// When it signed in.
    created_at: DateTime<Utc>,
    /// When it was last active.
    last_active_at: DateTime<Utc>,
    /// Where from.
    last_address: String,
}

/// Which of one's own sessions end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct All {
    /// `current`: the one that asks goes on.
    #[expect(dead_code, reason = "there is one answer, which has to be said")]
    except: Except,
}

/// Which session goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Except {
    /// The one that asks.
    Current,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter>,
) -> Result<Listed<MobileSession>, Problem> {
    let page = backend
        .mobile_sessions()
        .list(&caller, &asked.query.query(&asked))
        .await?;
    Ok(asked.listed(page))
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

async fn resume(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<MobileSession>, Problem> {
    backend.mobile_sessions().resume(&caller, TokenId(id)).await?;
    Ok(One(backend
        .mobile_sessions()
        .row(&caller, TokenId(id))
        .await?
        .into()))
}

async fn wipe(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<MobileSession>, Problem> {
    backend.mobile_sessions().wipe(&caller, TokenId(id)).await?;
    Ok(One(backend
        .mobile_sessions()
        .row(&caller, TokenId(id))
        .await?
        .into()))
}

async fn bulk(Program(caller, backend): Program, Body(many): Body<Many>) -> Result<One<Results>, Problem> {
    let ids: Vec<TokenId> = many.ids.into_iter().map(TokenId).collect();
    let what = match many.action {
        Action::Revoke => Bulk::Revoke,
        Action::Suspend => Bulk::Suspend,
        Action::Resume => Bulk::Resume,
    };
    let results = backend.mobile_sessions().bulk(&caller, &ids, what).await?;
    Ok(One(Results {
        data: results.into_iter().map(Outcome::from).collect(),
    }))
}

async fn apps(Program(caller, backend): Program) -> Result<Listed<MobileApp>, Problem> {
    let rows = backend.mobile_sessions().apps(&caller).await?;
    Ok(Listed::whole(rows.into_iter().map(MobileApp::from).collect()))
}

async fn show_app(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<MobileApp>, Problem> {
    Ok(One(backend
        .mobile_sessions()
        .app(&caller, MobileAppId(id))
        .await?
        .into()))
}

async fn add_app(
    Program(caller, backend): Program,
    Body(sent): Body<Sent>,
) -> Result<Created<MobileApp>, Problem> {
    let app = backend.mobile_sessions().add_app(&caller, &sent.form()).await?;
    Ok(Created {
        location: format!("/api/v1/mobile-apps/{}", app.id),
        view: app.into(),
    })
}

async fn change_app(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(sent): Body<Sent>,
) -> Result<One<MobileApp>, Problem> {
    let before = backend.mobile_sessions().app(&caller, MobileAppId(id)).await?;
    let form = Sent {
        name: sent.name.or(Some(before.name)),
        redirect_uris: sent.redirect_uris.or(Some(before.redirects)),
    }
    .form();
    let app = backend
        .mobile_sessions()
        .edit_app(&caller, MobileAppId(id), &form)
        .await?;
    Ok(One(app.into()))
}

async fn remove_app(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend
        .mobile_sessions()
        .remove_app(&caller, MobileAppId(id))
        .await?;
    Ok(Done)
}

async fn own(Program(caller, backend): Program) -> Result<Listed<OwnSession>, Problem> {
    let rows = backend.mobile_sessions().own(&caller).await?;
    Ok(Listed::whole(rows.into_iter().map(OwnSession::from).collect()))
}

async fn end_own(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.mobile_sessions().end_own(&caller, TokenId(id)).await?;
    Ok(Done)
}

async fn end_other_own(
    Program(caller, backend): Program,
    Query(_): Query<All>,
) -> Result<One<SignedOut>, Problem> {
    let signed_out = backend.mobile_sessions().end_other_own(&caller).await?;
    Ok(One(SignedOut { signed_out }))
}

impl Filter {
    fn query<T>(&self, asked: &Asked<T>) -> MobileQuery {
        let (order, descending) = self.sort.map_or((MobileOrder::SignedIn, true), Into::into);
        MobileQuery {
            order,
            descending,
            user_type: self.user_type_id.map(domain::UserTypeId),
            expires_within: self.expires_within,
            search: self.q.clone().unwrap_or_default(),
            list: match self.state {
                Some(Which::Ended) => MobileList::Ended,
                Some(Which::Active) | None => MobileList::Active,
            },
            person: self.user_id.map(PersonId),
            app: self.app_id.map(MobileAppId),
            department: self.department_id.map(DepartmentId),
            after: asked.after.clone(),
            rows: Some(asked.rows),
            ..MobileQuery::default()
        }
    }
}

impl Sent {
    fn form(self) -> MobileAppForm {
        MobileAppForm {
            name: self.name.unwrap_or_default(),
            redirects: self.redirect_uris.unwrap_or_default().join("\n"),
        }
    }
}

impl From<Wipe> for WipeState {
    fn from(wipe: Wipe) -> Self {
        match wipe {
            Wipe::Nothing => Self::Nothing,
            Wipe::Pending => Self::Pending,
            Wipe::Done => Self::Done,
        }
    }
}

impl From<MobileSessionRow> for MobileSession {
    fn from(row: MobileSessionRow) -> Self {
        let (department_id, department) = row.department.map(|(id, name)| (id.0, name)).unzip();
        Self {
            id: row.id.0,
            state: row.state.into(),
            wipe: row.wipe.into(),
            user_id: row.person.0,
            user_name: row.name,
            email: row.email.to_string(),
            department_id,
            department,
            user_type: row.user_type,
            app_id: row.app.0.0,
            app: row.app.1,
            device: row.device,
            app_version: row.version,
            system: row.system,
            created_at: row.signed_in.at,
            last_active_at: row.last_active.at,
            last_address: row.last_address,
            expires_at: row.expires_at,
        }
    }
}

impl From<MobileSessionView> for WholeMobileSession {
    fn from(view: MobileSessionView) -> Self {
        Self {
            permissions: view.permissions.iter().map(Permission::key).collect(),
            ends_at: super::shape::end(&view.ends),
            networks: view
                .networks
                .into_iter()
                .map(|(address, when)| NetworkSeen {
                    address,
                    last_at: when.at,
                })
                .collect(),
            held_back: view.held_back,
            session: view.row.into(),
        }
    }
}

impl From<MobileAppRow> for MobileApp {
    fn from(row: MobileAppRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            redirect_uris: row.redirects,
            sessions: row.sessions,
            created_at: row.created.at,
        }
    }
}

impl From<OwnMobileSession> for OwnSession {
    fn from(row: OwnMobileSession) -> Self {
        Self {
            id: row.id.0,
            current: row.is_this,
            app: row.app,
            device: row.device,
            created_at: row.signed_in.at,
            last_active_at: row.last_active.at,
            last_address: row.last_address,
        }
    }
}
