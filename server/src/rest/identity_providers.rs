//! `/identity-providers`: where recipients prove a profile.

use chrono::{DateTime, Utc};
use domain::identity_providers::{ProviderForm, ProviderRow, ProviderTemplate};
use domain::{IdentityProviderId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::PageOf;
use super::{
    Body, Created, Done, Id, Needs, One, Path, Problem, Program, Rest, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::CampaignsRead);
const MANAGE: Needs = Needs::Permission(Permission::OrganisationManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/identity-providers",
        READ,
        "The providers of OpenID Connect at which recipients prove a profile.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/identity-providers",
        MANAGE,
        "Set a sign-in provider up. It is asked first whether it is one.",
        || post(add),
    ),
    row(
        Method::GET,
        "/api/v1/identity-providers/{id}",
        READ,
        "A sign-in provider.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/identity-providers/{id}",
        MANAGE,
        "Change a sign-in provider.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/identity-providers/{id}",
        MANAGE,
        "Remove a sign-in provider; tokens that its profiles hold stay locked.",
        || delete(remove),
    ),
];

/// The form that a provider starts from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Template {
    /// LinkedIn.
    Linkedin,
    /// Google.
    Google,
    /// Microsoft.
    Microsoft,
    /// Any other.
    Other,
}

/// A sign-in provider. Its secret is never sent.
#[derive(Debug, Serialize, JsonSchema)]
struct Provider {
    /// Its id.
    id: Uuid,
    /// The form that it started from.
    template: Template,
    /// What recipients read on the button.
    label: String,
    /// Its address.
    issuer: String,
    /// What it calls the organisation.
    client_id: String,
    /// Whether recipients are offered it.
    enabled: bool,
    /// When it was set up.
    created_at: DateTime<Utc>,
}

/// All sign-in providers.
#[derive(Debug, Serialize, JsonSchema)]
struct Providers {
    /// Each of them, in the order in which they were set up.
    data: Vec<Provider>,
    /// The list is always whole.
    page: PageOf,
    /// Where each of them sends browsers back to: it must be registered there, exactly so.
    redirect_uri: String,
}

/// A sign-in provider to be set up.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSignInProvider")]
struct New {
    /// The form to start from.
    template: Template,
    /// What recipients read on the button; the template's name if it is not said.
    #[serde(default)]
    label: String,
    /// Its address, without `/.well-known/openid-configuration`; the template's if it is not said.
    #[serde(default)]
    issuer: String,
    /// What it calls the organisation.
    client_id: String,
    /// What proves it. It is sealed, and never shown again.
    client_secret: String,
    /// Whether recipients are offered it; they are if it is not said.
    #[serde(default)]
    enabled: Option<bool>,
}

/// What is changed about a sign-in provider; what is not said stays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SignInProviderChange")]
struct Change {
    /// What recipients read on the button.
    label: Option<String>,
    /// Its address.
    issuer: Option<String>,
    /// What it calls the organisation.
    client_id: Option<String>,
    /// What proves it; needed when address or client id are others.
    client_secret: Option<String>,
    /// Whether recipients are offered it.
    enabled: Option<bool>,
}

async fn list(Program(caller, backend): Program) -> Result<One<Providers>, Problem> {
    let list = backend.identity_providers().list(&caller).await?;
    Ok(One(Providers {
        data: list.rows.into_iter().map(Provider::from).collect(),
        page: PageOf::LAST,
        redirect_uri: list.redirect,
    }))
}

async fn add(Program(caller, backend): Program, Body(new): Body<New>) -> Result<Created<Provider>, Problem> {
    let row = backend.identity_providers().add(&caller, &new.form()).await?;
    Ok(Created {
        location: format!("/api/v1/identity-providers/{}", row.id),
        view: row.into(),
    })
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Provider>, Problem> {
    Ok(One(backend
        .identity_providers()
        .get(&caller, IdentityProviderId(id))
        .await?
        .into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<Provider>, Problem> {
    Ok(One(backend
        .identity_providers()
        .change(&caller, IdentityProviderId(id), |form| change.over(form))
        .await?
        .into()))
}

async fn remove(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend
        .identity_providers()
        .remove(&caller, IdentityProviderId(id))
        .await?;
    Ok(Done)
}

fn tick(on: bool) -> String {
    if on { "on".into() } else { String::new() }
}

impl New {
    fn form(self) -> ProviderForm {
        ProviderForm {
            template: ProviderTemplate::from(self.template).key().into(),
            label: self.label,
            issuer: self.issuer,
            client_id: self.client_id,
            client_secret: self.client_secret,
            enabled: tick(self.enabled.unwrap_or(true)),
        }
    }
}

impl Change {
    /// Writes what was sent over a form, and leaves the rest of it.
    fn over(&self, form: &mut ProviderForm) {
        for (sent, field) in [
            (&self.label, &mut form.label),
            (&self.issuer, &mut form.issuer),
            (&self.client_id, &mut form.client_id),
            (&self.client_secret, &mut form.client_secret),
        ] {
            if let Some(sent) = sent {
                field.clone_from(sent);
            }
        }
        if let Some(enabled) = self.enabled {
            form.enabled = tick(enabled);
        }
    }
}

impl From<Template> for ProviderTemplate {
    fn from(template: Template) -> Self {
        match template {
            Template::Linkedin => Self::LinkedIn,
            Template::Google => Self::Google,
            Template::Microsoft => Self::Microsoft,
            Template::Other => Self::Other,
        }
    }
}

impl From<ProviderTemplate> for Template {
    fn from(template: ProviderTemplate) -> Self {
        match template {
            ProviderTemplate::LinkedIn => Self::Linkedin,
            ProviderTemplate::Google => Self::Google,
            ProviderTemplate::Microsoft => Self::Microsoft,
            ProviderTemplate::Other => Self::Other,
        }
    }
}

impl From<ProviderRow> for Provider {
    fn from(row: ProviderRow) -> Self {
        Self {
            id: row.id.0,
            template: row.template.into(),
            label: row.label,
            issuer: row.issuer,
            client_id: row.client_id,
            enabled: row.enabled,
            created_at: row.created.at,
        }
    }
}
