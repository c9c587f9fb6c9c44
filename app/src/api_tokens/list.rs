//! The list of API tokens: *Administrator / Tokens*.

use std::sync::Arc;

use domain::api_tokens::{ApiTokenList, ApiTokenOrder, ApiTokenQuery, ApiTokenRow, Choices};
use domain::page::count_label;
use domain::{Permission, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::actions::{Actions, OpenDialog, What};
use super::dialogs::Dialogs;
use super::source::{ApiTokens, about};
use super::tabs::token_tabs;
use super::tools::{Tools, cleared, is_narrowed};
use super::{address, api, row};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::ui::chosen::chosen_bar;
use crate::ui::icon::{self, icon};
use crate::ui::list::{First, List};
use crate::ui::listing::{Table, follow};
use crate::ui::notice;
use crate::ui::opening::{both, opening};

/// Rows that are read again one by one; for more of them, or for some that are not shown, the list is read anew.
const AT_ONCE: usize = 200;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    query: ApiTokenQuery,
    first: First<ApiTokenRow>,
    choices: Choices,
}

/// The page.
pub fn tokens_page() -> AnyView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(address::query));
    view! {
        <Title text="API tokens"/>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(open(query.get_untracked())),
            move |opening| view! { <Page opening query/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(query: ApiTokenQuery) -> Result<Opening, ApiError> {
    let (first, choices) = both(ApiTokens::first(query.clone()), api::token_choices()).await?;
    Ok(Opening {
        query,
        first,
        choices,
    })
}

#[component]
fn Page(opening: Opening, query: Memo<ApiTokenQuery>) -> AnyView {
    let list = List::new(Arc::new(ApiTokens(opening.query.clone())), opening.first);
    let asked = follow(list, opening.query, query, ApiTokens, address::of_query);
    let made = Callback::new(move |id: TokenId| list.arrive(vec![id.0], false));
    let changed = Callback::new(move |ids: Vec<TokenId>| {
        let mut shown = list.keys();
        shown.retain(|key| ids.contains(&TokenId(*key)));
        match shown.len() == ids.len() && ids.len() <= AT_ONCE {
            true => list.refresh(shown),
            false => list.reload(),
        }
    });
    let actions = Actions::new(made, changed);
    // What was chosen in one list is not chosen in another.
    let go = Callback::new(move |next| {
        actions.chosen.set(Vec::new());
        asked.run(next);
    });
    let manages = RequestContext::current().may(Permission::ApiTokensManage);
    view! {
        <div class="head">
            <h1>"API tokens"</h1>
            <span class="count" role="status">{move || list.total.get().map(count_label)}</span>
            <span class="switch">{switch(query, go)}</span>
            {manages.then(|| new_token(actions))}
        </div>
        {token_tabs()}
        <Tools query go choices=opening.choices/>
        <Table
            list label="API Tokens" class="tokens api-tokens" columns=row::COLUMNS about=Arc::new(about)
            head=head(list, query, go, actions, manages)
            draw=Arc::new(move |line, at| row::api_token_row(actions, line, at))
            empty=Arc::new(move || nothing(&query.get(), go, actions, manages))
            foot=chosen(list, query, actions)
        />
        <Dialogs actions/>
    }
    .into_any()
}

fn new_token(actions: Actions) -> AnyView {
    view! {
        <button type="button" class="button primary" on:click=move |_| actions.open(OpenDialog::Form(What::New))>
            {icon(icon::PLUS)}"New API token"
        </button>
    }
    .into_any()
}

/// The way to the other list.
fn switch(query: Memo<ApiTokenQuery>, go: Callback<ApiTokenQuery>) -> AnyView {
    let to = move |list: ApiTokenList, words: &'static str| {
        let next = move |_| {
            go.run(ApiTokenQuery {
                list,
                ..ApiTokenQuery::default()
            });
        };
        view! { <button type="button" class="button quiet-button" on:click=next>{words}</button> }
    };
    (move || match query.with(|query| query.list) {
        ApiTokenList::Active => to(ApiTokenList::Ended, "Show expired tokens"),
        ApiTokenList::Ended => to(ApiTokenList::Active, "Show active tokens"),
    })
    .into_any()
}

fn head(
    list: List<ApiTokenRow>,
    query: Memo<ApiTokenQuery>,
    go: Callback<ApiTokenQuery>,
    actions: Actions,
    manages: bool,
) -> AnyView {
    let sorting = move |order: ApiTokenOrder, words: &'static str, class: &'static str| {
        let now = move || query.with(|query| (query.order == order).then_some(query.descending));
        let sort = move || now().map(|down| if down { "descending" } else { "ascending" });
        view! {
            <th role="columnheader" scope="col" class=class aria-sort=sort>
                <button type="button" on:click=move |_| {
                    let descending = untrack(now).map_or(order == ApiTokenOrder::LastUsed, |down| !down);
                    go.run(ApiTokenQuery { order, descending, ..query.get_untracked() });
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
                <th role="columnheader" scope="col" class="choose">
                    {match manages {
                        true => choose_all(list, actions),
                        false => view! { <span class="unseen">"Choose"</span> }.into_any(),
                    }}
                </th>
                {sorting(ApiTokenOrder::Name, "Token Name", "primary")}
                <th role="columnheader" scope="col" class="token">"Token"</th>
                {sorting(ApiTokenOrder::User, "User", "user")}
                {sorting(ApiTokenOrder::Department, "Department and User Type", "rights")}
                {sorting(ApiTokenOrder::LastUsed, "Last used", "used")}
                {sorting(ApiTokenOrder::Expires, "Expires", "end")}
                <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
            </tr>
        </thead>
    }
    .into_any()
}

/// The box that chooses every row that is here, or none.
fn choose_all(list: List<ApiTokenRow>, actions: Actions) -> AnyView {
    let is_every = move || {
        actions.chosen.with(|chosen| {
            list.lines.with(|lines| {
                !lines.is_empty() && lines.iter().all(|line| chosen.contains(&TokenId(line.key)))
            })
        })
    };
    let change = move |event| {
        actions.chosen.set(match event_target_checked(&event) {
            true => list.keys().into_iter().map(TokenId).collect(),
            false => Vec::new(),
        });
    };
    view! { <input type="checkbox" aria-label="Choose all that are shown" prop:checked=is_every on:change=change/> }
        .into_any()
}

/// What can be done with what is chosen.
fn chosen(list: List<ApiTokenRow>, query: Memo<ApiTokenQuery>, actions: Actions) -> AnyView {
    let all = move |_| {
        let query = query.get_untracked();
        spawn_local(async move {
            match api::token_ids(query).await {
                Ok(ids) => drop(actions.chosen.try_set(ids)),
                Err(error) => actions.toasts.say(error.to_string()),
            }
        });
    };
    // Not whether all that are shown are chosen: more are shown while somebody scrolls to the button.
    let are_more = move |chosen: i64| list.total.get().is_some_and(|total| total < 0 || total > chosen);
    let count = Signal::derive(move || {
        actions
            .chosen
            .with(|chosen| i64::try_from(chosen.len()).unwrap_or_default())
    });
    let buttons = move |count| {
        view! {
            {are_more(count).then(|| view! {
                <button type="button" class="button small" on:click=all>"Choose all that fit, up to 1,000"</button>
            })}
            <button type="button" class="button small danger" on:click=move |_| {
                actions.open(OpenDialog::Delete(actions.chosen.get_untracked()));
            }>{icon(icon::TRASH)}"Delete"</button>
        }
        .into_any()
    };
    chosen_bar(count, move || actions.chosen.set(Vec::new()), buttons)
}

/// What stands where rows would: the next step, or a way out of the filters.
fn nothing(query: &ApiTokenQuery, go: Callback<ApiTokenQuery>, actions: Actions, manages: bool) -> AnyView {
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
        ApiTokenList::Active => {
            let sentence = "Programs call the REST API with an API token. It may do what you let it, and no more than \
                            the person behind it.";
            let next = manages.then(|| new_token(actions));
            notice::empty("No API token yet", sentence, next.into_any())
        }
        ApiTokenList::Ended => notice::empty(
            "No expired tokens",
            "Tokens come here when their time is over or when they were deleted.",
            ().into_any(),
        ),
    }
}
