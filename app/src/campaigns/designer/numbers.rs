//! Small fields beside each other: numbers, boxes, lists, colours.

use leptos::prelude::*;

/// A number. It counts when the field is left or Enter is pressed; what is no number changes nothing.
pub fn number(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> f32 + Send + Sync + Copy + 'static,
    set: impl Fn(f32) + Send + Sync + 'static,
) -> AnyView {
    let changed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        match typed.trim().replace(',', ".").parse::<f32>() {
            Ok(number) if number.is_finite() => set(number),
            _ => {
                let input = event_target::<web_sys::HtmlInputElement>(&event);
                input.set_value(&untrack(value).to_string());
            }
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id class="input" type="number" step="any" autocomplete="off"
                value=untrack(value).to_string() prop:value=move || value().to_string() on:change=changed
            />
        </div>
    }
    .into_any()
}

/// A yes or no.
pub fn tick(
    label: &'static str,
    value: impl Fn() -> bool + Send + Sync + 'static,
    set: impl Fn(bool) + Send + Sync + 'static,
) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=value on:change=move |event| set(event_target_checked(&event))/>
            {label}
        </label>
    }
    .into_any()
}

/// A choice among few. What does not become the value (an entry that does something) is not left standing there.
pub fn choice(
    id: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    value: impl Fn() -> String + Clone + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    let now = untrack(&value);
    let options = options
        .into_iter()
        .map(|(key, words)| {
            let chosen = key == now;
            view! { <option value=key selected=chosen>{words}</option> }
        })
        .collect_view();
    let changed = {
        let value = value.clone();
        move |event: web_sys::Event| {
            let chosen = event_target_value(&event);
            set(chosen.clone());
            let now = untrack(&value);
            if let Some(select) = event.target().filter(|_| now != chosen) {
                drop(js_sys::Reflect::set(&select, &"value".into(), &now.into()));
            }
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id class="input" prop:value=value on:change=changed>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// A colour.
pub fn colour(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id class="input colour" type="color" prop:value=value
                on:change=move |event| set(event_target_value(&event))
            />
        </div>
    }
    .into_any()
}

/// A line of text, which counts with each letter.
pub fn line(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id class="input" type="text" autocomplete="off" value=untrack(&value)
                prop:value=value on:input=move |event| set(event_target_value(&event))
            />
        </div>
    }
    .into_any()
}
