//! `/people`: everybody known to the organisation, and its service users.

use chrono::{DateTime, Utc};
use domain::people::{PeopleQuery, PersonRow, ServiceUserForm};
use domain::{Permission, PersonId, UserTypeId, UserTypeRef};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::shape::Named;
use super::{
    Asked, Body, Countable, Created, Id, Listed, Needs, One, Path, Problem, Program, Rest, get, patch, post,
    row,
};

const READ: Needs = Needs::Permission(Permission::PeopleRead);
const MANAGE: Needs = Needs::Permission(Permission::PeopleManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/people",
        READ,
        "People by their name.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/people",
        MANAGE,
        "Make a service user. People come by invitations and by tokens.",
        || post(create),
    ),
    row(Method::GET, "/api/v1/people/{id}", READ, "A person.", || {
        get(show)
    }),
    row(
        Method::PATCH,
        "/api/v1/people/{id}",
        MANAGE,
        "Give a person another user type or department; a service user another name or owner, too.",
        || patch(change),
    ),
    row(
        Method::POST,
        "/api/v1/people/{id}/deactivate",
        MANAGE,
        "End a person's access.",
        || post(deactivate),
    ),
    row(
        Method::POST,
        "/api/v1/people/{id}/reactivate",
        MANAGE,
        "Give a person their access back.",
        || post(reactivate),
    ),
];

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
struct Person {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: String,
    /// Whether it is a person or a service user.
    kind: Kind,
    /// Their address; null for a service user.
    email: Option<String>,
    /// Who answers for a service user; null for a person.
    owner: Option<Named>,
    /// Their user type.
    user_type: Named,
    /// Their department, if they belong to one.
    department: Option<Named>,
    /// How many collections they have.
    collections: i64,
    /// Since when they are known.
    created_at: DateTime<Utc>,
    /// Whether their access was ended.
    deactivated: bool,
}

/// Who somebody is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "KindOfPerson")]
enum Kind {
    /// A person.
    Person,
    /// The user of a program, who never signs in.
    Service,
}

/// What is made here.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "KindThatIsMade")]
enum Made {
    /// The user of a program, who never signs in.
    Service,
}

/// A service user to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewServiceUser {
    /// What is made: `service`.
    #[expect(dead_code, reason = "it has one value, and says what the rest means")]
    kind: Made,
    /// Its name.
    name: String,
    /// The person who answers for it; if it is not said, the person who calls.
    #[serde(default)]
    owner_id: Option<Uuid>,
    /// What it may do at most.
    user_type_id: Uuid,
    /// Its department; null: none.
    #[serde(default)]
    department_id: Option<Uuid>,
}

/// What a list of people takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words of a name, or the start of an address.
    q: Option<String>,
    /// Only people who manage something.
    admins_only: Option<bool>,
    /// Only people of this department and of those below it.
    department_id: Option<Uuid>,
}

/// What is changed about a person; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PersonChange")]
struct Change {
    /// The name of a service user.
    name: Option<String>,
    /// The person who answers for a service user.
    owner_id: Option<Uuid>,
    /// Their user type.
    user_type_id: Option<Uuid>,
    /// Their department; null: none.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<Uuid>")]
    department_id: Option<Option<Uuid>>,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<Person>, Problem> {
    let query = asked.query.query(&asked);
    let list = asked.listed(backend.reports().people(&caller, &query).await?);
    match asked.counts {
        true => Ok(list.counted(backend.people().count(&caller, &query).await?)),
        false => Ok(list),
    }
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<NewServiceUser>,
) -> Result<Created<Person>, Problem> {
    let form = ServiceUserForm {
        name: new.name,
        owner: written(new.owner_id),
        user_type: new.user_type_id.to_string(),
        department: written(new.department_id),
    };
    let id = backend.people().add_service_user(&caller, &form).await?;
    Ok(Created {
        location: format!("/api/v1/people/{id}"),
        view: backend.reports().changed_person(&caller, id).await?.into(),
    })
}

/// An id as forms have it.
fn written(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

async fn show(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<One<Person>, Problem> {
    Ok(One(backend.reports().person(&caller, PersonId(id)).await?.into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<Person>, Problem> {
    if change.name.is_some() || change.owner_id.is_some() {
        let (name, owner) = (change.name, written(change.owner_id));
        let over = |form: &mut ServiceUserForm| {
            form.owner = owner;
            if let Some(name) = name {
                form.name = name;
            }
        };
        backend
            .people()
            .write_service_user(&caller, PersonId(id), over)
            .await?;
    }
    if let Some(id_of_type) = change.user_type_id {
        let user_type = UserTypeRef::Id(UserTypeId(id_of_type));
        backend
            .people()
            .set_user_type(&caller, PersonId(id), user_type)
            .await?;
    }
    if let Some(department) = change.department_id {
        backend
            .people()
            .set_department(&caller, PersonId(id), department.map(domain::DepartmentId))
            .await?;
    }
    Ok(One(backend
        .reports()
        .changed_person(&caller, PersonId(id))
        .await?
        .into()))
}

async fn deactivate(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Person>, Problem> {
    backend.people().deactivate(&caller, PersonId(id)).await?;
    Ok(One(backend
        .reports()
        .changed_person(&caller, PersonId(id))
        .await?
        .into()))
}

async fn reactivate(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<Person>, Problem> {
    backend.people().reactivate(&caller, PersonId(id)).await?;
    Ok(One(backend
        .reports()
        .changed_person(&caller, PersonId(id))
        .await?
        .into()))
}

impl Filter {
    fn query<T, C>(&self, asked: &Asked<T, C>) -> PeopleQuery {
        PeopleQuery {
            search: self.q.clone().unwrap_or_default(),
            admins_only: self.admins_only.unwrap_or_default(),
            department: self.department_id.map(domain::DepartmentId),
            after: asked.after.clone(),
            rows: Some(asked.rows),
        }
    }
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            kind: match row.owner {
                None => Kind::Person,
                Some(_) => Kind::Service,
            },
            email: row.email.map(|email| email.to_string()),
            owner: row.owner.map(|(id, name)| Named { id: id.0, name }),
            user_type: Named {
                id: row.user_type.id.0,
                name: row.user_type.name,
            },
            department: row.department.map(|department| Named {
                id: department.id.0,
                name: department.name,
            }),
            collections: row.collections,
            created_at: row.since.at,
            deactivated: row.deactivated,
        }
    }
}
