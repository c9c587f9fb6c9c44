//! What an item is, as a small picture. Each is drawn once per page and then only named, because a
//! collection may have hundreds of items and its page stays small.

use domain::collections::ItemViewContent;
use leptos::prelude::*;

/// The drawings that [`icon`] names.
pub(super) fn drawings() -> impl IntoView {
    view! {
        <svg hidden>
            <symbol id="i-page" viewBox="0 0 24 24">
                <path d="M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6"></path>
            </symbol>
            <symbol id="i-link" viewBox="0 0 24 24">
                <path d="M10 14a4 4 0 0 0 6 0l3-3a4.2 4.2 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4.2 4.2 0 0 0 6 6l1-1"></path>
            </symbol>
            <symbol id="i-file" viewBox="0 0 24 24">
                <path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14"></path>
            </symbol>
        </svg>
    }
}

/// The picture of an item.
pub(super) fn icon(content: &ItemViewContent) -> impl IntoView + use<> {
    let name = match content {
        ItemViewContent::Page { .. } => "#i-page",
        ItemViewContent::Link { .. } => "#i-link",
        ItemViewContent::File { .. } => "#i-file",
    };
    view! { <svg class="icon" aria-hidden="true"><use href=name></use></svg> }
}
