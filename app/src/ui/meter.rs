//! A thin bar that shows how much of something is used.
//!
//! Drawn as SVG with widths in attributes: the content security policy allows no inline styles.

use leptos::prelude::*;

/// A bar filled to `part` of `whole`. The numbers are beside it in words, so it is hidden from screen readers.
pub fn meter(part: i64, whole: i64) -> AnyView {
    let percent = if whole <= 0 {
        0
    } else {
        (part.clamp(0, whole) * 100 + whole / 2) / whole
    };
    let class = if percent >= 90 { "meter low" } else { "meter" };
    view! {
        <svg class=class width="92" height="3" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
            <rect class="meter-ground" width="100" height="3"></rect>
            <rect class="meter-part" width=percent.to_string() height="3"></rect>
        </svg>
    }
    .into_any()
}
