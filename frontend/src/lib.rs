//! Hydrates the rendered pages in the browser.

use leptos::prelude::document;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page that the server rendered, once its part of the Wasm is there, and marks it on `<html>`.
#[wasm_bindgen]
pub async fn hydrate() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    if !app::load().await {
        return;
    }
    leptos::mount::hydrate_body(app::App);
    if let Some(root) = document().document_element() {
        // Only a hint for scripts and tests; a page without it works the same.
        drop(root.set_attribute("data-hydrated", ""));
    }
}
