//! What all list pages share: the query is in the URL, and the table below it keeps itself up to date.

use std::sync::Arc;

use domain::feed::Change;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::feed::Feed;
use super::list::{About, Doing, List, Row, Source};
use super::rows::{Draw, Foot, Rows, Waiting};
use super::search::step;

/// The query of a list.
pub trait Question: Clone + PartialEq + Send + Sync + 'static {
    /// What is searched for.
    fn search(&self) -> &str;
}

/// Reads the list again when the query in the URL changes from the one it was opened with. The returned callback writes
/// a query into the URL.
pub fn follow<R: Row, Q: Question, S: Source<R>>(
    list: List<R>,
    opened_with: Q,
    query: Memo<Q>,
    source: impl Fn(Q) -> S + 'static,
    address: impl Fn(&Q) -> String + Send + Sync + 'static,
) -> Callback<Q> {
    Effect::new(move |asked: Option<Q>| {
        let query = query.get();
        if asked.unwrap_or_else(|| opened_with.clone()) != query {
            list.ask(Arc::new(source(query.clone())));
        }
        query
    });
    let navigate = use_navigate();
    Callback::new(move |next: Q| {
        let how = query.with_untracked(|before| step(before.search(), next.search()));
        navigate(&address(&next), how);
    })
}

/// The table of a list. New rows wait while the pointer is in it, so that nothing moves under it.
#[component]
pub fn Table<R: Row>(
    /// The list.
    list: List<R>,
    /// The table's label.
    label: &'static str,
    /// Its class.
    class: &'static str,
    /// How many columns it has.
    columns: u32,
    /// Its `<thead>`.
    head: AnyView,
    /// How a row is rendered.
    draw: Draw<R>,
    /// The row that a change affects.
    about: Arc<dyn Fn(&Change) -> About + Send + Sync>,
    /// What is shown when it has no rows.
    empty: Arc<dyn Fn() -> AnyView + Send + Sync>,
    /// What else is in its footer.
    #[prop(optional)]
    foot: Option<AnyView>,
) -> AnyView {
    let is_under_pointer = StoredValue::new(false);
    Feed::listen(move |changes| {
        list.hear(
            changes,
            is_under_pointer.try_get_value() == Some(true),
            |change| about(change),
        );
    });
    view! {
        <div
            class=format!("table {class}") aria-busy=move || (list.doing.get() == Doing::Asking).then_some("true")
            on:mouseenter=move |_| is_under_pointer.set_value(true)
            on:mouseleave=move |_| is_under_pointer.set_value(false)
        >
            <Waiting list/>
            <table role="table" aria-rowcount=move || list.total.get().map_or(-1, |total| if total < 0 { -1 } else { total + 1 }).to_string() aria-label=label>
                {head}
                <Rows list columns draw/>
            </table>
            {move || list.is_empty().then(|| empty())}
            <Foot list>{foot}</Foot>
        </div>
    }
    .into_any()
}
