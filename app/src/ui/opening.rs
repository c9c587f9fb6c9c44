//! What a page opens with: rendered by the server with the page, asked for by the browser when it goes there.
//!
//! Every page passes through one resource of text. A resource for each page's own type would be made anew, with
//! its futures, for each: a tenth of what browsers load.

use std::sync::Arc;

use domain::Refusal;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::list::Coming;
use super::notice;
use crate::error::ApiError;
use crate::frame::{not_found, skeleton};

type Load = Arc<dyn Fn() -> Coming<String> + Send + Sync>;
type Show = Arc<dyn Fn(Result<String, ApiError>) -> Result<AnyView, ApiError> + Send + Sync>;

/// The id in the address of a page about one thing, as it stands there.
pub fn id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()))
}

/// Shows a page with what `load` answers; asks again when `key` changes. `refused` is for refusals that the page
/// has better words for.
pub fn opening<T: Serialize + DeserializeOwned + Send + 'static>(
    key: Signal<String>,
    load: impl Fn() -> Coming<T> + Send + Sync + 'static,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
    refused: fn(&Refusal) -> Option<AnyView>,
) -> AnyView {
    let load: Load = Arc::new(move || {
        let coming = load();
        Box::pin(async move { write(&coming.await?) })
    });
    let show: Show = Arc::new(move |answer| read(&answer?).map(&show));
    page(key, load, show, refused)
}

fn page(key: Signal<String>, load: Load, show: Show, refused: fn(&Refusal) -> Option<AnyView>) -> AnyView {
    let answer = Resource::new(move || key.get(), move |_| load());
    let again = Callback::new(move |()| answer.refetch());
    view! {
        <Transition fallback=skeleton>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    show(answer.await).unwrap_or_else(|error| problem(&error, again, refused))
                })
            }}
        </Transition>
    }
    .into_any()
}

fn problem(error: &ApiError, again: Callback<()>, refused: fn(&Refusal) -> Option<AnyView>) -> AnyView {
    match error.refusal() {
        Some(Refusal::NotFound) => not_found(),
        Some(refusal) => refused(refusal).unwrap_or_else(|| notice::problem(error, Some(again))),
        None => notice::problem(error, Some(again)),
    }
}

fn write<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::Transport(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    // Bytes, as in the answers of server functions: another kind of reader would double the code.
    serde_json::from_slice(text.as_bytes()).map_err(|error| ApiError::Transport(error.to_string()))
}
