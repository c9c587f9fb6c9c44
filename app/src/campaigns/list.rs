//! The list of campaigns.

use std::sync::Arc;

use domain::campaigns::{CampaignOrder, CampaignQuery, CampaignRow, CampaignState, DesignChoice};
use domain::departments::DepartmentView;
use domain::feed::Change;
use domain::form::grouped;
use domain::page::count_label;
use domain::tokens::Family;
use domain::{CampaignId, Cursor, Page, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{api, create, issuer};
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

const COLUMNS: u32 = 9;

impl Row for CampaignRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

/// Campaigns that fit a question.
struct Campaigns(CampaignQuery);

impl Source<CampaignRow> for Campaigns {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<CampaignRow>> {
        Box::pin(api::list_campaigns(CampaignQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_campaigns(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<CampaignRow>> {
        Box::pin(api::campaign_rows(keys.into_iter().map(CampaignId).collect()))
    }

    /// Which departments are below the selected one is known to the server: a row that is shown stays, and for a new one the
    /// list is read again.
    fn belongs(&self, row: &CampaignRow) -> bool {
        self.0.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &CampaignRow) -> bool {
        self.belongs(row) && contains(&row.title, &self.0.search)
    }
}

impl Question for CampaignQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: CampaignQuery,
    first: First<CampaignRow>,
    designs: Vec<DesignChoice>,
    departments: Vec<DepartmentView>,
}

/// The page.
pub fn campaigns_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(read));
    view! {
        <Title text="Certificates"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <CampaignList opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: CampaignQuery) -> Result<Opening, ApiError> {
    let list = both(
        api::list_campaigns(query.clone()),
        api::count_campaigns(query.clone()),
    );
    let choices = both(api::designs(), list_departments());
    let ((page, total), (designs, departments)) = both(list, choices).await?;
    Ok(Opening {
        query,
        first: First { page, total },
        designs,
        departments,
    })
}

/// The question in an address.
fn read(address: &ParamsMap) -> CampaignQuery {
    let word = |name| address.get_str(name).unwrap_or_default();
    CampaignQuery {
        search: word("q").to_owned(),
        state: CampaignState::from_key(word("state")),
        order: CampaignOrder::from_key(word("order")).unwrap_or_default(),
        reversed: word("reversed") == "yes",
        department: word("department").parse().ok(),
        ..CampaignQuery::default()
    }
}

/// The address of a question.
fn write(query: &CampaignQuery) -> String {
    let mut address = ParamsMap::new();
    let mut add = |name: &'static str, word: &str, is_said: bool| {
        if is_said {
            address.insert(name, word.to_owned());
        }
    };
    add("q", &query.search, !query.search.is_empty());
    add(
        "state",
        query.state.map_or("", CampaignState::key),
        query.state.is_some(),
    );
    add(
        "order",
        query.order.key(),
        query.order != CampaignOrder::default(),
    );
    add("reversed", "yes", query.reversed);
    let department = query.department.map(|id| id.to_string());
    add(
        "department",
        department.as_deref().unwrap_or_default(),
        department.is_some(),
    );
    format!("{}{}", routes::CAMPAIGNS, address.to_query_string())
}

#[component]
fn CampaignList(opening: Opening, query: Memo<CampaignQuery>) -> AnyView {
    let list = List::new(Arc::new(Campaigns(opening.query.clone())), opening.first);
    let go = follow(list, opening.query, query, Campaigns, write);
    let making = RwSignal::new(false);
    let designs = StoredValue::new(opening.designs);
    let may_manage = RequestContext::current().may(Permission::CampaignsManage);
    let sets_up = RequestContext::current().may(Permission::OrganisationManage);
    let said = RwSignal::new(None);
    let ask = move |_| {
        spawn_local(async move {
            said.try_set(Some(both(api::get_issuer(), api::issuer_keys()).await));
        });
    };
    let ask_for = move |change: &dyn Fn(&mut CampaignQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask_for(&|query| query.search.clone_from(&search)));
    let states = CampaignState::ALL.map(|state| (state.key(), state.label()));
    let mut filters = vec![Filter::new(
        "State",
        "All states",
        words(&states),
        move || query.with(|query| text(query.state.map(CampaignState::key))),
        move |key| ask_for(&|query| query.state = CampaignState::from_key(&key)),
    )];
    filters.extend(departments::filter(
        &opening.departments,
        move || query.with(|query| query.department),
        move |department| ask_for(&|query| query.department = department),
    ));
    let is_narrowed = move || {
        query.with(|query| !query.search.is_empty() || query.state.is_some() || query.department.is_some())
    };
    let new = move || {
        may_manage.then(|| {
            view! {
                <button type="button" class="button primary" on:click=move |_| making.set(true)>
                    {icon(icon::PLUS)}"New campaign"
                </button>
            }
        })
    };
    let empty = move || {
        if !is_narrowed() {
            let sentence = "A campaign is a certificate or badge with its recipients. Each of them gets an own link to claim it.";
            return notice::empty("No campaigns yet", sentence, new().into_any());
        }
        let all = view! {
            <button type="button" class="button" on:click=move |_| go.run(CampaignQuery::default())>"Clear filters"</button>
        };
        let sentence = "No campaign matches what you search for and the filters.";
        notice::empty("No campaign fits", sentence, all.into_any())
    };
    view! {
        <div class="head">
            <h1>"Certificates"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="switch"></span>
            <a class="button" href=routes::SIGN_IN_PROVIDERS>"Sign-in providers"</a>
            {sets_up.then(|| view! { <button type="button" class="button" on:click=ask>"Issuer"</button> })}
            {new()}
        </div>
        {tools(
            view! { <Search label="Search campaigns" placeholder="Search titles" value=search on_search/> }.into_any(),
            filters,
            Signal::derive(is_narrowed),
            Callback::new(move |()| go.run(CampaignQuery::default())),
        )}
        <Table
            list label="Campaigns" class="campaigns" columns=COLUMNS head=table_head(query, go)
            about=Arc::new(about) draw=Arc::new(campaign_row) empty=Arc::new(empty)
        />
        {move || said.get().map(|now| view! { <issuer::Issuer said=now on_close=move |()| said.set(None)/> })}
        {move || making.get().then(|| view! { <create::Create designs=designs.get_value() on_close=move |()| making.set(false)/> })}
    }
    .into_any()
}

fn table_head(query: Memo<CampaignQuery>, go: Callback<CampaignQuery>) -> AnyView {
    let sorting = move |order: CampaignOrder, class: &'static str, words: &'static str| {
        // Titles rise from A to Z; the newest campaign stands first.
        let now = move || {
            query.with(|query| {
                (query.order == order).then_some(query.reversed == (order == CampaignOrder::Title))
            })
        };
        let sort = move || now().map(|down| if down { "descending" } else { "ascending" });
        let turn = move |_| {
            let before = query.get_untracked();
            let reversed = before.order == order && !before.reversed;
            go.run(CampaignQuery {
                order,
                reversed,
                ..before
            });
        };
        view! {
            <th role="columnheader" scope="col" class=class aria-sort=sort>
                <button type="button" on:click=turn>
                    {words}{move || now().map(|down| icon(if down { icon::DOWN } else { icon::UP }))}
                </button>
            </th>
        }
    };
    let counted = |words: &'static str, title: &'static str| {
        view! { <th role="columnheader" scope="col" class="n" title=title>{words}</th> }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                {sorting(CampaignOrder::Title, "primary", "Title")}
                <th role="columnheader" scope="col" class="how-far">"State"</th>
                {counted("Recipients", "Who is in it")}
                {counted("Sent", "Who was sent the mail with their link")}
                {counted("Opened", "Who went on from their link. Mail scanners, which only look, are not counted.")}
                {counted("Claimed", "Who has their certificate or badge")}
                {counted("Shared", "Whose certificate or badge was shared from its public page")}
                {counted("Bounced", "Whose mail came back")}
                {sorting(CampaignOrder::Made, "made", "Made")}
            </tr>
        </thead>
    }
    .into_any()
}

/// Which row a change is about. What happens to a recipient or a mail does not say of which campaign.
fn about(change: &Change) -> About {
    match *change {
        Change::Token {
            family: Family::Claim,
            ..
        }
        | Change::Mail { .. }
        | Change::Everything => About::All,
        _ => About::Nothing,
    }
}

fn campaign_row(line: Line<CampaignRow>, at: Memo<usize>) -> AnyView {
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="primary">
                <a class="name" href=routes::campaign(id)>{move || row.with(|row| row.title.clone())}</a>
                <span class="sub">{move || row.with(|row| row.kind.label())}</span>
            </td>
            <td role="cell" class="how-far" data-label="State">{move || row.with(|row| state(row.state))}</td>
            {number(row, "Recipients", |row| row.recipients)}
            {number(row, "Sent", |row| row.sent)}
            {number(row, "Opened", |row| row.opened)}
            {number(row, "Claimed", |row| row.claimed)}
            {number(row, "Shared", |row| row.shared)}
            {number(row, "Bounced", |row| row.bounced)}
            <td role="cell" class="made" data-label="Made">{move || row.with(|row| time::date(&row.created))}</td>
        </tr>
    }
    .into_any()
}

fn number(row: RwSignal<CampaignRow>, label: &'static str, count: fn(&CampaignRow) -> i64) -> AnyView {
    view! { <td role="cell" class="n" data-label=label>{move || row.with(|row| grouped(count(row)))}</td> }
        .into_any()
}

/// How far a campaign is, with its sign.
pub(super) fn state(state: CampaignState) -> AnyView {
    let (class, sign) = match state {
        CampaignState::Draft => ("state not-yet", icon::PENCIL),
        CampaignState::Live => ("state live", icon::TICK),
        CampaignState::Paused => ("state suspended", icon::PAUSE),
        CampaignState::Ended => ("state revoked", icon::STOP),
    };
    view! { <span class=class>{icon(sign)}{state.label()}</span> }.into_any()
}
