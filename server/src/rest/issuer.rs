//! `/issuer`: what credentials say of the organisation beside its name.

use chrono::{DateTime, Utc};
use domain::Permission;
use domain::campaigns::issuer::{IssuerKey, IssuerProfile};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::PageOf;
use super::{Body, Needs, One, Problem, Program, Rest, get, post, put, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/issuer",
        Needs::Permission(Permission::CampaignsRead),
        "What credentials say of the organisation beside its name.",
        || get(show),
    ),
    row(
        Method::PUT,
        "/api/v1/issuer",
        Needs::Permission(Permission::OrganisationManage),
        "Set what credentials say of the organisation; what was issued keeps what it says.",
        || put(set),
    ),
    row(
        Method::GET,
        "/api/v1/issuer/keys",
        Needs::Permission(Permission::CampaignsRead),
        "The keys that credentials are signed with, the newest first.",
        || get(keys),
    ),
    row(
        Method::POST,
        "/api/v1/issuer/keys",
        Needs::Permission(Permission::OrganisationManage),
        "Make another key to sign with; older ones stay published, so that what they signed goes on validating.",
        || post(rotate),
    ),
];

/// What credentials say of their issuer, as a whole: what is left out is not said.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Issuer {
    /// Its web address; null: that of the site.
    url: Option<String>,
    /// Who it is, in at most 500 characters.
    description: Option<String>,
    /// Where it is written to.
    email: Option<String>,
    /// Where it is called.
    phone: Option<String>,
    /// The address of its picture, over https.
    image: Option<String>,
}

/// A key that an issuer signs with, or did.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IssuerKey")]
struct Key {
    /// Its number, from 1.
    number: i64,
    /// What proofs are checked with, as multibase.
    public: String,
    /// Whether it signs what is issued now.
    signs: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// All keys of an issuer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IssuerKeys")]
struct Keys {
    /// Each of them, the newest first.
    data: Vec<Key>,
    /// The list is always whole.
    page: PageOf,
}

async fn keys(Program(caller, backend): Program) -> Result<One<Keys>, Problem> {
    Ok(One(backend.campaigns().issuer_keys(&caller).await?.into()))
}

async fn rotate(Program(caller, backend): Program) -> Result<One<Keys>, Problem> {
    Ok(One(backend.campaigns().rotate_issuer_keys(&caller).await?.into()))
}

impl From<Vec<IssuerKey>> for Keys {
    fn from(keys: Vec<IssuerKey>) -> Self {
        let keys = keys.into_iter().map(|key| Key {
            number: key.number,
            public: key.public,
            signs: key.signs,
            created_at: key.made.at,
        });
        Self {
            data: keys.collect(),
            page: PageOf::LAST,
        }
    }
}

async fn show(Program(caller, backend): Program) -> Result<One<Issuer>, Problem> {
    Ok(One(backend.campaigns().issuer_profile(&caller).await?.into()))
}

async fn set(Program(caller, backend): Program, Body(issuer): Body<Issuer>) -> Result<One<Issuer>, Problem> {
    let said = IssuerProfile::from(issuer);
    Ok(One(backend
        .campaigns()
        .change_issuer_profile(&caller, &said)
        .await?
        .into()))
}

impl From<Issuer> for IssuerProfile {
    fn from(issuer: Issuer) -> Self {
        Self {
            url: issuer.url.unwrap_or_default(),
            description: issuer.description.unwrap_or_default(),
            email: issuer.email.unwrap_or_default(),
            phone: issuer.phone.unwrap_or_default(),
            image: issuer.image.unwrap_or_default(),
        }
    }
}

impl From<IssuerProfile> for Issuer {
    fn from(profile: IssuerProfile) -> Self {
        let said = |text: String| (!text.is_empty()).then_some(text);
        Self {
            url: said(profile.url),
            description: said(profile.description),
            email: said(profile.email),
            phone: said(profile.phone),
            image: said(profile.image),
        }
    }
}
