//! `/sites`: the sites that page tokens belong to.

use domain::page_tokens::sites::{SiteForm, SiteRow};
use domain::{Permission, SiteId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page_tokens::parts;
use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, Secretly, delete, get, patch,
    post, row,
};

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
        "Give a site a new secret.",
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
    /// What is said, over what is there.
    fn over(self, form: SiteForm) -> SiteForm {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        SiteForm {
            address: self.address.unwrap_or(form.address),
            trusted_networks: self
                .trusted_networks
                .map_or(form.trusted_networks, |networks| networks.join(",")),
            on_refusal: self.on_refusal.unwrap_or(form.on_refusal),
            log_refusals: self.log_refusals.map_or(form.log_refusals, tick),
            groups: self.groups.map_or(form.groups, |groups| groups.join(",")),
            token_parameter: self.token_parameter.unwrap_or(form.token_parameter),
            open_paths: self.open_paths.map_or(form.open_paths, |paths| paths.join(",")),
            asserts: self.asserts.map_or(form.asserts, tick),
        }
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
    let (row, secret) = backend
        .page_tokens()
        .add_site(&caller, &sent.over(SiteForm::default()))
        .await?;
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
    let form = sent.over(backend.page_tokens().site(&caller, SiteId(id)).await?.form());
    Ok(One(backend
        .page_tokens()
        .edit_site(&caller, SiteId(id), &form)
        .await?
        .into()))
}

async fn remove_site(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.page_tokens().remove_site(&caller, SiteId(id)).await?;
    Ok(Done)
}

async fn renew_site(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Secretly<NewSiteSecret>, Problem> {
    let secret = backend
        .page_tokens()
        .renew_site_secret(&caller, SiteId(id))
        .await?;
    Ok(Secretly(NewSiteSecret {
        id,
        secret: secret.reveal().to_owned(),
    }))
}
