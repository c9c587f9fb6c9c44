//! The list of collections.

use std::sync::Arc;

use domain::collections::{CollectionQuery, CollectionRow, CollectionState};
use domain::feed::Change;
use domain::form::grouped;
use domain::page::count_label;
use domain::{CollectionId, Cursor, Page, Permission, Problems};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{api, head};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::rpc::Coming;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState};
use crate::ui::icon::{self, icon};
use crate::ui::list::{About, First, Line, List, Row, Source};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::opening::{both, opening};
use crate::ui::search::{Search, contains};
use crate::ui::tools::{Filter, text, tools, words};
use crate::ui::{notice, time};

const COLUMNS: u32 = 5;

impl Row for CollectionRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

/// The collections that match a query.
struct Collections(CollectionQuery);

impl Source<CollectionRow> for Collections {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<CollectionRow>> {
        Box::pin(api::list_collections(CollectionQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_collections(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<CollectionRow>> {
        Box::pin(api::collection_rows(keys.into_iter().map(CollectionId).collect()))
    }

    fn belongs(&self, row: &CollectionRow) -> bool {
        self.0.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &CollectionRow) -> bool {
        self.belongs(row) && contains(&row.title, &self.0.search)
    }
}

impl Question for CollectionQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: CollectionQuery,
    first: First<CollectionRow>,
}

/// The page.
pub fn collections_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(read));
    view! {
        <Title text="Collections"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <CollectionList opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: CollectionQuery) -> Result<Opening, ApiError> {
    let (page, total) = both(
        api::list_collections(query.clone()),
        api::count_collections(query.clone()),
    )
    .await?;
    Ok(Opening {
        query,
        first: First { page, total },
    })
}

/// The query in a URL.
fn read(address: &ParamsMap) -> CollectionQuery {
    CollectionQuery {
        search: address.get_str("q").unwrap_or_default().to_owned(),
        state: address.get_str("state").and_then(CollectionState::from_key),
        department: address.get_str("department").and_then(|id| id.parse().ok()),
        ..CollectionQuery::default()
    }
}

/// The URL of a query.
fn write(query: &CollectionQuery) -> String {
    let mut address = ParamsMap::new();
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if let Some(state) = query.state {
        address.insert("state", state.key().to_owned());
    }
    if let Some(department) = query.department {
        address.insert("department", department.to_string());
    }
    format!("{}{}", routes::COLLECTIONS, address.to_query_string())
}

#[component]
fn CollectionList(opening: Opening, query: Memo<CollectionQuery>) -> AnyView {
    let visit = RequestContext::current();
    let list = List::new(Arc::new(Collections(opening.query.clone())), opening.first);
    let starting = RwSignal::new(false);
    let go = follow(list, opening.query, query, Collections, write);
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(CollectionQuery {
            search,
            ..query.get_untracked()
        });
    });
    let states = CollectionState::ALL.map(|state| (state.key(), state.label()));
    let state = Filter::new(
        "State",
        "All states",
        words(&states),
        move || query.with(|query| text(query.state.map(CollectionState::key))),
        move |key| {
            go.run(CollectionQuery {
                state: CollectionState::from_key(&key),
                ..query.get_untracked()
            });
        },
    );
    let is_narrowed = move || query.with(|query| *query != CollectionQuery::default());
    let may_make = visit.may(Permission::CollectionsManage);
    let empty = move || {
        if is_narrowed() {
            let all = view! {
                <button type="button" class="button" on:click=move |_| go.run(CollectionQuery::default())>"Show all collections"</button>
            };
            let sentence = "Nothing matches what you search for and the filter.";
            return notice::empty("No collection fits", sentence, all.into_any());
        }
        let start = may_make.then(|| view! {
            <button type="button" class="button primary" on:click=move |_| starting.set(true)>"Start the first one"</button>
        });
        let sentence = "A collection is what tokens open: pages, links and files, in an order.";
        notice::empty("No collections yet", sentence, start.into_any())
    };
    view! {
        <div class="head">
            <h1>"Collections"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="switch"></span>
            {may_make.then(|| view! {
                <button type="button" class="button primary" on:click=move |_| starting.set(true)>{icon(icon::PLUS)}"New collection"</button>
            })}
        </div>
        {tools(
            view! { <Search label="Search collections" placeholder="Search titles" value=search on_search/> }.into_any(),
            vec![state],
            Signal::derive(is_narrowed),
            Callback::new(move |()| go.run(CollectionQuery::default())),
        )}
        <Table
            list label="Collections" class="collections" columns=COLUMNS head=table_head()
            about=Arc::new(about) draw=Arc::new(collection_row) empty=Arc::new(empty)
        />
        {move || starting.get().then(|| view! {
            <Dialog title="New collection" on_close=move |()| starting.set(false)><NewFields/></Dialog>
        })}
    }
    .into_any()
}

fn table_head() -> AnyView {
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col" class="primary">"Title"</th>
                <th role="columnheader" scope="col" class="standing">"State"</th>
                <th role="columnheader" scope="col" class="n">"Items"</th>
                <th role="columnheader" scope="col" class="n">"People"</th>
                <th role="columnheader" scope="col" class="end">"Changed"</th>
            </tr>
        </thead>
    }
    .into_any()
}

/// The row that a change affects. A use gives a collection to one more person.
fn about(change: &Change) -> About {
    match *change {
        Change::Collection { id, new } => About::row(id.0, new),
        Change::Token {
            collection: Some(id), ..
        } => About::Row(id.0),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

fn collection_row(line: Line<CollectionRow>, at: Memo<usize>) -> AnyView {
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id: CollectionId = row.with_untracked(|row| row.id);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="primary">
                {move || row.with(|row| head::cover(&row.cover, "small"))}
                <span class="titles">
                    <a class="name" href=routes::collection(id)>{move || row.with(|row| row.title.clone())}</a>
                    <span class="sub">{move || row.with(|row| row.summary.clone())}</span>
                </span>
            </td>
            <td role="cell" class="standing">{move || head::state(row.with(|row| row.state))}</td>
            <td role="cell" class="n" data-label="Items">{move || row.with(|row| grouped(row.items))}</td>
            <td role="cell" class="n" data-label="People">{move || row.with(|row| grouped(row.people))}</td>
            <td role="cell" class="end" data-label="Changed">{move || row.with(|row| time::relative(&row.changed))}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn NewFields() -> AnyView {
    let form = FormState::new("new");
    let opened = Opened::around();
    let title = RwSignal::new(String::new());
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = title.get_untracked();
        let parsed =
            domain::collections::title(&typed).map_err(|error| Problems::one("title", error.to_string()));
        if form.fits(parsed) {
            let navigate = navigate.clone();
            form.send(api::create_collection(typed), move |made| {
                if let Some(opened) = opened {
                    opened.close();
                }
                navigate(&routes::collection(made.id), NavigateOptions::default());
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="title" label="Title" value=title first=true/>
                <p class="says">"It starts as a draft that only admins see. Publish it when it is ready."</p>
                {form.failure()}
            </div>
            {foot("Create collection", form.busy.into())}
        </form>
    }
    .into_any()
}
