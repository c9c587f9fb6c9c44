//! What the keyboard does everywhere: the palette, which goes to a page, a token, a collection or a person by name, and
//! the list of all shortcuts. Both are in a separate part of the Wasm, which is loaded only on demand.

mod api;
mod list;
mod palette;

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use crate::request_context::RequestContext;
use crate::ui::browser;
use crate::ui::icon::{self, icon};
use crate::ui::late::late;

/// What to open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// The palette.
    Palette,
    /// The list of all shortcuts.
    Keys,
}

/// The button that opens the palette, and what is open.
#[component]
pub fn Keys() -> AnyView {
    let visit = RequestContext::current();
    let ask = RwSignal::new(None);
    let on_close = Callback::new(move |()| ask.set(None));
    let keys = window_event_listener_untyped("keydown", move |event| {
        if let Some(asked) = asked_by(visit, &event) {
            event.prevent_default();
            ask.set(Some(asked));
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <button type="button" class="button find" aria-keyshortcuts="Control+K" on:click=move |_| ask.set(Some(Ask::Palette))>
            {icon(icon::SEARCH)}<span>"Go to…"</span><kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
        {move || ask.get().map(|ask| late(Box::pin(dialog(ask == Ask::Keys, on_close)), on_close))}
    }
    .into_any()
}

/// `Ctrl K` works while somebody types; `?` is a single key, which can be switched off.
fn asked_by(visit: RequestContext, event: &web_sys::Event) -> Option<Ask> {
    let is_held = browser::flag(event, "ctrlKey") || browser::flag(event, "metaKey");
    if is_held && browser::property(event, "key").is_some_and(|key| key == "k") && !browser::is_covered() {
        return Some(Ask::Palette);
    }
    (visit.shortcut(event)? == "?").then_some(Ask::Keys)
}

#[wasm_split(keys, wasm_split_path = ::leptos::wasm_split, fallible)]
fn dialog(keys: bool, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(match keys {
        true => view! { <list::KeyList on_close/> }.into_any(),
        false => view! { <palette::Palette on_close/> }.into_any(),
    })
}
