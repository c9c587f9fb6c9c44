//! How page tokens, their links and what became of a request are shown.

use chrono::{DateTime, Utc};
use domain::page_tokens::list::{Explained, PageTokenLink, PageTokenRow};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::rest::shape::TokenState;

/// A page token.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rest) struct PageToken {
    /// Its id.
    id: Uuid,
    /// The URL as it was sent.
    full_url: String,
    /// The form that requests are compared with.
    canonical_url: String,
    /// How much it opens: `exact`, `assets` or `below`.
    scope: &'static str,
    /// What lists show of its secret.
    hint: String,
    /// Who its bearer is taken for.
    groups: Vec<String>,
    /// What it is now.
    state: TokenState,
    /// How often it was used.
    hits: i64,
    /// How often it may be used; null: unlimited.
    max_hits: Option<i64>,
    /// How many hits are left; null: unlimited.
    hits_left: Option<i64>,
    /// When it starts; null: at once.
    starts_at: Option<DateTime<Utc>>,
    /// When it ends; null: never.
    expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Parameters that may be added.
    may_add: String,
    /// Parameters that may have any value.
    any_value: String,
    /// Where requests may come from; none: from anywhere.
    networks: Vec<String>,
    /// Whether GET and HEAD alone are let through.
    reads_only: bool,
    /// Whether a page asks before a hit is spent.
    confirm: bool,
    /// What it is remembered by.
    note: String,
    /// The site that it belongs to.
    site_id: Uuid,
}

/// A page token with its link.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rest) struct WithLink {
    /// The token.
    #[serde(flatten)]
    row: PageToken,
    /// The secret by itself.
    token: String,
    /// The URL with the token.
    link: String,
    /// A command that opens it.
    curl: String,
    /// The same as a line of a crontab.
    crontab: String,
}

/// A link.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rest) struct Link {
    /// The token's id.
    id: Uuid,
    /// The secret by itself.
    token: String,
    /// The URL with the token.
    link: String,
}

/// Why a request is refused.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::rest) struct Explanation {
    /// Whether it would be let through.
    allowed: bool,
    /// The rule that refuses it.
    rule: Option<&'static str>,
    /// What was expected and what came.
    detail: String,
}

/// The parts of a text with commas.
pub(in crate::rest) fn parts(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

impl From<PageTokenRow> for PageToken {
    fn from(row: PageTokenRow) -> Self {
        Self {
            hits_left: row.hits_left(),
            id: row.id.0,
            scope: row.scope.key(),
            groups: parts(&row.groups),
            state: row.state.into(),
            hits: row.hits,
            max_hits: row.max_hits,
            starts_at: row.starts.map(|when| when.at),
            expires_at: row.expires.map(|when| when.at),
            last_used_at: row.last_used.map(|when| when.at),
            created_at: row.created.at,
            full_url: row.full_url,
            canonical_url: row.canonical_url,
            hint: row.hint,
            may_add: row.may_add,
            any_value: row.any_value,
            networks: parts(&row.networks),
            reads_only: row.reads_only,
            confirm: row.confirm,
            note: row.note,
            site_id: row.site.0,
        }
    }
}

impl From<(PageTokenRow, PageTokenLink)> for WithLink {
    fn from((row, link): (PageTokenRow, PageTokenLink)) -> Self {
        Self {
            row: row.into(),
            token: link.token,
            link: link.link,
            curl: link.curl,
            crontab: link.crontab,
        }
    }
}

impl From<PageTokenLink> for Link {
    fn from(link: PageTokenLink) -> Self {
        Self {
            id: link.id.0,
            token: link.token,
            link: link.link,
        }
    }
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Self {
        Self {
            allowed: explained.allowed,
            rule: explained.rule.map(domain::page_tokens::Rule::key),
            detail: explained.detail,
        }
    }
}
