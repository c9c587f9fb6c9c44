//! The palette: typing a name goes there, or does what the page offers: to what is chosen in its list, or as its first
//! button.

use std::time::Duration;

use domain::finding::{Found, Which, rank};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::api;
use crate::frame::entries::{ENTRIES, Entry};
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::browser;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{self, icon};

const PAUSE: Duration = Duration::from_millis(150);

/// Buttons for what is chosen, and those that make something: what they do is said by the page that they stand in.
const FOR_CHOSEN: &str = "[data-acts] button, [data-acts] a";
const TO_MAKE: &str = "main .head .button.primary";

/// What an entry leads to.
#[derive(Clone, PartialEq)]
enum To {
    /// A page.
    Page(String),
    /// What a button of this page does: the button with this number among those of a selector.
    Press(&'static str, u32),
}

/// An entry.
#[derive(Clone, PartialEq)]
struct Place {
    to: To,
    name: String,
    note: String,
    picture: &'static str,
}

impl From<&Entry> for Place {
    fn from(entry: &Entry) -> Self {
        Self {
            to: To::Page(entry.path.to_owned()),
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
            to: To::Page(path),
            picture,
            name: found.name,
            note: found.note,
        }
    }
}

/// What is there at once for these words: what can be done with what is chosen, the pages that the person may see, and
/// what can be made here. Of each, what fits best first.
fn at_hand(visit: RequestContext, words: &str) -> Vec<Place> {
    let words = words.trim().to_ascii_lowercase();
    let seen =
        |entry: &&Entry| visit.may(entry.needed) && !entry.unless.is_some_and(|other| visit.may(other));
    let pages: Vec<Place> = ENTRIES.iter().filter(seen).map(Place::from).collect();
    let mut found = Vec::new();
    for places in [buttons(FOR_CHOSEN), pages, buttons(TO_MAKE)] {
        for wanted in 0..4 {
            let fit = |place: &&Place| rank(&place.name.to_ascii_lowercase(), &words) == wanted;
            found.extend(places.iter().filter(fit).cloned());
        }
    }
    found
}

/// The buttons of this page that a selector finds.
fn buttons(selector: &'static str) -> Vec<Place> {
    let Ok(found) = document().query_selector_all(selector) else {
        return Vec::new();
    };
    let place = |number| {
        let button = found.get(number)?.dyn_into::<HtmlElement>().ok()?;
        let bar = button.closest("[data-acts]").ok().flatten();
        let chosen = bar.and_then(|bar| bar.query_selector("[role=status]").ok().flatten());
        Some(Place {
            to: To::Press(selector, number),
            name: button.text_content()?,
            note: chosen
                .and_then(|chosen| chosen.text_content())
                .unwrap_or_else(|| "On this page".to_owned()),
            picture: icon::TICK,
        })
    };
    (0..found.length()).filter_map(place).collect()
}

/// Presses a button of the page under the palette, which is closed as by *Esc* first: the focus goes back to where it came
/// from, and from there to whatever opens.
fn press(selector: &str, number: u32) {
    let palette = document().query_selector("dialog.palette").ok().flatten();
    if let Some(palette) = palette.and_then(|palette| palette.dyn_into::<HtmlDialogElement>().ok()) {
        palette.close();
    }
    let found = document().query_selector_all(selector).ok();
    let button = found.and_then(|found| found.get(number));
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
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
            places: RwSignal::new(at_hand(visit, "")),
            chosen: RwSignal::new(0),
            words: RwSignal::new(String::new()),
            is_asking: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// What is at hand appears at once, results from the server after a pause. The latest query wins.
    fn ask(self, typed: String) {
        self.places.set(at_hand(self.visit, &typed));
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
    let go = move |place: &Place| match &place.to {
        To::Page(path) => {
            on_close.run(());
            navigate(path, NavigateOptions::default());
        }
        To::Press(selector, number) => press(selector, *number),
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
