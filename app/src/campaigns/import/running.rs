//! How far an import is, and what became of it.

use std::time::Duration;

use domain::campaigns::import::{ImportState, ImportView};
use domain::form::grouped;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::campaigns::api;
use crate::routes;
use crate::ui::meter::meter;
use crate::ui::toast::Toasts;

#[component]
pub fn Running(import: RwSignal<ImportView>) -> AnyView {
    let toasts = Toasts::current();
    let (campaign, id) = import.with_untracked(|import| (import.campaign, import.id));
    watch(import);
    let cancel = move |_| {
        spawn_local(async move {
            match api::cancel_import(campaign, id).await {
                Ok(view) => {
                    import.try_set(view);
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    let sentence = move || {
        import.with(|import| {
            let far = import.progress.as_ref().map_or(0, |progress| progress.done);
            match import.state {
                ImportState::Read => String::new(),
                ImportState::Running => {
                    format!("{} of {} rows are done.", grouped(far), grouped(import.rows))
                }
                ImportState::Done => "The import is done.".to_owned(),
                ImportState::Cancelled => format!(
                    "The import was stopped after {} rows; who was added stays.",
                    grouped(far)
                ),
            }
        })
    };
    let facts = move || {
        let outcome = import.with(|import| import.outcome);
        let lines = [
            ("Added", outcome.added),
            ("Replaced", outcome.replaced),
            ("Left out, because they were here", outcome.skipped),
            ("Left out, because they are to be mended", outcome.bad),
        ];
        lines
            .map(|(name, count)| view! { <div><dt>{name}</dt><dd>{grouped(count)}</dd></div> })
            .collect_view()
    };
    view! {
        <section class="panel narrow">
            <h2>{move || import.with(|import| import.file.clone())}</h2>
            <p role="status">{sentence}</p>
            {move || import.with(|import| match (&import.progress, import.state) {
                (Some(progress), ImportState::Running) => meter(progress.done, progress.total),
                _ => ().into_any(),
            })}
            <dl class="facts">{facts}</dl>
            <div class="row-end">
                {move || match import.with(|import| import.state) {
                    ImportState::Running => view! { <button type="button" class="button" on:click=cancel>"Stop"</button> }.into_any(),
                    _ => view! {
                        {(import.with(|import| import.outcome.bad) > 0).then(|| view! {
                            <a class="button" href=routes::bad_rows(campaign, id) download="rows-to-mend.csv" rel="external">"Download rows to mend"</a>
                        })}
                        <a class="button" href=routes::import(campaign)>"Import another file"</a>
                        <a class="button primary" href=routes::campaign(campaign)>"Show the recipients"</a>
                    }.into_any(),
                }}
            </div>
        </section>
    }
    .into_any()
}

/// Asks once a second while it runs.
fn watch(import: RwSignal<ImportView>) {
    let looked = RwSignal::new(0u32);
    Effect::new(move |_| {
        looked.track();
        let (campaign, id, state) =
            import.with_untracked(|import| (import.campaign, import.id, import.state));
        if state == ImportState::Running {
            spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                if let Ok(view) = api::get_import(campaign, id).await {
                    import.try_set(view);
                }
                looked.try_update(|looked| *looked = looked.wrapping_add(1));
            });
        }
    });
}
