//! The grants' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, WriteTx};
use domain::{CollectionId, ItemId, OrganisationId, PersonId, SessionId, TokenId};

use super::NewGrant;
use crate::Scope;

pub(super) async fn insert(tx: &mut WriteTx, rows: &[NewGrant], now: DateTime<Utc>) -> Result<()> {
    tx.insert(
        "INSERT INTO grants (organisation_id, person_id, collection_id, token_id, use_number, session_id, created_at)",
        7,
        "",
        rows,
        |query, new| {
            query
                .bind(new.organisation)
                .bind(new.person)
                .bind(new.collection)
                .bind(new.token)
                .bind(new.use_number)
                .bind(new.session)
                .bind(now)
        },
    )
    .await?;
    Ok(())
}

pub(super) async fn set_session(
    tx: &mut WriteTx,
    person: PersonId,
    token: TokenId,
    session: SessionId,
) -> Result<()> {
    tx.query("UPDATE grants SET session_id = $3 WHERE person_id = $1 AND token_id = $2")
        .bind(person)
        .bind(token)
        .bind(session)
        .run()
        .await?;
    Ok(())
}

pub(super) async fn count_of_person(conn: &mut Conn, person: PersonId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(DISTINCT collection_id) AS BIGINT) FROM grants WHERE person_id = $1")
        .bind(person)
        .number()
        .await
}

pub(super) async fn people(conn: &mut Conn, collection: CollectionId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(DISTINCT person_id) AS BIGINT) FROM grants WHERE collection_id = $1")
        .bind(collection)
        .number()
        .await
}

pub(super) async fn has(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
    only_of: Option<SessionId>,
    collection: CollectionId,
) -> Result<bool> {
    let row: Option<(TokenId,)> = conn
        .query(
            "SELECT token_id FROM grants
             WHERE person_id = $1 AND organisation_id = $2 AND ($3 IS NULL OR session_id = $3) AND collection_id = $4
             LIMIT 1",
        )
        .bind(person)
        .bind(organisation)
        .bind(only_of)
        .bind(collection)
        .optional()
        .await?;
    Ok(row.is_some())
}

#[derive(FromRow)]
pub(super) struct Granted {
    pub id: CollectionId,
    pub title: String,
    pub summary: String,
    pub colour: String,
    pub emoji: String,
    pub since: DateTime<Utc>,
    pub items: i64,
    pub opened: i64,
}

pub(super) async fn of_person(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
    only_of: Option<SessionId>,
) -> Result<Vec<Granted>> {
    let head = Part::Text(
        "SELECT c.id, c.title, c.summary, c.colour, c.emoji, g.since,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM items i WHERE i.collection_id = c.id) AS items,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM items i
                 JOIN opened_items o ON o.item_id = i.id AND o.person_id = $1
                 WHERE i.collection_id = c.id) AS opened
         FROM (SELECT collection_id, MIN(created_at) AS since FROM grants
               WHERE person_id = $1 AND organisation_id = $2 AND ($3 IS NULL OR session_id = $3)
               GROUP BY collection_id) AS g
         JOIN collections c ON c.id = g.collection_id
         WHERE 1 = 1",
    );
    let tail = Part::Text("ORDER BY g.since DESC, c.id DESC");
    scope
        .query(conn, "c.department_id", 4, &[head], &[tail])
        .bind(person)
        .organisation()
        .bind(only_of)
        .all()
        .await
}

pub(super) async fn opened(
    conn: &mut Conn,
    person: PersonId,
    collection: CollectionId,
) -> Result<Vec<ItemId>> {
    let rows: Vec<(ItemId,)> = conn
        .query(
            "SELECT i.id FROM items i JOIN opened_items o ON o.item_id = i.id AND o.person_id = $1
             WHERE i.collection_id = $2",
        )
        .bind(person)
        .bind(collection)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn open(
    tx: &mut WriteTx,
    person: PersonId,
    item: ItemId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let opened = tx
        .query(
            "INSERT INTO opened_items (person_id, item_id, opened_at) VALUES ($1, $2, $3)
             ON CONFLICT (person_id, item_id) DO NOTHING",
        )
        .bind(person)
        .bind(item)
        .bind(now)
        .run()
        .await?;
    Ok(opened > 0)
}
