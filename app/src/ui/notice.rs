//! What is shown in place of something that could not be: why, and what to do next.

use leptos::prelude::*;

use super::browser;
use super::icon::{self, icon};
use crate::error::ApiError;

/// A problem in plain words, with what helps: signing in, or trying again.
pub fn problem(error: &ApiError, retry: Option<Callback<()>>) -> AnyView {
    let words = error.to_string();
    let help = if error.is_signed_out() {
        let sign_in = |_| {
            browser::leave_for(&format!(
                "/sign-in?next={}",
                js_sys::encode_uri_component(&browser::here())
            ));
        };
        Some(
            view! { <button type="button" class="button small" on:click=sign_in>"Sign in"</button> }
                .into_any(),
        )
    } else {
        retry.map(|retry| {
            view! { <button type="button" class="button small" on:click=move |_| retry.run(())>"Try again"</button> }.into_any()
        })
    };
    view! {
        <div class="notice wrong" role="alert">
            {icon(icon::WARNING)}
            <p>{words}</p>
            {help}
        </div>
    }
    .into_any()
}

/// An empty place: a heading, a sentence, and the next step.
pub fn empty(heading: &'static str, sentence: impl Into<String>, next: AnyView) -> AnyView {
    let sentence = sentence.into();
    view! {
        <div class="empty">
            <h2>{heading}</h2>
            <p>{sentence}</p>
            {next}
        </div>
    }
    .into_any()
}
