//! The dialogs of tokens, which are a part of the Wasm of their own: a list is there before anybody opens one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::actions::{Ask, Desk};
use super::{create, edit, history, revoke, share};
use crate::ui::toast::Toasts;

/// The dialog that is open on a desk.
#[component]
pub fn DeskDialog(desk: Desk) -> AnyView {
    let toasts = Toasts::current();
    let on_close = Callback::new(move |()| desk.closed());
    // It is on its way before it is asked for. Should it not arrive, whoever opens one asks again.
    Effect::new(|_| spawn_local(async { drop(load().await) }));
    (move || {
        desk.ask.get().map(|ask| {
            Suspend::new(async move {
                dialog(desk, ask, on_close).await.unwrap_or_else(|_| {
                    toasts.say("This could not be loaded. Try again, or load the page anew.".to_owned());
                    on_close.run(());
                    ().into_any()
                })
            })
        })
    })
    .into_any()
}

#[wasm_split(dialogs, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
fn dialog(desk: Desk, ask: Ask, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(match ask {
        Ask::Create(collection) => view! { <create::CreateToken desk collection on_close/> }.into_any(),
        Ask::Edit(row) => view! { <edit::EditToken desk row=*row on_close/> }.into_any(),
        Ask::Revoke(row) => view! { <revoke::Revoke desk row=*row on_close/> }.into_any(),
        Ask::AddCodes(id) => view! { <edit::AddCodes desk id on_close/> }.into_any(),
        Ask::Share(id, name) => view! { <share::Share id name on_close/> }.into_any(),
        Ask::History(id, name) => view! { <history::History id name on_close/> }.into_any(),
    })
}
