//! `/sites`: the sites that page tokens belong to.

use axum::extract::{FromRequest, Request};
use domain::page_tokens::sites::{SiteForm, SiteRow};
use domain::{Permission, SiteId};
use http::Method;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::door::{Input, Operation};
use super::page_tokens::{Grace, entries, joined, of_grace, parts, put, tick};
use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly, delete, get, patch,
    post, row,
};
use crate::server::Server;

const READ: Needs = Needs::Permission(Permission::PageTokensRead);
const MANAGE: Needs = Needs::Permission(Permission::PageTokensManage);

/// The operations of sites.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/sites",
        READ,
        "The sites that are guarded.",
        || get(sites),
    ),
    row(
        Method::POST,
        "/api/v1/sites",
        MANAGE,
        "Add a site that is guarded.",
        || post(add_site),
    ),
    row(Method::GET, "/api/v1/sites/{id}", READ, "A site.", || {
        get(show_site)
    }),
    row(
        Method::PATCH,
        "/api/v1/sites/{id}",
        MANAGE,
        "Change a site.",
        || patch(change_site),
    ),
    row(
        Method::DELETE,
        "/api/v1/sites/{id}",
        MANAGE,
        "Remove a site that has no tokens.",
        || delete(remove_site),
    ),
    row(
        Method::POST,
        "/api/v1/sites/{id}/rotate",
        MANAGE,
        "Give a site a new secret; with `grace_hours`, the old one is believed for so long.",
        || post(renew_site),
    ),
];

/// A site.
#[derive(Debug, Serialize, JsonSchema)]
struct Site {
    /// Its id.
    id: Uuid,
    /// Scheme, host and port.
    address: String,
    /// Where its proxies ask from, as CIDR.
    trusted_networks: Vec<String>,
    /// What a refused visitor gets: `error` or `anonymous`.
    on_refusal: &'static str,
    /// Whether the server's log names the rule of each refusal.
    log_refusals: bool,
    /// The groups that exist; none: any.
    groups: Vec<String>,
    /// What the token is called in addresses.
    token_parameter: String,
    /// Folders whose assets belong to every page.
    open_paths: Vec<String>,
    /// Whether its back end gets a signed assertion with each request that is let through.
    asserts: bool,
}

/// A site with its secret.
#[derive(Debug, Serialize, JsonSchema)]
struct WithSecret {
    /// The site.
    #[serde(flatten)]
    row: Site,
    /// What its proxies send as `Tokenwright-Site-Secret`; it is shown this once.
    secret: String,
}

/// A site's secret.
#[derive(Debug, Serialize, JsonSchema)]
struct NewSiteSecret {
    /// The site's id.
    id: Uuid,
    /// What its proxies send as `Tokenwright-Site-Secret`; it is shown this once.
    secret: String,
}

/// What a site is added or changed with. What is not said stays as it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SentSite {
    /// Scheme, host and port; it stays as it is.
    address: Option<String>,
    /// Where its proxies ask from, as CIDR.
    trusted_networks: Option<Vec<String>>,
    /// What a refused visitor gets: `error` or `anonymous`.
    on_refusal: Option<String>,
    /// Whether the server's log names the rule of each refusal.
    log_refusals: Option<bool>,
    /// The groups that exist; none: any.
    groups: Option<Vec<String>>,
    /// What the token is called in addresses.
    token_parameter: Option<String>,
    /// Folders whose assets belong to every page.
    open_paths: Option<Vec<String>>,
    /// Whether its back end gets a signed assertion with each request that is let through.
    asserts: Option<bool>,
}

impl SentSite {
    /// What was sent, if each entry of a list is one.
    fn checked(self) -> Result<Self, Problem> {
        for (field, list) in [
            ("trusted_networks", &self.trusted_networks),
            ("groups", &self.groups),
            ("open_paths", &self.open_paths),
        ] {
            entries(field, list.as_deref())?;
        }
        Ok(self)
    }

    /// Writes what is said over what is there.
    fn over(self, form: &mut SiteForm) {
        put(&mut form.address, self.address);
        put(&mut form.trusted_networks, joined(self.trusted_networks));
        put(&mut form.on_refusal, self.on_refusal);
        put(&mut form.log_refusals, self.log_refusals.map(tick));
        put(&mut form.groups, joined(self.groups));
        put(&mut form.token_parameter, self.token_parameter);
        put(&mut form.open_paths, joined(self.open_paths));
        put(&mut form.asserts, self.asserts.map(tick));
    }
}

impl From<SiteRow> for Site {
    fn from(row: SiteRow) -> Self {
        Self {
            id: row.id.0,
            address: row.address,
            trusted_networks: parts(&row.trusted_networks),
            on_refusal: row.on_refusal.key(),
            log_refusals: row.log_refusals,
            groups: parts(&row.groups),
            token_parameter: row.token_parameter,
            open_paths: parts(&row.open_paths),
            asserts: row.asserts,
        }
    }
}

async fn sites(Program(caller, backend): Program) -> Result<Listed<Site>, Problem> {
    let rows = backend.page_tokens().sites(&caller).await?;
    Ok(Listed::whole(rows.into_iter().map(Site::from).collect()))
}

async fn add_site(
    Program(caller, backend): Program,
    Body(sent): Body<SentSite>,
) -> Result<Created<WithSecret>, Problem> {
    let mut form = SiteForm::default();
    sent.checked()?.over(&mut form);
    let (row, secret) = backend.page_tokens().add_site(&caller, &form).await?;
    Ok(Created {
        location: format!("/api/v1/sites/{}", row.id),
        view: WithSecret {
            row: row.into(),
            secret: secret.reveal().to_owned(),
        },
    })
}

async fn show_site(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Site>, Problem> {
    Ok(One(backend.page_tokens().site(&caller, SiteId(id)).await?.into()))
}

async fn change_site(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(sent): Body<SentSite>,
) -> Result<One<Site>, Problem> {
    let sent = sent.checked()?;
    let change = move |form: &mut SiteForm| sent.over(form);
    let row = backend
        .page_tokens()
        .edit_site(&caller, SiteId(id), change)
        .await?;
    Ok(One(row.into()))
}

async fn remove_site(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.page_tokens().remove_site(&caller, SiteId(id)).await?;
    Ok(Done)
}

/// How a secret is rotated: with nothing sent along, the old one ends at once.
struct Rotation(Grace);

impl FromRequest<Server> for Rotation {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Problem> {
        let headers = request.headers();
        let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        if is_empty && !headers.contains_key(CONTENT_TYPE) && !headers.contains_key(TRANSFER_ENCODING) {
            return Ok(Self(Grace::default()));
        }
        let Body(grace) = Body::from_request(request, server).await?;
        Ok(Self(grace))
    }
}

impl Input for Rotation {
    fn describe(operation: &mut Operation<'_>) {
        Body::<Grace>::describe(operation);
        if let Some(body) = &mut operation.body {
            body["required"] = false.into();
        }
    }
}

async fn renew_site(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Rotation(how): Rotation,
) -> Result<Secretly<NewSiteSecret>, Problem> {
    let secret = backend
        .page_tokens()
        .renew_site_secret(&caller, SiteId(id), how.grace_hours)
        .await
        .map_err(of_grace)?;
    Ok(Secretly(NewSiteSecret {
        id,
        secret: secret.reveal().to_owned(),
    }))
}
