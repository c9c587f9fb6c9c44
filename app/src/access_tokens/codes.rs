//! The codes of a multi token: who has which, and who used it.

use std::sync::Arc;
use std::time::Duration;

use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow, TokenRow};
use domain::live::Change;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::actions::{Desk, is_being_made};
use super::source::Codes;
use super::{address, api, code_row};
use crate::ui::icon::{self, icon};
use crate::ui::list::{About, Doing, First, List};
use crate::ui::live::Live;
use crate::ui::notice;
use crate::ui::rows::{Foot, Rows};
use crate::ui::search::{Search, step};
use crate::visit::Visit;

/// The list, with its search and its filter.
#[component]
pub fn CodeList(desk: Desk, token: RwSignal<TokenRow>, query: CodeQuery, first: First<CodeRow>) -> AnyView {
    let visit = Visit::current();
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
    let navigate = use_navigate();
    let go = Callback::new(move |next: CodeQuery| {
        navigate(
            &address::of_code_query(id, &next),
            asked.with_untracked(|before| step(&before.search, &next.search)),
        );
    });
    Effect::new(move |before: Option<CodeQuery>| {
        let asked = asked.get();
        if before.unwrap_or_else(|| query.clone()) != asked {
            list.ask(Arc::new(Codes {
                token: id,
                query: asked.clone(),
            }));
        }
        asked
    });
    Live::listen(move |changes| list.hear(changes, false, |change| about(list, id, change)));
    watch_making(token, list);

    let search = Signal::derive(move || asked.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(CodeQuery {
            search,
            ..asked.get_untracked()
        });
    });
    let show = move || asked.with(|query| query.show.key());
    let clear = move || {
        view! { <button type="button" class="button" on:click=move |_| go.run(CodeQuery::default())>"Show all codes"</button> }.into_any()
    };
    view! {
        <div class="tools">
            <Search label="Search codes" placeholder="Search e-mail, name or code" value=search on_search/>
            <select class="input" aria-label="Show" prop:value=show on:change=move |event| {
                let show = CodeFilter::from_key(&event_target_value(&event)).unwrap_or_default();
                go.run(CodeQuery { show, ..asked.get_untracked() });
            }>
                {CodeFilter::ALL.map(|filter| view! {
                    <option value=filter.key() selected=asked.with_untracked(|query| query.show == filter)>{filter.words()}</option>
                }).collect_view()}
            </select>
            {move || asked.with(|query| *query != CodeQuery::default()).then(|| view! {
                <button type="button" class="button quiet-button" on:click=move |_| go.run(CodeQuery::default())>
                    {icon(icon::CROSS)}"Clear filters"
                </button>
            })}
        </div>
        <div class="table codes" aria-busy=move || (list.doing.get() == Doing::Asking).then_some("true")>
            <table role="table" aria-rowcount=move || list.total.get().map_or(-1, |total| total + 1).to_string() aria-label="Codes">
                <thead role="rowgroup">
                    <tr role="row" aria-rowindex="1">
                        <th role="columnheader" scope="col" class="number">"No"</th>
                        <th role="columnheader" scope="col" class="token">"Token"</th>
                        <th role="columnheader" scope="col" class="assigned">"Assigned"</th>
                        <th role="columnheader" scope="col" class="used-by">"Used by"</th>
                        <th role="columnheader" scope="col" class="used-on">"Used on"</th>
                        <th role="columnheader" scope="col" class="act"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <Rows list columns=code_row::COLUMNS draw=Arc::new(move |line, at| code_row::code_row(desk, visit, list, line, at))/>
            </table>
            {move || list.is_empty().then(|| {
                if asked.with(|query| *query == CodeQuery::default()) {
                    notice::empty("No codes yet", "They are being made. They show here as they come.", ().into_any())
                } else {
                    notice::empty("No code fits", "Nothing matches what you search for and the filter.", clear())
                }
            })}
            <Foot list/>
        </div>
    }
    .into_any()
}

/// Which row a change is about. Every multi token's page hears of every mail; the one that shows the code asks.
fn about(list: List<CodeRow>, token: domain::TokenId, change: &Change) -> About {
    match *change {
        Change::Token { id, code, .. } if id == token => code.map_or(About::All, |code| About::Row(code.0)),
        Change::Mail { code } if list.line(code.0).is_some() => About::Row(code.0),
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
