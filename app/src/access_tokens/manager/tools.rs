//! What stands above the list of tokens: its name, the way to make one, search, order and filters.

use domain::Permission;
use domain::access_tokens::{CollectionChoice, TokenList, TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::departments::DepartmentView;
use domain::page::count_label;
use domain::tokens::State;
use leptos::prelude::*;

use crate::access_tokens::actions::{OpenDialog, TokenActions};
use crate::departments;
use crate::request_context::RequestContext;
use crate::ui::icon::{self, icon};
use crate::ui::list::List;
use crate::ui::search::Search;
use crate::ui::tools::{Filter, choice, text, tools, words};

#[component]
pub fn Head(list: List<TokenRow>, query: Memo<TokenQuery>, actions: TokenActions) -> AnyView {
    let visit = RequestContext::current();
    let which = move || query.with(|query| query.list);
    let count = move || {
        let word = match which() {
            TokenList::Active => "active",
            TokenList::Expired => "expired",
            TokenList::Deleted => "deleted",
        };
        list.total
            .get()
            .map(|total| format!("{} {word}", count_label(total)))
    };
    view! {
        <div class="head">
            <h1>"Token Manager"</h1>
            <span class="count" role="status">{count}</span>
            <span class="switch">
                {move || match which() {
                    TokenList::Active => view! { <a href="/tokens?list=expired">"Show expired tokens"</a> },
                    _ => view! { <a href="/tokens">"Show active tokens"</a> },
                }}
            </span>
            {visit.may(Permission::TokensManage).then(|| view! {
                <button type="button" class="button primary" aria-keyshortcuts="C" on:click=move |_| actions.open(OpenDialog::Create(None))>
                    {icon(icon::PLUS)}"Create Token"
                </button>
            })}
        </div>
    }
    .into_any()
}

#[component]
pub fn Tools(
    query: Memo<TokenQuery>,
    go: Callback<TokenQuery>,
    choices: Vec<CollectionChoice>,
    departments: Vec<DepartmentView>,
) -> AnyView {
    let ask = move |change: &dyn Fn(&mut TokenQuery)| {
        let mut next = query.get_untracked();
        change(&mut next);
        go.run(next);
    };
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search: String| ask(&|query| query.search.clone_from(&search)));
    let down = move || query.with(|query| query.descending);
    let orders = TokenOrder::ALL.map(|order| (order.key().to_owned(), order.label().to_owned()));
    let order = choice(
        "Order",
        orders.into(),
        move || query.with(|query| query.order.key().to_owned()),
        move |key| {
            if let Some((order, _)) = TokenOrder::from_key(&key) {
                ask(&|query| (query.order, query.descending) = (order, starts_down(order)));
            }
        },
    );
    let kinds = [TokenType::Single, TokenType::Multi].map(|kind| (kind.key(), kind.label()));
    let collections = choices
        .into_iter()
        .map(|choice| (choice.id.to_string(), choice.title))
        .collect();
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
            "Kind",
            "All types",
            words(&kinds),
            move || query.with(|query| text(query.token_type.map(TokenType::key))),
            move |key| ask(&|query| query.token_type = TokenType::from_key(&key)),
        ),
        Filter::new(
            "Opens",
            "All collections",
            Signal::stored(collections),
            move || query.with(|query| text(query.collection)),
            move |id| ask(&|query| query.collection = id.parse().ok()),
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
        <Search label="Search tokens" placeholder="Search name, collection, e-mail or code" value=search on_search/>
        <span class="joined">
            {order}
            <button
                type="button" class="button" title="The other way round"
                aria-label=move || if down() { "Greatest first" } else { "Smallest first" }
                on:click=move |_| ask(&|query| query.descending = !query.descending)
            >{move || icon(if down() { icon::DOWN } else { icon::UP })}</button>
        </span>
    }
    .into_any();
    tools(
        first,
        filters,
        Signal::derive(move || query.with(is_narrowed)),
        Callback::new(move |()| go.run(cleared(&query.get_untracked()))),
    )
}

/// Whether anything but the list and its order is asked for.
pub fn is_narrowed(query: &TokenQuery) -> bool {
    *query != cleared(query)
}

/// The same list in the same order, as a whole.
pub fn cleared(query: &TokenQuery) -> TokenQuery {
    TokenQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..TokenQuery::default()
    }
}

/// Which way an order goes when it is chosen: names and dates up, amounts and what is recent down.
pub fn starts_down(order: TokenOrder) -> bool {
    matches!(
        order,
        TokenOrder::Created | TokenOrder::Uses | TokenOrder::LastUsed
    )
}
