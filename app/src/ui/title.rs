//! The title of a page about one thing.

use leptos::prelude::*;

/// A title that follows a value.
///
/// The server reads it again when the page is done, and the part of the page that held the value may be gone by then.
/// So the title keeps its own text, which an effect (effects run only in browsers) updates.
pub fn following<T: Send + Sync + 'static>(
    value: RwSignal<T>,
    title: fn(&T) -> &str,
) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let text = ArcRwSignal::new(value.with_untracked(|value| title(value).to_owned()));
    let followed = text.clone();
    Effect::new(move |_| followed.set(value.with(|value| title(value).to_owned())));
    move || text.get()
}
