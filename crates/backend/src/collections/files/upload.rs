//! Uploading a file: piece by piece, and it becomes an item when it is complete.

use domain::collections::{CollectionView, LARGEST_FILE, TOO_LARGE};
use domain::{CollectionId, FileId, ItemId, Permission, Refusal};
use futures::stream::{Stream, StreamExt};
use serde_json::json;

use super::{kind, sql};
use crate::Caller;
use crate::audit::Event;
use crate::collections::items::{self, NewContent};
use crate::collections::{Collections, sql as collections_sql};
use crate::error::Result;

/// The size of a piece.
const PIECE: usize = 256 * 1024;

impl Collections<'_> {
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
}
