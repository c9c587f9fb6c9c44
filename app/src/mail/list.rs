//! The list of mails.

use std::sync::Arc;

use domain::departments::DepartmentView;
use domain::feed::Change;
use domain::form::grouped;
use domain::mail::{MailQuery, MailRow, MailState};
use domain::page::count_label;
use domain::{Cursor, MailId, Page, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::api;
use crate::departments;
use crate::error::ApiError;
use crate::organisations::api::list_departments;
use crate::request_context::RequestContext;
use crate::routes;
use crate::rpc::Coming;
use crate::ui::icon::{self, icon};
use crate::ui::list::{About, First, Line, List, Row, Source};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::opening::opening;
use crate::ui::search::{Search, contains};
use crate::ui::tools::{Filter, text, tools, words};
use crate::ui::{notice, time};

const COLUMNS: u32 = 5;

impl Row for MailRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

/// Mails that fit a question.
struct Mails(MailQuery);

impl Source<MailRow> for Mails {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<MailRow>> {
        Box::pin(api::list_mails(MailQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_mails(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<MailRow>> {
        Box::pin(api::mail_rows(keys.into_iter().map(MailId).collect()))
    }

    /// Which departments are below the selected one is known to the server: a row that is shown stays, and for a new one the
    /// list is read again.
    fn belongs(&self, row: &MailRow) -> bool {
        self.0.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &MailRow) -> bool {
        let searched = &self.0.search;
        let fits = contains(row.to.as_str(), searched) || contains(&row.to_name, searched);
        self.belongs(row) && fits
    }
}

impl Question for MailQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: MailQuery,
    first: First<MailRow>,
    departments: Vec<DepartmentView>,
}

/// The page.
pub fn mails_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(read));
    view! {
        <Title text="Mail"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <MailList opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: MailQuery) -> Result<Opening, ApiError> {
    let page = api::list_mails(query.clone()).await?;
    let total = api::count_mails(query.clone()).await?;
    let departments = list_departments().await?;
    Ok(Opening {
        query,
        first: First { page, total },
        departments,
    })
}

/// The question in an address.
fn read(address: &ParamsMap) -> MailQuery {
    MailQuery {
        search: address.get_str("q").unwrap_or_default().to_owned(),
        state: address.get_str("state").and_then(MailState::from_key),
        department: address.get_str("department").and_then(|id| id.parse().ok()),
        ..MailQuery::default()
    }
}

/// The address of a question.
fn write(query: &MailQuery) -> String {
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
    format!("{}{}", routes::MAIL, address.to_query_string())
}

#[component]
fn MailList(opening: Opening, query: Memo<MailQuery>) -> AnyView {
    let list = List::new(Arc::new(Mails(opening.query.clone())), opening.first);
    let go = follow(list, opening.query, query, Mails, write);
    let ask = move |change: &dyn Fn(&mut MailQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let states = MailState::ALL.map(|state| (state.key(), state.label()));
    let mut filters = vec![Filter::new(
        "State",
        "All states",
        words(&states),
        move || query.with(|query| text(query.state.map(MailState::key))),
        move |key| ask(&|query| query.state = MailState::from_key(&key)),
    )];
    filters.extend(departments::filter(
        &opening.departments,
        move || query.with(|query| query.department),
        move |department| ask(&|query| query.department = department),
    ));
    let sets_up = RequestContext::current().may(Permission::OrganisationManage);
    let empty = move || {
        if query.with(|query| *query == MailQuery::default()) {
            let sentence = "What Tokenwright sends stands here, and whether it arrived.";
            return notice::empty("No mail yet", sentence, ().into_any());
        }
        let all = view! {
            <button type="button" class="button" on:click=move |_| go.run(MailQuery::default())>"Show all mail"</button>
        };
        let sentence = "No mail matches what you search for and the filters.";
        notice::empty("No mail fits", sentence, all.into_any())
    };
    view! {
        <div class="head">
            <h1>"Mail"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="actions">
                <a class="button" href=routes::MAIL_TEXTS>"Texts"</a>
                {sets_up.then(|| view! { <a class="button" href=routes::MAIL_SETTINGS>"Settings"</a> })}
            </span>
        </div>
        {tools(
            view! { <Search label="Search mail" placeholder="Search addresses and names" value=search on_search/> }.into_any(),
            filters,
            Signal::derive(move || query.with(|query| *query != MailQuery::default())),
            Callback::new(move |()| go.run(MailQuery::default())),
        )}
        <Table
            list label="Mail" class="people mails" columns=COLUMNS head=table_head()
            about=Arc::new(about) draw=Arc::new(mail_row) empty=Arc::new(empty)
        />
    }
    .into_any()
}

fn table_head() -> AnyView {
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col" class="primary">"To"</th>
                <th role="columnheader" scope="col" class="email">"About"</th>
                <th role="columnheader" scope="col" class="standing">"State"</th>
                <th role="columnheader" scope="col" class="n">"Tries"</th>
                <th role="columnheader" scope="col" class="end">"Written"</th>
            </tr>
        </thead>
    }
    .into_any()
}

/// Which row a change is about. A mail shows first when it went out or was tried, so each may be new here.
fn about(change: &Change) -> About {
    match *change {
        Change::Mail { id, .. } => About::New(id.0),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

fn mail_row(line: Line<MailRow>, at: Memo<usize>) -> AnyView {
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="primary">
                <a class="name" href=routes::mail(id)>{move || row.with(|row| row.to.to_string())}</a>
                <span class="sub">{move || row.with(|row| row.to_name.clone())}</span>
            </td>
            <td role="cell" class="email">{move || row.with(|row| row.about.clone())}</td>
            <td role="cell" class="standing">{move || row.with(standing)}</td>
            <td role="cell" class="n" data-label="Tries">{move || row.with(|row| grouped(row.tries))}</td>
            <td role="cell" class="end" data-label="Written">{move || row.with(|row| time::minute(&row.written))}</td>
        </tr>
    }
    .into_any()
}

/// Where a mail is, with what is wrong as its title.
pub(super) fn standing(row: &MailRow) -> AnyView {
    let (class, picture) = match row.state {
        MailState::Sent => ("state live", icon::TICK),
        MailState::Queued | MailState::Sending => ("state not-yet", icon::MAIL),
        MailState::Cancelled => ("state revoked", icon::STOP),
        MailState::Failed | MailState::Bounced => ("state revoked", icon::WARNING),
    };
    view! { <span class=class title=row.problem.clone()>{icon(picture)}{row.state.label()}</span> }.into_any()
}
