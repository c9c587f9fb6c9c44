//! What is in a part of the Wasm that comes after the page: dialogs, and what is shown of something once it is chosen.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::toast::Toasts;

/// Something from a part of the Wasm, which may fail to arrive.
pub type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>> + Send>>;

/// Shows what comes from a part; `given_up` is called when it does not arrive, which is said.
///
/// What stood in its place is taken away at once, and not when this has come: what it reads is gone by then. A part that was
/// loaded before is shown at once.
pub fn late(coming: Coming<AnyView>, given_up: Callback<()>) -> AnyView {
    let toasts = Toasts::current();
    let mut coming = Box::pin(ScopedFuture::new_untracked(async move {
        coming.await.unwrap_or_else(|_| {
            toasts.say("This could not be loaded. Try again, or load the page anew.");
            given_up.try_run(());
            ().into_any()
        })
    }));
    if let Poll::Ready(view) = coming.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        return view;
    }
    let arrived = StoredValue::new_local(None);
    let is_there = RwSignal::new(false);
    spawn_local(async move {
        let view = coming.await;
        arrived.try_set_value(Some(view));
        is_there.try_set(true);
    });
    (move || {
        let is_there = is_there.get();
        is_there.then(|| arrived.try_update_value(Option::take).flatten())
    })
    .into_any()
}

/// Loads a part once the page is there: it is on its way before it is asked for. Should it not arrive, whoever asks for
/// what is in it is told so.
pub fn load_soon(load: fn() -> Coming<()>) {
    Effect::new(move |_| spawn_local(async move { drop(load().await) }));
}
