//! What stands above a list: its search, its order, its filters, and a chip for each filter that is set.
//!
//! A filter is one type, whatever it asks for: all lists share what shows it.

use leptos::prelude::*;

use super::filters::filters;
use super::icon::{self, icon};

/// A filter: a choice among some or all, or a box.
#[derive(Clone, Copy)]
pub struct Filter {
    label: &'static str,
    /// The words for what is there without the filter. A box has none.
    all: &'static str,
    options: Signal<Vec<(String, String)>>,
    value: Signal<String>,
    choose: Callback<String>,
}

impl Filter {
    /// A choice among options, each a word that is chosen and what is read; the empty word is all.
    pub fn new(
        label: &'static str,
        all: &'static str,
        options: Signal<Vec<(String, String)>>,
        value: impl Fn() -> String + Send + Sync + 'static,
        choose: impl Fn(String) + Send + Sync + 'static,
    ) -> Self {
        Self {
            label,
            all,
            options,
            value: Signal::derive(value),
            choose: Callback::new(choose),
        }
    }

    /// A box to tick; any word but the empty one is yes.
    pub fn tick(
        label: &'static str,
        value: impl Fn() -> bool + Send + Sync + 'static,
        choose: impl Fn(bool) + Send + Sync + 'static,
    ) -> Self {
        let value = move || if value() { label.to_owned() } else { String::new() };
        let choose = move |word: String| choose(!word.is_empty());
        Self::new(label, "", Signal::stored(Vec::new()), value, choose)
    }

    fn view(self) -> AnyView {
        let Self {
            label,
            all,
            options,
            value,
            choose,
        } = self;
        if all.is_empty() {
            return view! {
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || value.with(|value| !value.is_empty())
                        on:change=move |event| choose.run(if event_target_checked(&event) { label.to_owned() } else { String::new() })
                    />
                    <span>{label}</span>
                </label>
            }
            .into_any();
        }
        view! {
            <select class="input" aria-label=label prop:value=move || value.get() on:change=move |event| choose.run(event_target_value(&event))>
                <option value="">{all}</option>
                {move || options_of(&options.get(), &value.get_untracked())}
            </select>
        }
        .into_any()
    }

    /// What takes it away again, while it is set.
    fn chip(self) -> AnyView {
        let said = move || {
            let chosen = self.value.get();
            let words = self.options.with(|options| {
                let option = options.iter().find(|(key, _)| *key == chosen);
                option.map(|(_, words)| words.clone())
            });
            (!chosen.is_empty()).then(|| words.unwrap_or(chosen))
        };
        (move || {
            said().map(|words| {
                view! {
                    <button
                        type="button" class="chip" title="Remove this filter" aria-label=format!("Remove the filter {words}")
                        on:click=move |_| self.choose.run(String::new())
                    >{words.clone()}{icon(icon::CROSS)}</button>
                }
            })
        })
        .into_any()
    }
}

/// A value as the word of an option.
pub fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Options that are always the same.
pub fn words(all: &[(&'static str, &'static str)]) -> Signal<Vec<(String, String)>> {
    let owned = |(key, words): &(&str, &str)| ((*key).to_owned(), (*words).to_owned());
    Signal::stored(all.iter().map(owned).collect())
}

/// The options of a `<select>`, of which one is chosen.
fn options_of(options: &[(String, String)], now: &str) -> AnyView {
    options
        .iter()
        .map(|(key, words)| {
            let is_chosen = key == now;
            view! { <option value=key.clone() selected=is_chosen>{words.clone()}</option> }
        })
        .collect_view()
        .into_any()
}

/// A `<select>` for an order, or for whatever else always has one of its options.
pub fn choice(
    label: &'static str,
    options: Vec<(String, String)>,
    value: impl Fn() -> String + Send + Sync + 'static,
    choose: impl Fn(String) + Send + Sync + 'static,
) -> AnyView {
    choice_of(label, options, Signal::derive(value), Callback::new(choose))
}

fn choice_of(
    label: &'static str,
    options: Vec<(String, String)>,
    value: Signal<String>,
    choose: Callback<String>,
) -> AnyView {
    let options = options_of(&options, &value.get_untracked());
    view! {
        <select class="input" aria-label=label prop:value=move || value.get() on:change=move |event| choose.run(event_target_value(&event))>
            {options}
        </select>
    }
    .into_any()
}

/// The tools: `first` is the search and the order; all filters are behind one button. `clear` takes all of them away, and
/// what is searched for; it is offered while the list is narrowed.
pub fn tools(first: AnyView, all: Vec<Filter>, is_narrowed: Signal<bool>, clear: Callback<()>) -> AnyView {
    let choices = all.iter().map(|one| one.view()).collect_view().into_any();
    let chips = all.iter().map(|one| one.chip()).collect_view();
    let is_set = move || all.iter().any(|one| one.value.with(|value| !value.is_empty()));
    view! {
        <div class="tools">
            {first}
            {filters(Signal::derive(is_set), choices)}
            <span class="chips">
                {chips}
                {move || is_narrowed.get().then(|| view! {
                    <button type="button" class="button quiet-button" on:click=move |_| clear.run(())>
                        {icon(icon::CROSS)}"Clear filters"
                    </button>
                })}
            </span>
        </div>
    }
    .into_any()
}
