//! Departments: the parts of an organisation, as a tree.
//!
//! A department limits which rows a caller may see: its own and those of all below it ([`crate::Scope`]).

mod sql;

use std::collections::HashMap;

use database::Conn;
use domain::departments::DepartmentName;
use domain::{DepartmentId, OrganisationId, Refusal};

use crate::error::Result;
use crate::{Scope, words};

/// The names of some departments.
///
/// # Errors
/// A fault.
pub(crate) async fn names(
    conn: &mut Conn,
    ids: impl Iterator<Item = DepartmentId>,
) -> Result<HashMap<DepartmentId, DepartmentName>> {
    let mut ids: Vec<DepartmentId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sql::names(conn, ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.id,
                DepartmentName {
                    id: row.id,
                    name: row.name,
                },
            )
        })
        .collect())
}

/// The department with a name; `None` when there is none, or several.
///
/// # Errors
/// A fault.
pub(crate) async fn by_name(
    conn: &mut Conn,
    organisation: OrganisationId,
    name: &str,
) -> Result<Option<DepartmentId>> {
    let found = sql::named(conn, organisation, words::order_key(name)).await?;
    Ok(match found.as_slice() {
        [(only,)] => Some(*only),
        _ => None,
    })
}

/// A department that was chosen for a row, if the caller may put rows there: one who is limited to a department puts
/// them into it or into one below it.
///
/// # Errors
/// A sentence at `department`.
pub(crate) async fn chosen(
    conn: &mut Conn,
    scope: &Scope,
    which: Option<DepartmentId>,
) -> Result<Option<DepartmentId>> {
    match which {
        None if scope.is_whole() => Ok(None),
        Some(id) if sql::is_within(conn, scope, id).await? => Ok(Some(id)),
        _ => Err(Refusal::at("department", "Choose a department from the list.").into()),
    }
}
