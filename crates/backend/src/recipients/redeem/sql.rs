//! What stands around a code: one statement for everything that its card says, and one for what many codes open.
//!
//! They read the tables of four features. Each has functions for its own part, which is what everybody else asks;
//! but a statement for each part was most of what a look cost, and a good part of a redemption.

use chrono_tz::Tz;
use database::{Conn, FromRow};
use domain::collections::CollectionState;
use domain::{CollectionId, EmailAddress, OrganisationId, TokenId};
use uuid::Uuid;

use crate::error::{Result, corrupt};
use crate::times;
use crate::tokens::Found;

/// What a card says beside the state of the token.
#[derive(FromRow)]
pub(super) struct Surroundings {
    pub organisation: String,
    time_zone: String,
    pub collection: CollectionId,
    pub title: String,
    pub summary: String,
    pub colour: String,
    pub emoji: String,
    state: String,
    pub items: i64,
    email: Option<String>,
}

impl Surroundings {
    /// The organisation's time zone.
    pub(super) fn zone(&self) -> Result<Tz> {
        times::zone(&self.time_zone).ok_or_else(|| corrupt("organisations", "time_zone", &self.organisation))
    }

    /// Whom the code is assigned to.
    pub(super) fn assigned(&self, code: TokenId) -> Result<Option<EmailAddress>> {
        let parsed = self.email.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| corrupt("assignments", "email", code))
    }

    /// Whether the collection is open.
    pub(super) fn is_published(&self) -> bool {
        is_published(&self.state)
    }
}

/// What stands around a token; `None` when its organisation was cancelled. The same statement runs for a code that
/// nobody has.
pub(super) async fn surroundings(conn: &mut Conn, found: Option<&Found>) -> Result<Option<Surroundings>> {
    let nothing = TokenId(Uuid::nil());
    let (organisation, shown, code) = match found {
        Some(found) => (found.token.organisation, found.shown().id, found.token.id),
        None => (OrganisationId(Uuid::nil()), nothing, nothing),
    };
    let row = conn
        .query(
            "SELECT o.name AS organisation, o.time_zone, c.id AS collection, c.title, c.summary, c.colour, c.emoji,
                    c.state, a.email,
                    (SELECT CAST(COUNT(*) AS BIGINT) FROM items i WHERE i.collection_id = c.id) AS items
             FROM organisations o
             JOIN access_tokens x ON x.organisation_id = o.id AND x.token_id = $2
             JOIN collections c ON c.organisation_id = o.id AND c.id = x.collection_id
             LEFT JOIN assignments a ON a.code_id = $3
             WHERE o.id = $1 AND o.cancelled_at IS NULL",
        )
        .bind(organisation)
        .bind(shown)
        .bind(code)
        .optional()
        .await?;
    Ok(row)
}

/// What a token opens.
#[derive(FromRow)]
pub(super) struct Opens {
    pub token_id: TokenId,
    pub collection_id: CollectionId,
    state: String,
}

impl Opens {
    /// Whether the collection is open.
    pub(super) fn is_published(&self) -> bool {
        is_published(&self.state)
    }
}

fn is_published(state: &str) -> bool {
    CollectionState::from_key(state) == Some(CollectionState::Published)
}

/// What some tokens open, but for those of organisations that were cancelled. At least one is asked for.
pub(super) async fn opened_by(conn: &mut Conn, tokens: Vec<TokenId>) -> Result<Vec<Opens>> {
    let rows = conn
        .query_in(
            "SELECT x.token_id, x.collection_id, c.state
             FROM access_tokens x
             JOIN organisations o ON o.id = x.organisation_id AND o.cancelled_at IS NULL
             JOIN collections c ON c.id = x.collection_id
             WHERE x.token_id IN (VALUES",
            tokens,
            ")",
        )
        .all()
        .await?;
    Ok(rows)
}
