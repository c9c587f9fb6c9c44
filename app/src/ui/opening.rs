//! What a page opens with: rendered by the server with the page, requested by the browser when it navigates there.
//!
//! Every page uses one type of resource, of bytes. A resource for each page's own type would be generated separately,
//! with its futures, for each: a tenth of what browsers load.

use std::sync::Arc;

use domain::Refusal;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::notice;
use crate::error::ApiError;
use crate::frame::{not_found, skeleton};
use crate::rpc::Coming;
use crate::wire::{self, Wire};

/// Makes two requests at once: neither waits for the other.
///
/// # Errors
/// The first that fails.
pub async fn both<A, B>(
    one: impl Future<Output = Result<A, ApiError>>,
    other: impl Future<Output = Result<B, ApiError>>,
) -> Result<(A, B), ApiError> {
    futures::future::try_join(one, other).await
}

type Load = Arc<dyn Fn() -> Coming<Vec<u8>> + Send + Sync>;
type Show = Arc<dyn Fn(Result<Vec<u8>, ApiError>) -> Result<AnyView, ApiError> + Send + Sync>;

/// The id in the URL of a page about one thing, unparsed.
pub fn id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()))
}

/// Shows a page with the result of `load`; loads again when `key` changes. `refused` is for refusals that the page has
/// a better message for.
pub fn opening<T: Serialize + DeserializeOwned + Send + 'static>(
    key: Signal<String>,
    load: impl Fn() -> Coming<T> + Send + Sync + 'static,
    show: impl Fn(T) -> AnyView + Send + Sync + 'static,
    refused: fn(&Refusal) -> Option<AnyView>,
) -> AnyView {
    let load: Load = Arc::new(move || {
        let coming = load();
        Box::pin(async move { wire::write(&coming.await?) })
    });
    let show: Show = Arc::new(move |answer| wire::read(&answer?).map(&show));
    page(key, load, show, refused)
}

fn page(key: Signal<String>, load: Load, show: Show, refused: fn(&Refusal) -> Option<AnyView>) -> AnyView {
    let answer = Resource::<_, Wire>::new_with_options(move || key.get(), move |_| load(), false);
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
