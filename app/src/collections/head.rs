//! The head of a collection: its title, summary, cover and state.

use domain::collections::{CollectionForm, CollectionState, CollectionView, Cover};
use leptos::prelude::*;

use super::api;
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::toast::Toasts;

/// Emoji to start from; any other can be typed.
const EMOJI: [&str; 16] = [
    "📘", "🎓", "🧭", "🦺", "🩺", "🔧", "🧪", "💡", "🌱", "🎨", "🎵", "⚖️", "🛡️", "🚀", "🏡", "☕",
];

/// A cover, in one of several sizes.
pub fn cover(cover: &Cover, size: &'static str) -> AnyView {
    let class = format!("cover cover-{} {size}", cover.colour);
    view! { <span class=class aria-hidden="true">{cover.emoji.clone()}</span> }.into_any()
}

/// The state of a collection, as an icon and a word.
pub fn state(state: CollectionState) -> AnyView {
    let (picture, class) = match state {
        CollectionState::Draft => (icon::PENCIL, "state not-yet"),
        CollectionState::Published => (icon::TICK, "state live"),
        CollectionState::Archived => (icon::ARCHIVE, "state ended"),
    };
    view! { <span class=class>{icon(picture)}<span>{state.label()}</span></span> }.into_any()
}

/// The form with the head.
#[component]
pub fn HeadForm(
    /// The collection.
    view: RwSignal<CollectionView>,
    /// Whether it may be changed.
    may_change: bool,
) -> AnyView {
    let toasts = Toasts::current();
    let form = FormState::new("head");
    let start = view.get_untracked();
    let id = start.id;
    let title = RwSignal::new(start.title);
    let summary = RwSignal::new(start.summary);
    let colour = RwSignal::new(start.cover.colour);
    let emoji = RwSignal::new(start.cover.emoji);
    let typed = move || CollectionForm {
        title: title.get(),
        summary: summary.get(),
        colour: colour.get(),
        emoji: emoji.get(),
    };
    let is_changed = move || {
        let typed = typed();
        view.with(|view| {
            typed.title != view.title
                || typed.summary != view.summary
                || typed.colour != view.cover.colour
                || typed.emoji != view.cover.emoji
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = untrack(typed);
        if form.fits(typed.parse()) {
            form.send(api::update_collection(id, typed), move |saved| {
                title.set(saved.title.clone());
                summary.set(saved.summary.clone());
                emoji.set(saved.cover.emoji.clone());
                view.set(saved);
                toasts.say("Saved.");
            });
        }
    };
    let look = move || {
        cover(
            &Cover {
                colour: colour.get(),
                emoji: emoji.get(),
            },
            "wide",
        )
    };
    view! {
        <form class="panel head-form" novalidate on:submit=submit>
            <h2>"Cover and title"</h2>
            {look}
            <fieldset class="field" disabled=!may_change>
                <legend>"Colour"</legend>
                <div class="colours">
                    {Cover::COLOURS.map(|name| view! {
                        <label class=format!("cover cover-{name}") title=name>
                            <input
                                type="radio" name="colour" value=name aria-label=name
                                prop:checked=move || colour.with(|colour| colour == name)
                                on:change=move |_| colour.set(name.to_owned())
                            />
                        </label>
                    }).collect_view()}
                </div>
            </fieldset>
            <Field form name="emoji" label="Emoji" value=emoji/>
            <div class="emoji" role="group" aria-label="Emoji to choose from">
                {EMOJI.map(|one| view! { <button type="button" on:click=move |_| emoji.set(one.to_owned())>{one}</button> }).collect_view()}
            </div>
            <Field form name="title" label="Title" value=title/>
            <Field form name="summary" label="Summary" value=summary kind=Kind::Lines(3)
                hint=Signal::stored("One or two sentences for recipients.".to_owned())/>
            {form.failure()}
            {may_change.then(|| view! {
                <div class="row-end">
                    {move || is_changed().then(|| view! { <span class="quiet">"Not saved yet"</span> })}
                    <button type="submit" class="button" class:primary=is_changed aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
                </div>
            })}
        </form>
    }
    .into_any()
}
