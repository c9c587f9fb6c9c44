//! Collections: content to give access to.
//!
//! * [`list`], [`editor`], [`items`]: what admins do with them
//! * [`files`]: content that is uploaded, kept in pieces
//! * [`grants`]: who has which collection, and their progress in it
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

use database::{Conn, WriteTx};
use domain::collections::CollectionState;
use domain::{CollectionId, DepartmentId};

use crate::error::Result;
use crate::{Backend, Scope};

pub use editor::CollectionChange;
pub use files::FileContent;
pub(crate) use files::content;
pub(crate) use grants::{
    NewGrant, count_of_person, grant_all, has, has_file, mine, move_to_session, of_person, open,
};
pub use items::ItemChange;
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

/// What other features need to know about a collection.
#[derive(Debug, Clone)]
pub(crate) struct CollectionBrief {
    pub title: String,
    pub state: CollectionState,
    /// The department that it belongs to, and with it its tokens.
    pub department: Option<DepartmentId>,
}

/// The head of a collection; `None` for an unknown one and for one outside the scope alike.
pub(crate) async fn head(
    conn: &mut Conn,
    scope: &Scope,
    id: CollectionId,
) -> Result<Option<CollectionBrief>> {
    sql::head(conn, scope, id)
        .await?
        .map(CollectionBrief::try_from)
        .transpose()
}

/// The same, for use in this transaction: until it ends, the collection stays in its department.
pub(crate) async fn keep(
    tx: &mut WriteTx,
    scope: &Scope,
    id: CollectionId,
) -> Result<Option<CollectionBrief>> {
    sql::keep(tx, scope, id).await?;
    head(tx, scope, id).await
}

/// Rebuilds a collection's search terms.
pub(crate) async fn renew_terms(tx: &mut WriteTx, id: CollectionId) -> Result<()> {
    Ok(sql::renew_words(tx, id).await?)
}

impl TryFrom<sql::Head> for CollectionBrief {
    type Error = crate::Error;

    fn try_from(row: sql::Head) -> Result<Self> {
        Ok(Self {
            state: row.state()?,
            title: row.title,
            department: row.department_id,
        })
    }
}
