//! *List tokens*: search, order, filters, and the table under them.

use std::sync::Arc;

use domain::access_tokens::{TokenList, TokenOrder};
use domain::departments::DepartmentView;
use domain::page::count_label;
use domain::page_tokens::list::{PageTokenQuery, PageTokenRow};
use domain::page_tokens::sites::SiteRow;
use domain::tokens::State;
use leptos::prelude::*;

use super::dialogs::Dialogs;
use super::row::{self, Actions};
use super::source::about;
use crate::departments::DepartmentFilter;
use crate::ui::icon::{self, icon};
use crate::ui::list::List;
use crate::ui::listing::Table;
use crate::ui::notice;
use crate::ui::search::Search;

/// The list with everything around it.
#[component]
pub fn TokenTable(
    list: List<PageTokenRow>,
    query: Memo<PageTokenQuery>,
    go: Callback<PageTokenQuery>,
    sites: Signal<Vec<SiteRow>>,
    departments: Vec<DepartmentView>,
    actions: Actions,
) -> AnyView {
    view! {
        <section aria-labelledby="list-heading">
            <div class="head">
                <h2 id="list-heading">{move || match query.with(|query| query.list) {
                    TokenList::Active => "List tokens",
                    TokenList::Expired => "Expired tokens",
                    TokenList::Deleted => "Deleted tokens",
                }}</h2>
                <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
                {switch(query, go)}
                {row::bulk(actions)}
            </div>
            <Tools query go sites departments/>
            <Table
                list label="Page tokens" class="tokens page-tokens" columns=row::COLUMNS about=Arc::new(about)
                head=head(query, go)
                draw=Arc::new(move |line, at| row::page_token_row(actions, line, at))
                empty=Arc::new(move || nothing(&query.get(), go))
            />
            <Dialogs actions sites/>
        </section>
    }
    .into_any()
}

fn switch(query: Memo<PageTokenQuery>, go: Callback<PageTokenQuery>) -> AnyView {
    let to = move |list: TokenList, words: &'static str| {
        let next = move |_| {
            go.run(PageTokenQuery {
                list,
                ..PageTokenQuery::default()
            });
        };
        view! { <button type="button" class="button quiet-button" on:click=next>{words}</button> }.into_any()
    };
    view! {
        <span class="switch">
            {move || match query.with(|query| query.list) {
                TokenList::Active => view! {
                    {to(TokenList::Expired, "Show expired tokens")}
                    {to(TokenList::Deleted, "Deleted ones")}
                }.into_any(),
                _ => to(TokenList::Active, "Show active tokens"),
            }}
        </span>
    }
    .into_any()
}

#[component]
fn Tools(
    query: Memo<PageTokenQuery>,
    go: Callback<PageTokenQuery>,
    sites: Signal<Vec<SiteRow>>,
    departments: Vec<DepartmentView>,
) -> AnyView {
    // One function changes the question: each copy of it in a closure of its own would take its room in the Wasm.
    let ask = move |change: &dyn Fn(&mut PageTokenQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let department = Signal::derive(move || query.with(|query| query.department));
    let to_department = Callback::new(move |department| ask(&|query| query.department = department));
    let order = move || query.with(|query| query.order.key());
    let site = move || query.with(|query| query.site.map(|id| id.to_string()).unwrap_or_default());
    let state = move || query.with(|query| query.state.map(State::key).unwrap_or_default());
    view! {
        <div class="tools">
            <Search label="Search page tokens" placeholder="Search URL, note or token" value=search on_search/>
            <select class="input" aria-label="Order" prop:value=order on:change=move |event| {
                if let Some((order, _)) = TokenOrder::from_key(&event_target_value(&event)) {
                    let descending = matches!(order, TokenOrder::Created | TokenOrder::Uses | TokenOrder::LastUsed);
                    ask(&|query| (query.order, query.descending) = (order, descending));
                }
            }>
                {TokenOrder::ALL.map(|order| view! {
                    <option value=order.key() selected=query.with_untracked(|query| query.order == order)>{label(order)}</option>
                }).collect_view()}
            </select>
            <select class="input" aria-label="Site" prop:value=site on:change=move |event| {
                ask(&|query| query.site = event_target_value(&event).parse().ok());
            }>
                <option value="">"All sites"</option>
                {move || sites.get().into_iter().map(|site| {
                    let chosen = query.with_untracked(|query| query.site == Some(site.id));
                    view! { <option value=site.id.to_string() selected=chosen>{site.address}</option> }
                }).collect_view()}
            </select>
            <DepartmentFilter departments chosen=department choose=to_department/>
            <select class="input" aria-label="State" prop:value=state on:change=move |event| {
                ask(&|query| query.state = State::from_key(&event_target_value(&event)));
            }>
                <option value="">"All states"</option>
                {State::ALL.map(|state| view! {
                    <option
                        value=state.key() hidden=move || state.is_active() != query.with(|query| query.list == TokenList::Active)
                        selected=query.with_untracked(|query| query.state == Some(state))
                    >{state.label()}</option>
                }).collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// The words of an order here: a use is a hit, and a name begins with the host.
fn label(order: TokenOrder) -> &'static str {
    match order {
        TokenOrder::Name => "URL",
        TokenOrder::Uses => "Hits",
        TokenOrder::Remaining => "Hits left",
        TokenOrder::Created => "Created",
        TokenOrder::Expires => "Expires",
        TokenOrder::LastUsed => "Last used",
    }
}

fn head(query: Memo<PageTokenQuery>, go: Callback<PageTokenQuery>) -> AnyView {
    let sorting = move |order: TokenOrder, class: &'static str| {
        let now = move || query.with(|query| (query.order == order).then_some(query.descending));
        let sort = move || now().map(|down| if down { "descending" } else { "ascending" });
        view! {
            <th role="columnheader" scope="col" class=class aria-sort=sort>
                <button type="button" on:click=move |_| {
                    let descending = untrack(now).map_or(order == TokenOrder::Uses, |down| !down);
                    go.run(PageTokenQuery { order, descending, ..query.get_untracked() });
                }>
                    {label(order)}
                    {move || now().map(|down| icon(if down { icon::DOWN } else { icon::UP }))}
                </button>
            </th>
        }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" scope="col" class="choose"><span class="unseen">"Choose"</span></th>
                {sorting(TokenOrder::Name, "primary")}
                <th role="columnheader" scope="col" class="token">"Token"</th>
                <th role="columnheader" scope="col" class="opens">"Groups"</th>
                {sorting(TokenOrder::Uses, "n")}
                {sorting(TokenOrder::Remaining, "n")}
                {sorting(TokenOrder::Expires, "end")}
                <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
            </tr>
        </thead>
    }
    .into_any()
}

fn nothing(query: &PageTokenQuery, go: Callback<PageTokenQuery>) -> AnyView {
    let whole = PageTokenQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..PageTokenQuery::default()
    };
    if *query != whole {
        let next = view! { <button type="button" class="button" on:click=move |_| go.run(whole.clone())>"Show the whole list"</button> };
        return notice::empty(
            "No token fits",
            "Nothing matches what you search for and the filters.",
            next.into_any(),
        );
    }
    match query.list {
        TokenList::Active => notice::empty(
            "No page tokens yet",
            "A page token opens one page of a site that you guard, as a member of some groups: for a job run by cron, or for somebody without an account.",
            ().into_any(),
        ),
        TokenList::Expired => notice::empty(
            "No expired tokens",
            "Tokens come here when their time is over or their last hit is spent.",
            ().into_any(),
        ),
        TokenList::Deleted => notice::empty(
            "No deleted tokens",
            "What is deleted stays here for 30 days and can be restored.",
            ().into_any(),
        ),
    }
}
