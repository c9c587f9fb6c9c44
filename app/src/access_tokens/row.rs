//! A row of the Token Manager.

use domain::access_tokens::{TokenRow, TokenType};
use domain::form::grouped;
use domain::{Permission, TokenId};
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::actions::{OpenDialog, TokenActions, TokenMenu, is_being_made};
use super::facts;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::list::Line;
use crate::ui::meter::meter;
use crate::ui::time;

/// How many columns the table has.
pub const COLUMNS: u32 = 9;

/// A row, as a `<tr>`.
pub fn token_row(actions: TokenActions, line: Line<TokenRow>, at: Memo<usize>) -> AnyView {
    let visit = RequestContext::current();
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    let name = move || row.with(|row| row.name.clone());
    let manages = visit.may(Permission::TokensManage);
    view! {
        <tr
            role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()
            on:keydown=move |event| letter(actions, visit, row, &event)
        >
            <td role="cell" class="choose">{manages.then(|| choose(Signal::derive(move || format!("Choose {}", name()))))}</td>
            <td role="cell" class="primary">
                <a class="name" href=routes::token(id) title=name>{name}</a>
                <span class="sub">
                    {move || facts::state(row.with(|row| row.state))}
                    <span class="made">{move || row.with(made)}</span>
                </span>
            </td>
            <td role="cell" class="token" data-label="Token">{move || row.with(|row| code(actions, visit, row))}</td>
            <td role="cell" class="type" data-label="Type">{facts::token_type(row.with_untracked(|row| row.token_type))}</td>
            <td role="cell" class="opens" data-label="Collection">
                <a class="plain" href=move || row.with(|row| routes::collection(row.collection))>
                    {move || row.with(|row| row.collection_title.clone())}
                </a>
            </td>
            <td role="cell" class="n" data-label="Uses">{move || row.with(facts::uses)}</td>
            <td role="cell" class="n" data-label="Remaining">{move || row.with(facts::remaining)}</td>
            <td role="cell" class="end" data-label="Expires">{move || row.with(facts::expires)}</td>
            <td role="cell" class="act">{manages.then(|| view! { <TokenMenu actions row/> })}</td>
        </tr>
    }
    .into_any()
}

/// The box that chooses a row. Who hears it comes later: `many.rs`.
pub fn choose(label: Signal<String>) -> AnyView {
    view! { <input type="checkbox" aria-label=label/> }.into_any()
}

/// The head of the column with the boxes: the box that chooses every row that is here, or none.
pub fn choose_all(visit: RequestContext) -> AnyView {
    let all = visit
        .may(Permission::TokensManage)
        .then(|| choose(Signal::stored("Choose all that are shown".to_owned())));
    view! { <th role="columnheader" scope="col" class="choose">{all}</th> }.into_any()
}

/// Who made it when; in the list of deleted ones, when it was deleted.
fn made(row: &TokenRow) -> AnyView {
    match &row.deleted {
        Some(when) => view! { "deleted "{time::relative(when)} }.into_any(),
        None => view! { "by "{row.created_by.clone()}", "{time::date(&row.created)} }.into_any(),
    }
}

/// What stands in the Token column: the code of a single token, the way to the codes of a multi token, or
/// how far their making is.
fn code(actions: TokenActions, visit: RequestContext, row: &TokenRow) -> AnyView {
    if let Some(progress) = row.making.clone().filter(|_| is_being_made(row)) {
        let id = row.id;
        return view! {
            <span class="making" role="status">
                {format!("{} of {}", grouped(progress.done), grouped(progress.total))}
                {meter(progress.done, progress.total)}
            </span>
            <button
                type="button" class="icon-button" aria-label="Stop making codes" title="Stop making codes"
                on:click=move |_| actions.cancel_job(progress.id, id)
            >{icon(icon::CROSS)}</button>
        }
        .into_any();
    }
    match (row.token_type, &row.hint) {
        (TokenType::Single, Some(hint)) => share_button(actions, visit, row.id, hint, &row.name),
        _ => view! { <a class="manage" href=routes::token(row.id)>"Manage Tokens"</a> }.into_any(),
    }
}

/// A code that a click hands out. Who may not see secrets sees the hint alone.
pub fn share_button(
    actions: TokenActions,
    visit: RequestContext,
    id: TokenId,
    hint: &str,
    name: &str,
) -> AnyView {
    if !visit.may(Permission::TokensReveal) {
        return view! { <span class="code">{hint.to_owned()}</span> }.into_any();
    }
    let label = format!("Share {hint}");
    let name = name.to_owned();
    view! {
        <button type="button" class="code" aria-label=label title="Show the link" on:click=move |_| actions.open(OpenDialog::Share(id, name.clone()))>
            {hint.to_owned()}
        </button>
    }
    .into_any()
}

/// Letters act on the row that has the focus: `E` edits, `S` shares, `X` deletes.
fn letter(actions: TokenActions, visit: RequestContext, row: RwSignal<TokenRow>, event: &KeyboardEvent) {
    let Some(key) = visit.shortcut(event) else {
        return;
    };
    let row = row.get_untracked();
    if row.is_deleted() || !visit.may(Permission::TokensManage) {
        return;
    }
    match key.as_str() {
        "e" | "E" => actions.open(OpenDialog::Edit(Box::new(row))),
        "s" | "S" if row.token_type == TokenType::Single => actions.open(OpenDialog::Share(row.id, row.name)),
        "x" | "X" => actions.delete(&row),
        _ => return,
    }
    event.prevent_default();
}
