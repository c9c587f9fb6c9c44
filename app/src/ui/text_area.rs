//! A field of several lines.
//!
//! Leptos writes the children of `<textarea>` unescaped, so a text that contains `</textarea>` would break out of the
//! field. The value is therefore never a child: it is set as a property once the page is hydrated.

use leptos::prelude::*;

/// A `<textarea>` bound to a signal. The tag may be used only here.
#[component]
pub fn TextArea(
    #[prop(into)] id: String,
    value: RwSignal<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(into)] described_by: Signal<Option<String>>,
    #[prop(into)] invalid: Signal<Option<&'static str>>,
) -> AnyView {
    view! {
        <textarea
            id=id class="input area" rows=rows.to_string()
            aria-describedby=described_by aria-invalid=invalid
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    }
    .into_any()
}
