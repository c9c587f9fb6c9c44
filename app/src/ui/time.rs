//! Instants, in words with the exact minute as a tooltip.

use domain::When;
use leptos::prelude::*;

/// How far away it is, with the minute as a tooltip.
pub fn relative(when: &When) -> AnyView {
    view! { <time datetime=when.machine() title=when.minute.clone()>{when.relative.clone()}</time> }
        .into_any()
}

/// The date, with the minute as a tooltip.
pub fn date(when: &When) -> AnyView {
    view! { <time datetime=when.machine() title=when.minute.clone()>{when.date.clone()}</time> }.into_any()
}

/// The minute, with how far away it is as a tooltip.
pub fn minute(when: &When) -> AnyView {
    view! { <time datetime=when.machine() title=when.relative.clone()>{when.minute.clone()}</time> }
        .into_any()
}
