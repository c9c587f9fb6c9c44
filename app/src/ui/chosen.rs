//! Actions on the selected rows: a bar that stays in sight, however long the list is.

use domain::form::grouped;
use leptos::prelude::*;

/// The bar, while something is selected. `choose_none` clears the selection; the buttons are at its end.
pub fn chosen_bar(
    count: Signal<i64>,
    choose_none: impl Fn() + Copy + Send + Sync + 'static,
    buttons: impl Fn(i64) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    (move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span class="chosen">
                    <b role="status">{format!("{} chosen", grouped(count))}</b>
                    <button type="button" class="button small" on:click=move |_| choose_none()>"Choose none"</button>
                    {buttons(count)}
                </span>
            }
        })
    })
    .into_any()
}
