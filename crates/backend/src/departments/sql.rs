//! The statements of departments.
//!
//! One of them reads what belongs to a department, across all features: a new kind of row with a department is added to
//! [`BELONGING`].

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx};
use domain::{DepartmentId, OrganisationId};

use crate::{Scope, words};

/// What can belong to a department, and the query that finds it.
pub(super) const BELONGING: [(&str, &str); 7] = [
    (
        "departments",
        "SELECT parent_id FROM departments WHERE parent_id = $1 LIMIT 1",
    ),
    (
        "people",
        "SELECT department_id FROM people WHERE department_id = $1 LIMIT 1",
    ),
    (
        "invitations",
        "SELECT department_id FROM invitations
         WHERE department_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL LIMIT 1",
    ),
    (
        "collections",
        "SELECT department_id FROM collections WHERE department_id = $1 LIMIT 1",
    ),
    (
        "tokens",
        "SELECT department_id FROM tokens WHERE department_id = $1 AND whole_id IS NULL LIMIT 1",
    ),
    (
        "campaigns",
        "SELECT department_id FROM campaigns WHERE department_id = $1 LIMIT 1",
    ),
    (
        "sites",
        "SELECT department_id FROM sites WHERE department_id = $1 LIMIT 1",
    ),
];

#[derive(FromRow)]
pub(super) struct Row {
    pub id: DepartmentId,
    pub parent_id: Option<DepartmentId>,
    pub name: String,
}

pub(super) async fn all(conn: &mut Conn, scope: &Scope) -> Result<Vec<Row>> {
    let head = Part::Text("SELECT id, parent_id, name FROM departments WHERE organisation_id = $1");
    scope
        .query(conn, "id", 2, &[head], &[Part::Text("ORDER BY name_key, id")])
        .organisation()
        .all()
        .await
}

/// The departments that something belongs to. There are few departments; each table is read for one row of each.
pub(super) async fn used(conn: &mut Conn, scope: &Scope) -> Result<Vec<DepartmentId>> {
    let head = Part::Text(
        "SELECT id FROM departments WHERE organisation_id = $1
         AND (EXISTS (SELECT 1 FROM people b WHERE b.department_id = departments.id)
           OR EXISTS (SELECT 1 FROM collections b WHERE b.department_id = departments.id)
           OR EXISTS (SELECT 1 FROM campaigns b WHERE b.department_id = departments.id)
           OR EXISTS (SELECT 1 FROM sites b WHERE b.department_id = departments.id)
           OR EXISTS (SELECT 1 FROM tokens b WHERE b.department_id = departments.id AND b.whole_id IS NULL)
           OR EXISTS (SELECT 1 FROM invitations b WHERE b.department_id = departments.id
                      AND b.accepted_at IS NULL AND b.withdrawn_at IS NULL))",
    );
    let rows: Vec<(DepartmentId,)> = scope
        .query(conn, "id", 2, &[head], &[])
        .organisation()
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, id: DepartmentId) -> Result<Option<Row>> {
    let head =
        Part::Text("SELECT id, parent_id, name FROM departments WHERE id = $1 AND organisation_id = $2");
    scope
        .query(conn, "id", 3, &[head], &[])
        .bind(id)
        .organisation()
        .optional()
        .await
}

#[derive(FromRow)]
pub(super) struct Name {
    pub id: DepartmentId,
    pub name: String,
}

pub(super) async fn names(conn: &mut Conn, ids: Vec<DepartmentId>) -> Result<Vec<Name>> {
    conn.query_in("SELECT id, name FROM departments WHERE id IN (VALUES", ids, ")")
        .all()
        .await
}

pub(super) async fn named(
    conn: &mut Conn,
    organisation: OrganisationId,
    key: Vec<u8>,
) -> Result<Vec<(DepartmentId,)>> {
    conn.query("SELECT id FROM departments WHERE organisation_id = $1 AND name_key = $2 LIMIT 2")
        .bind(organisation)
        .bind(key)
        .all()
        .await
}

pub(super) async fn count(conn: &mut Conn, organisation: OrganisationId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM departments WHERE organisation_id = $1")
        .bind(organisation)
        .number()
        .await
}

/// The depth of a department: 1 at the top.
pub(super) async fn depth(conn: &mut Conn, id: DepartmentId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM department_tree WHERE department_id = $1")
        .bind(id)
        .number()
        .await
}

/// The height of the tree from this department down: 1 for one that has none below it.
pub(super) async fn height(conn: &mut Conn, id: DepartmentId) -> Result<i64> {
    conn.query(
        "SELECT CAST(MAX(deep.links) AS BIGINT) FROM (
             SELECT COUNT(*) AS links FROM department_tree inner_links
             WHERE inner_links.department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)
               AND inner_links.ancestor_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)
             GROUP BY inner_links.department_id
         ) AS deep",
    )
    .bind(id)
    .number()
    .await
}

/// Whether a department is another one or is below it.
pub(super) async fn is_below(conn: &mut Conn, id: DepartmentId, ancestor: DepartmentId) -> Result<bool> {
    let found: Option<(DepartmentId,)> = conn
        .query("SELECT department_id FROM department_tree WHERE ancestor_id = $1 AND department_id = $2")
        .bind(ancestor)
        .bind(id)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Whether a sibling in this place has the name.
pub(super) async fn is_taken(
    conn: &mut Conn,
    organisation: OrganisationId,
    parent: Option<DepartmentId>,
    name: &str,
    but: Option<DepartmentId>,
) -> Result<bool> {
    let beside = match parent {
        Some(_) => "AND parent_id = $3",
        None => "AND parent_id IS NULL AND $3 IS NULL",
    };
    let found: Vec<(DepartmentId,)> = conn
        .query(Sql::pieces(&[
            "SELECT id FROM departments WHERE organisation_id = $1 AND name_key = $2",
            beside,
        ]))
        .bind(organisation)
        .bind(words::order_key(name))
        .bind(parent)
        .all()
        .await?;
    Ok(found.iter().any(|(id,)| Some(*id) != but))
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: DepartmentId,
    parent: Option<DepartmentId>,
    name: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO departments (id, organisation_id, parent_id, name, name_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(organisation)
    .bind(parent)
    .bind(name.to_owned())
    .bind(words::order_key(name))
    .bind(now)
    .run()
    .await?;
    tx.query("INSERT INTO department_tree (ancestor_id, department_id) VALUES ($1, $1)")
        .bind(id)
        .run()
        .await?;
    link(tx, id, parent).await
}

/// Links a department, and all below it, to its new parent.
async fn link(tx: &mut WriteTx, id: DepartmentId, parent: Option<DepartmentId>) -> Result<()> {
    tx.query(
        "INSERT INTO department_tree (ancestor_id, department_id)
         SELECT above.ancestor_id, below.department_id
         FROM department_tree above CROSS JOIN department_tree below
         WHERE above.department_id = $2 AND below.ancestor_id = $1",
    )
    .bind(id)
    .bind(parent)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn rename(tx: &mut WriteTx, id: DepartmentId, name: &str) -> Result<()> {
    let key = words::order_key(name);
    tx.query("UPDATE departments SET name = $2, name_key = $3 WHERE id = $1")
        .bind(id)
        .bind(name.to_owned())
        .bind(key.clone())
        .run()
        .await?;
    // Its API tokens are sorted by its name in lists.
    tx.query(
        "UPDATE tokens SET place_key = $2
         WHERE department_id = $1 AND family = 'api' AND whole_id IS NULL AND place_key IS NOT NULL",
    )
    .bind(id)
    .bind(key)
    .run()
    .await?;
    Ok(())
}

pub(super) async fn move_to(tx: &mut WriteTx, id: DepartmentId, parent: Option<DepartmentId>) -> Result<()> {
    tx.query("UPDATE departments SET parent_id = $2 WHERE id = $1")
        .bind(id)
        .bind(parent)
        .run()
        .await?;
    tx.query(
        "DELETE FROM department_tree
         WHERE department_id IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)
           AND ancestor_id NOT IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)",
    )
    .bind(id)
    .run()
    .await?;
    link(tx, id, parent).await
}

/// The words for what belongs to a department.
pub(super) async fn belonging(conn: &mut Conn, id: DepartmentId) -> Result<Vec<&'static str>> {
    let mut there = Vec::new();
    for (what, statement) in BELONGING {
        let found: Option<(DepartmentId,)> = conn.query(statement).bind(id).optional().await?;
        there.extend(found.map(|_| what));
    }
    Ok(there)
}

/// Removes a department. Old invitations keep only the fact that they existed.
pub(super) async fn remove(tx: &mut WriteTx, id: DepartmentId) -> Result<()> {
    tx.query("UPDATE invitations SET department_id = NULL WHERE department_id = $1")
        .bind(id)
        .run()
        .await?;
    tx.query("DELETE FROM departments WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}
