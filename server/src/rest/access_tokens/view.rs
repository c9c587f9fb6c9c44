//! What is answered about access tokens.

use chrono::{DateTime, Utc};
use domain::access_tokens::{SharedLink, TokenRow, TokenType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::jobs::Job;
use super::super::shape::{self, TokenState};

/// What a table of access tokens has of each.
pub const COLUMNS: &[&str] = &[
    "id",
    "name",
    "type",
    "hint",
    "state",
    "collection_title",
    "usage_limit",
    "number_of_tokens",
    "uses",
    "remaining",
    "starts_at",
    "expires_at",
    "last_used_at",
    "created_at",
    "created_by",
    "deleted_at",
];

/// One link for many, or many links for one each.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccessTokenKind")]
pub enum Kind {
    /// One link, used many times up to a limit.
    Single,
    /// A list of codes, each used once.
    Multi,
}

/// An access token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessToken {
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
    /// The job that is making its codes, while one does.
    job: Option<Job>,
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

impl From<Kind> for TokenType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Single => Self::Single,
            Kind::Multi => Self::Multi,
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
            job: row.making.map(Job::from),
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
