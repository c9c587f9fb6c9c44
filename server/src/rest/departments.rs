//! `/departments`: the parts of the organisation, as a tree.

use domain::departments::{DepartmentForm, DepartmentView};
use domain::{DepartmentId, Permission, Refusal};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::PeopleRead);
const MANAGE: Needs = Needs::Permission(Permission::DepartmentsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/departments",
        READ,
        "All departments that the caller sees, each behind the one that it is part of.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/departments",
        MANAGE,
        "Make a department.",
        || post(create),
    ),
    row(
        Method::GET,
        "/api/v1/departments/{id}",
        READ,
        "A department.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/departments/{id}",
        MANAGE,
        "Rename a department, or make it part of another one.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/departments/{id}",
        MANAGE,
        "Remove a department that nothing belongs to.",
        || delete(remove),
    ),
];

/// A department.
#[derive(Debug, Serialize, JsonSchema)]
struct Department {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The department that it is part of, as far as the caller sees it.
    parent_id: Option<Uuid>,
    /// How deep it stands: 1 at the top of what the caller sees.
    depth: i64,
    /// Whether nothing belongs to it, so that it can be removed.
    is_empty: bool,
}

/// A department to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewDepartment")]
struct New {
    /// Its name: 1 to 60 characters, unlike those beside it.
    name: String,
    /// The department that it is part of.
    #[serde(default)]
    parent_id: Option<Uuid>,
}

/// What is changed about a department; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "DepartmentChange")]
struct Change {
    /// Its name.
    name: Option<String>,
    /// The department that it is part of; null: none.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<Uuid>")]
    parent_id: Option<Option<Uuid>>,
}

async fn list(Program(caller, backend): Program) -> Result<Listed<Department>, Problem> {
    let all = backend.departments().list(&caller).await?;
    Ok(Listed::whole(all.into_iter().map(Into::into).collect()))
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<New>,
) -> Result<Created<Department>, Problem> {
    let form = DepartmentForm {
        name: new.name,
        parent: as_typed(new.parent_id),
    };
    let id = backend.departments().create(&caller, &form).await?;
    Ok(Created {
        location: format!("/api/v1/departments/{id}"),
        view: found(&backend, &caller, id).await?,
    })
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Department>, Problem> {
    Ok(One(found(&backend, &caller, DepartmentId(id)).await?))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<Department>, Problem> {
    let (departments, id) = (backend.departments(), DepartmentId(id));
    if let Some(name) = change.name {
        departments.rename(&caller, id, &name).await?;
    }
    if let Some(parent) = change.parent_id {
        departments.move_to(&caller, id, &as_typed(parent)).await?;
    }
    Ok(One(found(&backend, &caller, id).await?))
}

async fn remove(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.departments().remove(&caller, DepartmentId(id)).await?;
    Ok(Done)
}

/// One of the list, which is short enough to be read whole.
async fn found(
    backend: &backend::Backend,
    caller: &backend::Caller,
    id: DepartmentId,
) -> Result<Department, Problem> {
    let all = backend.departments().list(caller).await?;
    let one = all.into_iter().find(|department| department.id == id);
    Ok(one.ok_or(Refusal::NotFound)?.into())
}

fn as_typed(parent: Option<Uuid>) -> String {
    parent.map(|id| id.to_string()).unwrap_or_default()
}

impl From<DepartmentView> for Department {
    fn from(view: DepartmentView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            parent_id: view.parent.map(|id| id.0),
            depth: view.depth,
            is_empty: view.is_empty,
        }
    }
}
