//! The keys: some on the page alone, some wherever nobody is typing.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::desk::Desk;
use super::saving;
use crate::ui::browser;

/// Undo, redo and save, from everywhere in the designer.
pub fn listen(desk: Desk) {
    let keys = window_event_listener_untyped("keydown", move |event| {
        let key = browser::property(&event, "key")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_command = browser::flag(&event, "ctrlKey") || browser::flag(&event, "metaKey");
        if !is_command || browser::flag(&event, "altKey") || browser::is_covered() {
            return;
        }
        let again = browser::flag(&event, "shiftKey");
        match key.as_str() {
            "s" if desk.may_change => saving::save(desk),
            // Anyone who types undoes letters.
            "z" if desk.may_change && !is_writing() => desk.step(again),
            "y" if desk.may_change && !is_writing() => desk.step(true),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
}

/// Whether letters are being typed; numbers, boxes and lists have no undo of their own worth keeping.
fn is_writing() -> bool {
    browser::is_typing()
        && document().active_element().is_some_and(|element| {
            let kind = element.get_attribute("type").unwrap_or_default();
            matches!(kind.as_str(), "" | "text" | "search" | "number") && element.tag_name() != "SELECT"
        })
}

/// The keys of the page and of the list of what stands on it.
pub fn pressed(desk: Desk, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    // Without anything to move, the arrows scroll.
    if desk.chosen.get_untracked().is_none() && event.key().starts_with("Arrow") {
        return;
    }
    let far = if event.shift_key() { 10.0 } else { 1.0 };
    match event.key().as_str() {
        "ArrowLeft" => desk.nudge(-far, 0.0),
        "ArrowRight" => desk.nudge(far, 0.0),
        "ArrowUp" => desk.nudge(0.0, -far),
        "ArrowDown" => desk.nudge(0.0, far),
        "Delete" | "Backspace" => desk.remove_chosen(),
        "[" => desk.choose_by(-1),
        "]" => desk.choose_by(1),
        "Escape" => desk.choose(None),
        _ => return,
    }
    event.prevent_default();
}
