//! A row of the list of API tokens, and what can be done to it.

use domain::api_tokens::ApiTokenRow;
use domain::tokens::State;
use domain::{Permission, TokenId};
use leptos::prelude::*;

use super::actions::{Actions, OpenDialog, What};
use crate::access_tokens::state_of;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon;
use crate::ui::list::Line;
use crate::ui::menu::{Menu, item};
use crate::ui::time;

/// How many columns the table has.
pub const COLUMNS: u32 = 8;

/// A row, as a `<tr>`.
pub fn api_token_row(actions: Actions, line: Line<ApiTokenRow>, at: Memo<usize>) -> AnyView {
    let manages = RequestContext::current().may(Permission::ApiTokensManage);
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="choose">{manages.then(|| choose(actions, row, id))}</td>
            <td role="cell" class="primary">
                <a class="name" href=routes::api_token(id)>{move || row.with(|row| row.name.clone())}</a>
                <span class="sub">
                    {move || state_of(row.with(|row| row.state))}
                    <span class="made">"made "{move || row.with(|row| time::date(&row.created))}</span>
                </span>
            </td>
            <td role="cell" class="token" data-label="Token"><code>{move || row.with(|row| row.hint.clone())}</code></td>
            <td role="cell" class="user" data-label="User">
                {move || row.with(|row| row.person_name.clone())}
                <span class="sub">{move || row.with(|row| row.reached_at().to_owned())}</span>
            </td>
            <td role="cell" class="rights" data-label="Department and User Type">
                {move || row.with(department)}
                <span class="sub">{move || row.with(|row| row.user_type.1.clone())}</span>
            </td>
            <td role="cell" class="used" data-label="Last used">{move || row.with(last_used)}</td>
            <td role="cell" class="end" data-label="Expires">{move || row.with(expires)}</td>
            <td role="cell" class="act">{manages.then(|| menu(actions, row))}</td>
        </tr>
    }
    .into_any()
}

/// The box that chooses a row.
fn choose(actions: Actions, row: RwSignal<ApiTokenRow>, id: TokenId) -> AnyView {
    let label = move || row.with(|row| format!("Choose {}", row.name));
    let is_chosen = move || actions.chosen.with(|chosen| chosen.contains(&id));
    let change = move |event| {
        let is_ticked = event_target_checked(&event);
        actions.chosen.update(|chosen| {
            chosen.retain(|other| *other != id);
            if is_ticked {
                chosen.push(id);
            }
        });
    };
    view! { <input type="checkbox" aria-label=label prop:checked=is_chosen on:change=change/> }.into_any()
}

/// The department that limits a token, or that none does.
pub fn department(row: &ApiTokenRow) -> String {
    match &row.department {
        Some((_, name)) => name.clone(),
        None => "All that the user sees".to_owned(),
    }
}

fn last_used(row: &ApiTokenRow) -> AnyView {
    let Some(when) = &row.last_used else {
        return view! { <span class="quiet">"never"</span> }.into_any();
    };
    let address = row.last_address.clone();
    view! { {time::relative(when)}<span class="sub">{address}</span> }.into_any()
}

fn expires(row: &ApiTokenRow) -> AnyView {
    match &row.expires {
        Some(when) => view! { {time::date(when)}<span class="sub">{when.relative.clone()}</span> }.into_any(),
        None => view! { <span class="quiet">"never"</span> }.into_any(),
    }
}

fn menu(actions: Actions, row: RwSignal<ApiTokenRow>) -> AnyView {
    let id = row.with_untracked(|row| format!("menu-{}", row.id));
    let label = Signal::derive(move || row.with(|row| format!("Edit or delete {}", row.name)));
    view! {
        <Menu id label picture=icon::PENCIL>
            {entries(actions, &row.get())}
        </Menu>
    }
    .into_any()
}

fn entries(actions: Actions, row: &ApiTokenRow) -> AnyView {
    let id = row.id;
    let is_active = row.state.is_active();
    let is_revoked = row.state == State::Revoked;
    let is_suspended = row.state == State::Suspended;
    let (picture, words) = match is_suspended {
        true => (icon::PLAY, "Resume"),
        false => (icon::PAUSE, "Suspend"),
    };
    view! {
        {(!is_revoked).then(|| item(icon::PENCIL, "Edit", "", move || actions.open(OpenDialog::Form(What::Edit(id)))))}
        {item(icon::COPY, "Duplicate", "", move || actions.open(OpenDialog::Form(What::Like(id))))}
        {is_active.then(|| item(icon::RESTORE, "Rotate", "", move || actions.open(OpenDialog::Rotate(id))))}
        {is_active.then(|| item(picture, words, "", move || actions.set_suspended(id, !is_suspended)))}
        {(!is_revoked).then(|| view! {
            <hr/>
            {item(icon::TRASH, "Delete", "", move || actions.open(OpenDialog::Delete(vec![id])))}
        })}
    }
    .into_any()
}
