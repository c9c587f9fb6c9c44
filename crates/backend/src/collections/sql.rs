//! The collections' statements; those of grants, items and files stand beside them.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result};
use domain::collections::CollectionState;
use domain::{CollectionId, OrganisationId};

use crate::error::{self, corrupt};

#[derive(FromRow)]
pub(super) struct Row {
    pub id: CollectionId,
    pub title: String,
    pub title_key: Vec<u8>,
    pub summary: String,
    pub colour: String,
    pub emoji: String,
    pub state: String,
    pub changed_at: DateTime<Utc>,
    pub items: i64,
    pub people: i64,
}

impl Row {
    pub(super) fn state(&self) -> error::Result<CollectionState> {
        CollectionState::from_key(&self.state).ok_or_else(|| corrupt("collections", "state", self.id))
    }
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: CollectionId,
) -> Result<Option<Row>> {
    conn.query(
        "SELECT c.id, c.title, c.title_key, c.summary, c.colour, c.emoji, c.state, c.changed_at,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM items i WHERE i.collection_id = c.id) AS items,
                (SELECT CAST(COUNT(DISTINCT g.person_id) AS BIGINT) FROM grants g WHERE g.collection_id = c.id) AS people
         FROM collections c WHERE c.id = $1 AND c.organisation_id = $2",
    )
    .bind(id)
    .bind(organisation)
    .optional()
    .await
}
