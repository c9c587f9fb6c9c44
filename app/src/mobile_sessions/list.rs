//! The list of mobile sessions.

use std::sync::Arc;

use domain::api_tokens::BulkResult;
use domain::feed::Change;
use domain::form::grouped;
use domain::mobile_sessions::{MobileChoices, MobileList, MobileOrder, MobileQuery, MobileSessionRow, Wipe};
use domain::page::count_label;
use domain::tokens::Family;
use domain::{Cursor, Page, Permission, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tools::{Tools, cleared, is_narrowed};
use super::{address, api};
use crate::access_tokens::facts;
use crate::api_tokens::tabs::token_tabs;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::rpc::Coming;
use crate::ui::chosen::chosen_bar;
use crate::ui::dialog::{Dialog, Opened};
use crate::ui::icon::{self, icon};
use crate::ui::list::{About, First, Line, List, Row, Source};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::opening::{both, opening};
use crate::ui::search::contains;
use crate::ui::toast::Toasts;
use crate::ui::{notice, time};

const COLUMNS: u32 = 7;

impl Row for MobileSessionRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

impl Question for MobileQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// Sessions that fit a question.
struct Sessions(MobileQuery);

impl Source<MobileSessionRow> for Sessions {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<MobileSessionRow>> {
        Box::pin(api::list_mobile_sessions(MobileQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_mobile_sessions(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<MobileSessionRow>> {
        Box::pin(api::mobile_session_rows(keys.into_iter().map(TokenId).collect()))
    }

    fn belongs(&self, row: &MobileSessionRow) -> bool {
        let query = &self.0;
        row.state.is_active() == (query.list == MobileList::Active)
            && query.person.is_none_or(|person| person == row.person)
            && query.app.is_none_or(|app| app == row.app.0)
            && query.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &MobileSessionRow) -> bool {
        let searched = &self.0.search;
        let fits = contains(&row.name, searched) || contains(row.email.as_str(), searched);
        self.belongs(row) && fits
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: MobileQuery,
    first: First<MobileSessionRow>,
    choices: MobileChoices,
}

/// The page.
pub fn mobile_users_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(address::query));
    view! {
        <Title text="Mobile Users Logged In"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <MobileUsers opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: MobileQuery) -> Result<Opening, ApiError> {
    let rows = both(
        api::list_mobile_sessions(query.clone()),
        api::count_mobile_sessions(query.clone()),
    );
    let ((page, total), choices) = both(rows, api::session_choices()).await?;
    Ok(Opening {
        query,
        first: First { page, total },
        choices,
    })
}

/// What was chosen, and what is asked about it.
#[derive(Clone, Copy)]
struct Chosen {
    ids: RwSignal<Vec<TokenId>>,
    asking: RwSignal<bool>,
}

#[component]
fn MobileUsers(opening: Opening, query: Memo<MobileQuery>) -> AnyView {
    let visit = RequestContext::current();
    let list = List::new(Arc::new(Sessions(opening.query.clone())), opening.first);
    let go = follow(list, opening.query, query, Sessions, address::of_query);
    let chosen = Chosen {
        ids: RwSignal::new(Vec::new()),
        asking: RwSignal::new(false),
    };
    let manages = visit.may(Permission::MobileSessionsManage);
    let empty = move || {
        if !query.with(is_narrowed) && query.with(|query| query.list == MobileList::Active) {
            let sentence = "Register an app, and whoever signs in to it stands here: with their device, and with a way to sign them out.";
            let next = view! { <a class="button" href=routes::MOBILE_APPS>"Mobile apps"</a> };
            return notice::empty("Nobody is signed in in a mobile app", sentence, next.into_any());
        }
        if !query.with(is_narrowed) {
            let sentence = "Whoever was signed out, or was not active for long, comes here.";
            return notice::empty("Nobody was signed out", sentence, ().into_any());
        }
        let all = view! {
            <button type="button" class="button" on:click=move |_| go.run(cleared(&query.get_untracked()))>"Show everybody"</button>
        };
        let sentence = "Nobody matches what you search for and the filter.";
        notice::empty("Nobody fits", sentence, all.into_any())
    };
    view! {
        <div class="head">
            <h1>"Mobile Users Logged In"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="actions">
                <a class="button" href=routes::MOBILE_APPS>"Mobile apps"</a>
                {bulk_button(chosen)}
            </span>
        </div>
        {token_tabs()}
        <Tools query go choices=opening.choices/>
        <Table
            list label="Mobile users" class="people mobile-users" columns=COLUMNS head=table_head(query, go)
            about=Arc::new(about)
            draw=Arc::new(move |line, at| session_row(chosen, manages, line, at))
            empty=Arc::new(empty)
        />
        {move || chosen.asking.get().then(|| view! { <SignOutChosen chosen list/> })}
    }
    .into_any()
}

fn bulk_button(chosen: Chosen) -> AnyView {
    let count = Signal::derive(move || i64::try_from(chosen.ids.with(Vec::len)).unwrap_or_default());
    let buttons = move |_| {
        view! {
            <button type="button" class="button small danger" on:click=move |_| chosen.asking.set(true)>
                {icon(icon::STOP)}"Sign out"
            </button>
        }
        .into_any()
    };
    chosen_bar(count, move || chosen.ids.set(Vec::new()), buttons)
}

/// What will be signed out, before it is.
#[component]
fn SignOutChosen(chosen: Chosen, list: List<MobileSessionRow>) -> AnyView {
    let ids = chosen.ids.get_untracked();
    let lines: Vec<MobileSessionRow> = ids
        .iter()
        .filter_map(|id| list.line(id.0))
        .map(|line| line.row.get_untracked())
        .collect();
    let rows = lines
        .iter()
        .take(20)
        .map(|row| view! { <li>{row.name.clone()}" · "{row.app.1.clone()}" · last active "{time::relative(&row.last_active)}</li> })
        .collect_view();
    let more = lines.len().checked_sub(20).filter(|more| *more > 0).map(
        |more| view! { <p>{format!("and {} more", grouped(i64::try_from(more).unwrap_or_default()))}</p> },
    );
    let on_close = Callback::new(move |()| chosen.asking.set(false));
    view! {
        <Dialog title="Sign out of their apps" on_close>
            <div class="body scrolls">
                <p>"From their next request on, these apps are not let in. People sign in again if they may; suspending can be undone."</p>
                <ul>{rows}</ul>
                {more}
            </div>
            <SignOutFoot chosen list ids/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn SignOutFoot(chosen: Chosen, list: List<MobileSessionRow>, ids: Vec<TokenId>) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let busy = RwSignal::new(false);
    let ids = StoredValue::new(ids);
    let end = move |suspend: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let ids = ids.get_value();
            match api::end_many(ids.clone(), suspend).await {
                Ok(results) => {
                    let is_done =
                        |result: &BulkResult| matches!(result, BulkResult::Revoked | BulkResult::Suspended);
                    let done = results.iter().filter(|(_, result)| is_done(result)).count();
                    let words = match suspend {
                        true => "suspended. Each goes on when it is resumed at its page.",
                        false => "signed out.",
                    };
                    let count = |many: usize| grouped(i64::try_from(many).unwrap_or_default());
                    chosen.ids.try_set(Vec::new());
                    list.refresh(ids.into_iter().map(|id| id.0).collect());
                    toasts.say(format!("{} of {} {words}", count(done), count(results.len())));
                    if let Some(opened) = opened {
                        opened.close();
                    }
                }
                Err(error) => {
                    busy.try_set(false);
                    toasts.say(error.to_string());
                }
            }
        });
    };
    view! {
        <footer>
            <button type="button" class="button" on:click=move |_| if let Some(opened) = opened { opened.close() }>"Cancel"</button>
            <button type="button" class="button" on:click=move |_| end(true)>"Suspend instead"</button>
            <button type="button" class="button danger" aria-busy=move || busy.get().then_some("true") on:click=move |_| end(false)>"Sign out"</button>
        </footer>
    }
    .into_any()
}

fn table_head(query: Memo<MobileQuery>, go: Callback<MobileQuery>) -> AnyView {
    let sorting = move |order: MobileOrder, words: &'static str, class: &'static str| {
        let now = move || query.with(|query| (query.order == order).then_some(query.descending));
        let sort = move || now().map(|down| if down { "descending" } else { "ascending" });
        view! {
            <th role="columnheader" scope="col" class=class aria-sort=sort>
                <button type="button" on:click=move |_| {
                    let descending = untrack(now).map_or(order == MobileOrder::LastActive, |down| !down);
                    go.run(MobileQuery { order, descending, ..query.get_untracked() });
                }>
                    {words}
                    {move || now().map(|down| icon(if down { icon::DOWN } else { icon::UP }))}
                </button>
            </th>
        }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col" class="choose"><span class="unseen">"Choose"</span></th>
                {sorting(MobileOrder::Name, "User Name", "primary")}
                <th role="columnheader" scope="col" class="email">"Email"</th>
                <th role="columnheader" scope="col" class="department">"Department"</th>
                <th role="columnheader" scope="col" class="device">"Device"</th>
                {sorting(MobileOrder::LastActive, "Last Active", "end")}
                {sorting(MobileOrder::Expires, "Expiry Date", "end")}
            </tr>
        </thead>
    }
    .into_any()
}

/// Which row a change is about.
fn about(change: &Change) -> About {
    match *change {
        Change::Token {
            family: Family::Mobile,
            id,
            new,
            ..
        } => About::row(id.0, new),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

fn session_row(chosen: Chosen, manages: bool, line: Line<MobileSessionRow>, at: Memo<usize>) -> AnyView {
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    let label = move || row.with(|row| format!("Choose {}", row.name));
    let is_chosen = move || chosen.ids.with(|ids| ids.contains(&id));
    let choose = move |_| {
        chosen
            .ids
            .update(|ids| match ids.iter().position(|other| *other == id) {
                Some(at) => drop(ids.remove(at)),
                None => ids.push(id),
            });
    };
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="choose">
                {manages.then(|| view! { <input type="checkbox" aria-label=label prop:checked=is_chosen on:change=choose/> })}
            </td>
            <td role="cell" class="primary">
                <a class="name" href=routes::mobile_session(id)>{move || row.with(|row| row.name.clone())}</a>
                <span class="sub">{move || row.with(standing)}</span>
            </td>
            <td role="cell" class="email" data-label="Email">{move || row.with(|row| row.email.to_string())}</td>
            <td role="cell" class="department" data-label="Department">
                {move || row.with(|row| row.department.as_ref().map(|(_, name)| name.clone()))}
                <span class="sub">{move || row.with(|row| row.user_type.clone())}</span>
            </td>
            <td role="cell" class="device" data-label="Device">
                {move || row.with(|row| row.device.clone())}
                <span class="sub">{move || row.with(|row| row.app.1.clone())}</span>
            </td>
            <td role="cell" class="end" data-label="Last Active">{move || row.with(|row| time::relative(&row.last_active))}</td>
            <td role="cell" class="end" data-label="Expiry Date">{move || row.with(|row| time::date(&row.expires))}</td>
        </tr>
    }
    .into_any()
}

/// What a session is, and whether the app is to remove everything.
pub(super) fn standing(row: &MobileSessionRow) -> AnyView {
    let wipe = match row.wipe {
        Wipe::Nothing => None,
        Wipe::Pending => Some(("state suspended", icon::CLOCK, "Wipe pending")),
        Wipe::Done => Some(("state ended", icon::TICK, "Wiped")),
    };
    view! {
        {facts::state(row.state)}
        {wipe.map(|(class, picture, words)| view! { <span class=class>{icon(picture)}{words}</span> })}
    }
    .into_any()
}
