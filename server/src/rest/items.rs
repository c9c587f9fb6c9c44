//! `/collections/{id}/items`: what a collection is made of. Files are uploaded in the collection's editor.

use backend::collections::ItemChange;
use domain::collections::{CollectionView, ItemForm, ItemType, ItemView, ItemViewContent};
use domain::{CollectionId, ItemId, Permission, Refusal};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::CollectionsRead);
const MANAGE: Needs = Needs::Permission(Permission::CollectionsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/collections/{id}/items",
        READ,
        "The items of a collection, in order.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/collections/{id}/items",
        MANAGE,
        "Add a page or a link at the end of a collection.",
        || post(add),
    ),
    row(
        Method::GET,
        "/api/v1/collections/{id}/items/{item_id}",
        READ,
        "An item of a collection.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/collections/{id}/items/{item_id}",
        MANAGE,
        "Change an item of a collection, or move it.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/collections/{id}/items/{item_id}",
        MANAGE,
        "Remove an item of a collection.",
        || delete(remove),
    ),
];

/// An item of a collection, in a path.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "ItemOf")]
struct Of {
    /// The collection.
    id: Uuid,
    /// The item.
    item_id: Uuid,
}

/// What an item is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ItemType")]
enum Kind {
    /// A page.
    Page,
    /// A link.
    Link,
    /// A file.
    File,
}

/// What an item is that is made here.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "NewItemType")]
enum NewKind {
    /// A page.
    Page,
    /// A link.
    Link,
}

/// An item of a collection.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Item {
    /// Its id.
    id: Uuid,
    /// What it is.
    #[serde(rename = "type")]
    kind: Kind,
    /// Its title.
    title: String,
    /// The text of a page, in Markdown.
    text: Option<String>,
    /// Where a link leads.
    url: Option<String>,
    /// The name of a file.
    file_name: Option<String>,
    /// The size of a file in bytes.
    file_bytes: Option<i64>,
}

/// An item to be added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewItem")]
struct New {
    /// What it is.
    #[serde(rename = "type")]
    kind: NewKind,
    /// Its title.
    title: String,
    /// The text of a page, in Markdown.
    #[serde(default)]
    text: Option<String>,
    /// Where a link leads.
    #[serde(default)]
    url: Option<String>,
}

/// What is changed about an item; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ItemChange")]
struct Change {
    /// Its title.
    title: Option<String>,
    /// The text of a page, in Markdown.
    text: Option<String>,
    /// Where a link leads.
    url: Option<String>,
    /// Its place among the items, from 1.
    position: Option<i64>,
}

async fn list(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Listed<Item>, Problem> {
    let view = backend.collections().view(&caller, CollectionId(id)).await?;
    Ok(Listed::whole(view.items.into_iter().map(Item::from).collect()))
}

async fn add(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(new): Body<New>,
) -> Result<Created<Item>, Problem> {
    let view = backend
        .collections()
        .add_item(&caller, CollectionId(id), &new.form()?)
        .await?;
    let item: Item = view
        .items
        .into_iter()
        .next_back()
        .ok_or(Refusal::NotFound)?
        .into();
    Ok(Created {
        location: format!("/api/v1/collections/{id}/items/{}", item.id),
        view: item,
    })
}

async fn show(Program(caller, backend): Program, Path(of): Path<Of>) -> Result<One<Item>, Problem> {
    let view = backend.collections().view(&caller, CollectionId(of.id)).await?;
    Ok(One(found(view, of)?.into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(of): Path<Of>,
    Body(change): Body<Change>,
) -> Result<One<Item>, Problem> {
    let view = backend
        .collections()
        .change_item(&caller, CollectionId(of.id), ItemId(of.item_id), change.into())
        .await?;
    Ok(One(found(view, of)?.into()))
}

async fn remove(Program(caller, backend): Program, Path(of): Path<Of>) -> Result<Done, Problem> {
    backend
        .collections()
        .remove_item(&caller, CollectionId(of.id), ItemId(of.item_id))
        .await?;
    Ok(Done)
}

fn found(view: CollectionView, of: Of) -> Result<ItemView, Problem> {
    let mut items = view.items.into_iter();
    let item = items.find(|item| item.id.0 == of.item_id);
    Ok(item.ok_or(Refusal::NotFound)?)
}

/// What does not go with the type of an item is refused, so that nothing that was sent is lost without a word.
fn only(name: &str, sent: bool, fits: bool) -> Result<(), Problem> {
    match sent && !fits {
        true => Err(Problem::field(
            format!("/{name}"),
            "This does not go with this type of item.",
        )),
        false => Ok(()),
    }
}

impl New {
    fn form(self) -> Result<ItemForm, Problem> {
        only("text", self.text.is_some(), matches!(self.kind, NewKind::Page))?;
        only("url", self.url.is_some(), matches!(self.kind, NewKind::Link))?;
        Ok(ItemForm {
            item_type: match self.kind {
                NewKind::Page => ItemType::Page,
                NewKind::Link => ItemType::Link,
            }
            .key()
            .into(),
            title: self.title,
            text: self.text.unwrap_or_default(),
            url: self.url.unwrap_or_default(),
        })
    }
}

impl From<Change> for ItemChange {
    fn from(change: Change) -> Self {
        Self {
            title: change.title,
            text: change.text,
            url: change.url,
            position: change.position.map(|place| place.saturating_sub(1)),
        }
    }
}

impl From<ItemView> for Item {
    fn from(item: ItemView) -> Self {
        let nothing = Self {
            id: item.id.0,
            kind: Kind::Page,
            title: item.title,
            text: None,
            url: None,
            file_name: None,
            file_bytes: None,
        };
        match item.content {
            ItemViewContent::Page { text, .. } => Self {
                text: Some(text),
                ..nothing
            },
            ItemViewContent::Link { url } => Self {
                kind: Kind::Link,
                url: Some(url),
                ..nothing
            },
            ItemViewContent::File { name, bytes, .. } => Self {
                kind: Kind::File,
                file_name: Some(name),
                file_bytes: Some(bytes),
                ..nothing
            },
        }
    }
}
