//! Small fields beside each other: numbers, boxes, lists, colours.
//!
//! What a caller brings is put behind one type first, so that each field is made once and not for every caller.

use leptos::prelude::*;

/// A number. It counts when the field is left or Enter is pressed; what is no number changes nothing.
pub fn number(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> f32 + Send + Sync + 'static,
    set: impl Fn(f32) + Send + Sync + 'static,
) -> AnyView {
    number_of(id, label, Signal::derive(value), Callback::new(set))
}

fn number_of(id: &'static str, label: &'static str, value: Signal<f32>, set: Callback<f32>) -> AnyView {
    let words = move || value.get().to_string();
    let changed = move |event: web_sys::Event| {
        let typed = event_target_value(&event);
        match typed.trim().replace(',', ".").parse::<f32>() {
            Ok(number) if number.is_finite() => set.run(number),
            _ => {
                let input = event_target::<web_sys::HtmlInputElement>(&event);
                input.set_value(&untrack(words));
            }
        }
    };
    labelled(
        id,
        label,
        view! {
            <input
                id=id class="input" type="number" step="any" autocomplete="off"
                value=untrack(words) prop:value=words on:change=changed
            />
        }
        .into_any(),
    )
}

fn labelled(id: &'static str, label: &'static str, input: AnyView) -> AnyView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {input}
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
    tick_of(label, Signal::derive(value), Callback::new(set))
}

fn tick_of(label: &'static str, value: Signal<bool>, set: Callback<bool>) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || value.get() on:change=move |event| set.run(event_target_checked(&event))/>
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
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    choice_of(id, label, options, Signal::derive(value), Callback::new(set))
}

fn choice_of(
    id: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    value: Signal<String>,
    set: Callback<String>,
) -> AnyView {
    let now = value.get_untracked();
    let options = options
        .into_iter()
        .map(|(key, words)| {
            let chosen = key == now;
            view! { <option value=key selected=chosen>{words}</option> }
        })
        .collect_view();
    let changed = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        set.run(chosen.clone());
        let now = value.get_untracked();
        if let Some(select) = event.target().filter(|_| now != chosen) {
            drop(js_sys::Reflect::set(&select, &"value".into(), &now.into()));
        }
    };
    labelled(
        id,
        label,
        view! {
            <select id=id class="input" prop:value=move || value.get() on:change=changed>
                {options}
            </select>
        }
        .into_any(),
    )
}

/// A colour.
pub fn colour(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    typed(id, label, "color", Signal::derive(value), Callback::new(set))
}

/// A line of text, which counts with each letter.
pub fn line(
    id: &'static str,
    label: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    typed(id, label, "text", Signal::derive(value), Callback::new(set))
}

fn typed(
    id: &'static str,
    label: &'static str,
    kind: &'static str,
    value: Signal<String>,
    set: Callback<String>,
) -> AnyView {
    let is_colour = kind == "color";
    let chosen = move |event: web_sys::Event| set.run(event_target_value(&event));
    labelled(
        id,
        label,
        view! {
            <input
                id=id class="input" class:colour=is_colour type=kind autocomplete="off" value=value.get_untracked()
                prop:value=move || value.get()
                on:input=move |event| if !is_colour { chosen(event) }
                on:change=move |event| if is_colour { chosen(event) }
            />
        }
        .into_any(),
    )
}
