//! The Token Manager's page.

use std::sync::Arc;
use std::time::Duration;

use domain::access_tokens::{CollectionChoice, TokenList, TokenOrder, TokenQuery, TokenRow, TokenType};
use domain::form::grouped;
use domain::tokens::State;
use domain::{Action, Refusal};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use serde::{Deserialize, Serialize};

use super::actions::{Ask, Desk, DeskDialog, is_being_made};
use super::source::{Tokens, about};
use super::{address, row};
use crate::collections::api::collection_choices;
use crate::error::ApiError;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::list::{Doing, First, List, Source};
use crate::ui::live::Live;
use crate::ui::opening::opening;
use crate::ui::rows::{Foot, Rows, Waiting};
use crate::ui::search::{Search, step};
use crate::ui::{browser, notice};
use crate::visit::Visit;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: TokenQuery,
    first: First<TokenRow>,
    choices: Vec<CollectionChoice>,
}

/// The page.
pub fn token_manager() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(address::token_query));
    view! {
        <Title text="Tokens"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <Manager opening query/> }.into_any(),
            |refusal| (*refusal == Refusal::FeatureOff).then(feature_off),
        )}
    }
    .into_any()
}

async fn open(query: TokenQuery) -> Result<Opening, ApiError> {
    let first = Tokens::first(query.clone()).await?;
    let choices = collection_choices().await?;
    Ok(Opening {
        query,
        first,
        choices,
    })
}

fn feature_off() -> AnyView {
    let next =
        view! { <a class="button primary" href=routes::COLLECTIONS>"Go to the collections"</a> }.into_any();
    let sentence = "The full Tokens feature is not switched on for your organisation: ask whoever runs this \
                    installation. Simple tokens are made in the editor of a collection.";
    view! { <h1>"Tokens"</h1>{notice::empty("Tokens are made with their collection", sentence, next)} }
        .into_any()
}

#[component]
fn Manager(opening: Opening, query: Memo<TokenQuery>) -> AnyView {
    let visit = Visit::current();
    let list = List::new(Arc::new(Tokens(opening.query.clone())), opening.first);
    let is_under_pointer = StoredValue::new(false);
    let navigate = use_navigate();
    let go = Callback::new(move |next: TokenQuery| {
        navigate(
            &address::of_token_query(&next),
            query.with_untracked(|before| step(&before.search, &next.search)),
        );
    });
    let desk = Desk::new(
        move |made: TokenRow| {
            if query.with_untracked(|query| {
                *query == TokenQuery::default() || Tokens(query.clone()).welcomes(&made)
            }) {
                list.put_first(made);
                browser::to_top();
            } else {
                go.run(TokenQuery::default());
            }
        },
        move |row| list.settle(row),
    );
    Effect::new(move |asked: Option<TokenQuery>| {
        let query = query.get();
        if asked.unwrap_or_else(|| opening.query.clone()) != query {
            list.ask(Arc::new(Tokens(query.clone())));
        }
        query
    });
    Live::listen(move |changes| {
        list.hear(changes, is_under_pointer.try_get_value() == Some(true), about);
    });
    watch_jobs(list);
    watch_clock(list);
    let keys = window_event_listener_untyped("keydown", move |event| shortcut(visit, desk, &event));
    on_cleanup(move || keys.remove());

    view! {
        <Head list query desk/>
        <Tools query go choices=opening.choices/>
        <div
            class="table tokens" aria-busy=move || (list.doing.get() == Doing::Asking).then_some("true")
            on:mouseenter=move |_| is_under_pointer.set_value(true)
            on:mouseleave=move |_| is_under_pointer.set_value(false)
        >
            <Waiting list/>
            <table role="table" aria-rowcount=move || list.total.get().map_or(-1, |total| total + 1).to_string() aria-label="Tokens">
                <TableHead query go/>
                <Rows list columns=row::COLUMNS draw=Arc::new(move |line, at| row::token_row(desk, line, at))/>
            </table>
            {move || list.is_empty().then(|| nothing(&query.get(), go, desk))}
            <Foot list>
                {deleted_link(query)}
            </Foot>
        </div>
        <DeskDialog desk/>
    }
    .into_any()
}

#[component]
fn Head(list: List<TokenRow>, query: Memo<TokenQuery>, desk: Desk) -> AnyView {
    let visit = Visit::current();
    let which = move || query.with(|query| query.list);
    let count = move || {
        let word = match which() {
            TokenList::Active => "active",
            TokenList::Expired => "expired",
            TokenList::Deleted => "deleted",
        };
        list.total.get().map(|total| format!("{} {word}", grouped(total)))
    };
    view! {
        <div class="head">
            <h1>{move || match which() {
                TokenList::Active => "Tokens",
                TokenList::Expired => "Expired tokens",
                TokenList::Deleted => "Deleted tokens",
            }}</h1>
            <span class="count" role="status">{count}</span>
            <span class="switch">
                {move || match which() {
                    TokenList::Active => view! { <a href="/tokens?list=expired">"Show expired tokens"</a> },
                    _ => view! { <a href="/tokens">"Show active tokens"</a> },
                }}
            </span>
            {visit.may(Action::ManageTokens).then(|| view! {
                <button type="button" class="button primary" aria-keyshortcuts="C" on:click=move |_| desk.open(Ask::Create(None))>
                    {icon(icon::PLUS)}"Create Token"
                </button>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Tools(query: Memo<TokenQuery>, go: Callback<TokenQuery>, choices: Vec<CollectionChoice>) -> AnyView {
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
            <Search label="Search tokens" placeholder="Search name, collection, e-mail or code" value=search on_search key="/"/>
            <span class="joined">
                <select class="input" aria-label="Order" prop:value=order on:change=move |event| {
                    if let Some((order, _)) = TokenOrder::from_key(&event_target_value(&event)) {
                        go.run(TokenQuery { order, descending: starts_down(order), ..query.get_untracked() });
                    }
                }>
                    {TokenOrder::ALL.map(|order| view! {
                        <option value=order.key() selected=query.with_untracked(|query| query.order == order)>{order.words()}</option>
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
                    <option value=kind.key() selected=query.with_untracked(|query| query.token_type == Some(kind))>{kind.words()}</option>
                }).collect_view()}
            </select>
            <select class="input" aria-label="Opens" prop:value=collection on:change=move |event| {
                go.run(TokenQuery { collection: event_target_value(&event).parse().ok(), ..query.get_untracked() });
            }>
                <option value="">"All collections"</option>
                {collections}
            </select>
            <select class="input" aria-label="State" prop:value=state on:change=move |event| {
                go.run(TokenQuery { state: State::from_key(&event_target_value(&event)), ..query.get_untracked() });
            }>
                <option value="">"All states"</option>
                {State::ALL.map(|state| view! {
                    <option
                        value=state.key() hidden=move || state.is_active() != is_active()
                        selected=query.with_untracked(|query| query.state == Some(state))
                    >{state.word()}</option>
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
fn is_narrowed(query: &TokenQuery) -> bool {
    *query != cleared(query)
}

/// The same list in the same order, as a whole.
fn cleared(query: &TokenQuery) -> TokenQuery {
    TokenQuery {
        list: query.list,
        order: query.order,
        descending: query.descending,
        ..TokenQuery::default()
    }
}

/// Which way an order goes when it is chosen: names and dates up, amounts and what is recent down.
fn starts_down(order: TokenOrder) -> bool {
    matches!(
        order,
        TokenOrder::Created | TokenOrder::Uses | TokenOrder::LastUsed
    )
}

#[component]
fn TableHead(query: Memo<TokenQuery>, go: Callback<TokenQuery>) -> AnyView {
    let sorting = move |order: TokenOrder, words: &'static str, class: &'static str| {
        let now = move || query.with(|query| (query.order == order).then_some(query.descending));
        let sort = move || now().map(|down| if down { "descending" } else { "ascending" });
        view! {
            <th role="columnheader" scope="col" class=class aria-sort=sort>
                <button type="button" on:click=move |_| {
                    let descending = untrack(now).map_or(starts_down(order), |down| !down);
                    go.run(TokenQuery { order, descending, ..query.get_untracked() });
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
                {sorting(TokenOrder::Name, "Name", "primary")}
                <th role="columnheader" scope="col" class="token">"Token"</th>
                <th role="columnheader" scope="col" class="type">"Type"</th>
                <th role="columnheader" scope="col" class="opens">"Collection"</th>
                {sorting(TokenOrder::Uses, "Uses", "n")}
                {sorting(TokenOrder::Remaining, "Remaining", "n")}
                {sorting(TokenOrder::Expires, "Expires", "end")}
                <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
            </tr>
        </thead>
    }
    .into_any()
}

fn deleted_link(query: Memo<TokenQuery>) -> AnyView {
    (move || {
        (query.with(|query| query.list) != TokenList::Deleted)
            .then(|| view! { <a class="aside" href="/tokens?list=deleted">"Deleted ones"</a> })
    })
    .into_any()
}

/// What stands where rows would: the next step, or a way out of the filters.
fn nothing(query: &TokenQuery, go: Callback<TokenQuery>, desk: Desk) -> AnyView {
    if is_narrowed(query) {
        let all = cleared(query);
        let next = view! { <button type="button" class="button" on:click=move |_| go.run(all.clone())>"Show the whole list"</button> };
        return notice::empty(
            "No token fits",
            "Nothing matches what you search for and the filters.",
            next.into_any(),
        );
    }
    match query.list {
        TokenList::Active => {
            let next = view! {
                <button type="button" class="button primary" on:click=move |_| desk.open(Ask::Create(None))>"Make the first one"</button>
            };
            let sentence = "A token is a link that opens a collection: one link for many people, or a list of links \
                            for one person each.";
            notice::empty("No active tokens", sentence, next.into_any())
        }
        TokenList::Expired => notice::empty(
            "No expired tokens",
            "Tokens come here when their time is over or their last use is spent.",
            ().into_any(),
        ),
        TokenList::Deleted => notice::empty(
            "No deleted tokens",
            "What is deleted stays here for 30 days and can be restored.",
            ().into_any(),
        ),
    }
}

/// While codes are being made, looks every second how far they are: the making of codes is no change that is
/// worth telling every browser of.
fn watch_jobs(list: List<TokenRow>) {
    let looked = RwSignal::new(0u32);
    Effect::new(move |_| {
        looked.track();
        let making: Vec<_> = list.lines.with(|lines| {
            lines
                .iter()
                .filter(|line| line.row.with(is_being_made))
                .map(|line| line.key)
                .collect()
        });
        if !making.is_empty() {
            spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                list.refresh(making);
                looked.try_update(|looked| *looked = looked.wrapping_add(1));
            });
        }
    });
}

/// When the next of the shown tokens starts or ends, reads it again: nobody else tells of what the clock did.
fn watch_clock(list: List<TokenRow>) {
    let turn = StoredValue::new(0u32);
    Effect::new(move |_| {
        let now = js_sys::Date::now() as i64;
        let next = list.lines.with(|lines| {
            let moments = lines
                .iter()
                .flat_map(|line| line.row.with(|row| turns(row).map(|at| (at, line.key))));
            moments.filter(|(at, _)| *at > now).min()
        });
        let Some(this) = turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        }) else {
            return;
        };
        let Some((at, key)) = next.filter(|(at, _)| at - now < DAY) else {
            return;
        };
        spawn_local(async move {
            sleep(Duration::from_millis((at - now) as u64 + 500)).await;
            if turn.try_get_value() == Some(this) {
                list.refresh(vec![key]);
            }
        });
    });
}

/// A day in milliseconds: further ahead nobody has the page open, and timers overflow.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// When a token starts and ends, in milliseconds. What is shown of its end is the last minute that it is valid.
fn turns(row: &TokenRow) -> [i64; 2] {
    let starts = row.starts.as_ref().map_or(0, |when| when.at.timestamp_millis());
    let ends = row
        .expires
        .as_ref()
        .map_or(0, |when| when.at.timestamp_millis() + 60_000);
    [starts, ends]
}

/// `/` goes to the search, `C` makes a token.
fn shortcut(visit: Visit, desk: Desk, event: &web_sys::Event) {
    let key = browser::property(event, "key").unwrap_or_default();
    let is_held = ["ctrlKey", "metaKey", "altKey", "isComposing"]
        .into_iter()
        .any(|flag| browser::flag(event, flag));
    if is_held
        || visit.shortcuts.try_get_untracked() != Some(true)
        || browser::is_typing()
        || browser::is_covered()
    {
        return;
    }
    match key.as_str() {
        "/" => browser::focus_and_select("search"),
        "c" | "C" if visit.may(Action::ManageTokens) => desk.open(Ask::Create(None)),
        _ => return,
    }
    event.prevent_default();
}
