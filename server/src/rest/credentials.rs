//! `/credentials`: what was issued. What everybody may see of it is under its `url`.

use chrono::{DateTime, Utc};
use domain::campaigns::{CredentialQuery, CredentialRow};
use domain::{CampaignId, CredentialId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::campaigns::Kind;
use super::recipients::Standing;
use super::{Asked, Id, Listed, Needs, One, Path, Problem, Program, Rest, get, row};

const READ: Needs = Needs::Permission(Permission::CampaignsRead);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/credentials",
        READ,
        "What was issued, the newest first.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/credentials/{id}",
        READ,
        "A certificate or badge that was issued.",
        || get(show),
    ),
];

/// A certificate or badge that was issued.
#[derive(Debug, Serialize, JsonSchema)]
struct Credential {
    /// Its id.
    id: Uuid,
    /// The campaign that it came of.
    campaign_id: Uuid,
    /// The recipient who claimed it.
    recipient_id: Uuid,
    /// What it is.
    #[serde(rename = "type")]
    kind: Kind,
    /// What the campaign is called.
    title: String,
    /// Whose name stands on it.
    name: String,
    /// What it is right now.
    state: Standing,
    /// Its public page. With `.json`, `.jwt`, `.pdf`, `.png` or `.svg` behind it, it is a file.
    url: String,
    /// When it was claimed first.
    awarded_at: DateTime<Utc>,
    /// When it was signed last.
    signed_at: DateTime<Utc>,
    /// Until just before when it is valid; null: for ever.
    expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
    /// Why it was revoked.
    reason: Option<String>,
}

/// What a list of credentials takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Only those of this campaign.
    campaign_id: Option<Uuid>,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter>,
) -> Result<Listed<Credential>, Problem> {
    let query = CredentialQuery {
        campaign: asked.query.campaign_id.map(CampaignId),
        after: asked.after.clone(),
        rows: Some(asked.rows),
    };
    let page = backend.campaigns().credentials(&caller, &query).await?;
    Ok(asked.listed(page))
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Credential>, Problem> {
    Ok(One(backend
        .campaigns()
        .credential(&caller, CredentialId(id))
        .await?
        .into()))
}

impl From<CredentialRow> for Credential {
    fn from(row: CredentialRow) -> Self {
        let (revoked_at, reason) = row.revoked.map(|(when, reason)| (when.at, reason)).unzip();
        Self {
            id: row.id.0,
            campaign_id: row.campaign.0,
            recipient_id: row.recipient.0,
            kind: row.kind.into(),
            title: row.title,
            name: row.name,
            state: row.state.into(),
            url: row.address,
            awarded_at: row.awarded.at,
            signed_at: row.signed.at,
            expires_at: row.until.map(|when| when.at),
            revoked_at,
            reason,
        }
    }
}
