//! Leaving with unsaved changes: the browser asks before a page is closed, this page before a link is followed; and what
//! is left behind by going back stands there when the designer is opened again.

use std::cell::RefCell;

use domain::campaigns::design::Design;
use domain::{CampaignId, DesignId};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, HtmlAnchorElement};

use super::desk::Desk;
use crate::ui::browser;

const QUESTION: &str = "Leave without saving your changes?";

/// What was left unsaved.
struct Left {
    campaign: CampaignId,
    version: DesignId,
    design: Design,
}

thread_local! {
    // Of this tab: the server, which runs on many threads, leaves nothing here.
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

/// What was left unsaved of a version of a campaign's design.
pub fn left(campaign: CampaignId, version: DesignId) -> Option<Design> {
    LEFT.with_borrow_mut(|left| {
        let is_meant = |left: &mut Left| left.campaign == campaign && left.version == version;
        left.take_if(is_meant).map(|left| left.design)
    })
}

/// Watches for as long as the page is open.
pub fn watch(desk: Desk) {
    Effect::new(move |_| {
        let closing = window_event_listener_untyped("beforeunload", move |event| {
            if desk.is_unsaved_untracked() {
                event.prevent_default();
            }
        });
        // Before the router hears of the click.
        let followed = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            let leads_away = desk.is_unsaved_untracked() && leads_away(&event);
            if leads_away {
                if window().confirm_with_message(QUESTION).unwrap_or(true) {
                    // It was said to be given up, so nothing is kept of it.
                    desk.history
                        .try_with_untracked(|history| desk.saved.try_set(history.now().clone()));
                } else {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
        });
        let clicks = window().add_event_listener_with_callback_and_bool(
            "click",
            followed.as_ref().unchecked_ref(),
            true,
        );
        drop(clicks);
        let followed = StoredValue::new_local(followed);
        on_cleanup(move || {
            closing.remove();
            followed.try_with_value(|followed| {
                drop(window().remove_event_listener_with_callback_and_bool(
                    "click",
                    followed.as_ref().unchecked_ref(),
                    true,
                ));
            });
        });
    });
    on_cleanup(move || {
        if desk.is_unsaved_untracked()
            && let (Some(version), Some(design)) = (
                desk.version.try_with_untracked(|version| version.id),
                desk.history.try_with_untracked(|history| history.now().clone()),
            )
        {
            let left = Left {
                campaign: desk.campaign,
                version,
                design,
            };
            LEFT.set(Some(left));
        }
    });
}

/// Whether a click follows a link away from this page, in this tab.
fn leads_away(event: &Event) -> bool {
    let link = browser::target(event).and_then(|element| element.closest("a[href]").ok().flatten());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else {
        return false;
    };
    let is_elsewhere = ["ctrlKey", "metaKey", "shiftKey"]
        .into_iter()
        .any(|flag| browser::flag(event, flag));
    !is_elsewhere && link.target().is_empty() && link.get_attribute("download").is_none()
}
