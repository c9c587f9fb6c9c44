//! The live feed: one event stream per browser (`frontend/src/live.js`).
//!
//! The stream names what changed; pages read the rows they show again. Changes are collected for a moment, so that a
//! thousand of them cause one request. When the stream opens, everything shown is read again: what happened since the
//! page was rendered, or while the stream was interrupted, was missed.

use std::sync::Arc;
use std::time::Duration;

use domain::PersonId;
use domain::feed::Change;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Passes the server's events for this person on, in the words that `frontend/src/live.js` lists.
    #[wasm_bindgen(js_name = hearServer)]
    fn hear_server(name: &str, tell: &js_sys::Function);
}

const GATHER: Duration = Duration::from_millis(150);
const AWAY_AFTER: Duration = Duration::from_millis(1_500);

type Listener = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// The live connection of a tab.
#[derive(Clone, Copy)]
pub struct Feed {
    /// Whether it has been interrupted for more than a moment.
    pub away: RwSignal<bool>,
    connected: RwSignal<bool>,
    listeners: StoredValue<Vec<(u32, Listener)>>,
    gathered: StoredValue<Vec<Change>>,
    last: StoredValue<u32>,
}

impl Feed {
    /// Provides the connection to all pages. It is opened once the page is hydrated, if somebody is signed in.
    pub fn provide(person: Option<PersonId>) -> Self {
        let live = Self {
            away: RwSignal::new(false),
            connected: RwSignal::new(false),
            listeners: StoredValue::new(Vec::new()),
            gathered: StoredValue::new(Vec::new()),
            last: StoredValue::new(0),
        };
        provide_context(live);
        Effect::new(move |_| {
            if let Some(person) = person {
                live.connect(person);
            }
        });
        live
    }

    /// Calls the listener with changes for as long as the calling part is in the page.
    pub fn listen(listener: impl Fn(&[Change]) + Send + Sync + 'static) {
        let Some(live) = use_context::<Self>() else { return };
        Effect::new({
            let listener: Listener = Arc::new(listener);
            move |_| {
                let listener = listener.clone();
                let id = live.last.try_update_value(|last| {
                    *last += 1;
                    *last
                });
                live.listeners
                    .try_update_value(|listeners| listeners.extend(id.map(|id| (id, listener))));
                on_cleanup(move || {
                    live.listeners
                        .try_update_value(|listeners| listeners.retain(|(other, _)| Some(*other) != id));
                });
            }
        });
    }

    /// Listens to the server for as long as the tab is open.
    fn connect(self, person: PersonId) {
        let tell = Closure::<dyn FnMut(String)>::new(move |words: String| match words.as_str() {
            "open" => {
                self.connected.try_set(true);
                self.away.try_set(false);
                self.gather(Change::Everything);
            }
            "lost" => self.lost(),
            change => self.gather(change.parse().unwrap_or(Change::Everything)),
        });
        hear_server(&person.to_string(), tell.as_ref().unchecked_ref());
        tell.forget();
    }

    fn lost(self) {
        self.connected.try_set(false);
        spawn_local(async move {
            sleep(AWAY_AFTER).await;
            if self.connected.try_get_untracked() == Some(false) {
                self.away.try_set(true);
            }
        });
    }

    fn gather(self, change: Change) {
        let is_first = self.gathered.try_update_value(|gathered| {
            if !gathered.contains(&change) {
                gathered.push(change);
            }
            gathered.len() == 1
        });
        if is_first == Some(true) {
            spawn_local(async move {
                sleep(GATHER).await;
                let changes = self.gathered.try_update_value(std::mem::take).unwrap_or_default();
                let listeners = self.listeners.try_get_value().unwrap_or_default();
                if !changes.is_empty() {
                    for (_, listener) in listeners {
                        listener(&changes);
                    }
                }
            });
        }
    }
}
