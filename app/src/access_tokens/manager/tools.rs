//! What stands above the list of tokens: its name, the way to make one, search, order and filters.

use domain::Permission;
use domain::access_tokens::{CollectionChoice, TokenList, TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::departments::DepartmentView;
use domain::page::count_label;
use domain::tokens::State;
use leptos::prelude::*;

use crate::access_tokens::actions::{OpenDialog, TokenActions};
use crate::departments::DepartmentFilter;
use crate::request_context::RequestContext;
use crate::ui::icon::{self, icon};
use crate::ui::list::List;
use crate::ui::search::Search;

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
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(TokenQuery {
            search,
            ..query.get_untracked()
        });
    });
    let order = move || query.with(|query| query.order.key());
    let down = move || query.with(|query| query.descending);
    let token_type = move || query.with(|query| query.token_type.map(TokenType::key).unwrap_or_default());
    let collection =
        move || query.with(|query| query.collection.map(|id| id.to_string()).unwrap_or_default());
    let state = move || query.with(|query| query.state.map(State::key).unwrap_or_default());
    let is_active = move || query.with(|query| query.list == TokenList::Active);
    let department = Signal::derive(move || query.with(|query| query.department));
    let to_department = Callback::new(move |department| {
        go.run(TokenQuery {
            department,
            ..query.get_untracked()
        });
    });
    let collections = choices
        .into_iter()
        .map(|choice| {
            let id = choice.id.to_string();
            let chosen = query.with_untracked(|query| query.collection == Some(choice.id));
            view! { <option value=id selected=chosen>{choice.title}</option> }
        })
        .collect_view();
    view! {
        <div class="tools">
            <Search label="Search tokens" placeholder="Search name, collection, e-mail or code" value=search on_search/>
            <span class="joined">
                <select class="input" aria-label="Order" prop:value=order on:change=move |event| {
                    if let Some((order, _)) = TokenOrder::from_key(&event_target_value(&event)) {
                        go.run(TokenQuery { order, descending: starts_down(order), ..query.get_untracked() });
                    }
                }>
                    {TokenOrder::ALL.map(|order| view! {
                        <option value=order.key() selected=query.with_untracked(|query| query.order == order)>{order.label()}</option>
                    }).collect_view()}
                </select>
                <button
                    type="button" class="button" title="The other way round"
                    aria-label=move || if down() { "Greatest first" } else { "Smallest first" }
                    on:click=move |_| go.run(TokenQuery { descending: !untrack(down), ..query.get_untracked() })
                >{move || icon(if down() { icon::DOWN } else { icon::UP })}</button>
            </span>
            <select class="input" aria-label="Kind" prop:value=token_type on:change=move |event| {
                go.run(TokenQuery { token_type: TokenType::from_key(&event_target_value(&event)), ..query.get_untracked() });
            }>
                <option value="">"All types"</option>
                {[TokenType::Single, TokenType::Multi].map(|kind| view! {
                    <option value=kind.key() selected=query.with_untracked(|query| query.token_type == Some(kind))>{kind.label()}</option>
                }).collect_view()}
            </select>
            <select class="input" aria-label="Opens" prop:value=collection on:change=move |event| {
                go.run(TokenQuery { collection: event_target_value(&event).parse().ok(), ..query.get_untracked() });
            }>
                <option value="">"All collections"</option>
                {collections}
            </select>
            <DepartmentFilter departments chosen=department choose=to_department/>
            <select class="input" aria-label="State" prop:value=state on:change=move |event| {
                go.run(TokenQuery { state: State::from_key(&event_target_value(&event)), ..query.get_untracked() });
            }>
                <option value="">"All states"</option>
                {State::ALL.map(|state| view! {
                    <option
                        value=state.key() hidden=move || state.is_active() != is_active()
                        selected=query.with_untracked(|query| query.state == Some(state))
                    >{state.label()}</option>
                }).collect_view()}
            </select>
            {move || query.with(is_narrowed).then(|| view! {
                <button type="button" class="button quiet-button" on:click=move |_| go.run(cleared(&query.get_untracked()))>
                    {icon(icon::CROSS)}"Clear filters"
                </button>
            })}
        </div>
    }
    .into_any()
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
