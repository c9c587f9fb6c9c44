//! The dialog that ends a token for good: the one thing here that cannot be taken back, so it is asked for.

use domain::access_tokens::{TokenRow, TokenType};
use leptos::prelude::*;

use super::actions::TokenActions;
use super::api;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::FormState;
use crate::ui::toast::Toasts;

/// The dialog.
#[component]
pub fn Revoke(actions: TokenActions, row: TokenRow, on_close: Callback<()>) -> AnyView {
    view! {
        <Dialog title=format!("Revoke {}?", row.name) class="final" on_close>
            <Question actions row/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Question(actions: TokenActions, row: TokenRow) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let form = FormState::new("revoke");
    let id = row.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::revoke_token(id), move |row| {
            toasts.say(format!("“{}” was revoked. It opens nothing any more.", row.name));
            actions.changed.try_run(row);
            if let Some(opened) = opened {
                opened.close();
            }
        });
    };
    view! {
        <form class="form" on:submit=submit>
            <div class="body">
                <p>{consequences(row.token_type)}</p>
                <p>"This cannot be undone. To stop it for a while, suspend it instead."</p>
                {form.failure()}
            </div>
            {foot("Revoke", form.busy.into())}
        </form>
    }
    .into_any()
}

fn consequences(token_type: TokenType) -> &'static str {
    match token_type {
        TokenType::Single => {
            "Its link opens nothing from now on, for good. Whoever used it keeps what it gave."
        }
        TokenType::Multi => {
            "None of its codes opens anything from now on, for good, and mails that still wait are not sent. \
             Whoever used one keeps what it gave."
        }
    }
}
