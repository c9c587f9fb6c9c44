//! The page of an API token, with everything about it but its string.

use domain::api_tokens::{ApiTokenForm, ApiTokenRow, ApiTokenView};
use domain::feed::Change;
use domain::tokens::State;
use domain::{Permission, Problems, Refusal, TokenId, When};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::actions::{Actions, OpenDialog, What};
use super::days::days;
use super::dialogs::Dialogs;
use super::{api, row, use_it};
use crate::access_tokens::{history, state_of};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon};
use crate::ui::{opening, permissions, time, title};

/// The page.
pub fn token_page() -> AnyView {
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |view| view! { <Token view/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<ApiTokenView, ApiError> {
    let id: TokenId = id.parse().map_err(|_| Refusal::NotFound)?;
    api::view_token(id).await
}

#[component]
fn Token(view: ApiTokenView) -> AnyView {
    let id = view.row.id;
    let view = RwSignal::new(view);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = api::view_token(id).await {
                view.try_set(now);
            }
        });
    };
    Feed::listen(move |changes| {
        let concerns = |change: &Change| match change {
            Change::Token { id: other, .. } => *other == id,
            Change::Person { .. } | Change::Everything => true,
            Change::Mail { .. } | Change::Collection { .. } => false,
        };
        if changes.iter().any(concerns) {
            read();
        }
    });
    let actions = Actions::new(Callback::new(|_| {}), Callback::new(move |_| read()));
    let address = view.with_untracked(|view| view.address.clone());
    let manages = RequestContext::current().may(Permission::ApiTokensManage);
    view! {
        <Title text=title::following(view, |view| &view.row.name)/>
        <a class="back" href=routes::API_TOKENS>{icon(icon::BACK)}"API Tokens"</a>
        <div class="head">
            <h1>{move || view.with(|view| view.row.name.clone())}</h1>
            {move || state_of(view.with(|view| view.row.state))}
            <span class="actions">{move || manages.then(|| view.with(|view| buttons(actions, &view.row)))}</span>
        </div>
        {move || view.with(|view| view.held_back.clone()).map(|why| view! {
            <div class="notice wrong">{icon(icon::WARNING)}<p>{format!("It opens nothing now. {why}")}</p></div>
        })}
        {move || view.with(|view| facts(actions, view, manages))}
        <section class="panel">
            <h2>"Description of Use"</h2>
            {move || described(view.with(|view| view.description.clone()))}
            {use_it::description(&address)}
            {move || view.with(|view| (manages && view.can_be_shown).then(|| try_it(actions, id)))}
        </section>
        <section class="panel">
            <h2>"Permissions"</h2>
            {move || view.with(|view| rights(actions, view, manages))}
        </section>
        <section class="panel">
            <h2>"Uses per day"</h2>
            {move || view.with(|view| days(&view.days))}
        </section>
        <section class="panel">
            <h2>"Last networks"</h2>
            {move || view.with(|view| networks(&view.addresses))}
        </section>
        <section class="panel">
            <h2>"History"</h2>
            {move || view.with(|view| history::list(&view.history))}
        </section>
        <Dialogs actions/>
    }
    .into_any()
}

/// What can be done to it, for those who manage API tokens.
fn buttons(actions: Actions, row: &ApiTokenRow) -> AnyView {
    let id = row.id;
    let is_over = !row.state.is_active();
    let is_revoked = row.state == State::Revoked;
    let is_suspended = row.state == State::Suspended;
    let pause = if is_suspended { "Resume" } else { "Suspend" };
    view! {
        <button type="button" class="button" disabled=is_revoked on:click=move |_| actions.open(OpenDialog::Form(What::Edit(id)))>"Edit"</button>
        <button type="button" class="button" disabled=is_over on:click=move |_| actions.open(OpenDialog::Rotate(id))>"Rotate"</button>
        <button type="button" class="button" disabled=is_over on:click=move |_| actions.set_suspended(id, !is_suspended)>{pause}</button>
        <button type="button" class="button" on:click=move |_| actions.open(OpenDialog::Form(What::Like(id)))>"Duplicate"</button>
        <button type="button" class="button danger" disabled=is_revoked on:click=move |_| actions.open(OpenDialog::Delete(vec![id]))>"Delete"</button>
    }
    .into_any()
}

fn facts(actions: Actions, view: &ApiTokenView, manages: bool) -> AnyView {
    let row = &view.row;
    let id = row.id;
    let may_show = manages && view.can_be_shown;
    let never = || view! { <span class="quiet">"never"</span> }.into_any();
    let used = row.last_used.as_ref().map(|when| {
        let how = used_with(&row.last_address, &view.last_agent);
        view! { {time::relative(when)}<span class="sub">{how}</span> }.into_any()
    });
    let networks = match view.networks.is_empty() {
        true => "everywhere".to_owned(),
        false => view.networks.replace(',', ", "),
    };
    view! {
        <dl class="facts">
            <div><dt>"Token Name"</dt><dd>{row.name.clone()}</dd></div>
            <div><dt>"API Token"</dt><dd>
                <code>{row.hint.clone()}</code>" "
                {may_show.then(|| view! {
                    <button type="button" class="button small" on:click=move |_| actions.open(OpenDialog::Show(id))>{icon(icon::EYE)}"Show token"</button>
                })}
            </dd></div>
            <div><dt>"Tenant Id"</dt><dd><code>{view.tenant.to_string()}</code></dd></div>
            <div><dt>"Expiry Date"</dt><dd>{row.expires.as_ref().map_or_else(never, time::minute)}</dd></div>
            <div><dt>"Associated User"</dt><dd>
                <a href=routes::person(row.person)>{row.person_name.clone()}</a>
                <span class="sub">{row.reached_at().to_owned()}</span>
            </dd></div>
            <div><dt>"Department and User Type"</dt><dd>
                {row::department(row)}<span class="sub">{row.user_type.1.clone()}</span>
            </dd></div>
            <div><dt>"Allowed networks"</dt><dd>{networks}</dd></div>
            <div><dt>"Last used"</dt><dd>{used.unwrap_or_else(never)}</dd></div>
            {view.grace.as_ref().map(|until| view! { <div><dt>"The old string opens until"</dt><dd>{time::minute(until)}</dd></div> })}
        </dl>
    }
    .into_any()
}

/// The way to a call with its string, which is shown for the password.
fn try_it(actions: Actions, id: TokenId) -> AnyView {
    view! {
        <div><button type="button" class="button small" on:click=move |_| actions.open(OpenDialog::Show(id))>"Try it"</button></div>
    }
    .into_any()
}

/// Where a program called from, and what it calls itself.
fn used_with(address: &str, agent: &str) -> String {
    match agent.is_empty() {
        true => format!("from {address}"),
        false => format!("from {address} with {agent}"),
    }
}

/// The addresses that it was used from last.
fn networks(addresses: &[(String, When)]) -> AnyView {
    if addresses.is_empty() {
        return view! { <p class="quiet">"None is known."</p> }.into_any();
    }
    let rows = addresses
        .iter()
        .map(|(address, when)| {
            view! {
                <li>
                    <span class="titles"><span class="name">{address.clone()}</span></span>
                    <span>{time::minute(when)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list">{rows}</ul> }.into_any()
}

fn described(description: String) -> AnyView {
    (!description.is_empty())
        .then(|| view! { <p class="letter-text">{description}</p> })
        .into_any()
}

/// What it may do, and what of it nothing has used.
fn rights(actions: Actions, view: &ApiTokenView, manages: bool) -> AnyView {
    let unused = view.permissions.without(view.used_permissions);
    let used = view.permissions.intersection(view.used_permissions);
    let can_be_narrowed =
        manages && view.row.state != State::Revoked && !unused.is_empty() && !used.is_empty();
    let id = view.row.id;
    let shown = view.form();
    let narrowed = ApiTokenForm {
        permissions: used.to_string(),
        narrowed: true,
        ..shown.clone()
    };
    let remove = move |_| {
        let answer = api::edit_token(id, narrowed.clone(), shown.clone(), Problems::default());
        spawn_local(async move {
            match answer.await {
                Ok(()) => {
                    actions
                        .toasts
                        .say("The token may do what it has used, and nothing else.");
                    actions.changed.try_run(vec![id]);
                }
                Err(error) => actions.toasts.say(error.to_string()),
            }
        });
    };
    view! {
        <p>{permissions::sentence(view.permissions)}</p>
        {(!unused.is_empty()).then(|| view! { <p class="quiet">{format!("Never used: {}.", unused.in_words())}</p> })}
        {can_be_narrowed.then(|| view! {
            <div><button type="button" class="button small" on:click=remove>"Remove unused"</button></div>
        })}
    }
    .into_any()
}
