//! Tabs: links to sibling pages, so that each has a URL and works before Wasm.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The pages, each with its path and label; the open one is marked.
pub fn tabs(label: &'static str, pages: impl IntoIterator<Item = (&'static str, &'static str)>) -> AnyView {
    let path = use_location().pathname;
    let links = pages
        .into_iter()
        .map(|(to, words)| {
            let current = move || {
                path.with(|path| path.trim_end_matches('/') == to)
                    .then_some("page")
            };
            view! { <a href=to aria-current=current>{words}</a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }.into_any()
}
