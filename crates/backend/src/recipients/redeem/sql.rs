//! What stands around a code: one statement for everything that its card says.
//!
//! It reads the tables of four features. Each has a function for its own part, which is what everybody else asks;
//! but the card is what very many people look at in the same minute, and a statement for each part was most of
//! what a look cost.

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
        CollectionState::from_key(&self.state) == Some(CollectionState::Published)
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
