//! What can be done to API tokens from the list and from a token's page: which dialog is open, and what becomes of what was
//! changed.

use domain::TokenId;
use domain::api_tokens::{Bulk, BulkResult};
use domain::form::grouped;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::ui::toast::Toasts;

/// What the form of a token is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// To make a token.
    New,
    /// To make another one like this.
    Like(TokenId),
    /// To change this.
    Edit(TokenId),
}

/// What a dialog is open for.
#[derive(Clone, PartialEq, Eq)]
pub enum OpenDialog {
    /// To make a token, or to change one.
    Form(What),
    /// To see the string of one.
    Show(TokenId),
    /// To give it a new one.
    Rotate(TokenId),
    /// To end some.
    Delete(Vec<TokenId>),
}

/// What a page with API tokens does.
#[derive(Clone, Copy)]
pub struct Actions {
    /// The open dialog.
    pub dialog: RwSignal<Option<OpenDialog>>,
    /// The rows that are chosen.
    pub chosen: RwSignal<Vec<TokenId>>,
    /// Told a token that was made here.
    pub made: Callback<TokenId>,
    /// Told the tokens that were changed here.
    pub changed: Callback<Vec<TokenId>>,
    /// Where it is said what was done.
    pub toasts: Toasts,
}

impl Actions {
    /// Nothing chosen, nothing open.
    pub fn new(made: Callback<TokenId>, changed: Callback<Vec<TokenId>>) -> Self {
        Self {
            dialog: RwSignal::new(None),
            chosen: RwSignal::new(Vec::new()),
            made,
            changed,
            toasts: Toasts::current(),
        }
    }

    /// Opens a dialog.
    pub fn open(self, dialog: OpenDialog) {
        self.dialog.set(Some(dialog));
    }

    /// Pauses a token, or ends its pause.
    pub fn set_suspended(self, id: TokenId, suspended: bool) {
        spawn_local(async move {
            match api::set_suspended(id, suspended).await {
                Ok(()) => {
                    self.toasts.say(match suspended {
                        true => "The token is suspended. It opens nothing for now.",
                        false => "The token works again.",
                    });
                    self.changed.try_run(vec![id]);
                }
                Err(error) => self.toasts.say(error.to_string()),
            }
        });
    }

    /// Says that tokens were suspended, and offers a way back.
    pub fn say_suspended(self, results: &[(TokenId, BulkResult)]) {
        let of = |(id, result): &(TokenId, BulkResult)| (*result == BulkResult::Suspended).then_some(*id);
        let ids: Vec<TokenId> = results.iter().filter_map(of).collect();
        let words = match ids.len() {
            1 => "1 token is suspended. It opens nothing for now.".to_owned(),
            many => format!(
                "{} tokens are suspended. They open nothing for now.",
                grouped(count(many))
            ),
        };
        let undo = Callback::new(move |()| {
            let ids = ids.clone();
            spawn_local(async move {
                match api::change_tokens(ids.clone(), Bulk::Resume).await {
                    Ok(_) => drop(self.changed.try_run(ids)),
                    Err(error) => self.toasts.say(error.to_string()),
                }
            });
        });
        self.toasts.offer_undo(words, undo);
    }
}

/// A number of things, as it is written.
pub fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}
