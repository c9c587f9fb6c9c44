//! The versions of the design: who saved which, and when. Each can be used again.

use domain::campaigns::design::DesignVersion;
use domain::{Cursor, DesignId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api;
use super::desk::Desk;
use super::saving;
use super::{Tool, in_tools};
use crate::ui::{browser, time};

/// The panel, which asks when it is opened.
pub fn versions(desk: Desk) -> AnyView {
    let is_open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let open = browser::target(&event).is_some_and(|details| details.has_attribute("open"));
        is_open.set(open);
    };
    view! {
        <details class="panel" on:toggle=toggled>
            <summary>{move || desk.version.with(|version| format!("Versions: number {} counts", version.number))}</summary>
            {move || is_open.get().then(|| in_tools(desk, Tool::Versions))}
        </details>
    }
    .into_any()
}

/// The list of versions. Whenever another version counts, the list is another one.
pub fn list(desk: Desk) -> AnyView {
    let rows = RwSignal::new(Vec::<DesignVersion>::new());
    let next = RwSignal::new(None::<Cursor>);
    let read = move |on: bool| {
        spawn_local(async move {
            let after = if on {
                next.try_get_untracked().flatten()
            } else {
                None
            };
            match api::design_versions(desk.campaign, after).await {
                Ok(page) => {
                    next.try_set(page.next);
                    rows.try_update(|rows| {
                        if !on {
                            rows.clear();
                        }
                        rows.extend(page.rows);
                    });
                }
                Err(error) => desk.toasts.say(error.to_string()),
            }
        });
    };
    Effect::new(move |_| {
        desk.version.track();
        read(false);
    });
    view! {
        <ol class="designer-versions">
            <For each=move || rows.get() key=|row| (row.id, row.is_current) children=move |row| line(desk, row)/>
        </ol>
        {move || next.with(Option::is_some).then(|| view! {
            <div class="row-end"><button type="button" class="button small" on:click=move |_| read(true)>"Show more"</button></div>
        })}
    }
    .into_any()
}

fn line(desk: Desk, row: DesignVersion) -> AnyView {
    let DesignVersion {
        id,
        number,
        saved,
        author,
        is_current,
    } = row;
    let again = desk.may_change && !is_current;
    view! {
        <li>
            <span class="titles">
                <span class="name">{format!("Version {number}")}</span>
                <span class="sub">{time::minute(&saved)}{(!author.is_empty()).then(|| format!(" · {author}"))}</span>
            </span>
            {is_current.then(|| view! { <span class="tag">"Counts"</span> })}
            {again.then(|| view! {
                <button
                    type="button" class="button small" aria-label=format!("Use version {number} again")
                    on:click=move |_| use_again(desk, id, number)
                >"Use this version again"</button>
            })}
        </li>
    }
    .into_any()
}

fn use_again(desk: Desk, id: DesignId, number: i64) {
    let based_on = desk.version.with_untracked(|version| version.id);
    spawn_local(async move {
        match api::use_design(desk.campaign, id, based_on).await {
            Ok(view) => {
                let design = view.design.clone();
                desk.chosen.try_set(None);
                // A step like any other: what was not saved is an undo away.
                desk.history
                    .try_update(|history| history.change(None, |now| *now = design));
                let now = view.version.number;
                saving::taken(desk, view);
                desk.toasts
                    .say(format!("Version {number} counts again, as version {now}."));
            }
            Err(error) => saving::refused(desk, error),
        }
    });
}
