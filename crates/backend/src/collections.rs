//! Collections: content to give access to.
//!
//! * [`list`], [`editor`], [`items`]: what admins do with them
//! * [`files`]: content that is uploaded, kept in pieces
//! * [`grants`]: who has which collection, and how far they are in it
//! * [`pages`]: a collection and an item as recipients see them

mod editor;
mod files;
mod grants;
mod items;
mod list;
mod look_up;
mod markdown;
mod pages;
mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use database::Conn;
use domain::collections::CollectionState;
use domain::{CollectionId, OrganisationId};

use crate::Backend;
use crate::error::Result;

pub use files::FileContent;
pub(crate) use files::content;
pub(crate) use grants::{
    NewGrant, count_of_person, grant_all, has, has_file, mine, move_to_session, of_person, open,
};
pub(crate) use look_up::{titles, with_word};
pub(crate) use pages::{Place, item_page, my_items};

/// The collections of an organisation.
pub struct Collections<'a>(pub(crate) &'a Backend);

impl Backend {
    /// Collections, their items and files.
    pub fn collections(&self) -> Collections<'_> {
        Collections(self)
    }
}

/// What other features need to know of a collection.
#[derive(Debug, Clone)]
pub(crate) struct CollectionBrief {
    pub title: String,
    pub state: CollectionState,
}

/// The head of a collection; `None` for an unknown one and for another organisation's alike.
pub(crate) async fn head(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: CollectionId,
) -> Result<Option<CollectionBrief>> {
    let Some(row) = sql::head(conn, organisation, id).await? else {
        return Ok(None);
    };
    Ok(Some(CollectionBrief {
        state: row.state()?,
        title: row.title,
    }))
}
