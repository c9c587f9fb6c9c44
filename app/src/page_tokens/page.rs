//! The page *Admin Tokens*: tabs, or, without tabs, everything below each other.

use std::sync::Arc;

use domain::Permission;
use domain::departments::DepartmentView;
use domain::page_tokens::list::{PageTokenQuery, PageTokenRow};
use domain::page_tokens::sites::SiteRow;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::add::AddToken;
use super::address::{self, Tab};
use super::api;
use super::explain::Explain;
use super::list::TokenTable;
use super::row::Actions;
use super::sites::Sites;
use super::source::PageTokens;
use crate::error::ApiError;
use crate::organisations::api::list_departments;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::list::{First, List, Source};
use crate::ui::listing::follow;
use crate::ui::opening::opening;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: PageTokenQuery,
    first: First<PageTokenRow>,
    sites: Vec<SiteRow>,
    departments: Vec<DepartmentView>,
}

/// The page.
pub fn page_tokens_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(address::query));
    view! {
        <Title text="Admin Tokens"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <Page opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: PageTokenQuery) -> Result<Opening, ApiError> {
    let first = PageTokens::first(query.clone()).await?;
    let sites = api::list_sites().await?;
    let departments = list_departments().await?;
    Ok(Opening {
        query,
        first,
        sites,
        departments,
    })
}

#[component]
fn Page(opening: Opening, query: Memo<PageTokenQuery>) -> AnyView {
    let visit = RequestContext::current();
    let address = use_query_map();
    let tab = Memo::new(move |_| address.with(Tab::in_address));
    let without_tabs = Memo::new(move |_| address.with(address::without_tabs));
    let sites = RwSignal::new(opening.sites);
    let list = List::new(Arc::new(PageTokens(opening.query.clone())), opening.first);
    let go = follow(list, opening.query, query, PageTokens, move |query| {
        address::of_query(query, without_tabs.get_untracked())
    });
    let actions = Actions::new(
        Callback::new(move |made: PageTokenRow| {
            if query.with_untracked(|query| PageTokens(query.clone()).welcomes(&made)) {
                list.put_first(made);
            }
        }),
        Callback::new(move |row| list.settle(row)),
    );
    let manages = visit.may(Permission::PageTokensManage);
    let shows = move |wanted: Tab| without_tabs.get() || tab.get() == wanted;
    view! {
        <div class="head">
            <h1>"Admin Tokens"</h1>
            <span class="actions">
                <a class="button quiet-button" href=routes::BATCH>"Batch"</a>
                <a class="button quiet-button" href=move || if without_tabs.get() { routes::PAGE_TOKENS.to_owned() } else { format!("{}?tabs=none", routes::PAGE_TOKENS) }>
                    {move || if without_tabs.get() { "Tabs" } else { "No Tabs" }}
                </a>
            </span>
        </div>
        {move || (!without_tabs.get()).then(|| tabs(tab, manages))}
        <div hidden=move || !shows(Tab::List)>
            <TokenTable list query go sites=sites.into() departments=opening.departments actions/>
        </div>
        {manages.then(|| view! {
            <div hidden=move || !shows(Tab::Add)>
                <AddToken sites=sites.into() made=actions.made first=!without_tabs.get_untracked()/>
            </div>
        })}
        <div hidden=move || !shows(Tab::Sites)>
            <Sites sites manages/>
        </div>
        <div hidden=move || !shows(Tab::Explain)>
            <Explain/>
        </div>
    }
    .into_any()
}

/// The tabs: links, so that each has an address and works before Wasm.
fn tabs(tab: Memo<Tab>, manages: bool) -> AnyView {
    let links = Tab::ALL
        .into_iter()
        .filter(|one| manages || *one != Tab::Add)
        .map(|one| {
            let current = move || (tab.get() == one).then_some("page");
            let href = if one == Tab::List {
                routes::PAGE_TOKENS.to_owned()
            } else {
                format!("{}?tab={}", routes::PAGE_TOKENS, one.key())
            };
            view! { <a href=href aria-current=current>{one.label()}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Admin Tokens">{links}</nav> }.into_any()
}
