//! *Why was this refused?*: a token and a request, and the rule that decides about it.

use domain::api_tokens::{Explained, Question};
use leptos::prelude::*;
use leptos_meta::Title;

use super::api;
use super::tabs::token_tabs;
use crate::ui::form::{Field, FormState, Kind, Select};

/// The page.
pub fn explain_page() -> AnyView {
    view! {
        <Title text="Why was this refused?"/>
        <div class="head"><h1>"Why was this refused?"</h1></div>
        {token_tabs()}
        <Explain/>
    }
    .into_any()
}

#[component]
fn Explain() -> AnyView {
    let form = FormState::new("explain");
    let token = RwSignal::new(String::new());
    let method = RwSignal::new("GET".to_owned());
    let path = RwSignal::new(String::new());
    let permission = RwSignal::new(String::new());
    let address = RwSignal::new(String::new());
    let answer = RwSignal::new(None::<Explained>);
    let methods =
        ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|method| (method.to_owned(), method.to_owned()));
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let path = path.get_untracked();
        let question = Question {
            token: token.get_untracked(),
            // Without a path, any request is meant.
            method: if path.trim().is_empty() {
                String::new()
            } else {
                method.get_untracked()
            },
            path,
            permission: permission.get_untracked(),
            address: address.get_untracked(),
        };
        form.problems.set(domain::Problems::default());
        form.send(api::explain_token(question), move |explained| {
            answer.try_set(Some(explained));
        });
    };
    view! {
        <form class="panel narrow" novalidate on:submit=submit>
            <Field form name="token" label="Token or its id" value=token kind=Kind::Password
                hint=hint("An API token, or what a mobile app calls with. It is kept nowhere.")/>
            <div class="two">
                <Select form name="method" label="Method" value=method options=Signal::stored(methods.to_vec())/>
                <Field form name="path" label="Path" value=path hint=hint("Such as /api/v1/access-tokens")/>
            </div>
            <div class="two">
                <Field form name="permission" label="Permission" value=permission
                    hint=hint("Instead of a path, such as tokens:read")/>
                <Field form name="address" label="Address of the program" value=address
                    hint=hint("For tokens with networks, such as 203.0.113.7")/>
            </div>
            {form.failure()}
            <div class="row-end">
                <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Explain"</button>
            </div>
        </form>
        <div role="status">{move || answer.get().map(said)}</div>
    }
    .into_any()
}

fn said(explained: Explained) -> AnyView {
    let (class, heading) = match explained.rule {
        None => ("notice fine", "It is let in.".to_owned()),
        Some(rule) => ("notice wrong", format!("It is refused: {}.", rule.heading())),
    };
    view! { <div class=class><p><b>{heading}</b>" "{explained.detail}</p></div> }.into_any()
}
