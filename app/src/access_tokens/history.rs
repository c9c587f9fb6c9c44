//! What happened to a token or code.

use domain::TokenId;
use domain::access_tokens::HistoryEntry;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::ui::dialog::Dialog;
use crate::ui::{notice, time};

/// The dialog with the history.
#[component]
pub fn History(id: TokenId, name: String, on_close: Callback<()>) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let history = api::token_history(id).await;
        answer.try_set(Some(history));
    });
    view! {
        <Dialog title=format!("History of {name}") class="wide" on_close>
            <div class="body scrolls" tabindex="0" aria-busy=move || answer.with(Option::is_none).then_some("true")>
                {move || answer.get().map(|answer| match answer {
                    Ok(entries) => list(&entries),
                    Err(error) => notice::problem(&error, None),
                })}
            </div>
        </Dialog>
    }
    .into_any()
}

/// The entries, the newest first.
pub fn list(entries: &[HistoryEntry]) -> AnyView {
    if entries.is_empty() {
        return view! { <p class="quiet">"Nothing happened yet."</p> }.into_any();
    }
    let entries = entries
        .iter()
        .map(|entry| view! { <li><span>{entry.what.clone()}</span><small>{entry.who.clone()}" · "{time::minute(&entry.when)}</small></li> })
        .collect_view();
    view! { <ol class="history">{entries}</ol> }.into_any()
}
