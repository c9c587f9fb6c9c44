//! The dialogs of the pages about API tokens.

use leptos::prelude::*;

use super::actions::{Actions, OpenDialog};
use super::delete::Delete;
use super::form::TokenDialog;
use super::rotate::Rotate;
use super::secret::Show;

/// The dialog that is open.
#[component]
pub fn Dialogs(actions: Actions) -> AnyView {
    let on_close = Callback::new(move |()| actions.dialog.set(None));
    (move || {
        actions.dialog.get().map(|dialog| match dialog {
            OpenDialog::Form(what) => view! { <TokenDialog what actions on_close/> }.into_any(),
            OpenDialog::Show(id) => view! { <Show id on_close/> }.into_any(),
            OpenDialog::Rotate(id) => view! { <Rotate id actions on_close/> }.into_any(),
            OpenDialog::Delete(ids) => view! { <Delete ids actions on_close/> }.into_any(),
        })
    })
    .into_any()
}
