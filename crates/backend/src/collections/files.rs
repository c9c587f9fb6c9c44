//! Files: streamed in and out in pieces, so that no file is ever completely in memory.
//!
//! The declared type of a file is not trusted: its type is detected from its first bytes. Only pictures and PDF are
//! shown by the browser; everything else, SVG and HTML above all, is offered as a download.

mod kind;
mod sql;

use database::{Conn, WriteTx};
use domain::collections::{CollectionView, LARGEST_FILE, TOO_LARGE};
use domain::{CollectionId, FileId, ItemId, OrganisationId, Permission, Refusal};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use serde_json::json;

use super::items::{self, NewContent};
use super::{Collections, sql as collections_sql};
use crate::audit::Event;
use crate::error::Result;
use crate::{Backend, Caller};
use chrono::TimeDelta;

/// The size of a piece.
const PIECE: usize = 256 * 1024;

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

    /// Adds a file at the end of a collection, as its content comes in.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `file` when it is empty or too large, or a conflict when it was cut off.
    pub async fn upload<B, E>(
        &self,
        caller: &Caller,
        id: CollectionId,
        file_name: &str,
        content: impl Stream<Item = std::result::Result<B, E>> + Send,
    ) -> Result<CollectionView>
    where
        B: AsRef<[u8]> + Send,
        E: std::fmt::Display + Send,
    {
        caller.may(Permission::CollectionsManage)?;
        collections_sql::head(&mut self.0.db.read().await?, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let name = kind::clean_name(file_name);
        let file = FileId(self.0.random.id(self.0.clock.now()));
        match self.take_in(caller, id, file, &name, content).await {
            Ok(bytes) => self.finish_upload(caller, id, file, &name, bytes).await,
            Err(error) => {
                let mut tx = self.0.db.write().await?;
                sql::remove(&mut tx, file).await?;
                tx.commit().await?;
                Err(error)
            }
        }
    }

    /// Stores the content piece by piece, each in its own short transaction: the writer is never held while waiting for
    /// the network. Returns the size.
    async fn take_in<B, E>(
        &self,
        caller: &Caller,
        id: CollectionId,
        file: FileId,
        name: &str,
        content: impl Stream<Item = std::result::Result<B, E>> + Send,
    ) -> Result<i64>
    where
        B: AsRef<[u8]> + Send,
        E: std::fmt::Display + Send,
    {
        let mut content = std::pin::pin!(content);
        let mut waiting: Vec<u8> = Vec::with_capacity(PIECE);
        let (mut bytes, mut number) = (0_i64, 0_i64);
        loop {
            let part = content.next().await.transpose().map_err(|error| {
                tracing::info!(%error, "an upload was cut off");
                Refusal::Conflict("The file did not arrive whole. Try again.".into())
            })?;
            if let Some(part) = &part {
                bytes += i64::try_from(part.as_ref().len()).unwrap_or(LARGEST_FILE);
                if bytes > LARGEST_FILE {
                    return Err(Refusal::at("file", TOO_LARGE).into());
                }
                waiting.extend_from_slice(part.as_ref());
            }
            while waiting.len() >= PIECE || (part.is_none() && !waiting.is_empty()) {
                let piece: Vec<u8> = waiting.drain(..waiting.len().min(PIECE)).collect();
                let mut tx = self.0.db.write().await?;
                if number == 0 {
                    let media_type = kind::media_type(name, &piece);
                    let now = self.0.clock.now();
                    sql::insert(&mut tx, caller.organisation(), id, file, name, media_type, now).await?;
                }
                sql::insert_piece(&mut tx, file, number, piece).await?;
                tx.commit_keeping_cache().await?;
                number += 1;
            }
            if part.is_none() {
                break;
            }
        }
        if bytes == 0 {
            return Err(Refusal::at("file", "This file is empty.").into());
        }
        Ok(bytes)
    }

    async fn finish_upload(
        &self,
        caller: &Caller,
        id: CollectionId,
        file: FileId,
        name: &str,
        bytes: i64,
    ) -> Result<CollectionView> {
        let item = ItemId(self.0.random.id(self.0.clock.now()));
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        sql::set_complete(&mut tx, file, bytes).await?;
        items::append(&mut tx, id, item, name, &NewContent::File(file)).await?;
        let facts = json!({"item": item, "title": name, "bytes": bytes});
        self.finish(tx, caller, id, Event::ItemAdded, facts).await
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
