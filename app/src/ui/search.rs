//! A search field that answers while somebody types.

use std::time::Duration;

use domain::code::for_address;
use gloo_timers::future::sleep;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;

use super::browser;
use super::icon::{self, icon};
use crate::request_context::RequestContext;

const PAUSE: Duration = Duration::from_millis(200);

/// A search field. It reports what was typed after a pause, or at once on Enter; the latest wins. Its text follows
/// `value` unless somebody is typing. A search is kept in the URL, so a complete code is replaced by the part of it
/// that lists show. `/` moves the focus to it from anywhere on the page. It is not a `<form>`: a browser would submit
/// one by itself, with all that was typed in the URL, if *Enter* came before the page is hydrated.
#[component]
pub fn Search(
    /// Its name.
    label: &'static str,
    /// Its placeholder.
    placeholder: &'static str,
    /// What is searched for now.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the text to search for.
    #[prop(into)]
    on_search: Callback<String>,
) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let typed = StoredValue::new(0u32);
    let now = move || {
        input
            .try_get_untracked()
            .flatten()
            .map(|input| input.value())
            .unwrap_or_default()
    };
    let write = move |text: &str| {
        if let Some(input) = input.try_get_untracked().flatten() {
            input.set_value(text);
        }
    };
    let tell = move || {
        let typed = now();
        let text = for_address(typed.trim());
        if text != typed.trim() {
            write(&text);
        }
        if value.try_get_untracked().is_some_and(|value| value != text) {
            on_search.try_run(text);
        }
    };
    let soon = move || {
        let Some(turn) = typed.try_update_value(|typed| {
            *typed = typed.wrapping_add(1);
            *typed
        }) else {
            return;
        };
        spawn_local(async move {
            sleep(PAUSE).await;
            if typed.try_get_value() == Some(turn) {
                tell();
            }
        });
    };
    Effect::new(move |before: Option<()>| {
        let value = value.get();
        let Some(input) = input.get() else { return };
        // What was typed before the page was hydrated counts; later the URL decides.
        if before.is_none() && input.value() != value && !input.value().is_empty() {
            soon();
        } else if input.value().trim() != value {
            input.set_value(&value);
        }
    });
    let visit = RequestContext::current();
    let keys = window_event_listener_untyped("keydown", move |event| {
        if visit.shortcut(&event).as_deref() == Some("/") {
            browser::focus_and_select("search");
            event.prevent_default();
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <div class="search" role="search">
            {icon(icon::SEARCH)}
            <input
                id="search" class="input" type="search" aria-label=label placeholder=placeholder autocomplete="off"
                spellcheck="false" enterkeyhint="search" aria-keyshortcuts="/"
                node_ref=input value=value.get_untracked()
                on:input=move |_| soon()
                on:keydown=move |event| match event.key().as_str() {
                    "Enter" if !event.is_composing() => {
                        typed.update_value(|typed| *typed = typed.wrapping_add(1));
                        tell();
                    }
                    "Escape" if !now().is_empty() => {
                        event.prevent_default();
                        write("");
                        tell();
                    }
                    _ => {}
                }
            />
            <kbd aria-hidden="true">"/"</kbd>
        </div>
    }
    .into_any()
}

/// Whether a text has what is searched for in it, in whatever case.
pub fn contains(text: &str, searched: &str) -> bool {
    lower(text).contains(&lower(searched))
}

/// The browser's own: that of the standard library has a table of all letters.
#[cfg(not(feature = "ssr"))]
fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(feature = "ssr")]
fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// How a list's URL changes with its query. A new order or filter is a step that *Back* undoes; a search is one such
/// step, not one for each letter.
pub fn step(searched_before: &str, searches_now: &str) -> NavigateOptions {
    let goes_on_typing = searched_before != searches_now && !searched_before.is_empty();
    NavigateOptions {
        replace: goes_on_typing,
        scroll: false,
        ..Default::default()
    }
}
