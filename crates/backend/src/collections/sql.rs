//! The collections' statements; those of grants, items and files are beside them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Query, Result, Sql, WriteTx};
use domain::collections::{CollectionHead, CollectionState};
use domain::{CollectionId, DepartmentId, OrganisationId};

use crate::error::{self, corrupt};
use crate::keyset::{Start, Walk};
use crate::{Scope, words};

#[derive(FromRow)]
pub(super) struct Head {
    pub id: CollectionId,
    pub department_id: Option<DepartmentId>,
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

/// The department that a collection belongs to.
const DEPARTMENT: &str = "c.department_id";

/// The columns of [`Head`].
const HEAD: &str =
    "SELECT c.id, c.department_id, c.title, c.title_key, c.summary, c.colour, c.emoji, c.state, c.changed_at,
    (SELECT CAST(COUNT(*) AS BIGINT) FROM items i WHERE i.collection_id = c.id) AS items
    FROM collections c";

pub(super) async fn head(conn: &mut Conn, scope: &Scope, id: CollectionId) -> Result<Option<Head>> {
    let head = [HEAD, "WHERE c.id = $1 AND c.organisation_id = $2"].map(Part::Text);
    scope
        .query(conn, DEPARTMENT, 3, &head, &[])
        .bind(id)
        .organisation()
        .optional()
        .await
}

/// Keeps a collection unchanged until the transaction ends.
///
/// The engines differ because SQLite has no row locks and needs none: a `WriteTx` holds its only write lock.
pub(super) async fn keep(tx: &mut WriteTx, scope: &Scope, id: CollectionId) -> Result<()> {
    let head = Part::Text("SELECT id FROM collections WHERE id = $1 AND organisation_id = $2");
    let lock = Part::Text(tx.either("", "FOR SHARE"));
    let _: Option<(CollectionId,)> = scope
        .query(tx, "department_id", 3, &[head], &[lock])
        .bind(id)
        .organisation()
        .optional()
        .await?;
    Ok(())
}

/// Some collections.
pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, ids: &[CollectionId]) -> Result<Vec<Head>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let head = [
        Part::Text(HEAD),
        Part::Text("WHERE c.organisation_id = $1 AND c.id IN"),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let query = scope.query(conn, DEPARTMENT, 2 + ids.len(), &head, &[]);
    let query = ids.iter().fold(query.organisation(), |query, id| query.bind(*id));
    query.all().await
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    department: Option<DepartmentId>,
    id: CollectionId,
    head: &CollectionHead,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO collections (id, organisation_id, title, title_key, summary, colour, emoji, state, created_at,
                                  changed_at, department_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $8, $9)",
    )
    .bind(id)
    .bind(organisation)
    .bind(head.title.clone())
    .bind(words::order_key(&head.title))
    .bind(head.summary.clone())
    .bind(head.cover.colour.clone())
    .bind(head.cover.emoji.clone())
    .bind(now)
    .bind(department)
    .run()
    .await?;
    set_words(tx, organisation, id, words::words(&head.title)).await
}

pub(super) async fn update(
    tx: &mut WriteTx,
    scope: &Scope,
    id: CollectionId,
    head: &CollectionHead,
) -> Result<()> {
    let update = "UPDATE collections SET title = $3, title_key = $4, summary = $5, colour = $6, emoji = $7
         WHERE id = $1 AND organisation_id = $2";
    scope
        .query(tx, "department_id", 8, &[Part::Text(update)], &[])
        .bind(id)
        .organisation()
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
    let organisation = scope.whole_organisation("the words stand with the collection, which is in the scope");
    set_words(tx, organisation, id, words::words(&head.title)).await
}

#[derive(FromRow)]
struct Titled {
    organisation_id: OrganisationId,
    title: String,
}

/// Rebuilds the search terms of a title.
pub(super) async fn renew_words(tx: &mut WriteTx, id: CollectionId) -> Result<()> {
    let statement = tx.either(
        "SELECT organisation_id, title FROM collections WHERE id = $1",
        "SELECT organisation_id, title FROM collections WHERE id = $1 FOR UPDATE",
    );
    let row: Option<Titled> = tx.query(statement).bind(id).optional().await?;
    let Some(row) = row else {
        return Ok(());
    };
    tx.query("DELETE FROM collection_words WHERE collection_id = $1")
        .bind(id)
        .run()
        .await?;
    set_words(tx, row.organisation_id, id, words::words(&row.title)).await
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

/// Records a change, and keeps others from changing the collection until this transaction ends. Returns whether there
/// is such a collection.
pub(super) async fn touch(
    tx: &mut WriteTx,
    scope: &Scope,
    id: CollectionId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let update = "UPDATE collections SET changed_at = $3 WHERE id = $1 AND organisation_id = $2";
    let touched = scope
        .query(tx, "department_id", 4, &[Part::Text(update)], &[])
        .bind(id)
        .organisation()
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}

pub(super) async fn set_state(
    tx: &mut WriteTx,
    scope: &Scope,
    id: CollectionId,
    state: CollectionState,
) -> Result<()> {
    let update = "UPDATE collections SET state = $3 WHERE id = $1 AND organisation_id = $2";
    scope
        .query(tx, "department_id", 4, &[Part::Text(update)], &[])
        .bind(id)
        .organisation()
        .bind(state.key())
        .run()
        .await?;
    Ok(())
}

pub(super) async fn set_department(
    tx: &mut WriteTx,
    scope: &Scope,
    id: CollectionId,
    department: Option<DepartmentId>,
) -> Result<()> {
    let update = "UPDATE collections SET department_id = $3 WHERE id = $1 AND organisation_id = $2";
    scope
        .query(tx, "department_id", 4, &[Part::Text(update)], &[])
        .bind(id)
        .organisation()
        .bind(department)
        .run()
        .await?;
    Ok(())
}

/// The query for a list.
pub(super) struct Wanted {
    pub state: Option<CollectionState>,
    /// The ranges of words; each must match.
    pub ranges: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The most words of a search that are considered.
pub(super) const MOST_WORDS: usize = 8;

const EXISTS: [&str; MOST_WORDS] = [
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $6 AND w.word < $7)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $8 AND w.word < $9)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $10 AND w.word < $11)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $12 AND w.word < $13)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $14 AND w.word < $15)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $16 AND w.word < $17)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $18 AND w.word < $19)",
    "AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >= $20 AND w.word < $21)",
];

/// Where a list goes on from a place, and how what is wanted is asked.
const WHERE: &str = "WHERE c.organisation_id = $1 AND (c.title_key, c.id) > ($2, $3)
    AND ($5 IS NULL OR c.state = $5)";

/// The same, on the way back.
const WHERE_BACK: &str = "WHERE c.organisation_id = $1 AND (c.title_key, c.id) < ($2, $3)
    AND ($5 IS NULL OR c.state = $5)";

/// The parts of a list's statement, between `head` and `tail`.
fn parts(head: &[&'static str], scope: &Scope, wanted: &Wanted, walk: Walk, tail: &'static str) -> Vec<Part> {
    let beyond = match walk {
        Walk::Forward => WHERE,
        Walk::Back => WHERE_BACK,
    };
    let texts = head.iter().chain([&beyond]).chain(&EXISTS[..wanted.ranges.len()]);
    let mut parts: Vec<Part> = texts.copied().map(Part::Text).collect();
    parts.extend(scope.parts(DEPARTMENT, 6 + 2 * wanted.ranges.len()));
    parts.push(Part::Text(tail));
    parts
}

fn bind<'c>(query: Query<'c>, scope: &Scope, wanted: &Wanted, start: &Start, most: i64) -> Query<'c> {
    let state = wanted.state.map(CollectionState::key);
    let place = start.place.clone().unwrap_or_default();
    let organisation = scope.whole_organisation("the department is bound below");
    let mut query = query
        .bind(organisation)
        .bind(place.key)
        .bind(place.id)
        .bind(most)
        .bind(state);
    for (from, to) in &wanted.ranges {
        query = query.bind(from.clone()).bind(to.clone());
    }
    scope.bind(query)
}

pub(super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    start: &Start,
    most: i64,
) -> Result<Vec<Head>> {
    let order = match start.walk {
        Walk::Forward => "ORDER BY c.title_key, c.id LIMIT $4",
        Walk::Back => "ORDER BY c.title_key DESC, c.id DESC LIMIT $4",
    };
    let parts = parts(&[HEAD], scope, wanted, start.walk, order);
    let query = conn.query(Sql::parts(&parts));
    bind(query, scope, wanted, start, most).all().await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<i64> {
    let head = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT c.id FROM collections c";
    let parts = parts(&[head], scope, wanted, Walk::Forward, "LIMIT $4) AS found");
    let query = conn.query(Sql::parts(&parts));
    bind(query, scope, wanted, &Start::default(), i64::MAX)
        .number()
        .await
}

/// The published collections that tokens can be made for.
pub(super) async fn published(conn: &mut Conn, scope: &Scope) -> Result<Vec<Head>> {
    let head = [HEAD, "WHERE c.organisation_id = $1 AND c.state = 'published'"].map(Part::Text);
    let tail = Part::Text("ORDER BY c.title_key, c.id LIMIT 1000");
    scope
        .query(conn, DEPARTMENT, 2, &head, &[tail])
        .organisation()
        .all()
        .await
}
