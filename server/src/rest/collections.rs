//! `/collections`: what tokens open.

use backend::collections::CollectionChange;
use chrono::{DateTime, Utc};
use domain::collections::{
    CollectionForm, CollectionQuery, CollectionRow, CollectionState, CollectionView, Cover,
};
use domain::departments::DepartmentName;
use domain::{CollectionId, DepartmentId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::items::Item;
use super::shape::Named;
use super::{
    Asked, Body, Countable, Created, Id, Listed, Needs, One, Path, Problem, Program, Rest, get, patch, post,
    row,
};

const READ: Needs = Needs::Permission(Permission::CollectionsRead);
const MANAGE: Needs = Needs::Permission(Permission::CollectionsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/collections",
        READ,
        "Collections by their title.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/collections",
        MANAGE,
        "Make a collection, as a draft.",
        || post(create),
    ),
    row(
        Method::GET,
        "/api/v1/collections/{id}",
        READ,
        "A collection with its items.",
        || get(show),
    ),
    row(
        Method::PATCH,
        "/api/v1/collections/{id}",
        MANAGE,
        "Change a collection, or publish it.",
        || patch(change),
    ),
];

/// How far a collection is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CollectionState")]
enum State {
    /// It is being written.
    Draft,
    /// Tokens open it.
    Published,
    /// It is not offered any more; who has it keeps it.
    Archived,
}

/// A collection.
#[derive(Debug, Serialize, JsonSchema)]
struct Collection {
    /// Its id.
    id: Uuid,
    /// Its title.
    title: String,
    /// What it is about.
    summary: String,
    /// How far it is.
    state: State,
    /// The department that it and its tokens belong to.
    department: Option<Named>,
    /// How many items it has.
    items: i64,
    /// How many people have it.
    people: i64,
    /// When it was last changed.
    changed_at: DateTime<Utc>,
}

/// A collection with its items.
#[derive(Debug, Serialize, JsonSchema)]
struct WholeCollection {
    /// Its id.
    id: Uuid,
    /// Its title.
    title: String,
    /// What it is about.
    summary: String,
    /// How far it is.
    state: State,
    /// The department that it and its tokens belong to.
    department: Option<Named>,
    /// Its items, in order.
    items: Vec<Item>,
    /// How many people have it.
    people: i64,
    /// How many tokens open it.
    tokens: i64,
    /// When it was last changed.
    changed_at: DateTime<Utc>,
}

/// What a list of collections takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// Words of the title.
    q: Option<String>,
    /// Only those that are so far.
    state: Option<State>,
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
}

/// A collection to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCollection")]
struct New {
    /// Its title.
    title: String,
    /// What it is about.
    summary: Option<String>,
}

/// What is changed about a collection; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "CollectionChange")]
struct Change {
    /// Its title.
    title: Option<String>,
    /// What it is about.
    summary: Option<String>,
    /// How far it is.
    state: Option<State>,
    /// The department that it and its tokens belong to; null: none.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<Uuid>")]
    department_id: Option<Option<Uuid>>,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filter, Countable>,
) -> Result<Listed<Collection>, Problem> {
    let query = asked.query.query(&asked);
    let collections = backend.collections();
    let list = asked.listed(collections.list(&caller, &query).await?);
    match asked.counts {
        true => Ok(list.counted(collections.count(&caller, &query).await?)),
        false => Ok(list),
    }
}

async fn create(
    Program(caller, backend): Program,
    Body(new): Body<New>,
) -> Result<Created<WholeCollection>, Problem> {
    let Cover { colour, emoji } = Cover::default();
    let form = CollectionForm {
        title: new.title,
        summary: new.summary.unwrap_or_default(),
        colour,
        emoji,
    };
    let view = backend.collections().create_from(&caller, &form).await?;
    Ok(Created {
        location: format!("/api/v1/collections/{}", view.id),
        view: view.into(),
    })
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<WholeCollection>, Problem> {
    Ok(One(backend
        .collections()
        .view(&caller, CollectionId(id))
        .await?
        .into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<WholeCollection>, Problem> {
    let change = CollectionChange {
        title: change.title,
        summary: change.summary,
        department: change.department_id.map(|id| id.map(DepartmentId)),
        state: change.state.map(Into::into),
    };
    let view = backend
        .collections()
        .change(&caller, CollectionId(id), change)
        .await?;
    Ok(One(view.into()))
}

impl Filter {
    fn query<T, C>(&self, asked: &Asked<T, C>) -> CollectionQuery {
        CollectionQuery {
            search: self.q.clone().unwrap_or_default(),
            state: self.state.map(Into::into),
            department: self.department_id.map(DepartmentId),
            after: asked.after.clone(),
            rows: Some(asked.rows),
        }
    }
}

fn named(department: DepartmentName) -> Named {
    Named {
        id: department.id.0,
        name: department.name,
    }
}

impl From<CollectionState> for State {
    fn from(state: CollectionState) -> Self {
        match state {
            CollectionState::Draft => Self::Draft,
            CollectionState::Published => Self::Published,
            CollectionState::Archived => Self::Archived,
        }
    }
}

impl From<State> for CollectionState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Published => Self::Published,
            State::Archived => Self::Archived,
        }
    }
}

impl From<CollectionRow> for Collection {
    fn from(row: CollectionRow) -> Self {
        Self {
            id: row.id.0,
            title: row.title,
            summary: row.summary,
            state: row.state.into(),
            department: row.department.map(named),
            items: row.items,
            people: row.people,
            changed_at: row.changed.at,
        }
    }
}

impl From<CollectionView> for WholeCollection {
    fn from(view: CollectionView) -> Self {
        Self {
            id: view.id.0,
            title: view.title,
            summary: view.summary,
            state: view.state.into(),
            department: view.department.map(named),
            items: view.items.into_iter().map(Item::from).collect(),
            people: view.people,
            tokens: view.tokens,
            changed_at: view.changed.at,
        }
    }
}
