//! One button that contains a list's filters: the line above a list stays one line, however many there are.

use leptos::html;
use leptos::prelude::*;

use super::icon::{self, icon};
use super::menu;

/// The button, and what opens below it; marked while a filter is set.
pub fn filters(is_set: Signal<bool>, choices: AnyView) -> AnyView {
    let (button, panel) = (NodeRef::<html::Button>::new(), NodeRef::<html::Div>::new());
    let place = move |_| menu::place(button, panel);
    view! {
        <span class="filters">
            <button type="button" class="button" class:is-set=is_set popovertarget="filters" node_ref=button>
                {icon(icon::SLIDERS)}"Filter"
            </button>
            <div id="filters" class="menu" popover="auto" node_ref=panel on:toggle=place>{choices}</div>
        </span>
    }
    .into_any()
}
