//! The items of a collection: pages, links and files, in order.

mod sql;

use database::{Conn, WriteTx};
use domain::collections::{CollectionView, ItemContent, ItemForm, ItemView, ItemViewContent, MOST_ITEMS};
use domain::{CollectionId, FileId, ItemId, Permission, Refusal};
use serde_json::json;

use super::{Collections, files, markdown};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};

/// An item as it is stored.
pub(super) struct Item {
    pub id: ItemId,
    pub title: String,
    pub content: Content,
}

/// The content of an item.
pub(super) enum Content {
    Page {
        text: String,
    },
    Link {
        url: String,
    },
    File {
        file: FileId,
        name: String,
        bytes: i64,
        media_type: String,
    },
}

/// The items of a collection, in order.
pub(super) async fn all(conn: &mut Conn, collection: CollectionId) -> Result<Vec<Item>> {
    sql::all(conn, collection)
        .await?
        .into_iter()
        .map(Item::try_from)
        .collect()
}

impl Item {
    /// The item as pages show it: Markdown becomes HTML here, again each time, so that what is shown is what today's
    /// rules allow.
    pub(super) fn shown(self) -> ItemView {
        let content = match self.content {
            Content::Page { text } => ItemViewContent::Page {
                html: markdown::html(&text),
                text,
            },
            Content::Link { url } => ItemViewContent::Link { url },
            Content::File {
                file,
                name,
                bytes,
                media_type,
            } => ItemViewContent::File {
                file,
                name,
                bytes,
                media_type,
            },
        };
        ItemView {
            id: self.id,
            title: self.title,
            content,
        }
    }
}

impl TryFrom<sql::Row> for Item {
    type Error = crate::Error;

    fn try_from(row: sql::Row) -> Result<Self> {
        let id = row.id;
        let missing = |column| move || corrupt("items", column, id);
        let content = match row.item_type.as_str() {
            "page" => Content::Page {
                text: row.text.ok_or_else(missing("text"))?,
            },
            "link" => Content::Link {
                url: row.url.ok_or_else(missing("url"))?,
            },
            "file" => Content::File {
                file: row.file_id.ok_or_else(missing("file_id"))?,
                name: row.file_name.ok_or_else(missing("file_id"))?,
                bytes: row.bytes.ok_or_else(missing("file_id"))?,
                media_type: row.media_type.ok_or_else(missing("file_id"))?,
            },
            _ => return Err(corrupt("items", "item_type", id)),
        };
        Ok(Self {
            id,
            title: row.title,
            content,
        })
    }
}

/// Puts an item at the end of a collection.
pub(super) async fn append(
    tx: &mut WriteTx,
    collection: CollectionId,
    id: ItemId,
    title: &str,
    content: &NewContent,
) -> Result<()> {
    if sql::count(tx, collection).await? >= MOST_ITEMS {
        return Err(Refusal::Conflict(format!("A collection has up to {MOST_ITEMS} items.")).into());
    }
    sql::insert(tx, collection, id, title, content).await?;
    Ok(())
}

/// The content of a new item.
pub(super) enum NewContent {
    Page(String),
    Link(String),
    File(FileId),
}

impl Collections<'_> {
    /// Adds a page or link at the end.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields.
    pub async fn add_item(
        &self,
        caller: &Caller,
        id: CollectionId,
        form: &ItemForm,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let (title, content) = form.parse()?;
        let content = match content {
            ItemContent::Page { text } => NewContent::Page(text),
            ItemContent::Link { url } => NewContent::Link(url),
            ItemContent::File => return Err(Refusal::at("item_type", "Choose a file to upload.").into()),
        };
        let item = ItemId(self.0.random.id(self.0.clock.now()));
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        append(&mut tx, id, item, &title, &content).await?;
        self.finish(
            tx,
            caller,
            id,
            Event::ItemAdded,
            json!({"item": item, "title": title}),
        )
        .await
    }

    /// Changes an item's title, and a page's text or a link's address.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields.
    pub async fn update_item(
        &self,
        caller: &Caller,
        id: CollectionId,
        item: ItemId,
        form: &ItemForm,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let (title, content) = form.parse()?;
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        let before = sql::by_id(&mut tx, id, item).await?.ok_or(Refusal::NotFound)?;
        let (item_type, text, url) = match content {
            ItemContent::Page { text } => ("page", Some(text), None),
            ItemContent::Link { url } => ("link", None, Some(url)),
            ItemContent::File => ("file", None, None),
        };
        if before.item_type != item_type {
            return Err(Refusal::at("item_type", "An item stays what it is. Add another one.").into());
        }
        sql::update(&mut tx, item, &title, text, url).await?;
        let facts = json!({"item": item, "title": title, "before": before.title});
        self.finish(tx, caller, id, Event::ItemChanged, facts).await
    }

    /// Removes an item, and its file with it.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn remove_item(
        &self,
        caller: &Caller,
        id: CollectionId,
        item: ItemId,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        let before = sql::by_id(&mut tx, id, item).await?.ok_or(Refusal::NotFound)?;
        sql::remove(&mut tx, item).await?;
        if let Some(file) = before.file_id {
            files::remove(&mut tx, file).await?;
        }
        let facts = json!({"item": item, "title": before.title, "file": before.file_name});
        self.finish(tx, caller, id, Event::ItemRemoved, facts).await
    }

    /// Moves an item to another position, counted from 0.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn move_item(
        &self,
        caller: &Caller,
        id: CollectionId,
        item: ItemId,
        to: i64,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        let mut order = sql::order(&mut tx, id).await?;
        let from = order
            .iter()
            .position(|(other, _, _)| *other == item)
            .ok_or(Refusal::NotFound)?;
        let moved = order.remove(from);
        let title = moved.1.clone();
        let to = usize::try_from(to.max(0)).unwrap_or(usize::MAX).min(order.len());
        order.insert(to, moved);
        for (position, (other, _, before)) in (1_i64..).zip(&order) {
            if *before != position {
                sql::set_position(&mut tx, *other, position).await?;
            }
        }
        let facts = json!({"item": item, "title": title, "before": from, "after": to});
        self.finish(tx, caller, id, Event::ItemMoved, facts).await
    }

    pub(super) async fn finish(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        id: CollectionId,
        event: Event,
        facts: serde_json::Value,
    ) -> Result<CollectionView> {
        self.0
            .record(&mut tx, caller, Entry::collection(event, id, facts))
            .await?;
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
    }
}
