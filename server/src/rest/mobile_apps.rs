//! `/mobile-apps`: the apps that people can sign in to.

use chrono::{DateTime, Utc};
use domain::mobile_sessions::{MobileAppForm, MobileAppRow};
use domain::{MobileAppId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::MobileSessionsRead);
const MANAGE: Needs = Needs::Permission(Permission::MobileSessionsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
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
    let app = backend
        .mobile_sessions()
        .change_app(&caller, MobileAppId(id), |form| sent.over(form))
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

impl Sent {
    fn form(self) -> MobileAppForm {
        let mut form = MobileAppForm::default();
        self.over(&mut form);
        form
    }

    /// Writes what was sent over a form, and leaves the rest of it.
    fn over(self, form: &mut MobileAppForm) {
        if let Some(name) = self.name {
            form.name = name;
        }
        if let Some(addresses) = self.redirect_uris {
            form.redirects = addresses.join("\n");
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
