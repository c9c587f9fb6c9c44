//! Departments: the parts of an organisation, as a tree.
//!
//! A department limits which rows a caller may see: its own and those of all departments below it ([`crate::Scope`]). A
//! caller limited to one creates, renames, moves and removes those below it, and sees no other.

mod sql;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use database::{Conn, WriteTx};
use domain::departments::{
    DepartmentForm, DepartmentName, DepartmentView, MOST_DEPARTMENTS, MOST_DEPTH, choice, department_name,
};
use domain::{DepartmentId, OrganisationId, Permission, Refusal};
use serde_json::json;

use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::{Backend, Caller, Scope, organisations, words};

/// The departments of an organisation.
pub struct Departments<'a>(&'a Backend);

impl Backend {
    /// Departments.
    pub fn departments(&self) -> Departments<'_> {
        Departments(self)
    }
}

impl Departments<'_> {
    /// The departments that the caller may see, each after its parent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<DepartmentView>> {
        within(&mut self.0.db.read().await?, &caller.scope).await
    }

    /// Creates a department.
    ///
    /// # Errors
    /// Forbidden; refused at `name` or `parent`; a conflict when there are too many, or the tree would get too deep.
    pub async fn create(&self, caller: &Caller, form: &DepartmentForm) -> Result<DepartmentId> {
        let mut tx = self.begin(caller).await?;
        let new = form.parse()?;
        let parent = self.parent(&mut tx, caller, new.parent).await?;
        let organisation = caller.organisation();
        if sql::count(&mut tx, organisation).await? >= MOST_DEPARTMENTS {
            let sentence = format!("An organisation has up to {MOST_DEPARTMENTS} departments.");
            return Err(Refusal::Conflict(sentence).into());
        }
        not_too_deep(depth(&mut tx, parent).await? + 1)?;
        not_taken(&mut tx, caller, parent, &new.name, None).await?;
        let now = self.0.clock.now();
        let id = DepartmentId(self.0.random.id(now));
        sql::insert(&mut tx, organisation, id, parent, &new.name, now).await?;
        let facts = json!({"department": id, "name": new.name, "parent": name(&mut tx, parent).await?});
        self.finish(tx, caller, Event::DepartmentCreated, facts).await?;
        Ok(id)
    }

    /// Renames a department.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `name`.
    pub async fn rename(&self, caller: &Caller, id: DepartmentId, to: &str) -> Result<()> {
        let mut tx = self.begin(caller).await?;
        let to = department_name(to).map_err(|error| Refusal::at("name", error.to_string()))?;
        let found = below(&mut tx, caller, id).await?;
        not_taken(&mut tx, caller, found.parent_id, &to, Some(id)).await?;
        sql::rename(&mut tx, id, &to).await?;
        let facts = json!({"department": id, "before": found.name, "name": to});
        self.finish(tx, caller, Event::DepartmentRenamed, facts).await
    }

    /// Moves a department into another one, or to the top; what belongs to it and what is below it comes along.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `parent`, or a conflict when the tree would get too deep, or there is another
    /// one of the same name in that place.
    pub async fn move_to(&self, caller: &Caller, id: DepartmentId, to: &str) -> Result<()> {
        let mut tx = self.begin(caller).await?;
        let to = choice(to).map_err(|sentence| Refusal::at("parent", sentence))?;
        let found = below(&mut tx, caller, id).await?;
        let parent = self.parent(&mut tx, caller, to).await?;
        if parent == found.parent_id {
            return Ok(());
        }
        if let Some(parent) = parent
            && sql::is_below(&mut tx, parent, id).await?
        {
            let sentence = "A department cannot be part of itself or of one below it.";
            return Err(Refusal::at("parent", sentence).into());
        }
        not_too_deep(depth(&mut tx, parent).await? + sql::height(&mut tx, id).await?)?;
        not_taken(&mut tx, caller, parent, &found.name, Some(id)).await?;
        let facts = json!({
            "department": id,
            "name": found.name,
            "before": name(&mut tx, found.parent_id).await?,
            "after": name(&mut tx, parent).await?,
        });
        sql::move_to(&mut tx, id, parent).await?;
        self.finish(tx, caller, Event::DepartmentMoved, facts).await
    }

    /// Removes a department that nothing belongs to.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict that says what belongs to it.
    pub async fn remove(&self, caller: &Caller, id: DepartmentId) -> Result<()> {
        let mut tx = self.begin(caller).await?;
        let found = below(&mut tx, caller, id).await?;
        let there = sql::belonging(&mut tx, id).await?;
        if !there.is_empty() {
            let sentence = format!(
                "{} is not empty: {} belong to it. Move them first.",
                found.name,
                there.join(", ")
            );
            return Err(Refusal::Conflict(sentence).into());
        }
        sql::remove(&mut tx, id).await?;
        let facts = json!({"department": id, "name": found.name});
        self.finish(tx, caller, Event::DepartmentRemoved, facts).await
    }

    /// One change of the tree at a time in an organisation.
    async fn begin(&self, caller: &Caller) -> Result<WriteTx> {
        caller.may(Permission::DepartmentsManage)?;
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, caller.organisation()).await?;
        Ok(tx)
    }

    async fn parent(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        which: Option<DepartmentId>,
    ) -> Result<Option<DepartmentId>> {
        chosen(tx, &caller.scope, which)
            .await
            .map_err(|error| match error {
                crate::Error::Refused(Refusal::Invalid(_)) => {
                    Refusal::at("parent", "Choose a department from the list.").into()
                }
                other => other,
            })
    }

    async fn finish(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        event: Event,
        facts: serde_json::Value,
    ) -> Result<()> {
        let entry = Entry {
            facts,
            ..Entry::new(event)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }
}

/// A department that the caller may change: one that they see, but not the one that limits them.
async fn below(tx: &mut WriteTx, caller: &Caller, id: DepartmentId) -> Result<sql::Row> {
    let found = sql::by_id(tx, &caller.scope, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    if caller.scope.department() == Some(id) {
        return Err(Refusal::Forbidden.into());
    }
    Ok(found)
}

async fn depth(tx: &mut WriteTx, parent: Option<DepartmentId>) -> Result<i64> {
    match parent {
        Some(parent) => Ok(sql::depth(tx, parent).await?),
        None => Ok(0),
    }
}

async fn name(tx: &mut WriteTx, id: Option<DepartmentId>) -> Result<String> {
    let names = names(tx, id.into_iter()).await?;
    Ok(names
        .into_values()
        .next()
        .map_or_else(|| "the organisation".to_owned(), |found| found.name))
}

fn not_too_deep(depth: i64) -> std::result::Result<(), Refusal> {
    if depth <= MOST_DEPTH {
        return Ok(());
    }
    let sentence = format!("Departments stand in each other up to {MOST_DEPTH} deep.");
    Err(Refusal::Conflict(sentence))
}

async fn not_taken(
    tx: &mut WriteTx,
    caller: &Caller,
    parent: Option<DepartmentId>,
    name: &str,
    but: Option<DepartmentId>,
) -> Result<()> {
    if sql::is_taken(tx, caller.organisation(), parent, name, but).await? {
        let sentence = format!("There is a department {name} beside it already. Choose another name.");
        return Err(Refusal::at("name", sentence).into());
    }
    Ok(())
}

/// The tree, each department after its parent, siblings by name.
fn in_order(rows: Vec<sql::Row>, used: &[DepartmentId]) -> Vec<DepartmentView> {
    let seen: Vec<DepartmentId> = rows.iter().map(|row| row.id).collect();
    let mut below: HashMap<Option<DepartmentId>, Vec<sql::Row>> = HashMap::new();
    for row in rows {
        let parent = row.parent_id.filter(|parent| seen.contains(parent));
        below.entry(parent).or_default().push(row);
    }
    let mut found = Vec::with_capacity(seen.len());
    let mut next: Vec<(sql::Row, Option<DepartmentId>, i64)> = Vec::new();
    let top = below.remove(&None).unwrap_or_default();
    next.extend(top.into_iter().rev().map(|row| (row, None, 1)));
    while let Some((row, parent, depth)) = next.pop() {
        let children = below.remove(&Some(row.id)).unwrap_or_default();
        found.push(DepartmentView {
            id: row.id,
            name: row.name,
            parent,
            depth,
            is_empty: children.is_empty() && !used.contains(&row.id),
        });
        next.extend(
            children
                .into_iter()
                .rev()
                .map(|child| (child, Some(row.id), depth + 1)),
        );
    }
    found
}

/// The names of some departments.
///
/// # Errors
/// When the database fails.
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
            let (id, name) = (row.id, row.name);
            (id, DepartmentName { id, name })
        })
        .collect())
}

/// The department with a name; `None` when there is none, or several.
///
/// # Errors
/// When the database fails.
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

/// The departments of a scope, to choose from: each after its parent.
///
/// # Errors
/// When the database fails.
pub(crate) async fn within(conn: &mut Conn, scope: &Scope) -> Result<Vec<DepartmentView>> {
    let rows = sql::all(conn, scope).await?;
    let used = sql::used(conn, scope).await?;
    Ok(in_order(rows, &used))
}

/// A department that was chosen for a row, if the caller may put rows there: a caller limited to a department puts them
/// into it or into one below it.
///
/// # Errors
/// A message at `department`.
pub(crate) async fn chosen(
    conn: &mut Conn,
    scope: &Scope,
    which: Option<DepartmentId>,
) -> Result<Option<DepartmentId>> {
    match which {
        None if scope.is_whole() => Ok(None),
        Some(id) if sql::by_id(conn, scope, id).await?.is_some() => Ok(Some(id)),
        _ => Err(Refusal::at("department", "Choose a department from the list.").into()),
    }
}

/// The part of a scope that a list is filtered to.
///
/// # Errors
/// Not found: a department outside the scope.
pub(crate) async fn narrowed(conn: &mut Conn, scope: &Scope, to: Option<DepartmentId>) -> Result<Scope> {
    let Some(department) = to else {
        return Ok(*scope);
    };
    sql::by_id(conn, scope, department)
        .await?
        .ok_or(Refusal::NotFound)?;
    Ok(scope.narrowed(department))
}
