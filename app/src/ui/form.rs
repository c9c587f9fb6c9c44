//! Forms: fields with their problems, and one way to submit them. What was typed is never lost.

use std::future::Future;

use domain::Problems;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::text_area::TextArea;
use super::{browser, notice};
use crate::error::ApiError;

/// The state of a form.
#[derive(Clone, Copy)]
pub struct FormState {
    /// The prefix of its fields' ids.
    pub name: &'static str,
    /// The problems, by field.
    pub problems: RwSignal<Problems>,
    /// Any other problem.
    pub failed: RwSignal<Option<ApiError>>,
    /// Whether it is being submitted.
    pub busy: RwSignal<bool>,
}

impl FormState {
    /// A new form.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            problems: RwSignal::new(Problems::default()),
            failed: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Shows the problems and goes to the first of them.
    pub fn refuse(self, problems: Problems) {
        let first = problems
            .first_field()
            .map(|field| format!("{}-{field}", self.name));
        self.problems.try_set(problems);
        if let Some(id) = first {
            browser::focus(&id);
        }
    }

    /// Whether what was typed is valid; shows the problems otherwise.
    pub fn fits<T>(self, parsed: Result<T, Problems>) -> bool {
        match parsed {
            Ok(_) => {
                self.problems.set(Problems::default());
                true
            }
            Err(problems) => {
                self.refuse(problems);
                false
            }
        }
    }

    /// Submits it, once at a time. A refusal goes to its fields.
    pub fn send<T: 'static>(
        self,
        answer: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failed.set(None);
        spawn_local(async move {
            let answer = answer.await;
            self.busy.try_set(false);
            match answer {
                Ok(answer) => done(answer),
                Err(error) => match error.refusal().and_then(|refusal| refusal.problems()) {
                    Some(problems) => self.refuse(problems.clone()),
                    None => {
                        self.failed.try_set(Some(error));
                    }
                },
            }
        });
    }

    /// The problem at a field.
    pub fn problem(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.problems
                .with(|problems| problems.at(field).map(str::to_owned))
        })
    }

    /// The problem that belongs to no field.
    pub fn failure(self) -> AnyView {
        (move || {
            self.failed
                .with(|failed| failed.as_ref().map(|error| notice::problem(error, None)))
        })
        .into_any()
    }
}

/// The type of a field's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// An address.
    Email,
    /// A secret.
    Password,
    /// A date.
    Date,
    /// A whole number.
    Number,
    /// A web address.
    Url,
    /// Several lines.
    Lines(u32),
}

/// A field with its label, its hint and its problem.
#[component]
pub fn Field(
    /// The form.
    form: FormState,
    /// Its name, as problems know it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// Its value.
    value: RwSignal<String>,
    /// Its type.
    #[prop(default = Kind::Text)]
    kind: Kind,
    /// A hint under it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// The autofill hint for browsers.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether a dialog puts the focus here.
    #[prop(optional)]
    first: bool,
) -> AnyView {
    let id = format!("{}-{name}", form.name);
    let problem = form.problem(name);
    let described_by = described_by(&id, hint.is_some(), problem);
    let invalid = Signal::derive(move || problem.with(Option::is_some).then_some("true"));
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get().filter(|_| first) {
            // Also when the form arrived after its dialog: then the browser has put the focus elsewhere.
            drop(input.focus());
        }
    });
    let (kind_word, mode) = match kind {
        Kind::Text | Kind::Lines(_) => ("text", None),
        Kind::Email => ("email", Some("email")),
        Kind::Password => ("password", None),
        Kind::Date => ("date", None),
        Kind::Number => ("text", Some("numeric")),
        Kind::Url => ("url", Some("url")),
    };
    let control = match kind {
        Kind::Lines(rows) => view! { <TextArea id=id.clone() value rows described_by invalid/> }.into_any(),
        _ => view! {
            <input
                id=id.clone() name=name class="input" type=kind_word inputmode=mode autocomplete=autocomplete
                autofocus=first node_ref=input aria-describedby=described_by aria-invalid=invalid
                value=value.get_untracked() prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {control}
            {hint.map(|hint| view! { <small id=format!("{id}-hint")>{move || hint.get()}</small> })}
            {problem_line(&id, problem)}
        </div>
    }
    .into_any()
}

/// A choice among few, with its label and its problem.
#[component]
pub fn Select(
    /// The form.
    form: FormState,
    /// Its name, as problems know it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What is chosen.
    value: RwSignal<String>,
    /// The choices: key and label.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// A hint under it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
) -> AnyView {
    let id = format!("{}-{name}", form.name);
    let problem = form.problem(name);
    let described_by = described_by(&id, hint.is_some(), problem);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id.clone() name=name class="input" aria-describedby=described_by
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                on:change=move |event| value.set(event_target_value(&event))
                prop:value=move || { options.track(); value.get() }
            >
                {move || options.get().into_iter().map(|(key, words)| {
                    let chosen = value.with_untracked(|value| *value == key);
                    view! { <option value=key selected=chosen>{words}</option> }
                }).collect_view()}
            </select>
            {hint.map(|hint| view! { <small id=format!("{id}-hint")>{move || hint.get()}</small> })}
            {problem_line(&id, problem)}
        </div>
    }
    .into_any()
}

fn described_by(id: &str, has_hint: bool, problem: Signal<Option<String>>) -> Signal<Option<String>> {
    let id = id.to_owned();
    Signal::derive(move || match (has_hint, problem.with(Option::is_some)) {
        (true, true) => Some(format!("{id}-problem {id}-hint")),
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-problem")),
        (false, false) => None,
    })
}

fn problem_line(id: &str, problem: Signal<Option<String>>) -> AnyView {
    let id = format!("{id}-problem");
    (move || {
        problem
            .get()
            .map(|sentence| view! { <p class="field-problem" id=id.clone()>{sentence}</p> })
    })
    .into_any()
}
