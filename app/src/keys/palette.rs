//! The palette: typing a name goes there.

use std::time::Duration;

use domain::finding::{Found, Which, rank};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::api;
use crate::frame::entries::{ENTRIES, Entry};
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::browser;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{self, icon};

const PAUSE: Duration = Duration::from_millis(150);

/// A destination.
#[derive(Clone, PartialEq)]
struct Place {
    path: String,
    name: String,
    note: String,
    picture: &'static str,
}

impl From<&Entry> for Place {
    fn from(entry: &Entry) -> Self {
        Self {
            path: entry.path.to_owned(),
            name: entry.label.to_owned(),
            note: entry.group.label().to_owned(),
            picture: entry.icon,
        }
    }
}

impl From<Found> for Place {
    fn from(found: Found) -> Self {
        let (path, picture) = match found.which {
            Which::Token(id) => (routes::token(id), icon::TOKEN),
            Which::Collection(id) => (routes::collection(id), icon::COLLECTION),
            Which::Person(id) => (routes::person(id), icon::PERSON),
        };
        Self {
            path,
            picture,
            name: found.name,
            note: found.note,
        }
    }
}

/// The pages with these words in their names, if the person may see them: those that fit best first.
fn pages(visit: RequestContext, words: &str) -> Vec<Place> {
    let words = words.trim().to_ascii_lowercase();
    let mut places = Vec::new();
    for wanted in 0..4 {
        for entry in ENTRIES {
            let is_seen = visit.may(entry.needed) && !entry.unless.is_some_and(|other| visit.may(other));
            if is_seen && rank(&entry.label.to_ascii_lowercase(), &words) == wanted {
                places.push(Place::from(entry));
            }
        }
    }
    places
}

/// What is searched for, and what is found.
#[derive(Clone, Copy)]
struct Search {
    visit: RequestContext,
    places: RwSignal<Vec<Place>>,
    chosen: RwSignal<usize>,
    /// What was typed last.
    words: RwSignal<String>,
    is_asking: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Search {
    fn new() -> Self {
        let visit = RequestContext::current();
        Self {
            visit,
            places: RwSignal::new(pages(visit, "")),
            chosen: RwSignal::new(0),
            words: RwSignal::new(String::new()),
            is_asking: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// Pages appear at once, results from the server after a pause. The latest query wins.
    fn ask(self, typed: String) {
        self.places.set(pages(self.visit, &typed));
        self.chosen.set(0);
        self.words.set(typed.clone());
        self.problem.set(None);
        self.is_asking.set(!typed.trim().is_empty());
        spawn_local(async move {
            sleep(PAUSE).await;
            let is_latest = || self.words.try_with_untracked(|words| *words == typed) == Some(true);
            if typed.trim().is_empty() || !is_latest() {
                return;
            }
            let found = api::find(typed.clone()).await;
            if !is_latest() {
                return;
            }
            self.is_asking.set(false);
            self.problem.set(found.as_ref().err().map(ToString::to_string));
            self.places
                .update(|places| places.extend(found.into_iter().flatten().map(Place::from)));
        });
    }

    /// Moves up or down, wrapping around.
    fn step(self, by: usize) {
        let places = self.places.with_untracked(Vec::len);
        if places > 0 {
            self.chosen.update(|chosen| *chosen = (*chosen + by) % places);
            browser::show(&option_id(self.chosen.get_untracked()));
        }
    }
}

fn option_id(at: usize) -> String {
    format!("place-{at}")
}

/// The dialog.
#[component]
pub fn Palette(on_close: Callback<()>) -> AnyView {
    let search = Search::new();
    let navigate = use_navigate();
    let go = move |place: &Place| {
        on_close.run(());
        navigate(&place.path, NavigateOptions::default());
    };
    let go = StoredValue::new(go);
    let go = move |at: usize| {
        if let Some(place) = search.places.with_untracked(|places| places.get(at).cloned()) {
            go.with_value(|go| go(&place));
        }
    };
    let last = move || search.places.with_untracked(Vec::len).saturating_sub(1);
    let on_key = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => search.step(1),
            "ArrowUp" => search.step(last()),
            "Enter" if !event.is_composing() => go(search.chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let nothing = move || {
        let is_empty = search.places.with(Vec::is_empty) && !search.is_asking.get();
        let sentence = || is_empty.then(|| "Nothing is called so that you may see.".to_owned());
        search.problem.get().or_else(sentence)
    };
    view! {
        <Dialog title="Go to" class="palette" on_close>
            <div class="body">
                <input
                    class="input" type="search" role="combobox" aria-label="Page, token, collection or person" autofocus
                    placeholder="Page, token, collection or person" autocomplete="off" spellcheck="false"
                    aria-expanded="true" aria-controls="places" aria-autocomplete="list"
                    aria-activedescendant=move || (!search.places.with(Vec::is_empty)).then(|| option_id(search.chosen.get()))
                    on:input=move |event| search.ask(event_target_value(&event))
                    on:keydown=on_key
                />
                <ul id="places" role="listbox" aria-label="Places">
                    {move || search.places.get().into_iter().enumerate().map(|(at, place)| view! {
                        <li
                            id=option_id(at) role="option" aria-selected=move || if search.chosen.get() == at { "true" } else { "false" }
                            on:click=move |_| go(at)
                        >
                            {icon(place.picture)}<span>{place.name}</span><small>{place.note}</small>
                        </li>
                    }).collect_view()}
                </ul>
                <p class="fine" role="status">{nothing}</p>
            </div>
        </Dialog>
    }
    .into_any()
}
