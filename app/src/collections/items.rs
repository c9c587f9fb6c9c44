//! The items of a collection, in order: moved by dragging or by buttons.

use domain::ItemId;
use domain::collections::{CollectionView, ItemType, ItemView, ItemViewContent, size_in_words};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::DragEvent;

use super::api;
use super::item::ItemDialog;
use super::upload::Upload;
use crate::error::ApiError;
use crate::ui::icon::{self, icon};
use crate::ui::toast::Toasts;

/// What a dialog is open for.
#[derive(Clone)]
pub enum Asked {
    /// To add an item of this type.
    Add(ItemType),
    /// To change one.
    Change(Box<ItemView>),
}

/// The list of items, with the buttons that add to it.
#[component]
pub fn Items(view: RwSignal<CollectionView>, may_change: bool) -> AnyView {
    let asked = RwSignal::new(None::<Asked>);
    let dragged = RwSignal::new(None::<ItemId>);
    let over = RwSignal::new(None::<ItemId>);
    let items = Memo::new(move |_| view.with(|view| view.items.clone()));
    let count = move || items.with(Vec::len);
    let row = move |item: ItemView| {
        view! { <ItemRow view item may_change asked dragged over/> }
    };
    view! {
        <section class="panel items">
            <div class="panel-head">
                <h2>"Items"</h2>
                {may_change.then(|| view! {
                    <button type="button" class="button small" on:click=move |_| asked.set(Some(Asked::Add(ItemType::Page)))>{icon(icon::PAGE)}"Add page"</button>
                    <button type="button" class="button small" on:click=move |_| asked.set(Some(Asked::Add(ItemType::Link)))>{icon(icon::SHARE)}"Add link"</button>
                    <Upload view/>
                })}
            </div>
            {move || (count() == 0).then(|| view! {
                <p class="quiet">"Nothing is in it yet. Add a page to read, a link to follow, or a file."</p>
            })}
            <ol>
                <For each=move || items.get() key=|item| (item.id, item.clone().title, kind(&item.content).key()) children=row/>
            </ol>
        </section>
        {move || asked.get().map(|now| view! { <ItemDialog view asked=now on_close=move |()| asked.set(None)/> })}
    }
    .into_any()
}

/// The type of an item's content.
pub fn kind(content: &ItemViewContent) -> ItemType {
    match content {
        ItemViewContent::Page { .. } => ItemType::Page,
        ItemViewContent::Link { .. } => ItemType::Link,
        ItemViewContent::File { .. } => ItemType::File,
    }
}

#[component]
fn ItemRow(
    view: RwSignal<CollectionView>,
    item: ItemView,
    may_change: bool,
    asked: RwSignal<Option<Asked>>,
    dragged: RwSignal<Option<ItemId>>,
    over: RwSignal<Option<ItemId>>,
) -> AnyView {
    let toasts = Toasts::current();
    let id = item.id;
    let collection = view.with_untracked(|view| view.id);
    let title = item.title.clone();
    let now = move || view.with_untracked(|view| view.items.iter().find(|item| item.id == id).cloned());
    let place = move || {
        view.with(|view| {
            view.items
                .iter()
                .position(|item| item.id == id)
                .unwrap_or_default()
        })
    };
    let last = move || view.with(|view| view.items.len().saturating_sub(1));
    let take = move |answer: Result<CollectionView, ApiError>| match answer {
        Ok(changed) => drop(view.try_set(changed)),
        Err(error) => toasts.say(error.to_string()),
    };
    let move_to = move |item: ItemId, to: usize| {
        spawn_local(async move { take(api::move_item(collection, item, to as i64).await) });
    };
    let drop_here = move |event: DragEvent| {
        event.prevent_default();
        over.set(None);
        if let Some(item) = dragged.get_untracked().filter(|item| *item != id) {
            dragged.set(None);
            move_to(item, untrack(place));
        }
    };
    let remove = {
        let title = title.clone();
        move |_| {
            let title = title.clone();
            spawn_local(async move {
                let answer = api::remove_item(collection, id).await;
                if answer.is_ok() {
                    toasts.say(format!("“{title}” was taken out."));
                }
                take(answer);
            });
        }
    };
    let picture = match kind(&item.content) {
        ItemType::Page => icon::PAGE,
        ItemType::Link => icon::SHARE,
        ItemType::File => icon::FILE,
    };
    view! {
        <li
            class:over=move || over.get() == Some(id) class:dragged=move || dragged.get() == Some(id)
            draggable=may_change.then_some("true")
            on:dragstart=move |_| dragged.set(Some(id))
            on:dragend=move |_| {
                dragged.set(None);
                over.set(None);
            }
            on:dragover=move |event| if dragged.get_untracked().is_some() {
                event.prevent_default();
                over.set(Some(id));
            }
            on:drop=drop_here
        >
            {may_change.then(|| view! { <span class="grip" aria-hidden="true">{icon(icon::GRIP)}</span> })}
            {icon(picture)}
            <span class="titles">
                <span class="name">{title.clone()}</span>
                <span class="sub">{move || view.with(|view| view.items.iter().find(|item| item.id == id).map(|item| about(&item.content)))}</span>
            </span>
            {may_change.then(|| view! {
                <span class="item-actions">
                    <button
                        type="button" class="icon-button" aria-label=format!("Move {title} up") title="Move up"
                        disabled=move || place() == 0 on:click=move |_| move_to(id, untrack(place).saturating_sub(1))
                    >{icon(icon::UP)}</button>
                    <button
                        type="button" class="icon-button" aria-label=format!("Move {title} down") title="Move down"
                        disabled=move || place() == last() on:click=move |_| move_to(id, untrack(place) + 1)
                    >{icon(icon::DOWN)}</button>
                    <button
                        type="button" class="icon-button" aria-label=format!("Change {title}") title="Change"
                        on:click=move |_| if let Some(item) = now() { asked.set(Some(Asked::Change(Box::new(item)))) }
                    >{icon(icon::PENCIL)}</button>
                    <button type="button" class="icon-button" aria-label=format!("Take {title} out") title="Take out" on:click=remove>
                        {icon(icon::TRASH)}
                    </button>
                </span>
            })}
        </li>
    }
    .into_any()
}

/// The content of an item, in a few words.
fn about(content: &ItemViewContent) -> String {
    match content {
        ItemViewContent::Page { text, .. } => {
            let words = text.split_whitespace().count();
            if words == 1 {
                "1 word".to_owned()
            } else {
                format!("{} words", domain::form::grouped(words as i64))
            }
        }
        ItemViewContent::Link { url } => url.clone(),
        ItemViewContent::File { name, bytes, .. } => format!("{name}, {}", size_in_words(*bytes)),
    }
}
