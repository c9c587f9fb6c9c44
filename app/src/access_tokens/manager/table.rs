//! The head of the list of tokens, which sorts it, and what stands there when it has no rows.

use domain::Permission;
use domain::access_tokens::{TokenList, TokenOrder, TokenQuery};
use leptos::prelude::*;

use super::tools::{cleared, is_narrowed, starts_down};
use crate::access_tokens::actions::{OpenDialog, TokenActions};
use crate::access_tokens::address;
use crate::access_tokens::row::choose_all;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::notice;

#[component]
pub fn TableHead(query: Memo<TokenQuery>, go: Callback<TokenQuery>) -> AnyView {
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
                {choose_all(RequestContext::current())}
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

/// What stands in the foot: the list as a file, and the way to the deleted ones.
pub fn foot_links(query: Memo<TokenQuery>) -> AnyView {
    let file = move || routes::tokens_file(&query.with(address::of_token_query));
    view! {
        <a class="aside" href=file download="tokens.csv">"Export as CSV"</a>
        {move || (query.with(|query| query.list) != TokenList::Deleted)
            .then(|| view! { <a href="/tokens?list=deleted">"Deleted ones"</a> })}
    }
    .into_any()
}

/// What stands where rows would: the next step, or a way out of the filters.
pub fn nothing(query: &TokenQuery, go: Callback<TokenQuery>, actions: TokenActions) -> AnyView {
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
            let next = RequestContext::current().may(Permission::TokensManage).then(|| view! {
                <button type="button" class="button primary" on:click=move |_| actions.open(OpenDialog::Create(None))>"Make the first one"</button>
            });
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
