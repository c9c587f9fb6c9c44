//! `/user-types`: what people may do, by the name of their type.

use domain::user_types::{MOST_COUNTED, UserTypeForm, UserTypeView};
use domain::{Permission, Refusal, UserTypeId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Body, Created, Done, Id, Listed, Needs, One, Path, Problem, Program, Rest, delete, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::PeopleRead);
const MANAGE: Needs = Needs::Permission(Permission::UserTypesManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/user-types",
        READ,
        "All user types: the built-in ones first, then by name.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/user-types",
        MANAGE,
        "Make a user type. Nobody grants what they may not do themselves.",
        || post(create),
    ),
    row(
        Method::GET,
        "/api/v1/user-types/{id}",
        READ,
        "A user type.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/user-types/{id}",
        MANAGE,
        "Change a user type. It acts on the next request of everybody who has it.",
        || patch(change),
    ),
    row(
        Method::DELETE,
        "/api/v1/user-types/{id}",
        MANAGE,
        "Delete a user type that nobody has.",
        || delete(remove),
    ),
];

/// A user type.
#[derive(Debug, Serialize, JsonSchema)]
struct UserType {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// What people of this type may do, as `resource:action`.
    permissions: Vec<&'static str>,
    /// Which of the built-in ones it is: `owner`, `administrator` or `member`; null for another one.
    built_in: Option<&'static str>,
    /// How many people have it, counted up to 10,000.
    people: i64,
    /// Whether there are more people than were counted.
    more_people: bool,
}

/// A user type to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewUserType")]
struct New {
    /// Its name: 1 to 60 characters, unlike that of every other one.
    name: String,
    /// What it is for, in up to 300 characters.
    #[serde(default)]
    description: String,
    /// What people of this type may do, as `resource:action`.
    permissions: Vec<String>,
}

/// What is changed about a user type; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "UserTypeChange")]
struct Change {
    /// Its name.
    name: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// What people of this type may do, all of it.
    permissions: Option<Vec<String>>,
}

async fn list(Program(caller, backend): Program) -> Result<Listed<UserType>, Problem> {
    let all = backend.user_types().list(&caller).await?;
    Ok(Listed::whole(all.into_iter().map(Into::into).collect()))
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<New>,
) -> Result<Created<UserType>, Problem> {
    let form = UserTypeForm {
        name: new.name,
        description: new.description,
        permissions: new.permissions.join(" "),
    };
    let id = backend.user_types().create(&caller, &form).await?;
    Ok(Created {
        location: format!("/api/v1/user-types/{id}"),
        view: found(&backend, &caller, id).await?.into(),
    })
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<UserType>, Problem> {
    Ok(One(found(&backend, &caller, UserTypeId(id)).await?.into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<UserType>, Problem> {
    let id = UserTypeId(id);
    backend
        .user_types()
        .change(&caller, id, |form| change.over(form))
        .await?;
    Ok(One(found(&backend, &caller, id).await?.into()))
}

async fn remove(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend.user_types().delete(&caller, UserTypeId(id)).await?;
    Ok(Done)
}

/// One of the list, which is short enough to be read whole.
async fn found(
    backend: &backend::Backend,
    caller: &backend::Caller,
    id: UserTypeId,
) -> Result<UserTypeView, Problem> {
    let all = backend.user_types().list(caller).await?;
    let one = all.into_iter().find(|user_type| user_type.id == id);
    Ok(one.ok_or(Refusal::NotFound)?)
}

impl Change {
    /// Writes what was sent over a form, and leaves the rest of it.
    fn over(self, form: &mut UserTypeForm) {
        if let Some(name) = self.name {
            form.name = name;
        }
        if let Some(description) = self.description {
            form.description = description;
        }
        if let Some(keys) = self.permissions {
            form.permissions = keys.join(" ");
        }
    }
}

impl From<UserTypeView> for UserType {
    fn from(view: UserTypeView) -> Self {
        Self {
            id: view.id.0,
            name: view.name,
            description: view.description,
            permissions: view.permissions.iter().map(Permission::key).collect(),
            built_in: view.built_in.map(domain::BuiltIn::key),
            people: view.people.min(MOST_COUNTED),
            more_people: view.people > MOST_COUNTED,
        }
    }
}
