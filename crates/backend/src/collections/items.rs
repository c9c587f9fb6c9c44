//! The items of a collection: pages, links and files, in order.

mod sql;

use database::{Conn, WriteTx};
use domain::collections::{CollectionView, ItemContent, ItemForm, ItemView, ItemViewContent, MOST_ITEMS};
use domain::{CollectionId, FileId, ItemId, Permission, Problems, Refusal};
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

/// What a program changes about an item; what it does not name stays.
#[derive(Debug, Clone, Default)]
pub struct ItemChange {
    /// Its title.
    pub title: Option<String>,
    /// The text of a page, in Markdown.
    pub text: Option<String>,
    /// Where a link leads.
    pub url: Option<String>,
    /// Its place among the items, counted from 0.
    pub position: Option<i64>,
}

impl ItemChange {
    /// The form with what is changed over what is there; none if the item is only moved. What does not go with the type of an
    /// item is refused, so that nothing that was sent is lost without a word.
    fn over(self, before: &sql::Row) -> Result<Option<ItemForm>> {
        let mut problems = Problems::default();
        for (field, is_named, of) in [
            ("text", self.text.is_some(), "page"),
            ("url", self.url.is_some(), "link"),
        ] {
            if is_named && before.item_type != of {
                problems.add(field, "This does not go with this type of item.");
            }
        }
        problems.into_result()?;
        if self.title.is_none() && self.text.is_none() && self.url.is_none() {
            return Ok(None);
        }
        Ok(Some(ItemForm {
            item_type: before.item_type.clone(),
            title: self.title.unwrap_or_else(|| before.title.clone()),
            text: self.text.or_else(|| before.text.clone()).unwrap_or_default(),
            url: self.url.or_else(|| before.url.clone()).unwrap_or_default(),
        }))
    }
}

/// Writes what an item is to be, and says what is recorded of it.
async fn write(tx: &mut WriteTx, before: &sql::Row, form: &ItemForm) -> Result<serde_json::Value> {
    let (title, content) = form.parse()?;
    let (item_type, text, url) = match content {
        ItemContent::Page { text } => ("page", Some(text), None),
        ItemContent::Link { url } => ("link", None, Some(url)),
        ItemContent::File => ("file", None, None),
    };
    if before.item_type != item_type {
        return Err(Refusal::at("item_type", "An item stays what it is. Add another one.").into());
    }
    sql::update(tx, before.id, &title, text, url).await?;
    Ok(json!({"item": before.id, "title": title, "before": before.title}))
}

/// Puts an item into another place, counted from 0, and says what is recorded of it.
async fn place(tx: &mut WriteTx, id: CollectionId, item: ItemId, to: i64) -> Result<serde_json::Value> {
    let mut order = sql::order(tx, id).await?;
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
            sql::set_position(tx, *other, position).await?;
        }
    }
    Ok(json!({"item": item, "title": title, "before": from, "after": to}))
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
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        let before = sql::by_id(&mut tx, id, item).await?.ok_or(Refusal::NotFound)?;
        let facts = write(&mut tx, &before, form).await?;
        self.finish(tx, caller, id, Event::ItemChanged, facts).await
    }

    /// Changes what is named and nothing else, all of it or none, while nobody else changes the collection.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at the fields: a page has a text, a link an address.
    pub async fn change_item(
        &self,
        caller: &Caller,
        id: CollectionId,
        item: ItemId,
        change: ItemChange,
    ) -> Result<CollectionView> {
        caller.may(Permission::CollectionsManage)?;
        let mut tx = self.0.db.write().await?;
        self.touch(&mut tx, caller, id).await?;
        let before = sql::by_id(&mut tx, id, item).await?.ok_or(Refusal::NotFound)?;
        let position = change.position;
        if let Some(form) = change.over(&before)? {
            let facts = write(&mut tx, &before, &form).await?;
            let entry = Entry::collection(Event::ItemChanged, id, facts);
            self.0.record(&mut tx, caller, entry).await?;
        }
        if let Some(position) = position {
            let facts = place(&mut tx, id, item, position).await?;
            let entry = Entry::collection(Event::ItemMoved, id, facts);
            self.0.record(&mut tx, caller, entry).await?;
        }
        let view = self.seen(&mut tx, caller, id).await?;
        self.0.commit(tx).await?;
        Ok(view)
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
        let facts = place(&mut tx, id, item, to).await?;
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
