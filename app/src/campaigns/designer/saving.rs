//! Saving: as the next version, unless somebody else has saved meanwhile. Nothing that was done is lost either way.

use domain::Refusal;
use domain::campaigns::design::DesignView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::api;
use super::desk::Desk;
use crate::error::ApiError;
use crate::ui::icon::{self, icon};

/// The button, with what there is to save beside it.
pub fn save_button(desk: Desk) -> AnyView {
    let state = move || {
        if desk.is_unsaved() {
            "Unsaved changes"
        } else {
            "Saved"
        }
    };
    view! {
        <span class="quiet" role="status">{state}</span>
        <button
            type="button" class="button primary" aria-busy=move || desk.busy.get().then_some("true")
            on:click=move |_| save(desk)
        >"Save"</button>
    }
    .into_any()
}

/// What stands in the way of saving.
pub fn notices(desk: Desk) -> AnyView {
    let sentences = move || {
        desk.problems.with(|problems| {
            let rows = problems.iter().map(|(_, sentence)| sentence.to_owned());
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        {move || desk.conflict.get().map(|sentence| view! {
            <div class="notice wrong" role="alert">
                {icon(icon::WARNING)}
                <p>{sentence}</p>
                <button type="button" class="button small" on:click=move |_| settle(desk, Settle::Mine)>"Save mine as the next version"</button>
                <button type="button" class="button small" on:click=move |_| settle(desk, Settle::Theirs)>"Show theirs"</button>
            </div>
        })}
        {move || {
            let sentences = sentences();
            (!sentences.is_empty()).then(|| view! {
                <div class="notice wrong" role="alert">
                    {icon(icon::WARNING)}
                    <ul class="designer-problems">{sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}</ul>
                </div>
            })
        }}
    }
    .into_any()
}

/// Saves what is on the desk.
pub fn save(desk: Desk) {
    let design = desk.history.with_untracked(|history| history.now().clone());
    if let Err(problems) = design.check() {
        go_to_first(desk, &problems);
        desk.problems.set(problems);
        return;
    }
    if desk.busy.get_untracked() || !desk.is_unsaved_untracked() {
        return;
    }
    desk.busy.set(true);
    let version = desk.version.with_untracked(|version| version.id);
    spawn_local(async move {
        let answer = api::save_design(desk.campaign, version, design).await;
        desk.busy.try_set(false);
        match answer {
            Ok(view) => {
                let number = view.version.number;
                taken(desk, view);
                desk.toasts.say(format!(
                    "Saved as version {number}. What was issued already keeps its design."
                ));
            }
            Err(error) => refused(desk, error),
        }
    });
}

/// What was saved counts now.
pub fn taken(desk: Desk, view: DesignView) {
    desk.conflict.try_set(None);
    desk.version.try_set(view.version);
    desk.saved.try_set(view.design);
}

/// Says why something was not saved.
pub fn refused(desk: Desk, error: ApiError) {
    match error {
        ApiError::Refused(Refusal::Conflict(sentence)) => {
            desk.conflict.try_set(Some(sentence));
        }
        ApiError::Refused(Refusal::Invalid(problems)) => {
            go_to_first(desk, &problems);
            desk.problems.try_set(problems);
        }
        other => desk.toasts.say(other.to_string()),
    }
}

/// Chooses the first thing that does not fit: `layers/3/size`.
fn go_to_first(desk: Desk, problems: &domain::form::Problems) {
    let place = problems
        .first_field()
        .and_then(|field| field.strip_prefix("layers/"));
    let at = place.and_then(|place| place.split('/').next()?.parse().ok());
    if let Some(at) = at {
        desk.choose(Some(at));
    }
}

/// What becomes of two designs.
#[derive(Clone, Copy)]
enum Settle {
    Mine,
    Theirs,
}

fn settle(desk: Desk, how: Settle) {
    spawn_local(async move {
        match api::get_design(desk.campaign).await {
            Ok(view) => {
                if let Settle::Theirs = how {
                    let theirs = view.design.clone();
                    // A step like any other: undoing it brings one's own back.
                    desk.chosen.try_set(None);
                    desk.history
                        .try_update(|history| history.change(None, |design| *design = theirs));
                    desk.toasts
                        .say("This is theirs. Undo brings yours back; saving makes it the next version.");
                }
                taken(desk, view);
                if let Settle::Mine = how {
                    save(desk);
                }
            }
            Err(error) => desk.toasts.say(error.to_string()),
        }
    });
}
