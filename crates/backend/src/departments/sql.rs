//! The statements of departments.

use database::{Conn, FromRow, Part, Result};
use domain::{DepartmentId, OrganisationId};

use crate::Scope;

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

/// Whether there is such a department in the scope.
pub(super) async fn is_within(conn: &mut Conn, scope: &Scope, id: DepartmentId) -> Result<bool> {
    let head = [Part::Text(
        "SELECT id FROM departments WHERE id = $1 AND organisation_id = $2",
    )];
    let found: Option<(DepartmentId,)> = scope
        .query(conn, "id", 3, &head, &[])
        .bind(id)
        .organisation()
        .optional()
        .await?;
    Ok(found.is_some())
}
