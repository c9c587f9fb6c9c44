//! What can be done to a token from a list and from its page, and what is said afterwards.

use domain::access_tokens::TokenRow;
use domain::access_tokens::bulk::{BulkAction, BulkView};
use domain::jobs::JobState;
use domain::tokens::State;
use domain::{JobId, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::many::{Choosable, Many};
use crate::error::ApiError;
use crate::rpc::Coming;
use crate::ui::icon;
use crate::ui::menu::{Menu, item};
use crate::ui::toast::Toasts;

/// What a dialog is open for.
#[derive(Clone)]
pub enum OpenDialog {
    /// To make a token; for this collection, if one is given.
    Create(Option<domain::CollectionId>),
    /// To change one.
    Edit(Box<TokenRow>),
    /// To end one for good.
    Revoke(Box<TokenRow>),
    /// To make further codes.
    AddCodes(TokenId),
    /// To hand out the link of a token or code, known by this name.
    Share(TokenId, String),
    /// To see what happened to a token or code, known by this name.
    History(TokenId, String),
    /// To do something to all rows that are chosen.
    Many(Many, BulkAction),
    /// To see who of them was refused, and why.
    Refused(StoredValue<BulkView>),
    /// No dialog: to hear the boxes of a list, for as long as the page of this owner is there.
    Boxes(Option<Choosable>, Owner),
}

/// What is said of a changed row.
type Say = Box<dyn FnOnce(TokenActions, &TokenRow)>;

/// What a page with tokens does: which dialog is open, and what becomes of a changed row.
#[derive(Clone, Copy)]
pub struct TokenActions {
    /// The open dialog.
    pub dialog: RwSignal<Option<OpenDialog>>,
    next: StoredValue<Option<OpenDialog>>,
    /// Told a token that was made here.
    pub made: Callback<TokenRow>,
    /// Told a token that was changed here.
    pub changed: Callback<TokenRow>,
    /// Where it is said what became of it.
    pub toasts: Toasts,
}

impl TokenActions {
    /// No dialog open.
    pub fn new(
        made: impl Fn(TokenRow) + Send + Sync + 'static,
        changed: impl Fn(TokenRow) + Send + Sync + 'static,
    ) -> Self {
        Self {
            dialog: RwSignal::new(None),
            next: StoredValue::new(None),
            made: Callback::new(made),
            changed: Callback::new(changed),
            toasts: Toasts::current(),
        }
    }

    /// Whether its page is still open.
    pub fn is_there(self) -> bool {
        self.dialog.try_with_untracked(|_| ()).is_some()
    }

    /// Opens a dialog.
    pub fn open(self, ask: OpenDialog) {
        self.dialog.set(Some(ask));
    }

    /// Opens a dialog when the one that is open is closed, which gives the focus back first.
    pub fn open_next(self, ask: OpenDialog) {
        self.next.set_value(Some(ask));
    }

    /// Takes note that the dialog was closed.
    pub fn closed(self) {
        let next = self.next.try_update_value(Option::take).flatten();
        self.dialog.set(next);
    }

    /// Deletes a token, and offers a way back.
    pub fn delete(self, row: &TokenRow) {
        let (id, name) = (row.id, row.name.clone());
        self.change(api::delete_token(id), move |actions, _| {
            let undo = Callback::new(move |()| actions.restore(id));
            actions
                .toasts
                .offer_undo(format!("“{name}” was deleted. Its links open nothing now."), undo);
        });
    }

    /// Brings a deleted token back.
    pub fn restore(self, id: TokenId) {
        self.change(api::restore_token(id), |actions, row| {
            actions.toasts.say(format!("“{}” is back.", row.name));
        });
    }

    /// Pauses a token, or ends the pause.
    pub fn pause(self, row: &TokenRow) {
        let id = row.id;
        if row.state == State::Suspended {
            self.change(api::resume_token(id), |actions, row| {
                actions.toasts.say(format!("“{}” works again.", row.name));
            });
        } else {
            self.change(api::suspend_token(id), move |actions, row| {
                let undo = Callback::new(move |()| actions.change(api::resume_token(id), |_, _| {}));
                actions.toasts.offer_undo(
                    format!("“{}” is suspended. Its links open nothing for now.", row.name),
                    undo,
                );
            });
        }
    }

    /// Stops the making of codes.
    pub fn cancel_job(self, job: JobId, token: TokenId) {
        self.change(
            async move {
                api::cancel_job(job).await?;
                api::get_token(token).await
            },
            |actions, _| actions.toasts.say("Stopped. The codes that were made stay."),
        );
    }

    /// Boxed at once: what follows would be made anew for each thing that can be done, in what everybody loads.
    fn change(
        self,
        answer: impl Future<Output = Result<TokenRow, ApiError>> + Send + 'static,
        say: impl FnOnce(Self, &TokenRow) + 'static,
    ) {
        self.settle(Box::pin(answer), Box::new(say));
    }

    fn settle(self, answer: Coming<TokenRow>, say: Say) {
        spawn_local(async move {
            match answer.await {
                Ok(row) => {
                    say(self, &row);
                    self.changed.try_run(row);
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }
}

/// Whether codes are being made for the token right now.
pub fn is_being_made(row: &TokenRow) -> bool {
    row.making
        .as_ref()
        .is_some_and(|progress| progress.state == JobState::Running)
}

/// The pencil: a button that opens what can be done to a token.
#[component]
pub fn TokenMenu(actions: TokenActions, #[prop(into)] row: Signal<TokenRow>) -> AnyView {
    let id = row.with_untracked(|row| format!("menu-{}", row.id));
    let label = Signal::derive(move || row.with(|row| format!("Edit or delete {}", row.name)));
    view! {
        <Menu id label picture=icon::PENCIL>
            {
                let now = row.get();
                if now.is_deleted() {
                    let id = now.id;
                    item(icon::RESTORE, "Restore", "", move || actions.restore(id))
                } else {
                    entries(actions, now)
                }
            }
        </Menu>
    }
    .into_any()
}

fn entries(actions: TokenActions, row: TokenRow) -> AnyView {
    let row = StoredValue::new(row);
    let now = move || row.get_value();
    let is_multi = now().hint.is_none();
    let share = move || {
        let row = now();
        actions.open(OpenDialog::Share(row.id, row.name));
    };
    let pause = match now().state {
        State::Suspended => Some((icon::PLAY, "Resume")),
        State::Live | State::NotYet => Some((icon::PAUSE, "Suspend")),
        _ => None,
    };
    view! {
        {item(icon::PENCIL, "Edit", "E", move || actions.open(OpenDialog::Edit(Box::new(now()))))}
        {item(icon::TRASH, "Delete", "X", move || actions.delete(&now()))}
        <hr/>
        {(!is_multi).then(|| item(icon::SHARE, "Share", "S", share))}
        {(is_multi && now().state != State::Revoked).then(|| item(icon::PLUS, "Add codes", "", move || actions.open(OpenDialog::AddCodes(now().id))))}
        {pause.map(|(picture, words)| item(picture, words, "", move || actions.pause(&now())))}
        {item(icon::HISTORY, "History", "", move || {
            let row = now();
            actions.open(OpenDialog::History(row.id, row.name));
        })}
        {(now().state != State::Revoked).then(|| {
            item(icon::STOP, "Revoke", "", move || actions.open(OpenDialog::Revoke(Box::new(now()))))
        })}
    }
    .into_any()
}
