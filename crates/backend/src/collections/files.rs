//! Files: streamed in and out in pieces, so that no file is ever completely in memory.
//!
//! The declared type of a file is not trusted: its type is detected from its first bytes. Only pictures and PDF are
//! shown by the browser; everything else, SVG and HTML above all, is offered as a download.

mod kind;
mod sql;
mod upload;

use database::{Conn, WriteTx};
use domain::{CollectionId, FileId, OrganisationId, Permission, Refusal};
use futures::stream::{self, BoxStream, StreamExt};

use super::{Collections, sql as collections_sql};
use crate::error::Result;
use crate::{Backend, Caller};
use chrono::TimeDelta;

/// An upload that is unfinished after this long was abandoned.
const UNFINISHED: TimeDelta = TimeDelta::hours(24);

/// A file to be served.
pub struct FileContent {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: i64,
    /// Whether a browser may show it; otherwise it is a download.
    pub inline: bool,
    /// Its content.
    pub pieces: BoxStream<'static, Result<Vec<u8>>>,
}

/// A file of an organisation, if it is complete.
pub(crate) async fn content(
    backend: &Backend,
    organisation: OrganisationId,
    file: FileId,
) -> Result<Option<FileContent>> {
    let Some(row) = sql::by_id(&mut backend.db.read().await?, organisation, file).await? else {
        return Ok(None);
    };
    Ok(Some(FileContent {
        inline: kind::is_shown(&row.media_type),
        name: row.name,
        media_type: row.media_type,
        bytes: row.bytes,
        pieces: pieces(backend.clone(), file),
    }))
}

/// The pieces one after the other. No connection is held between two pieces: readers can be slow.
fn pieces(backend: Backend, file: FileId) -> BoxStream<'static, Result<Vec<u8>>> {
    stream::try_unfold((backend, 0_i64), move |(backend, number)| async move {
        let piece = sql::piece(&mut backend.db.read().await?, file, number).await?;
        Ok(piece.map(|piece| (piece, (backend, number + 1))))
    })
    .boxed()
}

/// Removes a file that no item uses any more.
pub(super) async fn remove(tx: &mut WriteTx, file: FileId) -> Result<()> {
    sql::remove(tx, file).await?;
    Ok(())
}

/// Which collection a file belongs to.
pub(super) async fn collection_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    file: FileId,
) -> Result<Option<CollectionId>> {
    Ok(sql::by_id(conn, organisation, file)
        .await?
        .map(|row| row.collection_id))
}

impl Collections<'_> {
    /// A file, for an admin.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn file(&self, caller: &Caller, file: FileId) -> Result<FileContent> {
        caller.may(Permission::CollectionsRead)?;
        let organisation = caller
            .scope
            .whole_organisation("the file's collection is asked for in the scope");
        let mut conn = self.0.db.read().await?;
        let collection = collection_of(&mut conn, organisation, file)
            .await?
            .ok_or(Refusal::NotFound)?;
        collections_sql::head(&mut conn, &caller.scope, collection)
            .await?
            .ok_or(Refusal::NotFound)?;
        drop(conn);
        Ok(content(self.0, organisation, file)
            .await?
            .ok_or(Refusal::NotFound)?)
    }

    /// Removes uploads that were never finished.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        sql::sweep(&mut tx, self.0.clock.now() - UNFINISHED).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }
}
