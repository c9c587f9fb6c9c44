//! A row of *List tokens*, and what can be done to it.

use domain::form::grouped;
use domain::page_tokens::list::PageTokenRow;
use domain::tokens::State;
use domain::{Permission, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::facts;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::ui::chosen::chosen_bar;
use crate::ui::icon::{self, icon};
use crate::ui::list::Line;
use crate::ui::menu::{Menu, item};
use crate::ui::meter::meter;
use crate::ui::time;
use crate::ui::toast::Toasts;

/// How many columns the table has.
pub const COLUMNS: u32 = 8;

/// Which dialog is open.
#[derive(Clone)]
pub enum OpenDialog {
    /// To change a token.
    Edit(Box<PageTokenRow>),
    /// To make another one like it.
    Duplicate(Box<PageTokenRow>),
    /// To end it for good.
    Revoke(TokenId),
    /// To see its link.
    Reveal(TokenId),
    /// To give it a new one.
    Rotate(TokenId),
    /// To see what happened to it.
    History(TokenId),
}

/// What the page does with its rows.
#[derive(Clone, Copy)]
pub struct Actions {
    /// The open dialog.
    pub dialog: RwSignal<Option<OpenDialog>>,
    /// The rows that are chosen.
    pub chosen: RwSignal<Vec<TokenId>>,
    /// Told a token that was made here.
    pub made: Callback<PageTokenRow>,
    /// Told a token that was changed here.
    pub changed: Callback<PageTokenRow>,
    toasts: Toasts,
}

impl Actions {
    /// Nothing chosen, nothing open.
    pub fn new(made: Callback<PageTokenRow>, changed: Callback<PageTokenRow>) -> Self {
        Self {
            dialog: RwSignal::new(None),
            chosen: RwSignal::new(Vec::new()),
            made,
            changed,
            toasts: Toasts::current(),
        }
    }

    fn change(
        self,
        answer: impl Future<Output = Result<PageTokenRow, ApiError>> + 'static,
        say: &'static str,
    ) {
        spawn_local(async move {
            match answer.await {
                Ok(row) => {
                    self.toasts.say(say);
                    self.changed.try_run(row);
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    fn delete(self, id: TokenId) {
        spawn_local(async move {
            match api::delete_page_token(id).await {
                Ok(row) => {
                    self.changed.try_run(row);
                    let undo = Callback::new(move |()| {
                        self.change(api::restore_page_token(id), "The token is back.");
                    });
                    self.toasts
                        .offer_undo("The token was deleted. It opens nothing now.".to_owned(), undo);
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    /// Deletes everything that is chosen, with one way back for all of it.
    pub fn delete_chosen(self) {
        let ids = self.chosen.get_untracked();
        self.change_chosen(api::delete_page_tokens(ids), "deleted", move |ids| {
            self.take_back(api::restore_page_tokens(ids));
        });
    }

    /// Pauses everything that is chosen, with one way back for all of it.
    pub fn suspend_chosen(self) {
        let ids = self.chosen.get_untracked();
        self.change_chosen(api::suspend_page_tokens(ids, true), "suspended", move |ids| {
            self.take_back(api::suspend_page_tokens(ids, false));
        });
    }

    fn change_chosen(
        self,
        answer: impl Future<Output = Result<Vec<PageTokenRow>, ApiError>> + 'static,
        done: &'static str,
        take_back: impl Fn(Vec<TokenId>) + Send + Sync + 'static,
    ) {
        spawn_local(async move {
            match answer.await {
                Ok(rows) => {
                    self.chosen.try_set(Vec::new());
                    let ids: Vec<TokenId> = rows.iter().map(|row| row.id).collect();
                    let said = match ids.len() {
                        1 => format!("The token was {done}. It opens nothing now."),
                        many => format!("{many} tokens were {done}. They open nothing now."),
                    };
                    self.settle(rows);
                    let undo = Callback::new(move |()| take_back(ids.clone()));
                    self.toasts.offer_undo(said, undo);
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    fn take_back(self, answer: impl Future<Output = Result<Vec<PageTokenRow>, ApiError>> + 'static) {
        spawn_local(async move {
            match answer.await {
                Ok(rows) => {
                    self.settle(rows);
                    self.toasts.say("They are back.");
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    fn settle(self, rows: Vec<PageTokenRow>) {
        for row in rows {
            self.changed.try_run(row);
        }
    }
}

/// A row, as a `<tr>`.
pub fn page_token_row(actions: Actions, line: Line<PageTokenRow>, at: Memo<usize>) -> AnyView {
    let visit = RequestContext::current();
    let row = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = row.with_untracked(|row| row.id);
    let manages = visit.may(Permission::PageTokensManage);
    let label = move || row.with(|row| format!("Choose {}", row.full_url));
    let is_chosen = move || actions.chosen.with(|chosen| chosen.contains(&id));
    let choose = move |_| {
        actions
            .chosen
            .update(|chosen| match chosen.iter().position(|other| *other == id) {
                Some(at) => drop(chosen.remove(at)),
                None => chosen.push(id),
            });
    };
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="choose">
                {manages.then(|| view! { <input type="checkbox" aria-label=label prop:checked=is_chosen on:change=choose/> })}
            </td>
            <td role="cell" class="primary">
                <span class="name" title=move || row.with(|row| row.canonical_url.clone())>{move || row.with(|row| row.full_url.clone())}</span>
                <span class="sub">
                    {move || facts::state(row.with(|row| row.state))}
                    <span class="made">{move || row.with(beneath)}</span>
                </span>
            </td>
            <td role="cell" class="token" data-label="Token">{move || row.with(|row| link_button(actions, visit, row))}</td>
            <td role="cell" class="opens" data-label="Groups">{move || row.with(|row| row.groups.replace(',', ", "))}</td>
            <td role="cell" class="n" data-label="Hits">{move || row.with(hits)}</td>
            <td role="cell" class="n" data-label="Hits left">{move || row.with(left)}</td>
            <td role="cell" class="end" data-label="Expires">{move || row.with(expires)}</td>
            <td role="cell" class="act">{manages.then(|| menu(actions, row))}</td>
        </tr>
    }
    .into_any()
}

fn beneath(row: &PageTokenRow) -> String {
    let scope = row.scope.label();
    if row.note.is_empty() {
        scope.to_owned()
    } else {
        format!("{} · {scope}", row.note)
    }
}

fn link_button(actions: Actions, visit: RequestContext, row: &PageTokenRow) -> AnyView {
    let (id, hint) = (row.id, row.hint.clone());
    if !visit.may(Permission::TokensReveal) || row.deleted.is_some() {
        return view! { <span class="code">{hint}</span> }.into_any();
    }
    let label = format!("Show the link of {hint}");
    view! {
        <button type="button" class="code" aria-label=label title="Show the link" on:click=move |_| actions.dialog.set(Some(OpenDialog::Reveal(id)))>
            {hint}
        </button>
    }
    .into_any()
}

fn hits(row: &PageTokenRow) -> AnyView {
    let bar = row.max_hits.map(|most| meter(row.hits, most));
    view! { <span class="uses">{grouped(row.hits)}{bar}</span> }.into_any()
}

fn left(row: &PageTokenRow) -> AnyView {
    match row.hits_left() {
        Some(left) => grouped(left).into_any(),
        None => view! { <span class="quiet">"unlimited"</span> }.into_any(),
    }
}

fn expires(row: &PageTokenRow) -> AnyView {
    match &row.expires {
        Some(when) => {
            view! { {time::minute(when)}<span class="sub">{when.relative.clone()}</span> }.into_any()
        }
        None => view! { <span class="quiet">"never"</span> }.into_any(),
    }
}

fn menu(actions: Actions, row: RwSignal<PageTokenRow>) -> AnyView {
    let id = row.with_untracked(|row| format!("menu-{}", row.id));
    let label = Signal::derive(move || row.with(|row| format!("Edit or delete {}", row.full_url)));
    view! {
        <Menu id label picture=icon::PENCIL>
            {entries(actions, row.get())}
        </Menu>
    }
    .into_any()
}

fn entries(actions: Actions, row: PageTokenRow) -> AnyView {
    let id = row.id;
    if row.deleted.is_some() {
        return item(icon::RESTORE, "Restore", "", move || {
            actions.change(api::restore_page_token(id), "The token is back.");
        });
    }
    let pause = match row.state {
        State::Suspended => Some((icon::PLAY, "Resume", false)),
        State::Live | State::NotYet => Some((icon::PAUSE, "Suspend", true)),
        _ => None,
    };
    let is_revoked = row.state == State::Revoked;
    let row = StoredValue::new(row);
    view! {
        {item(icon::PENCIL, "Edit", "", move || actions.dialog.set(Some(OpenDialog::Edit(Box::new(row.get_value())))))}
        {item(icon::SHARE, "Show the link", "", move || actions.dialog.set(Some(OpenDialog::Reveal(id))))}
        {item(icon::COPY, "Duplicate", "", move || actions.dialog.set(Some(OpenDialog::Duplicate(Box::new(row.get_value())))))}
        {(!is_revoked).then(|| item(icon::RESTORE, "Rotate", "", move || actions.dialog.set(Some(OpenDialog::Rotate(id)))))}
        {pause.map(|(picture, words, suspended)| item(picture, words, "", move || {
            let said = if suspended { "The token is suspended." } else { "The token works again." };
            actions.change(api::suspend_page_token(id, suspended), said);
        }))}
        {item(icon::HISTORY, "History", "", move || actions.dialog.set(Some(OpenDialog::History(id))))}
        <hr/>
        {(!is_revoked).then(|| item(icon::STOP, "Revoke", "", move || actions.dialog.set(Some(OpenDialog::Revoke(id)))))}
        {item(icon::TRASH, "Delete", "", move || actions.delete(id))}
    }
    .into_any()
}

/// The buttons for what is chosen.
pub fn bulk(actions: Actions) -> AnyView {
    let count = Signal::derive(move || i64::try_from(actions.chosen.with(Vec::len)).unwrap_or_default());
    let buttons = move |_| {
        view! {
            <button type="button" class="button small" on:click=move |_| actions.suspend_chosen()>
                {icon(icon::PAUSE)}"Suspend"
            </button>
            <button type="button" class="button small danger" on:click=move |_| actions.delete_chosen()>
                {icon(icon::TRASH)}"Delete"
            </button>
        }
        .into_any()
    };
    chosen_bar(count, move || actions.chosen.set(Vec::new()), buttons)
}
