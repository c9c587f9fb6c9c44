//! One button that holds a list's filters: the line above a list stays one line, however much can be asked for.

use leptos::prelude::*;

use super::icon::{self, icon};

/// The button, and what opens below it; marked while a filter is set.
pub fn filters(is_set: Signal<bool>, choices: AnyView) -> AnyView {
    view! {
        <span class="filters">
            <button type="button" class="button" class:is-set=is_set popovertarget="filters">{icon(icon::SLIDERS)}"Filter"</button>
            <div id="filters" class="menu" popover="auto">{choices}</div>
        </span>
    }
    .into_any()
}
