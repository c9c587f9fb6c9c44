//! *List tokens*: search, order, filters, and the table under them.

use std::sync::Arc;

use domain::Permission;
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
use crate::departments;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::list::List;
use crate::ui::listing::Table;
use crate::ui::notice;
use crate::ui::search::Search;
use crate::ui::tools::{Filter, choice, text, tools};

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
    let manages = RequestContext::current().may(Permission::PageTokensManage);
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
                empty=Arc::new(move || nothing(&query.get(), go, manages))
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
    let orders = TokenOrder::ALL.map(|order| (order.key().to_owned(), label(order).to_owned()));
    let order = choice(
        "Order",
        orders.into(),
        move || query.with(|query| query.order.key().to_owned()),
        move |key| {
            if let Some((order, _)) = TokenOrder::from_key(&key) {
                let descending = matches!(
                    order,
                    TokenOrder::Created | TokenOrder::Uses | TokenOrder::LastUsed
                );
                ask(&|query| (query.order, query.descending) = (order, descending));
            }
        },
    );
    let addresses = Signal::derive(move || {
        sites.with(|sites| {
            let option = |site: &SiteRow| (site.id.to_string(), site.address.clone());
            sites.iter().map(option).collect()
        })
    });
    let states = Signal::derive(move || {
        let is_active = query.with(|query| query.list == TokenList::Active);
        let states = State::ALL
            .into_iter()
            .filter(|state| state.is_active() == is_active);
        states
            .map(|state| (state.key().to_owned(), state.label().to_owned()))
            .collect()
    });
    let mut filters = vec![
        Filter::new(
            "Site",
            "All sites",
            addresses,
            move || query.with(|query| text(query.site)),
            move |id| ask(&|query| query.site = id.parse().ok()),
        ),
        Filter::new(
            "State",
            "All states",
            states,
            move || query.with(|query| text(query.state.map(State::key))),
            move |key| ask(&|query| query.state = State::from_key(&key)),
        ),
    ];
    filters.extend(departments::filter(
        &departments,
        move || query.with(|query| query.department),
        move |department| ask(&|query| query.department = department),
    ));
    let first = view! {
        <Search label="Search page tokens" placeholder="Search URL, note or token" value=search on_search/>
        {order}
    }
    .into_any();
    tools(
        first,
        filters,
        Signal::derive(move || query.with(|query| *query != whole(query))),
        Callback::new(move |()| go.run(whole(&query.get_untracked()))),
    )
}

/// The same list in the same order, as a whole.
fn whole(query: &PageTokenQuery) -> PageTokenQuery {
    PageTokenQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..PageTokenQuery::default()
    }
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

fn nothing(query: &PageTokenQuery, go: Callback<PageTokenQuery>, manages: bool) -> AnyView {
    let whole = whole(query);
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
            manages.then(|| view! { <a class="button primary" href=format!("{}?tab=add", routes::PAGE_TOKENS)>"Add new token"</a> }).into_any(),
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
