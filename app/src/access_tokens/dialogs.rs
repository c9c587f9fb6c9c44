//! The dialogs of tokens, which are a part of the Wasm of their own: a list is there before anybody opens one. What is done
//! to many rows at once is in it, too.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::actions::{Ask, Desk};
use super::many::Choosable;
use super::{create, edit, history, many, revoke, share};
use crate::ui::toast::Toasts;

/// How long it waits before it asks again for the part that did not arrive.
const AGAIN: Duration = Duration::from_secs(10);

/// The dialog that is open on a desk, and what hears the boxes of the page's list.
#[component]
pub fn DeskDialog(desk: Desk, #[prop(optional)] boxes: Option<Choosable>) -> AnyView {
    let toasts = Toasts::current();
    let on_close = Callback::new(move |()| desk.closed());
    // It is on its way before it is asked for. Should it not arrive, it is asked for again while the page is open.
    Effect::new(move |_| {
        let Some(owner) = Owner::current() else { return };
        spawn_local(async move {
            while desk.is_there()
                && dialog(desk, Ask::Boxes(boxes, owner.clone()), on_close)
                    .await
                    .is_err()
            {
                sleep(AGAIN).await;
            }
        });
    });
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

#[wasm_split(dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
fn dialog(desk: Desk, ask: Ask, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(match ask {
        Ask::Create(collection) => view! { <create::CreateToken desk collection on_close/> }.into_any(),
        Ask::Edit(row) => view! { <edit::EditToken desk row=*row on_close/> }.into_any(),
        Ask::Revoke(row) => view! { <revoke::Revoke desk row=*row on_close/> }.into_any(),
        Ask::AddCodes(id) => view! { <edit::AddCodes desk id on_close/> }.into_any(),
        Ask::Share(id, name) => view! { <share::Share id name on_close/> }.into_any(),
        Ask::History(id, name) => view! { <history::History id name on_close/> }.into_any(),
        Ask::Many(many, action) => view! { <many::Question many action on_close/> }.into_any(),
        Ask::Refused(work) => work
            .try_with_value(|work| many::refused(work, on_close))
            .unwrap_or_else(|| ().into_any()),
        Ask::Boxes(boxes, owner) => {
            if let Some(list) = boxes {
                owner.with(|| many::hear(desk, list));
            }
            ().into_any()
        }
    })
}
