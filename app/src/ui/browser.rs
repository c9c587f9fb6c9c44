//! What only a browser can do. Called from event handlers and effects, which never run on the server.
//!
//! A failure here (a blocked clipboard, a missing element) is never a reason to stop a page, so calls
//! answer with what happened, or with nothing.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Copies a text that also stands in the field with this id. Whether it worked is known after a moment.
/// Browsers hide the clipboard from pages that came without encryption; there, the older way may work.
pub async fn copy(id: &str, text: String) -> bool {
    if window().is_secure_context() {
        let promise = window().navigator().clipboard().write_text(&text);
        if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
            return true;
        }
    }
    focus_and_select(id);
    document()
        .dyn_ref::<web_sys::HtmlDocument>()
        .is_some_and(|document| document.exec_command("copy").unwrap_or(false))
}

/// Whether the device has a sheet of its own to share things with, as phones do.
pub fn can_share() -> bool {
    js_sys::Reflect::has(&window().navigator(), &"share".into()).unwrap_or(false)
}

/// Opens that sheet with a link.
pub fn share(link: &str) {
    let data = web_sys::ShareData::new();
    data.set_url(link);
    // That somebody closed it without choosing is no fault.
    drop(window().navigator().share_with_data(&data));
}

/// Puts the focus on the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        drop(element.focus());
    }
}

/// Scrolls the list that the element with this id stands in, until the element is in sight.
pub fn show(id: &str) {
    let element = document().get_element_by_id(id);
    let list = element.as_ref().and_then(|element| element.parent_element());
    if let (Some(element), Some(list)) = (element, list) {
        let (at, list) = (
            element.get_bounding_client_rect(),
            list.get_bounding_client_rect(),
        );
        if at.top() < list.top() || at.bottom() > list.bottom() {
            element.scroll_into_view_with_bool(at.top() < list.top());
        }
    }
}

/// Puts the focus on the field with this id, and selects what stands in it.
pub fn focus_and_select(id: &str) {
    focus(id);
    select(id);
}

/// Selects what stands in the field with this id.
pub fn select(id: &str) {
    if let Some(input) = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlInputElement>().ok())
    {
        input.select();
    }
}

/// Keeps a preference for a year, for both sides to read.
pub fn keep_cookie(name: &str, value: &str) {
    if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
        drop(document.set_cookie(&format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax")));
    }
}

/// Sets an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        drop(root.set_attribute(name, value));
    }
}

/// Leaves for another page of this site, by loading it.
pub fn leave_for(path: &str) {
    drop(window().location().set_href(path));
}

/// Whether the server answers.
pub async fn is_answered() -> bool {
    let answer = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str("/healthz")).await;
    answer.is_ok_and(|answer| answer.unchecked_into::<web_sys::Response>().ok())
}

/// The path of this page.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The path and query of this page.
pub fn here() -> String {
    let location = window().location();
    format!(
        "{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default()
    )
}

/// Whether somebody is typing: then a letter is a letter.
pub fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.has_attribute("contenteditable")
    })
}

/// Whether a dialog or menu is open: then shortcuts of the page rest.
pub fn is_covered() -> bool {
    document()
        .query_selector("dialog[open], [popover]:popover-open")
        .ok()
        .flatten()
        .is_some()
}

/// The element that an event was meant for.
pub fn target(event: &web_sys::Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}

/// Closes the menu that an event comes from; the focus goes back to what opened it.
pub fn close_menu(event: &web_sys::Event) {
    let menu = target(event).and_then(|element| element.closest("[popover]").ok().flatten());
    if let Some(menu) = menu.and_then(|menu| menu.dyn_into::<HtmlElement>().ok()) {
        drop(menu.hide_popover());
    }
}

/// A property of an event that this crate's bindings do not know.
pub fn property(event: &web_sys::Event, name: &str) -> Option<String> {
    js_sys::Reflect::get(event, &JsValue::from_str(name))
        .ok()
        .and_then(|value| value.as_string())
}

/// Whether a yes-or-no property of an event is set.
pub fn flag(event: &web_sys::Event, name: &str) -> bool {
    js_sys::Reflect::get(event, &JsValue::from_str(name)).is_ok_and(|value| value.is_truthy())
}

/// How far the page can be seen, from the top of the window.
pub fn height() -> f64 {
    window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64())
        .unwrap_or_default()
}

/// How wide the page can be seen.
pub fn width() -> f64 {
    window()
        .inner_width()
        .ok()
        .and_then(|width| width.as_f64())
        .unwrap_or_default()
}

/// Scrolls to the top of the page.
pub fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// The address of this site, without a path: `https://tokens.example.org`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}
