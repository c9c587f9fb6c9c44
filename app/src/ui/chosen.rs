//! Actions on the selected rows: a bar that stays in sight, however long the list is.

use domain::page::count_label;
use leptos::prelude::*;

/// The bar, while something is selected: as many as a label of a count says. `choose_none` clears the selection; the buttons are at its end.
pub fn chosen_bar(
    count: Signal<i64>,
    choose_none: impl Fn() + Copy + Send + Sync + 'static,
    buttons: impl Fn(i64) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    (move || {
        let count = count.get();
        (count != 0).then(|| {
            view! {
                <span class="chosen" data-acts="">
                    <b role="status">{format!("{} chosen", count_label(count))}</b>
                    <button type="button" class="button small" on:click=move |_| choose_none()>"Choose none"</button>
                    {buttons(count)}
                </span>
            }
        })
    })
    .into_any()
}
