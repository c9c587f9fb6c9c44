//! `/my/{collection}`: its items, and a tick for each that was opened.

use domain::collections::{ItemViewContent, size_in_words};
use domain::recipients::{MyCollectionPage, MyItem};
use leptos::prelude::*;

use super::icon::{drawings, icon};
use super::item_page::host;
use super::my_page::progress;
use super::{bar, preview_bar};
use crate::plain::{PageContext, colour_class, document, render};

/// A collection of one's own, or an admin's preview of it.
pub fn collection_page(context: &PageContext<'_>, page: &MyCollectionPage) -> String {
    render(|| {
        let collection = &page.collection;
        let base = if page.preview {
            format!("/collections/{}/preview", collection.id)
        } else {
            format!("/my/{}", collection.id)
        };
        let top = if page.preview {
            preview_bar(collection.id).into_any()
        } else {
            bar(&page.organisation, None).into_any()
        };
        let next = page.items.iter().find(|item| !item.opened).map(|item| {
            let word = if collection.opened == 0 {
                "Start"
            } else {
                "Continue"
            };
            view! { <a class="button primary" href=format!("{base}/{}", item.item.id)>{word}</a> }
        });
        let rows: Vec<_> = page.items.iter().map(|item| row(&base, item)).collect();
        let list = if rows.is_empty() {
            view! { <p class="empty">"There is nothing in it yet. Come back later."</p> }.into_any()
        } else {
            view! { <ol class="items">{rows}</ol> }.into_any()
        };
        let summary = collection.summary.trim();
        let summary = (!summary.is_empty()).then(|| view! { <p class="lead">{summary.to_owned()}</p> });
        let body = view! {
            {drawings()}
            {top}
            <main class=format!("page {}", colour_class(&collection.cover))>
                <div class="cover" aria-hidden="true"><span>{collection.cover.emoji.clone()}</span></div>
                <h1>{collection.title.clone()}</h1>
                {summary}
                <div class="on">{progress(collection)} {next}</div>
                {list}
            </main>
        };
        document(
            context,
            &format!("{} · {}", collection.title, page.organisation),
            body,
        )
    })
}

fn row(base: &str, item: &MyItem) -> impl IntoView + use<> {
    let about = match &item.item.content {
        ItemViewContent::Page { .. } => "Page".to_owned(),
        ItemViewContent::Link { url } => format!("Link to {}", host(url)),
        ItemViewContent::File { bytes, .. } => format!("File, {}", size_in_words(*bytes)),
    };
    let tick = if item.opened {
        view! { <span class="tick on">"✓" <span class="unseen">"Opened"</span></span> }.into_any()
    } else {
        view! { <span class="tick" aria-hidden="true"></span> }.into_any()
    };
    view! {
        <li>
            <a class="item" href=format!("{base}/{}", item.item.id)>
                {icon(&item.item.content)}
                <span class="text">
                    <b>{item.item.title.clone()}</b>
                    <small>{about}</small>
                </span>
                {tick}
            </a>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use domain::collections::ItemView;
    use domain::{FileId, ItemId};

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};
    use crate::recipients::my_page::tests::collection;

    fn item(title: &str, content: ItemViewContent, opened: bool) -> MyItem {
        MyItem {
            item: ItemView {
                id: ItemId(uuid::Uuid::nil()),
                title: title.into(),
                content,
            },
            opened,
        }
    }

    fn page(text: &str) -> MyCollectionPage {
        let link = ItemViewContent::Link {
            url: "https://example.org/map".into(),
        };
        let file = ItemViewContent::File {
            file: FileId(uuid::Uuid::nil()),
            name: text.into(),
            bytes: 34_400,
            media_type: text.into(),
        };
        MyCollectionPage {
            organisation: text.into(),
            collection: collection(text),
            items: vec![
                item(
                    text,
                    ItemViewContent::Page {
                        text: text.into(),
                        html: String::new(),
                    },
                    true,
                ),
                item(text, link, false),
                item(text, file, false),
            ],
            preview: false,
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        assert_safe(&collection_page(&CONTEXT, &page(HOSTILE)));
    }

    #[test]
    fn items_say_what_they_are_and_which_were_opened() {
        let html = collection_page(&CONTEXT, &page("Safety"));
        assert!(
            html.contains("Link to example.org") && html.contains("File, 34 kB"),
            "{html}"
        );
        assert_eq!(html.matches("Opened</span>").count(), 1, "{html}");
        assert!(html.contains(">Continue</a>"), "{html}");
    }

    #[test]
    fn a_preview_stays_in_the_preview_and_leads_back() {
        let html = collection_page(
            &CONTEXT,
            &MyCollectionPage {
                preview: true,
                ..page("Safety")
            },
        );
        let id = uuid::Uuid::nil();
        assert!(html.contains(&format!("href=\"/collections/{id}\"")), "{html}");
        assert!(
            html.contains(&format!("href=\"/collections/{id}/preview/{id}\"")),
            "{html}"
        );
        assert!(!html.contains("/my/"), "{html}");
    }

    #[test]
    fn a_collection_of_twenty_items_and_the_whole_style_fit_in_thirty_kilobytes() {
        let mut page = page("Working safely at heights");
        page.items = page.items.into_iter().cycle().take(20).collect();
        let style = [
            include_str!("../../../style/parts/base.css"),
            include_str!("../../../style/parts/covers.css"),
            include_str!("../../../style/parts/plain.css"),
            include_str!("../../../style/parts/plain-form.css"),
            include_str!("../../../style/parts/plain-collection.css"),
        ];

        let bytes =
            collection_page(&CONTEXT, &page).len() + style.iter().map(|part| part.len()).sum::<usize>();

        assert!(bytes <= 30_000, "{bytes} bytes");
    }
}
