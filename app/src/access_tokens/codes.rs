//! The codes of a multi token: who has which, and who used it.

use std::sync::Arc;
use std::time::Duration;

use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow, TokenRow};
use domain::feed::Change;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use super::actions::{TokenActions, is_being_made};
use super::dialogs::TokenDialog;
use super::many::Choosable;
use super::source::Codes;
use super::{address, api, code_row, row};
use crate::request_context::RequestContext;
use crate::ui::list::{About, First, List};
use crate::ui::listing::{Question, Table, follow};
use crate::ui::notice;
use crate::ui::search::Search;
use crate::ui::tools::{Filter, text, tools, words};

impl Question for CodeQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// The list, with its search and its filter.
#[component]
pub fn CodeList(
    actions: TokenActions,
    token: RwSignal<TokenRow>,
    query: CodeQuery,
    first: First<CodeRow>,
) -> AnyView {
    let visit = RequestContext::current();
    let id = token.with_untracked(|token| token.id);
    let list = List::new(
        Arc::new(Codes {
            token: id,
            query: query.clone(),
        }),
        first,
    );
    let address = use_query_map();
    let asked = Memo::new(move |_| address.with(address::code_query));
    let source = move |query| Codes { token: id, query };
    let go = follow(list, query, asked, source, move |query| {
        address::of_code_query(id, query)
    });
    watch_making(token, list);

    let search = Signal::derive(move || asked.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(CodeQuery {
            search,
            ..asked.get_untracked()
        });
    });
    let shown = CodeFilter::ALL
        .into_iter()
        .filter(|one| *one != CodeFilter::default());
    let shown: Vec<_> = shown.map(|one| (one.key(), one.label())).collect();
    let show = Filter::new(
        "Show",
        CodeFilter::default().label(),
        words(&shown),
        move || {
            let show = asked.with(|query| query.show);
            text((show != CodeFilter::default()).then(|| show.key()))
        },
        move |key| {
            let show = CodeFilter::from_key(&key).unwrap_or_default();
            go.run(CodeQuery {
                show,
                ..asked.get_untracked()
            });
        },
    );
    let empty = move || {
        if asked.with(|query| *query == CodeQuery::default()) {
            let sentence = "They are being made. They show here as they come.";
            return notice::empty("No codes yet", sentence, ().into_any());
        }
        let all = view! { <button type="button" class="button" on:click=move |_| go.run(CodeQuery::default())>"Show all codes"</button> };
        let sentence = "Nothing matches what you search for and the filter.";
        notice::empty("No code fits", sentence, all.into_any())
    };
    view! {
        {tools(
            view! { <Search label="Search codes" placeholder="Search e-mail, name or code" value=search on_search/> }.into_any(),
            vec![show],
            Signal::derive(move || asked.with(|query| *query != CodeQuery::default())),
            Callback::new(move |()| go.run(CodeQuery::default())),
        )}
        <Table
            list label="Codes" class="codes" columns=code_row::COLUMNS head=table_head()
            about=Arc::new(move |change| about(list, id, change))
            draw=Arc::new(move |line, at| code_row::code_row(actions, visit, list, line, at))
            empty=Arc::new(empty)
        />
        <TokenDialog actions boxes=Choosable::Codes(id, list.into(), asked)/>
    }
    .into_any()
}

fn table_head() -> AnyView {
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                {row::choose_all(RequestContext::current())}
                <th role="columnheader" scope="col" class="number">"No"</th>
                <th role="columnheader" scope="col" class="token">"Token"</th>
                <th role="columnheader" scope="col" class="assigned">"Assigned"</th>
                <th role="columnheader" scope="col" class="used-by">"Used by"</th>
                <th role="columnheader" scope="col" class="used-on">"Used on"</th>
                <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
            </tr>
        </thead>
    }
    .into_any()
}

/// Which row a change is about. Every multi token's page hears of every mail; the one that shows the code asks.
fn about(list: List<CodeRow>, token: domain::TokenId, change: &Change) -> About {
    match *change {
        Change::Token { id, code, .. } if id == token => code.map_or(About::All, |code| About::Row(code.0)),
        Change::Mail { code: Some(code), .. } if list.line(code.0).is_some() => About::Row(code.0),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

/// While codes are being made, looks every second how far they are, and shows those that came.
fn watch_making(token: RwSignal<TokenRow>, list: List<CodeRow>) {
    let looked = RwSignal::new(0u32);
    Effect::new(move |was_making: Option<bool>| {
        looked.track();
        let (id, is_making) = token.with(|token| (token.id, is_being_made(token)));
        if is_making {
            spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                if let Ok(row) = api::get_token(id).await {
                    token.try_set(row);
                }
                looked.try_update(|looked| *looked = looked.wrapping_add(1));
            });
        }
        if was_making == Some(true) && !is_making {
            list.reload();
        }
        is_making
    });
}
