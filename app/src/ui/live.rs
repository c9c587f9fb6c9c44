//! What happens on the server, as it happens: one event stream per tab.
//!
//! The stream names what changed; pages ask again for the rows they show. Changes are gathered for a moment,
//! so that a thousand of them are one question. When the stream opens, everything shown is asked for again: what
//! happened since the page was rendered, or while the stream was away, was told to nobody here.

use std::sync::Arc;
use std::time::Duration;

use domain::live::Change;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

const GATHER: Duration = Duration::from_millis(150);
const AWAY_AFTER: Duration = Duration::from_millis(1_500);
const AGAIN_AFTER: Duration = Duration::from_secs(3);

type Listener = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// The live connection of a tab.
#[derive(Clone, Copy)]
pub struct Live {
    /// Whether it has been away for longer than a blink.
    pub away: RwSignal<bool>,
    connected: RwSignal<bool>,
    listeners: StoredValue<Vec<(u32, Listener)>>,
    gathered: StoredValue<Vec<Change>>,
    last: StoredValue<u32>,
}

impl Live {
    /// Makes the connection known to all pages. It is opened once the page is alive, if somebody is signed in.
    pub fn provide(signed_in: bool) -> Self {
        let live = Self {
            away: RwSignal::new(false),
            connected: RwSignal::new(false),
            listeners: StoredValue::new(Vec::new()),
            gathered: StoredValue::new(Vec::new()),
            last: StoredValue::new(0),
        };
        provide_context(live);
        Effect::new(move |_| {
            if signed_in {
                live.connect();
            }
        });
        live
    }

    /// Tells the listener what changes for as long as the calling part is in the page.
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

    /// Opens the stream. The browser opens it again by itself after a broken connection, but gives up after
    /// an answer that is no stream (a server that is just starting): then it is opened anew.
    fn connect(self) {
        let Ok(stream) = EventSource::new("/events") else {
            return;
        };
        let opened = Closure::<dyn FnMut()>::new(move || {
            self.connected.try_set(true);
            self.away.try_set(false);
            self.gather(Change::Everything);
        });
        let changed = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let change = event.data().as_string().and_then(|data| data.parse().ok());
            self.gather(change.unwrap_or(Change::Everything));
        });
        let broken = Closure::<dyn FnMut()>::new({
            let stream = stream.clone();
            move || self.lost(stream.ready_state() == EventSource::CLOSED)
        });
        stream.set_onopen(Some(opened.as_ref().unchecked_ref()));
        stream.set_onerror(Some(broken.as_ref().unchecked_ref()));
        drop(stream.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref()));
        // The stream lives as long as the tab, and so do the functions that it calls.
        opened.forget();
        changed.forget();
        broken.forget();
    }

    fn lost(self, given_up: bool) {
        self.connected.try_set(false);
        spawn_local(async move {
            sleep(AWAY_AFTER).await;
            if self.connected.try_get_untracked() == Some(false) {
                self.away.try_set(true);
            }
        });
        if given_up {
            spawn_local(async move {
                sleep(AGAIN_AFTER).await;
                self.connect();
            });
        }
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
