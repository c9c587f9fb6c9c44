//! The collections' statements; those of grants, items and files are beside them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, Statement, WriteTx};
use domain::collections::{CollectionHead, CollectionQuery, CollectionState};
use domain::page::Count;
use domain::{CollectionId, DepartmentId, OrganisationId};

use crate::error::{self, corrupt};
use crate::keyset::{self, KeyForm, Order, Start};
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

/// The order of the list: titles from A to Z.
pub(super) const BY_TITLE: Order = Order {
    key: Some(("c.title_key", KeyForm::Text)),
    id: "c.id",
    descending: false,
};

/// The most words of a search that are considered.
const MOST_WORDS: usize = 8;

/// The collections that match a query.
fn fitting(statement: Statement, scope: &Scope, query: &CollectionQuery) -> Statement {
    let statement = scope.within(statement.text("WHERE c.organisation_id ="), DEPARTMENT);
    let statement = match query.state {
        Some(state) => statement.text("AND c.state =").value(state.key()),
        None => statement,
    };
    let words = words::words(&query.search);
    words.iter().take(MOST_WORDS).fold(statement, |statement, word| {
        let (from, to) = words::beginning_with(word);
        statement
            .text("AND EXISTS (SELECT 1 FROM collection_words w WHERE w.collection_id = c.id AND w.word >=")
            .value(from)
            .text("AND w.word <")
            .value(to)
            .text(")")
    })
}

pub(super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    query: &CollectionQuery,
    start: &Start,
    most: i64,
) -> Result<Vec<Head>> {
    let statement = fitting(Statement::new(HEAD), scope, query);
    let page = BY_TITLE.page(statement, start, most);
    page.query(conn).all().await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, query: &CollectionQuery) -> Result<Count> {
    let statement = keyset::counting("FROM collections c");
    keyset::count(conn, fitting(statement, scope, query)).await
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
