//! The list of people.

use std::sync::Arc;

use domain::departments::DepartmentView;
use domain::feed::Change;
use domain::form::grouped;
use domain::page::count_label;
use domain::people::{InvitationRow, PeopleQuery, PersonRow};
use domain::{BuiltIn, Cursor, Page, Permission, PersonId};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{api, invitations, service_users};
use crate::departments;
use crate::error::ApiError;
use crate::organisations::api::list_departments;
use crate::request_context::RequestContext;
use crate::routes;
use crate::rpc::Coming;
use crate::ui::icon::{self, icon};
use crate::ui::list::{About, First, Line, List, Row, Source};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::opening::{both, opening};
use crate::ui::search::{Search, contains};
use crate::ui::tools::{Filter, text, tools, words};
use crate::ui::{notice, time};

const COLUMNS: u32 = 6;

impl Row for PersonRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

/// The people that match a query.
struct People(PeopleQuery);

impl Source<PersonRow> for People {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<PersonRow>> {
        Box::pin(api::list_people(PeopleQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_people(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<PersonRow>> {
        Box::pin(api::people_rows(keys.into_iter().map(PersonId).collect()))
    }

    /// Only the server knows which departments are below the selected one: a row that is shown stays, and for a new one
    /// the list is read again.
    fn belongs(&self, row: &PersonRow) -> bool {
        !self.0.admins_only || row.user_type.built_in != Some(BuiltIn::Member)
    }

    fn welcomes(&self, row: &PersonRow) -> bool {
        let searched = &self.0.search;
        let fits = contains(&row.name, searched) || contains(&row.reached_at(), searched);
        self.belongs(row) && fits
    }
}

impl Question for PeopleQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: PeopleQuery,
    first: First<PersonRow>,
    invitations: Vec<InvitationRow>,
    departments: Vec<DepartmentView>,
}

/// The page.
pub fn people_page() -> AnyView {
    let visit = RequestContext::current();
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(read));
    view! {
        <Title text="People"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked(), visit.may(Permission::PeopleManage))),
            move |opening| view! { <PeopleList opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: PeopleQuery, manages: bool) -> Result<Opening, ApiError> {
    let people = both(api::list_people(query.clone()), api::count_people(query.clone()));
    let invitations = async {
        match manages {
            true => api::invitations().await,
            false => Ok(Vec::new()),
        }
    };
    let others = both(invitations, list_departments());
    let ((page, total), (invitations, departments)) = both(people, others).await?;
    Ok(Opening {
        query,
        first: First { page, total },
        invitations,
        departments,
    })
}

/// The query in a URL.
fn read(address: &ParamsMap) -> PeopleQuery {
    PeopleQuery {
        search: address.get_str("q").unwrap_or_default().to_owned(),
        admins_only: address.get_str("show") == Some("admins"),
        department: address.get_str("department").and_then(|id| id.parse().ok()),
        ..PeopleQuery::default()
    }
}

/// The URL of a query.
fn write(query: &PeopleQuery) -> String {
    let mut address = ParamsMap::new();
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if query.admins_only {
        address.insert("show", "admins".to_owned());
    }
    if let Some(department) = query.department {
        address.insert("department", department.to_string());
    }
    format!("{}{}", routes::PEOPLE, address.to_query_string())
}

#[component]
fn PeopleList(opening: Opening, query: Memo<PeopleQuery>) -> AnyView {
    let visit = RequestContext::current();
    let list = List::new(Arc::new(People(opening.query.clone())), opening.first);
    let inviting = RwSignal::new(false);
    let serving = RwSignal::new(false);
    let go = follow(list, opening.query, query, People, write);
    let ask = move |change: &dyn Fn(&mut PeopleQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let mut filters = vec![Filter::new(
        "Show",
        "Everybody",
        words(&[("admins", "Who manages something")]),
        move || query.with(|query| text(query.admins_only.then_some("admins"))),
        move |key| ask(&|query| query.admins_only = key == "admins"),
    )];
    filters.extend(departments::filter(
        &opening.departments,
        move || query.with(|query| query.department),
        move |department| ask(&|query| query.department = department),
    ));
    let may_manage = visit.may(Permission::PeopleManage);
    let empty = move || {
        let all = view! {
            <button type="button" class="button" on:click=move |_| go.run(PeopleQuery::default())>"Show everybody"</button>
        };
        let sentence = "Nobody matches what you search for and the filter.";
        notice::empty("Nobody fits", sentence, all.into_any())
    };
    view! {
        <div class="head">
            <h1>"People"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="switch"></span>
            {may_manage.then(|| view! {
                <button type="button" class="button" on:click=move |_| serving.set(true)>"New service user"</button>
                <button type="button" class="button primary" on:click=move |_| inviting.set(true)>{icon(icon::PLUS)}"Invite"</button>
            })}
        </div>
        {may_manage.then(|| view! { <invitations::Invitations inviting first=opening.invitations/> })}
        {may_manage.then(|| view! { <service_users::Making serving/> })}
        {tools(
            view! { <Search label="Search people" placeholder="Search names and addresses" value=search on_search/> }.into_any(),
            filters,
            Signal::derive(move || query.with(|query| *query != PeopleQuery::default())),
            Callback::new(move |()| go.run(PeopleQuery::default())),
        )}
        <Table
            list label="People" class="people" columns=COLUMNS head=table_head()
            about=Arc::new(about) draw=Arc::new(person_row) empty=Arc::new(empty)
        />
    }
    .into_any()
}

fn table_head() -> AnyView {
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col" class="primary">"Name"</th>
                <th role="columnheader" scope="col" class="email">"E-mail"</th>
                <th role="columnheader" scope="col" class="standing">"User type"</th>
                <th role="columnheader" scope="col" class="department">"Department"</th>
                <th role="columnheader" scope="col" class="n">"Collections"</th>
                <th role="columnheader" scope="col" class="end">"Since"</th>
            </tr>
        </thead>
    }
    .into_any()
}

/// The row that a change affects. A use gives a person one more collection.
fn about(change: &Change) -> About {
    match *change {
        Change::Person { id: Some(id), new } => About::row(id.0, new),
        Change::Token { person: Some(id), .. } => About::Row(id.0),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

fn person_row(line: Line<PersonRow>, at: Memo<usize>) -> AnyView {
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="primary"><a class="name" href=routes::person(id)>{move || row.with(|row| row.name.clone())}</a></td>
            <td role="cell" class="email">{move || row.with(PersonRow::reached_at)}</td>
            <td role="cell" class="standing">{move || row.with(standing)}</td>
            <td role="cell" class="department" data-label="Department">{move || row.with(department)}</td>
            <td role="cell" class="n" data-label="Collections">{move || row.with(|row| grouped(row.collections))}</td>
            <td role="cell" class="end" data-label="Since">{move || row.with(|row| time::date(&row.since))}</td>
        </tr>
    }
    .into_any()
}

/// The department of a person.
pub fn department(row: &PersonRow) -> AnyView {
    match &row.department {
        Some(department) => department.name.clone().into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    }
}

/// The user type of a person.
pub fn standing(row: &PersonRow) -> AnyView {
    if row.deactivated {
        return view! { <span class="state revoked">{icon(icon::STOP)}"Deactivated"</span> }.into_any();
    }
    let class = if row.user_type.built_in == Some(BuiltIn::Member) {
        "quiet"
    } else {
        "tag"
    };
    view! { <span class=class>{row.user_type.name.clone()}</span> }.into_any()
}
