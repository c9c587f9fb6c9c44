//! Check boxes for permissions, by the part of the product that they belong to.

use domain::{Permission, Permissions};
use leptos::prelude::*;

/// The boxes. Those that the person may not tick are shown unchanged.
#[component]
pub fn PermissionBoxes(
    /// What is ticked.
    chosen: RwSignal<Permissions>,
    /// What there is to choose from.
    #[prop(into)]
    offered: Signal<Permissions>,
    /// What may be ticked.
    may_tick: Permissions,
) -> AnyView {
    (move || {
        let offered = offered.get();
        areas(offered)
            .into_iter()
            .map(|area| {
                let boxes = offered
                    .iter()
                    .filter(|permission| permission.area() == area)
                    .map(|permission| tick(chosen, permission, may_tick.contains(permission)))
                    .collect_view();
                view! { <fieldset class="field permissions"><legend>{area}</legend>{boxes}</fieldset> }
            })
            .collect_view()
    })
    .into_any()
}

/// What somebody or something may do, as a sentence.
pub fn sentence(permissions: Permissions) -> String {
    if permissions.is_empty() {
        return "May do nothing.".to_owned();
    }
    if permissions == Permissions::all() {
        return "May do everything.".to_owned();
    }
    format!("May {}.", permissions.in_words())
}

/// The parts of the product that some permissions belong to, in the order in which people read them.
fn areas(permissions: Permissions) -> Vec<&'static str> {
    let mut areas = Vec::new();
    for permission in permissions.iter() {
        if !areas.contains(&permission.area()) {
            areas.push(permission.area());
        }
    }
    areas
}

fn tick(chosen: RwSignal<Permissions>, permission: Permission, may_tick: bool) -> AnyView {
    let one: Permissions = [permission].into_iter().collect();
    let change = move |event| {
        let is_ticked = event_target_checked(&event);
        chosen.update(|chosen| {
            *chosen = match is_ticked {
                true => chosen.iter().chain([permission]).collect(),
                false => chosen.without(one),
            };
        });
    };
    let lacking = (!may_tick).then_some("You do not have this yourself, so you cannot hand it out.");
    view! {
        <label class="tick" title=lacking>
            <input
                type="checkbox" name=permission.key() disabled=!may_tick
                prop:checked=move || chosen.with(|chosen| chosen.contains(permission)) on:change=change
            />
            <span>{capitalised(permission.sentence())}</span>
        </label>
    }
    .into_any()
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|first| {
            std::iter::once(first.to_ascii_uppercase())
                .chain(letters)
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_the_product_stands_there_once() {
        let areas = areas(Permissions::all());
        let mut once = areas.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(areas.len(), once.len(), "{areas:?}");
        assert_eq!(areas.first(), Some(&"Tokens"));
        assert_eq!(capitalised("see tokens"), "See tokens");
        assert_eq!(sentence(Permissions::NONE), "May do nothing.");
        let one = [Permission::TokensReveal].into_iter().collect();
        assert!(sentence(one).starts_with("May see and export"));
    }
}
