//! The items' statements. The collection has already been found in its organisation.

use database::{Conn, FromRow, Result, Sql, WriteTx};
use domain::{CollectionId, FileId, ItemId};

use super::NewContent;

#[derive(FromRow)]
pub(super) struct Row {
    pub id: ItemId,
    pub item_type: String,
    pub title: String,
    pub text: Option<String>,
    pub url: Option<String>,
    pub file_id: Option<FileId>,
    pub file_name: Option<String>,
    pub bytes: Option<i64>,
    pub media_type: Option<String>,
}

/// The columns of [`Row`].
const ROW: &str =
    "SELECT i.id, i.item_type, i.title, i.text, i.url, i.file_id, f.name AS file_name, f.bytes, f.media_type
    FROM items i LEFT JOIN files f ON f.id = i.file_id";

pub(super) async fn all(conn: &mut Conn, collection: CollectionId) -> Result<Vec<Row>> {
    conn.query(Sql::pieces(&[
        ROW,
        "WHERE i.collection_id = $1 ORDER BY i.position, i.id",
    ]))
    .bind(collection)
    .all()
    .await
}

pub(super) async fn by_id(conn: &mut Conn, collection: CollectionId, item: ItemId) -> Result<Option<Row>> {
    conn.query(Sql::pieces(&[ROW, "WHERE i.id = $1 AND i.collection_id = $2"]))
        .bind(item)
        .bind(collection)
        .optional()
        .await
}

pub(super) async fn count(conn: &mut Conn, collection: CollectionId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM items WHERE collection_id = $1")
        .bind(collection)
        .number()
        .await
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    collection: CollectionId,
    id: ItemId,
    title: &str,
    content: &NewContent,
) -> Result<()> {
    let (item_type, text, url, file) = match content {
        NewContent::Page(text) => ("page", Some(text.clone()), None, None),
        NewContent::Link(url) => ("link", None, Some(url.clone()), None),
        NewContent::File(file) => ("file", None, None, Some(*file)),
    };
    tx.query(
        "INSERT INTO items (id, collection_id, position, item_type, title, text, url, file_id)
         VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM items WHERE collection_id = $2), $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(collection)
    .bind(item_type)
    .bind(title.to_owned())
    .bind(text)
    .bind(url)
    .bind(file)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut WriteTx,
    item: ItemId,
    title: &str,
    text: Option<String>,
    url: Option<String>,
) -> Result<()> {
    tx.query("UPDATE items SET title = $2, text = $3, url = $4 WHERE id = $1")
        .bind(item)
        .bind(title.to_owned())
        .bind(text)
        .bind(url)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut WriteTx, item: ItemId) -> Result<()> {
    tx.query("DELETE FROM items WHERE id = $1")
        .bind(item)
        .run()
        .await?;
    Ok(())
}

/// The items in order: id, title, position.
pub(super) async fn order(conn: &mut Conn, collection: CollectionId) -> Result<Vec<(ItemId, String, i64)>> {
    conn.query("SELECT id, title, position FROM items WHERE collection_id = $1 ORDER BY position, id")
        .bind(collection)
        .all()
        .await
}

pub(super) async fn set_position(tx: &mut WriteTx, item: ItemId, position: i64) -> Result<()> {
    tx.query("UPDATE items SET position = $2 WHERE id = $1")
        .bind(item)
        .bind(position)
        .run()
        .await?;
    Ok(())
}
