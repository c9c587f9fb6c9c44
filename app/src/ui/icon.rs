//! Our own small set of icons, drawn on 16 by 16.

use leptos::prelude::*;

pub const PENCIL: &str = "M10.8 2.6 13.4 5.2 5.3 13.3 2.3 13.7 2.7 10.7Z";
pub const TRASH: &str = "M3 4.5h10M6.3 4.5V2.8h3.4v1.7M4.3 4.5l.6 8.7h6.2l.6-8.7M6.8 7v3.8M9.2 7v3.8";
pub const CERTIFICATE: &str =
    "M8 9.6a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2ZM5.6 8.8 4.8 13.6 8 12l3.2 1.6-.8-4.8";
pub const PAUSE: &str = "M5.5 3.5v9M10.5 3.5v9";
pub const PLAY: &str = "M5 3.3v9.4l7.5-4.7Z";
pub const SHARE: &str = "M6.6 9.4 9.4 6.6M7.2 4.9l1.5-1.5a2.7 2.7 0 0 1 3.9 3.9L11 8.8M8.8 11.1l-1.5 1.5a2.7 2.7 0 0 1-3.9-3.9L5 7.2";
pub const COPY: &str = "M5.8 5.8V3.3h7v7h-2.5M3.3 5.8h7v7h-7Z";
pub const TICK: &str = "M3 8.6 6.4 12 13 4.6";
pub const CROSS: &str = "M4 4l8 8M12 4l-8 8";
pub const PLUS: &str = "M8 3.2v9.6M3.2 8h9.6";
pub const SEARCH: &str = "M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2ZM10.4 10.4l3.2 3.2";
pub const DOWNLOAD: &str = "M8 2.5v7.6M4.8 7.2 8 10.3l3.2-3.1M3 13.2h10";
pub const UPLOAD: &str = "M8 10.3V2.7M4.8 5.8 8 2.7l3.2 3.1M3 13.2h10";
pub const UP: &str = "M8 12.8V3.4M4 7.2l4-3.9 4 3.9";
pub const DOWN: &str = "M8 3.2v9.4M4 8.8l4 3.9 4-3.9";
pub const GRIP: &str = "M6 3.6h.1M10 3.6h.1M6 8h.1M10 8h.1M6 12.4h.1M10 12.4h.1";
pub const CLOCK: &str = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.6";
pub const BACK: &str = "M9.8 3.2 5 8l4.8 4.8";
pub const MORE: &str = "M3.4 8h.2M7.9 8h.2M12.4 8h.2";
pub const PAGE: &str = "M4 2.3h5.4L12.4 5v8.7H4ZM9.2 2.5v2.8h3M6 8h4.4M6 10.6h4.4";
pub const FILE: &str =
    "M12.5 7.5 8 12a2.9 2.9 0 0 1-4.1-4.1l5-5a1.9 1.9 0 0 1 2.8 2.7l-4.9 4.9a.9.9 0 0 1-1.3-1.3l4.2-4.2";
pub const RESTORE: &str = "M3 8a5 5 0 1 0 1.7-3.8M3.2 2.6v2.8H6";
pub const WARNING: &str = "M8 2.5 14.4 13.4H1.6ZM8 6.6v3M8 11.4v.1";
pub const MENU: &str = "M2.5 4.5h11M2.5 8h11M2.5 11.5h11";
pub const MAIL: &str = "M2.3 3.8h11.4v8.4H2.3ZM2.6 4.2 8 8.8l5.4-4.6";
pub const CIRCLE: &str = "M8 12.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2Z";
pub const STOP: &str = "M8 13.6A5.6 5.6 0 1 0 8 2.4a5.6 5.6 0 0 0 0 11.2ZM4.2 4.2l7.6 7.6";
pub const ARCHIVE: &str = "M2.5 3.2h11v3h-11ZM3.5 6.2v6.6h9V6.2M6.3 8.8h3.4";
pub const EYE: &str = "M1.8 8S4 3.9 8 3.9 14.2 8 14.2 8 12 12.1 8 12.1 1.8 8 1.8 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z";
pub const HISTORY: &str = "M2.6 8a5.4 5.4 0 1 0 1.6-3.8L2.6 5.7M2.6 2.8v2.9h2.9M8 5.2V8l2 1.4";
pub const TOKEN: &str = "M10 2.3a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4ZM7.3 8.7 2.4 13.6M4.3 11.7l1.6 1.6";
pub const COLLECTION: &str = "M2.5 4.6 8 2l5.5 2.6L8 7.2ZM2.5 8 8 10.6 13.5 8M2.5 11.3 8 13.9l5.5-2.6";
pub const BRACES: &str = "M5.6 3.4c-1.5 0-1.5 1-1.5 2.2S3.6 7.8 2.4 8c1.2.2 1.7 1.2 1.7 2.4s0 2.2 1.5 2.2M10.4 3.4c1.5 0 1.5 1 1.5 2.2S12.4 7.8 13.6 8c-1.2.2-1.7 1.2-1.7 2.4s0 2.2-1.5 2.2";
pub const PERSON: &str =
    "M8 7.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM2.9 13.6c.4-2.6 2.4-4 5.1-4s4.7 1.4 5.1 4";
pub const SLIDERS: &str = "M2.5 4.8h6M12 4.8h1.5M10.2 3v3.6M2.5 11.2h1.8M7.8 11.2h5.7M6 9.4V13";

/// An icon beside words, so hidden from screen readers.
pub fn icon(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
    .into_any()
}

/// The product's logo: a token with a notch.
pub fn mark() -> AnyView {
    view! {
        <svg class="mark-picture" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
            <path fill-rule="evenodd" d="M12 1.5a10.5 10.5 0 1 0 7.9 17.4l-4.3-3.7a4.9 4.9 0 1 1 0-6.4l4.3-3.7A10.5 10.5 0 0 0 12 1.5Z"></path>
            <circle cx="19.6" cy="12" r="2.1"></circle>
        </svg>
    }
    .into_any()
}
