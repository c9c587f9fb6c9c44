//! The dialogs of tokens, which are a part of the Wasm of their own: a list is there before anybody opens one. What is done
//! to many rows at once is in it, too.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::actions::{OpenDialog, TokenActions};
use super::many::Choosable;
use super::{create, edit, history, many, revoke, share};
use crate::ui::late::late;

/// The open dialog, and what hears the boxes of the page's list.
#[component]
pub fn TokenDialog(actions: TokenActions, #[prop(optional)] boxes: Option<Choosable>) -> AnyView {
    let on_close = Callback::new(move |()| actions.closed());
    // It is on its way before it is asked for. Should it not arrive, whoever opens a dialog is told to load the page anew.
    Effect::new(move |_| {
        if let Some(owner) = Owner::current() {
            spawn_local(
                async move { drop(dialog(actions, OpenDialog::Boxes(boxes, owner), on_close).await) },
            );
        }
    });
    (move || {
        actions
            .dialog
            .get()
            .map(|ask| late(Box::pin(dialog(actions, ask, on_close)), on_close))
    })
    .into_any()
}

#[wasm_split(dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
fn dialog(
    actions: TokenActions,
    ask: OpenDialog,
    on_close: Callback<()>,
) -> Result<AnyView, SplitLoaderError> {
    Ok(match ask {
        OpenDialog::Create(collection) => {
            view! { <create::CreateToken actions collection on_close/> }.into_any()
        }
        OpenDialog::Edit(row) => view! { <edit::EditToken actions row=*row on_close/> }.into_any(),
        OpenDialog::Revoke(row) => view! { <revoke::Revoke actions row=*row on_close/> }.into_any(),
        OpenDialog::AddCodes(id) => view! { <edit::AddCodes actions id on_close/> }.into_any(),
        OpenDialog::Share(id, name) => view! { <share::Share id name on_close/> }.into_any(),
        OpenDialog::History(id, name) => view! { <history::History id name on_close/> }.into_any(),
        OpenDialog::Many(many, action) => view! { <many::Question many action on_close/> }.into_any(),
        OpenDialog::Refused(work) => work
            .try_with_value(|work| many::refused(work, on_close))
            .unwrap_or_else(|| ().into_any()),
        OpenDialog::Boxes(boxes, owner) => {
            if let Some(list) = boxes {
                owner.with(|| many::hear(actions, list));
            }
            ().into_any()
        }
    })
}
