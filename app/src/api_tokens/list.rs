//! The list of API tokens, with selection boxes.

use std::collections::HashSet;

use domain::api_tokens::{ApiTokenForm, ApiTokenList, ApiTokenQuery, ApiTokenRow, Bulk};
use domain::live::Change;
use domain::tokens::Family;
use domain::{Page, Permission, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::api;
use super::create::NewApiToken;
use crate::access_tokens::state_of;
use crate::routes;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::icon::{self, icon};
use crate::ui::live::Live;
use crate::ui::opening::opening;
use crate::ui::search::Search;
use crate::ui::toast::Toasts;
use crate::ui::{notice, time};
use crate::visit::Visit;

/// The page.
pub fn tokens_page() -> AnyView {
    view! {
        <Title text="API tokens"/>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::list_tokens(ApiTokenQuery::default())),
            |first| view! { <ApiTokens first/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

/// What is on the page.
#[derive(Clone, Copy)]
struct Shown {
    query: RwSignal<ApiTokenQuery>,
    page: RwSignal<Page<ApiTokenRow>>,
    chosen: RwSignal<HashSet<TokenId>>,
    toasts: Toasts,
}

impl Shown {
    /// Reads the list from the start.
    fn read(self) {
        let asked = self.query.get_untracked();
        spawn_local(async move {
            match api::list_tokens(asked.clone()).await {
                Ok(page) if self.query.try_get_untracked() == Some(asked) => {
                    self.chosen
                        .try_update(|chosen| chosen.retain(|id| page.rows.iter().any(|row| row.id == *id)));
                    self.page.try_set(page);
                }
                Ok(_) => {}
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    fn ask(self, query: ApiTokenQuery) {
        self.query.set(query);
        self.read();
    }

    fn more(self) {
        let after = self.page.with_untracked(|page| page.next.clone());
        let asked = ApiTokenQuery {
            after,
            ..self.query.get_untracked()
        };
        spawn_local(async move {
            match api::list_tokens(asked).await {
                Ok(next) => drop(self.page.try_update(|page| {
                    page.rows.extend(next.rows);
                    page.next = next.next;
                })),
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }
}

#[component]
fn ApiTokens(first: Page<ApiTokenRow>) -> AnyView {
    let visit = Visit::current();
    let shown = Shown {
        query: RwSignal::new(ApiTokenQuery::default()),
        page: RwSignal::new(first),
        chosen: RwSignal::new(HashSet::new()),
        toasts: Toasts::current(),
    };
    let making = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    Live::listen(move |changes| {
        let concerns = |change: &Change| {
            matches!(
                change,
                Change::Everything
                    | Change::Token {
                        family: Family::Api,
                        ..
                    }
            )
        };
        if changes.iter().any(concerns) {
            shown.read();
        }
    });
    let manages = visit.may(Permission::ApiTokensManage);
    let search = Signal::derive(move || shown.query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        shown.ask(ApiTokenQuery {
            search,
            ..shown.query.get_untracked()
        })
    });
    let ended = move || shown.query.with(|query| query.list == ApiTokenList::Ended);
    let switch = move |_| {
        let list = if ended() {
            ApiTokenList::Active
        } else {
            ApiTokenList::Ended
        };
        shown.ask(ApiTokenQuery {
            list,
            ..shown.query.get_untracked()
        });
    };
    view! {
        <div class="head">
            <h1>"API Tokens"</h1>
            <button type="button" class="button quiet-button" on:click=switch>
                {move || if ended() { "Show active tokens" } else { "Show expired tokens" }}
            </button>
            <span class="switch"></span>
            {manages.then(|| view! {
                <button type="button" class="button primary" on:click=move |_| making.set(true)>{icon(icon::PLUS)}"New API token"</button>
            })}
        </div>
        <div class="tools">
            <Search label="Search API tokens" placeholder="Search names and addresses" value=search on_search/>
            <label><input type="checkbox" prop:checked=move || shown.query.with(|query| query.never_used)
                on:change=move |event| shown.ask(ApiTokenQuery { never_used: event_target_checked(&event), ..shown.query.get_untracked() })/>
                "Never used"</label>
        </div>
        {move || {
            let page = shown.page.get();
            if page.rows.is_empty() { empty(making, manages) } else { table(shown, page, manages) }
        }}
        {move || shown.page.with(|page| page.next.is_some()).then(|| view! {
            <button type="button" class="button" on:click=move |_| shown.more()>"Show more"</button>
        })}
        {move || (manages && shown.chosen.with(|chosen| !chosen.is_empty())).then(|| view! {
            <div class="notice" role="status">
                <p>{move || format!("{} chosen", shown.chosen.with(HashSet::len))}</p>
                <button type="button" class="button small" on:click=move |_| deleting.set(true)>{icon(icon::TRASH)}"Delete"</button>
            </div>
        })}
        {move || making.get().then(|| view! {
            <NewApiToken start=ApiTokenForm::default() on_close=Callback::new(move |()| { making.set(false); shown.read(); })/>
        })}
        {move || deleting.get().then(|| view! { <DeleteChosen shown on_close=Callback::new(move |()| deleting.set(false))/> })}
    }
    .into_any()
}

fn empty(making: RwSignal<bool>, manages: bool) -> AnyView {
    let next = manages.then(|| view! {
        <button type="button" class="button primary" on:click=move |_| making.set(true)>"New API token"</button>
    });
    let sentence = "Programs call the REST API with an API token. It may what you let it, and no more than the person behind it.";
    notice::empty("No API token here", sentence, next.into_any())
}

fn table(shown: Shown, page: Page<ApiTokenRow>, manages: bool) -> AnyView {
    let ids: HashSet<TokenId> = page.rows.iter().map(|row| row.id).collect();
    let all = ids.clone();
    let every = move || shown.chosen.with(|chosen| *chosen == all);
    view! {
        <div class="table api-tokens">
            <table aria-label="API Tokens">
                <thead>
                    <tr>
                        {manages.then(|| view! { <th scope="col">
                            <input type="checkbox" aria-label="Choose all" prop:checked=every
                                on:change=move |event| shown.chosen.set(if event_target_checked(&event) { ids.clone() } else { HashSet::new() })/>
                        </th> })}
                        <th scope="col" class="primary">"Token Name"</th>
                        <th scope="col">"Token"</th>
                        <th scope="col">"User"</th>
                        <th scope="col">"User Type"</th>
                        <th scope="col">"Department"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Expires"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{page.rows.into_iter().map(|row| line(shown, row, manages)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(shown: Shown, row: ApiTokenRow, manages: bool) -> AnyView {
    let id = row.id;
    let label = format!("Choose {}", row.name);
    let choose = move |event| {
        let is_chosen = event_target_checked(&event);
        shown.chosen.update(|chosen| {
            if is_chosen {
                drop(chosen.insert(id))
            } else {
                drop(chosen.remove(&id))
            }
        });
    };
    let never = |words: &'static str| view! { <span class="quiet">{words}</span> }.into_any();
    view! {
        <tr>
            {manages.then(|| view! { <td>
                <input type="checkbox" aria-label=label prop:checked=move || shown.chosen.with(|chosen| chosen.contains(&id)) on:change=choose/>
            </td> })}
            <td class="primary"><a class="name" href=routes::api_token(id)>{row.name}</a></td>
            <td><code>{row.hint}</code></td>
            <td>{row.person_name}<span class="sub">{row.email.to_string()}</span></td>
            <td>{row.user_type.1}</td>
            <td>{row.department.map(|(_, name)| name)}</td>
            <td>{row.last_used.as_ref().map_or_else(|| never("never"), time::relative)}</td>
            <td>{row.expires.as_ref().map_or_else(|| never("never"), time::date)}</td>
            <td>{state_of(row.state)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn DeleteChosen(shown: Shown, on_close: Callback<()>) -> AnyView {
    let chosen = shown.chosen.get_untracked();
    let count = chosen.len();
    let used = shown.page.with_untracked(|page| {
        page.rows
            .iter()
            .filter(|row| chosen.contains(&row.id) && row.last_used.is_some())
            .count()
    });
    let busy = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let ids: Vec<TokenId> = shown.chosen.get_untracked().into_iter().collect();
        busy.set(true);
        spawn_local(async move {
            let said = match api::bulk(ids, Bulk::Revoke).await {
                Ok(results) => format!(
                    "{} tokens were deleted. They open nothing any more.",
                    results.len()
                ),
                Err(error) => error.to_string(),
            };
            shown.toasts.say(said);
            shown.chosen.try_set(HashSet::new());
            shown.read();
            on_close.try_run(());
        });
    };
    view! {
        <Dialog title=format!("Delete {count} API tokens") on_close>
            <form class="form" on:submit=submit>
                <div class="body">
                    <p>{format!("{used} of {count} were used. Programs that call with them are refused at their next request, for good.")}</p>
                </div>
                {foot("Delete", busy.into())}
            </form>
        </Dialog>
    }
    .into_any()
}
