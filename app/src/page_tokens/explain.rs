//! *Why was this refused?*

use domain::page_tokens::list::Explained;
use leptos::prelude::*;

use super::api;
use crate::ui::form::{Field, FormState, Kind, Select};

/// The form that takes a URL with its token, and what became of it.
#[component]
pub fn Explain() -> AnyView {
    let form = FormState::new("explain");
    let url = RwSignal::new(String::new());
    let method = RwSignal::new("GET".to_owned());
    let address = RwSignal::new(String::new());
    let answer = RwSignal::new(None::<Explained>);
    let methods: Vec<(String, String)> = ["GET", "HEAD", "POST", "PUT", "DELETE"]
        .map(|method| (method.to_owned(), method.to_owned()))
        .to_vec();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let asked = api::explain_page_token(
            url.get_untracked(),
            method.get_untracked(),
            address.get_untracked(),
        );
        form.problems.set(domain::Problems::default());
        answer.set(None);
        form.send(asked, move |explained| {
            answer.try_set(Some(explained));
        });
    };
    view! {
        <section class="explain-page-token" aria-labelledby="explain-heading">
            <h2 id="explain-heading">"Why was this refused?"</h2>
            <form class="form" novalidate on:submit=submit>
                <Field form name="url" label="URL with its token" value=url kind=Kind::Url
                    hint=Signal::stored("As it was opened. Nothing is spent, and nothing is kept of it.".to_owned())/>
                <div class="two">
                    <Select form name="method" label="Method" value=method options=Signal::stored(methods)/>
                    <Field form name="address" label="Address of the client" value=address hint=Signal::stored("For tokens with networks, such as 10.0.0.7".to_owned())/>
                </div>
                {form.failure()}
                <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Explain"</button>
            </form>
            <div role="status">
                {move || answer.get().map(said)}
            </div>
        </section>
    }
    .into_any()
}

fn said(explained: Explained) -> AnyView {
    let (class, heading) = match explained.rule {
        None => ("notice fine", "It is let through".to_owned()),
        Some(rule) => (
            "notice wrong",
            format!("It is refused: {}", rule.key().replace('_', " ")),
        ),
    };
    view! { <div class=class><p><b>{heading}</b>" "{explained.detail}</p></div> }.into_any()
}
