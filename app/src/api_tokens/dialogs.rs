//! The dialogs of the pages about API tokens, which are a part of the Wasm of their own: a list is there before anybody
//! opens one.

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::actions::{Actions, OpenDialog};
use super::delete::Delete;
use super::form::TokenDialog;
use super::rotate::Rotate;
use super::secret::Show;
use crate::ui::late::{late, load_soon};

/// The dialog that is open.
#[component]
pub fn Dialogs(actions: Actions) -> AnyView {
    let on_close = Callback::new(move |()| actions.dialog.set(None));
    load_soon(|| Box::pin(load()));
    (move || {
        actions
            .dialog
            .get()
            .map(|open| late(Box::pin(dialog(actions, open, on_close)), on_close))
    })
    .into_any()
}

#[wasm_split(api_token_dialogs, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
fn dialog(actions: Actions, open: OpenDialog, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(match open {
        OpenDialog::Form(what) => view! { <TokenDialog what actions on_close/> }.into_any(),
        OpenDialog::Show(id) => view! { <Show id on_close/> }.into_any(),
        OpenDialog::Rotate(id) => view! { <Rotate id actions on_close/> }.into_any(),
        OpenDialog::Delete(ids) => view! { <Delete ids actions on_close/> }.into_any(),
    })
}
