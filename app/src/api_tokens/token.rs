//! The page of an API token.

use domain::api_tokens::{ApiTokenForm, ApiTokenView, Bulk, IssuedApiToken, RotateForm};
use domain::live::Change;
use domain::tokens::State;
use domain::{Permission, Refusal, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::create::{NewApiToken, show_once};
use super::{api, use_it};
use crate::access_tokens::{CopyField, history, state_of};
use crate::error::ApiError;
use crate::routes;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::icon::{self, icon};
use crate::ui::live::Live;
use crate::ui::toast::Toasts;
use crate::ui::{opening, time};
use crate::visit::Visit;

/// The page.
pub fn token_page() -> AnyView {
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |view| view! { <TokenView view/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<ApiTokenView, ApiError> {
    let id: TokenId = id.parse().map_err(|_| Refusal::NotFound)?;
    api::view_token(id).await
}

/// What is open over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Nothing,
    Show,
    Rotate,
    Duplicate,
    Delete,
}

#[component]
fn TokenView(view: ApiTokenView) -> AnyView {
    let visit = Visit::current();
    let toasts = Toasts::current();
    let id = view.row.id;
    let name = view.row.name.clone();
    let view = RwSignal::new(view);
    let ask = RwSignal::new(Ask::Nothing);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = api::view_token(id).await {
                view.try_set(now);
            }
        });
    };
    Live::listen(move |changes| {
        let concerns = |change: &Change| matches!(change, Change::Token { id: other, .. } if *other == id);
        if changes
            .iter()
            .any(|change| concerns(change) || *change == Change::Everything)
        {
            read();
        }
    });
    let suspended = move || view.with(|view| view.row.state == State::Suspended);
    let suspend = move |_| {
        let suspended = untrack(suspended);
        spawn_local(async move {
            match api::set_suspended(id, !suspended).await {
                Ok(()) => read(),
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    let manages = visit.may(Permission::ApiTokensManage);
    let is_over = move || view.with(|view| !view.row.state.is_active());
    let close = Callback::new(move |()| {
        ask.set(Ask::Nothing);
        read();
    });
    view! {
        <Title text=name/>
        <a class="back" href=routes::API_TOKENS>{icon(icon::BACK)}"API Tokens"</a>
        <div class="head">
            <h1>{move || view.with(|view| view.row.name.clone())}</h1>
            {move || state_of(view.with(|view| view.row.state))}
            {manages.then(|| view! {
                <span class="actions">
                    <button type="button" class="button" disabled=is_over on:click=move |_| ask.set(Ask::Rotate)>"Rotate"</button>
                    <button type="button" class="button" disabled=is_over on:click=suspend>
                        {move || if suspended() { "Resume" } else { "Suspend" }}
                    </button>
                    <button type="button" class="button" on:click=move |_| ask.set(Ask::Duplicate)>"Duplicate"</button>
                    <button type="button" class="button" disabled=is_over on:click=move |_| ask.set(Ask::Delete)>"Delete"</button>
                </span>
            })}
        </div>
        {move || view.with(|view| view.held_back.clone()).map(|why| view! {
            <div class="notice wrong">{icon(icon::WARNING)}<p>{why}</p></div>
        })}
        {move || view.with(|shown| facts(shown, manages, ask))}
        <section class="panel">
            <h2>"Description of Use"</h2>
            {use_it::description(&view.with_untracked(|view| view.address.clone()))}
        </section>
        <section class="panel">
            <h2>"Uses per day"</h2>
            {move || view.with(|view| days(&view.days))}
        </section>
        <section class="panel">
            <h2>"History"</h2>
            {move || view.with(|view| history::list(&view.history))}
        </section>
        {move || match ask.get() {
            Ask::Nothing => ().into_any(),
            Ask::Show => view! { <Show id on_close=close/> }.into_any(),
            Ask::Rotate => view! { <Rotate id on_close=close/> }.into_any(),
            Ask::Duplicate => view! { <NewApiToken start=view.with_untracked(like) on_close=close/> }.into_any(),
            Ask::Delete => view! { <Delete id on_close=close/> }.into_any(),
        }}
    }
    .into_any()
}

/// A form with everything that a token has.
fn like(view: &ApiTokenView) -> ApiTokenForm {
    ApiTokenForm {
        name: format!("{} (copy)", view.row.name),
        user: view.row.person.to_string(),
        department: view
            .row
            .department
            .as_ref()
            .map(|(id, _)| id.to_string())
            .unwrap_or_default(),
        user_type: view.row.user_type.0.to_string(),
        permissions: view.narrowed.map(|set| set.to_string()).unwrap_or_default(),
        networks: view.networks.clone(),
        description: view.description.clone(),
        ..ApiTokenForm::default()
    }
}

fn facts(view: &ApiTokenView, manages: bool, ask: RwSignal<Ask>) -> AnyView {
    let row = &view.row;
    let unused = view.permissions.without(view.used_permissions);
    let never = || view! { <span class="quiet">"never"</span> }.into_any();
    let used = row.last_used.as_ref().map(|when| {
        let from = format!("from {} with {}", row.last_address, view.last_agent);
        view! { {time::relative(when)}<span class="sub">{from}</span> }.into_any()
    });
    view! {
        <dl class="facts">
            <div><dt>"Token Name"</dt><dd>{row.name.clone()}</dd></div>
            <div><dt>"API Token"</dt><dd><code>{row.hint.clone()}</code>
                {(manages && view.can_be_shown).then(|| view! {
                    <button type="button" class="button small" on:click=move |_| ask.set(Ask::Show)>{icon(icon::EYE)}"Show token"</button>
                })}
            </dd></div>
            <div><dt>"Tenant Id"</dt><dd><code>{view.tenant.to_string()}</code></dd></div>
            <div><dt>"Expiry Date"</dt><dd>{row.expires.as_ref().map_or_else(never, time::minute)}</dd></div>
            <div><dt>"Associated User"</dt><dd><a href=routes::person(row.person)>{row.person_name.clone()}</a>
                <span class="sub">{row.email.to_string()}</span></dd></div>
            <div><dt>"Department and User Type"</dt><dd>
                {row.department.as_ref().map_or("The whole organisation".to_owned(), |(_, name)| name.clone())}
                <span class="sub">{row.user_type.1.clone()}</span></dd></div>
            <div><dt>"Permissions"</dt><dd>{view.permissions.to_string()}
                {(!unused.is_empty()).then(|| view! { <span class="sub">{format!("never used: {unused}")}</span> })}</dd></div>
            <div><dt>"Allowed networks"</dt><dd>{if view.networks.is_empty() { "everywhere".to_owned() } else { view.networks.clone() }}</dd></div>
            <div><dt>"Last used"</dt><dd>{used.unwrap_or_else(never)}</dd></div>
            {view.grace.as_ref().map(|until| view! { <div><dt>"Old string opens until"</dt><dd>{time::minute(until)}</dd></div> })}
        </dl>
        <p>{view.description.clone()}</p>
    }
    .into_any()
}

/// A bar for each of ninety days, and the same as a table for those who do not see it.
fn days(days: &[(i64, i64)]) -> AnyView {
    let most = days
        .iter()
        .map(|(_, uses)| *uses)
        .max()
        .unwrap_or_default()
        .max(1);
    let bars = days.iter().map(|(day, uses)| {
        let height = (uses * 40 / most).max(1);
        view! { <rect x=(day * 4).to_string() y=(40 - height).to_string() width="3" height=height.to_string()></rect> }
    });
    let rows = days.iter().rev().map(|(day, uses)| {
        let ago = 89 - day;
        let when = if ago == 0 {
            "today".to_owned()
        } else {
            format!("{ago} days ago")
        };
        view! { <tr><th scope="row">{when}</th><td class="n">{uses.to_string()}</td></tr> }
    });
    if days.is_empty() {
        return view! { <p class="quiet">"It was not used in the last 90 days."</p> }.into_any();
    }
    view! {
        <svg class="days" viewBox="0 0 360 40" width="360" height="40" role="img" aria-label="Uses per day of the last 90 days" fill="currentColor">
            {bars.collect_view()}
        </svg>
        <details><summary>"As a table"</summary>
            <table><thead><tr><th scope="col">"Day"</th><th scope="col">"Uses"</th></tr></thead><tbody>{rows.collect_view()}</tbody></table>
        </details>
    }
    .into_any()
}

/// The string again, for the password.
#[component]
fn Show(id: TokenId, on_close: Callback<()>) -> AnyView {
    let form = FormState::new("show");
    let password = RwSignal::new(String::new());
    let secret = RwSignal::new(None::<String>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::reveal_token(id, password.get_untracked()), move |text| {
            secret.try_set(Some(text));
        });
    };
    view! {
        <Dialog title="Show the API token" on_close>
            {move || match secret.get() {
                Some(text) => view! { <div class="body">
                    <CopyField id="api-token-secret" label="API Token" text action="Copy token"/>
                    <p class="fine">"That you looked at it was recorded."</p>
                </div> }.into_any(),
                None => view! { <form class="form" novalidate on:submit=submit>
                    <div class="body">
                        <p>"Type your password. That you look at the token is recorded."</p>
                        <Field form name="password" label="Password" value=password kind=Kind::Password autocomplete="current-password" first=true/>
                        {form.failure()}
                    </div>
                    {foot("Show token", form.busy.into())}
                </form> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Rotate(id: TokenId, on_close: Callback<()>) -> AnyView {
    let form = FormState::new("rotate");
    let grace = RwSignal::new("24h".to_owned());
    let early = RwSignal::new(true);
    let issued = RwSignal::new(None::<IssuedApiToken>);
    let graces: Vec<_> = RotateForm::GRACES
        .iter()
        .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
        .collect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let how = RotateForm {
            grace: grace.get_untracked(),
            until_first_use: early.get_untracked(),
        };
        form.send(api::rotate_token(id, how), move |made| {
            issued.try_set(Some(made));
        });
    };
    view! {
        <Dialog title="Rotate the API token" on_close>
            {move || match issued.get() {
                Some(made) => show_once(made),
                None => view! { <form class="form" novalidate on:submit=submit>
                    <div class="body">
                        <p>"The token gets a new string. Its use of the old one after the grace raises an alarm."</p>
                        <Select form name="grace" label="The old string ends" value=grace options=Signal::stored(graces.clone())/>
                        <label><input type="checkbox" prop:checked=move || early.get()
                            on:change=move |event| early.set(event_target_checked(&event))/>
                            "Earlier, at the first use of the new one"</label>
                        {form.failure()}
                    </div>
                    {foot("Rotate", form.busy.into())}
                </form> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Delete(id: TokenId, on_close: Callback<()>) -> AnyView {
    let form = FormState::new("delete");
    let opened_for = on_close;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::bulk(vec![id], Bulk::Revoke), move |_| {
            opened_for.try_run(());
        });
    };
    view! {
        <Dialog title="Delete the API token" on_close>
            <form class="form" on:submit=submit>
                <div class="body">
                    <p>"Programs that call with it are refused at their next request, for good."</p>
                    {form.failure()}
                </div>
                {foot("Delete", form.busy.into())}
            </form>
        </Dialog>
    }
    .into_any()
}
