//! The collections' statements; those of grants, items and files stand beside them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Query, Result, Sql, WriteTx};
use domain::collections::{CollectionHead, CollectionState};
use domain::{CollectionId, OrganisationId};

use crate::error::{self, corrupt};
use crate::keyset::{self, Place};
use crate::words;

#[derive(FromRow)]
pub(super) struct Head {
    pub id: CollectionId,
    pub title: String,
    pub title_key: Vec<u8>,
    pub summary: String,
    pub colour: String,
    pub emoji: String,
    pub state: String,
    pub changed_at: DateTime<Utc>,
    pub items: i64,
}

impl Head {
    pub(super) fn state(&self) -> error::Result<CollectionState> {
        CollectionState::from_key(&self.state).ok_or_else(|| corrupt("collections", "state", self.id))
    }
}

/// The columns of [`Head`].
const HEAD: &str = "SELECT c.id, c.title, c.title_key, c.summary, c.colour, c.emoji, c.state, c.changed_at,
    (SELECT CAST(COUNT(*) AS BIGINT) FROM items i WHERE i.collection_id = c.id) AS items
    FROM collections c";

pub(super) async fn head(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: CollectionId,
) -> Result<Option<Head>> {
    conn.query(Sql::pieces(&[HEAD, "WHERE c.id = $1 AND c.organisation_id = $2"]))
        .bind(id)
        .bind(organisation)
        .optional()
        .await
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    ids: &[CollectionId],
) -> Result<Vec<Head>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = conn.query(Sql::parts(&[
        Part::Text(HEAD),
        Part::Text("WHERE c.organisation_id = $1 AND c.id IN"),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ]));
    let query = ids
        .iter()
        .fold(query.bind(organisation), |query, id| query.bind(*id));
    query.all().await
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: CollectionId,
    head: &CollectionHead,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO collections (id, organisation_id, title, title_key, summary, colour, emoji, state, created_at,
                                  changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $8)",
    )
    .bind(id)
    .bind(organisation)
    .bind(head.title.clone())
    .bind(words::order_key(&head.title))
    .bind(head.summary.clone())
    .bind(head.cover.colour.clone())
    .bind(head.cover.emoji.clone())
    .bind(now)
    .run()
    .await?;
    set_words(tx, organisation, id, words::words(&head.title)).await
}

pub(super) async fn update(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: CollectionId,
    head: &CollectionHead,
) -> Result<()> {
    tx.query(
        "UPDATE collections SET title = $3, title_key = $4, summary = $5, colour = $6, emoji = $7
         WHERE id = $1 AND organisation_id = $2",
    )
    .bind(id)
    .bind(organisation)
    .bind(head.title.clone())
    .bind(words::order_key(&head.title))
    .bind(head.summary.clone())
    .bind(head.cover.colour.clone())
    .bind(head.cover.emoji.clone())
    .run()
    .await?;
    tx.query("DELETE FROM collection_words WHERE collection_id = $1")
        .bind(id)
        .run()
        .await?;
    set_words(tx, organisation, id, words::words(&head.title)).await
}

async fn set_words(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: CollectionId,
    words: BTreeSet<Vec<u8>>,
) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let head = "INSERT INTO collection_words (organisation_id, word, collection_id) VALUES";
    let mut insert = tx.query(Sql::rows(head, 3, words.len(), ""));
    for word in words {
        insert = insert.bind(organisation).bind(word).bind(id);
    }
    insert.run().await?;
    Ok(())
}

/// Notes a change, and keeps others from changing the collection until this transaction ends. Whether there
/// is such a collection.
pub(super) async fn touch(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: CollectionId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let touched = tx
        .query("UPDATE collections SET changed_at = $3 WHERE id = $1 AND organisation_id = $2")
        .bind(id)
        .bind(organisation)
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}

pub(super) async fn set_state(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: CollectionId,
    state: CollectionState,
) -> Result<()> {
    tx.query("UPDATE collections SET state = $3 WHERE id = $1 AND organisation_id = $2")
        .bind(id)
        .bind(organisation)
        .bind(state.key())
        .run()
        .await?;
    Ok(())
}

/// What a list was asked for.
pub(super) struct Wanted {
    pub state: Option<CollectionState>,
    /// The ranges of words; each must be found.
    pub ranges: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Words of a search that are listened to, at most.
pub(super) const MOST_WORDS: usize = 4;

const EXISTS: [&str; MOST_WORDS] = [
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $6 AND w.word < $7)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $8 AND w.word < $9)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $10 AND w.word < $11)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $12 AND w.word < $13)",
];

const WHERE: &str = "WHERE c.organisation_id = $1 AND (c.title_key, c.id) > ($2, $3)
    AND ($5 IS NULL OR c.state = $5)";

fn bind<'c>(
    query: Query<'c>,
    organisation: OrganisationId,
    wanted: &Wanted,
    after: Place,
    most: i64,
) -> Query<'c> {
    let state = wanted.state.map(CollectionState::key);
    let mut query = query
        .bind(organisation)
        .bind(after.key)
        .bind(after.id)
        .bind(most)
        .bind(state);
    for (from, to) in &wanted.ranges {
        query = query.bind(from.clone()).bind(to.clone());
    }
    query
}

pub(super) async fn list(
    conn: &mut Conn,
    organisation: OrganisationId,
    wanted: &Wanted,
    after: Place,
) -> Result<Vec<Head>> {
    let mut pieces = vec![HEAD, WHERE];
    pieces.extend(&EXISTS[..wanted.ranges.len()]);
    pieces.push("ORDER BY c.title_key, c.id LIMIT $4");
    bind(
        conn.query(Sql::pieces(&pieces)),
        organisation,
        wanted,
        after,
        keyset::ROWS,
    )
    .all()
    .await
}

pub(super) async fn count(conn: &mut Conn, organisation: OrganisationId, wanted: &Wanted) -> Result<i64> {
    let mut pieces = vec![
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT c.id FROM collections c",
        WHERE,
    ];
    pieces.extend(&EXISTS[..wanted.ranges.len()]);
    pieces.push("LIMIT $4) AS found");
    bind(
        conn.query(Sql::pieces(&pieces)),
        organisation,
        wanted,
        Place::default(),
        i64::MAX,
    )
    .number()
    .await
}

pub(super) async fn published(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Head>> {
    let tail = "WHERE c.organisation_id = $1 AND c.state = 'published' ORDER BY c.title_key, c.id LIMIT 1000";
    conn.query(Sql::pieces(&[HEAD, tail]))
        .bind(organisation)
        .all()
        .await
}
