//! Short messages at the edge of the page. They are announced, stay at least six seconds, pause while the pointer or
//! the focus is on them, and can offer an undo button.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{self, icon};

const STAYS: u32 = 8_000;
const STEP: u32 = 250;

/// A message.
#[derive(Clone)]
struct Toast {
    id: u32,
    words: String,
    undo: Option<Callback<()>>,
}

/// The messages of the page.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
    held: RwSignal<bool>,
}

impl Toasts {
    /// Provides the messages to all pages.
    pub fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::new(Vec::new()),
            last: StoredValue::new(0),
            held: RwSignal::new(false),
        };
        provide_context(toasts);
        toasts
    }

    /// The messages of this page.
    pub fn current() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// Reports that something was done.
    pub fn say(self, words: impl Into<String>) {
        self.show(words.into(), None);
    }

    /// Reports that something was done, with an *Undo* button.
    pub fn offer_undo(self, words: impl Into<String>, undo: Callback<()>) {
        self.show(words.into(), Some(undo));
    }

    fn show(self, words: String, undo: Option<Callback<()>>) {
        let Some(id) = self.last.try_update_value(|last| {
            *last += 1;
            *last
        }) else {
            return;
        };
        self.shown
            .try_update(|shown| shown.push(Toast { id, words, undo }));
        spawn_local(async move {
            let mut left = STAYS;
            while left > 0 {
                sleep(Duration::from_millis(STEP.into())).await;
                match self.held.try_get_untracked() {
                    Some(true) => {}
                    Some(false) => left = left.saturating_sub(STEP),
                    None => return,
                }
            }
            self.drop_one(id);
        });
    }

    fn drop_one(self, id: u32) {
        self.shown
            .try_update(|shown| shown.retain(|toast| toast.id != id));
        if self.shown.try_with_untracked(Vec::is_empty) == Some(true) {
            self.held.try_set(false);
        }
    }
}

/// Where the messages appear.
#[component]
pub fn ToastArea() -> AnyView {
    let toasts = Toasts::current();
    view! {
        <div
            class="toasts" role="status" aria-live="polite"
            on:mouseenter=move |_| toasts.held.set(true)
            on:mouseleave=move |_| toasts.held.set(false)
            on:focusin=move |_| toasts.held.set(true)
            on:focusout=move |_| toasts.held.set(false)
        >
            <For each=move || toasts.shown.get() key=|toast| toast.id children=move |toast| {
                let id = toast.id;
                view! {
                    <div class="toast">
                        <span>{toast.words}</span>
                        {toast.undo.map(|undo| view! {
                            <button type="button" class="button small" on:click=move |_| {
                                toasts.drop_one(id);
                                undo.run(());
                            }>"Undo"</button>
                        })}
                        <button type="button" class="icon-button" aria-label="Dismiss" on:click=move |_| toasts.drop_one(id)>
                            {icon(icon::CROSS)}
                        </button>
                    </div>
                }
            }/>
        </div>
    }
    .into_any()
}
