//! Collections: content to give access to.

mod grants;
mod look_up;
mod sql;

use database::Conn;
use domain::collections::{CollectionState, Cover};
use domain::{CollectionId, OrganisationId};

use crate::error::{Result, corrupt};

pub(crate) use grants::{NewGrant, count_of_person, grant, mine, of_person, open, opened};
pub(crate) use look_up::{titles, with_word};

/// What a link says about the collection it opens.
#[derive(Debug, Clone)]
pub(crate) struct CollectionBrief {
    pub title: String,
    pub summary: String,
    pub cover: Cover,
    pub state: CollectionState,
    pub items: i64,
}

/// The head of a collection; `None` for an unknown one and for another organisation's alike.
pub(crate) async fn head(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: CollectionId,
) -> Result<Option<CollectionBrief>> {
    let Some(row) = sql::by_id(conn, organisation, id).await? else {
        return Ok(None);
    };
    Ok(Some(CollectionBrief {
        state: row.state()?,
        cover: Cover {
            colour: row.colour,
            emoji: row.emoji,
        },
        title: row.title,
        summary: row.summary,
        items: row.items,
    }))
}
