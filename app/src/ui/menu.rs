//! Menus: a button that opens a list of buttons. The browser's popover places it above everything, closes it on Escape
//! and on a click elsewhere, and returns the focus.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CssStyleDeclaration, HtmlElement, KeyboardEvent};

use super::browser;
use super::icon::icon;

const GAP: f64 = 4.0;
const EDGE: f64 = 8.0;

/// A button with an icon that opens a menu. Its content is created when it opens.
#[component]
pub fn Menu(
    /// Its id, unique in the page.
    id: String,
    /// The button's name.
    #[prop(into)]
    label: Signal<String>,
    /// The button's icon.
    picture: &'static str,
    /// Its content.
    children: ChildrenFn,
) -> AnyView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let panel = NodeRef::<html::Div>::new();
    let opens = |event: &web_sys::Event| browser::property(event, "newState").as_deref() == Some("open");
    let target = id.clone();
    view! {
        <button
            type="button" class="icon-button" node_ref=button aria-label=label title=label
            aria-expanded=move || if open.get() { "true" } else { "false" } popovertarget=target
        >
            {icon(picture)}
        </button>
        <div
            id=id class="menu" popover="auto" node_ref=panel
            on:beforetoggle=move |event| if opens(&event) { open.set(true) }
            on:toggle=move |event| {
                if opens(&event) {
                    place(button, panel);
                    if let Some(panel) = panel.get_untracked() {
                        focus_item(&panel, 0);
                    }
                } else {
                    // Only now: the browser first returns the focus from the menu.
                    open.set(false);
                }
            }
            on:keydown=move |event| if let Some(panel) = panel.get_untracked() { step(&panel, &event) }
        >
            {move || open.get().then(|| children())}
        </div>
    }
    .into_any()
}

/// An entry of a menu.
pub fn item(
    picture: &'static str,
    words: &'static str,
    letter: &'static str,
    act: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    view! {
        <button type="button" on:click=move |event| {
            browser::close_menu(&event);
            act();
        }>
            {icon(picture)}{words}
            {(!letter.is_empty()).then(|| view! { <kbd aria-hidden="true">{letter}</kbd> })}
        </button>
    }
    .into_any()
}

/// Places the panel under the button, or above it where there is no room, with their right edges aligned.
pub(super) fn place(button: NodeRef<html::Button>, panel: NodeRef<html::Div>) {
    let (Some(button), Some(panel)) = (button.get_untracked(), panel.get_untracked()) else {
        return;
    };
    let (from, size) = (
        button.get_bounding_client_rect(),
        panel.get_bounding_client_rect(),
    );
    let below = from.bottom() + GAP;
    let top = if below + size.height() > browser::height() - EDGE {
        (from.top() - GAP - size.height()).max(EDGE)
    } else {
        below
    };
    // No `clamp`: it can panic with a message, which brings in all the code that formats floats.
    let furthest = (browser::width() - size.width() - EDGE).max(EDGE);
    let left = (from.right() - size.width()).max(EDGE).min(furthest);
    let style: CssStyleDeclaration = HtmlElement::style(&panel);
    // Whole numbers: text of others takes as much code as all of this.
    drop(style.set_property("top", &format!("{}px", top as i64)));
    drop(style.set_property("left", &format!("{}px", left as i64)));
}

fn items(panel: &HtmlElement) -> Vec<HtmlElement> {
    let Ok(found) = panel.query_selector_all("button, a") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.get(at).and_then(|node| node.dyn_into().ok()))
        .collect()
}

fn focus_item(panel: &HtmlElement, at: usize) {
    if let Some(item) = items(panel).get(at) {
        drop(item.focus());
    }
}

/// The arrow keys move through the entries.
fn step(panel: &HtmlElement, event: &KeyboardEvent) {
    let items = items(panel);
    let active = document().active_element();
    let now = items.iter().position(|item| {
        active
            .as_ref()
            .is_some_and(|active| active.is_same_node(Some(item)))
    });
    let at = match (event.key().as_str(), now) {
        ("ArrowDown", now) => now.map_or(0, |now| (now + 1) % items.len().max(1)),
        ("ArrowUp", now) => now
            .unwrap_or(0)
            .checked_sub(1)
            .unwrap_or(items.len().saturating_sub(1)),
        ("Home", _) => 0,
        ("End", _) => items.len().saturating_sub(1),
        _ => return,
    };
    event.prevent_default();
    focus_item(panel, at);
}
