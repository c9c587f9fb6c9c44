//! The files' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, WriteTx};
use domain::{CollectionId, FileId, OrganisationId};

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    collection: CollectionId,
    id: FileId,
    name: &str,
    media_type: &'static str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO files (id, organisation_id, collection_id, name, media_type, bytes, is_complete, created_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
    )
    .bind(id)
    .bind(organisation)
    .bind(collection)
    .bind(name.to_owned())
    .bind(media_type)
    .bind(false)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn insert_piece(
    tx: &mut WriteTx,
    file: FileId,
    number: i64,
    content: Vec<u8>,
) -> Result<()> {
    tx.query("INSERT INTO file_pieces (file_id, number, content) VALUES ($1, $2, $3)")
        .bind(file)
        .bind(number)
        .bind(content)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_complete(tx: &mut WriteTx, file: FileId, bytes: i64) -> Result<()> {
    tx.query("UPDATE files SET is_complete = $2, bytes = $3 WHERE id = $1")
        .bind(file)
        .bind(true)
        .bind(bytes)
        .run()
        .await?;
    Ok(())
}

/// The pieces go with it.
pub(super) async fn remove(tx: &mut WriteTx, file: FileId) -> Result<()> {
    tx.query("DELETE FROM files WHERE id = $1")
        .bind(file)
        .run()
        .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Row {
    pub collection_id: CollectionId,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    file: FileId,
) -> Result<Option<Row>> {
    conn.query(
        "SELECT collection_id, name, media_type, bytes FROM files
         WHERE id = $1 AND organisation_id = $2 AND is_complete",
    )
    .bind(file)
    .bind(organisation)
    .optional()
    .await
}

pub(super) async fn piece(conn: &mut Conn, file: FileId, number: i64) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query("SELECT content FROM file_pieces WHERE file_id = $1 AND number = $2")
        .bind(file)
        .bind(number)
        .optional()
        .await?;
    Ok(row.map(|(content,)| content))
}

pub(super) async fn sweep(tx: &mut WriteTx, until: DateTime<Utc>) -> Result<()> {
    tx.query("DELETE FROM files WHERE NOT is_complete AND created_at <= $1")
        .bind(until)
        .run()
        .await?;
    Ok(())
}
