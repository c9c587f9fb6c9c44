//! *Preview*: the design with somebody's name on it, exactly as it will be.

use domain::campaigns::design::PreviewOf;
use domain::campaigns::{RecipientQuery, RecipientRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api;
use super::desk::Desk;
use super::numbers::choice;
use crate::error::ApiError;
use crate::ui::dialog::Dialog;
use crate::ui::notice;

/// The dialog.
#[component]
pub fn Preview(desk: Desk, #[prop(into)] on_close: Callback<()>) -> AnyView {
    view! { <Dialog title="Preview" class="wide" on_close><Drawn desk/></Dialog> }.into_any()
}

#[component]
fn Drawn(desk: Desk) -> AnyView {
    let whose = RwSignal::new("ordinary".to_owned());
    let recipients = RwSignal::new(Vec::<RecipientRow>::new());
    let drawn = RwSignal::new(None::<Result<String, ApiError>>);
    let turn = StoredValue::new(0u32);
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(page) = api::list_recipients(desk.campaign, RecipientQuery::default()).await {
                recipients.try_set(page.rows);
            }
        });
    });
    Effect::new(move |_| {
        let of = wanted(&whose.get());
        let design = desk.history.with_untracked(|history| history.now().clone());
        let Some(mine) = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        drawn.set(None);
        if let Err(problems) = design.check() {
            drawn.set(Some(Err(ApiError::Refused(problems.into()))));
            return;
        }
        spawn_local(async move {
            let answer = api::preview_design(desk.campaign, design, of).await;
            if turn.try_get_value() == Some(mine) {
                drawn.try_set(Some(answer));
            }
        });
    });
    let options = move || {
        let samples = [
            ("ordinary", "An ordinary name"),
            ("longest", "The longest name"),
            ("strangest", "The strangest name"),
        ];
        let samples = samples
            .map(|(key, words)| (key.to_owned(), words.to_owned()))
            .into_iter();
        let real = recipients
            .get()
            .into_iter()
            .map(|row| (row.id.to_string(), row.name));
        samples.chain(real).collect::<Vec<_>>()
    };
    view! {
        <div class="body">
            {move || choice("preview-of", "Recipient", options(), move || whose.get(), move |key| whose.set(key))}
            <div class="designer-preview" aria-busy=move || drawn.with(Option::is_none).then_some("true")>
                {move || match drawn.get() {
                    None => view! { <p class="quiet" role="status">"Drawing…"</p> }.into_any(),
                    Some(Ok(picture)) => view! { <img alt="Preview of the design" src=picture/> }.into_any(),
                    Some(Err(error)) => notice::problem(&error, None),
                }}
            </div>
        </div>
    }
    .into_any()
}

fn wanted(key: &str) -> PreviewOf {
    match key {
        "longest" => PreviewOf::Longest,
        "strangest" => PreviewOf::Strangest,
        other => other.parse().map_or(PreviewOf::Ordinary, PreviewOf::Recipient),
    }
}
