//! The dialog that adds or changes an item.

use domain::collections::{CollectionView, ItemForm, ItemType, ItemViewContent};
use leptos::prelude::*;

use super::api;
use super::items::{Asked, kind};
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};

/// The dialog.
#[component]
pub fn ItemDialog(
    view: RwSignal<CollectionView>,
    asked: Asked,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    let (title, class) = match &asked {
        Asked::Add(ItemType::Page) => ("Add page", "wide"),
        Asked::Add(ItemType::Link) => ("Add link", ""),
        Asked::Add(ItemType::File) => ("Add file", ""),
        Asked::Change(item) if kind(&item.content) == ItemType::Page => ("Change page", "wide"),
        Asked::Change(_) => ("Change item", ""),
    };
    view! { <Dialog title class on_close><Fields view asked/></Dialog> }.into_any()
}

#[component]
fn Fields(view: RwSignal<CollectionView>, asked: Asked) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("item");
    let collection = view.with_untracked(|view| view.id);
    let (item, start) = match asked {
        Asked::Add(item_type) => (
            None,
            ItemForm {
                item_type: item_type.key().to_owned(),
                ..ItemForm::default()
            },
        ),
        Asked::Change(item) => {
            let item_type = kind(&item.content).key().to_owned();
            let (text, url) = match item.content {
                ItemViewContent::Page { text, .. } => (text, String::new()),
                ItemViewContent::Link { url } => (String::new(), url),
                ItemViewContent::File { .. } => (String::new(), String::new()),
            };
            (
                Some(item.id),
                ItemForm {
                    item_type,
                    title: item.title,
                    text,
                    url,
                },
            )
        }
    };
    let item_type = StoredValue::new(start.item_type.clone());
    let title = RwSignal::new(start.title);
    let text = RwSignal::new(start.text);
    let url = RwSignal::new(start.url);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = ItemForm {
            item_type: item_type.get_value(),
            title: title.get_untracked(),
            text: text.get_untracked(),
            url: url.get_untracked(),
        };
        if form.fits(typed.parse()) {
            let answer = async move {
                match item {
                    Some(item) => api::update_item(collection, item, typed).await,
                    None => api::add_item(collection, typed).await,
                }
            };
            form.send(answer, move |changed| {
                view.try_set(changed);
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    let content = match ItemType::from_key(&start.item_type) {
        Some(ItemType::Page) => Some(view! {
            <Field form name="text" label="Text" value=text kind=Kind::Lines(14)
                hint=Signal::stored("Markdown: # heading, **bold**, *italic*, - list, [words](https://example.org)".to_owned())/>
        }.into_any()),
        Some(ItemType::Link) => Some(view! {
            <Field form name="url" label="Link" value=url kind=Kind::Url hint=Signal::stored("Such as https://example.org/page".to_owned())/>
        }.into_any()),
        _ => None,
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="title" label="Title" value=title first=true/>
                {content}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
