//! What stands on the page, in reading order; and the tools that put more on it.

use domain::campaigns::design::Layer;
use leptos::prelude::*;

use super::desk::Desk;
use super::{keys, pictures};
use crate::ui::icon::{self, icon};

/// The tools above the page.
pub fn tools(desk: Desk) -> AnyView {
    let can = move |what: fn(&super::history::History) -> bool| move || !desk.history.with(what);
    view! {
        <div class="designer-tools" role="group" aria-label="Tools">
            <button type="button" class="button small" on:click=move |_| desk.add_text()>{icon(icon::PLUS)}"Add text"</button>
            {pictures::chooser("Add picture", desk, pictures::place)}
            <button type="button" class="button small" disabled=move || desk.has_qr() on:click=move |_| desk.add_qr()>{icon(icon::PLUS)}"Add QR code"</button>
            <span class="switch"></span>
            <button
                type="button" class="button small" disabled=can(super::history::History::can_undo)
                on:click=move |_| desk.step(false)
            >{icon(icon::RESTORE)}"Undo"</button>
            <button
                type="button" class="button small" disabled=can(super::history::History::can_redo)
                on:click=move |_| desk.step(true)
            >"Redo"</button>
        </div>
    }
    .into_any()
}

/// The list.
pub fn list(desk: Desk) -> AnyView {
    let rows = Memo::new(move |_| {
        desk.history.with(|history| {
            let layers = history.now().layers.iter().enumerate();
            layers
                .map(|(at, layer)| (at, layer.label(), picture_of(layer)))
                .collect::<Vec<_>>()
        })
    });
    let count = move || rows.with(Vec::len);
    let row = move |(at, label, picture): (usize, String, &'static str)| {
        let is_chosen = move || desk.chosen.get() == Some(at);
        view! {
            <li class:is-chosen=is_chosen>
                <button
                    type="button" class="layer-name" aria-pressed=move || if is_chosen() { "true" } else { "false" }
                    on:click=move |_| desk.choose(Some(at))
                >{icon(picture)}<span>{label}</span></button>
            </li>
        }
    };
    view! {
        <section class="panel" aria-label="On the page">
            <h2>"On the page"</h2>
            <p class="fine">"In reading order: later ones cover earlier ones."</p>
            <ol class="designer-layers" on:keydown=move |event| keys::pressed(desk, &event)>
                <For each=move || rows.get() key=Clone::clone children=row/>
            </ol>
            {move || (count() == 0).then(|| view! { <p class="quiet">"Nothing stands on it yet."</p> })}
            {desk.may_change.then(|| view! {
                <div class="designer-actions">
                    <button
                        type="button" class="button small" disabled=move || matches!(desk.chosen.get(), None | Some(0))
                        on:click=move |_| desk.reorder_chosen(false)
                    >{icon(icon::UP)}"Earlier"</button>
                    <button
                        type="button" class="button small"
                        disabled=move || desk.chosen.get().is_none_or(|at| at + 1 >= count())
                        on:click=move |_| desk.reorder_chosen(true)
                    >{icon(icon::DOWN)}"Later"</button>
                </div>
            })}
        </section>
    }
    .into_any()
}

fn picture_of(layer: &Layer) -> &'static str {
    match layer {
        Layer::Text(_) => icon::PAGE,
        Layer::Qr(_) => icon::TOKEN,
        Layer::Picture(_) => icon::COLLECTION,
    }
}
