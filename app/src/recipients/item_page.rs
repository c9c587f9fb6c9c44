//! `/my/{collection}/{item}`: one item.
//!
//! Opening the page changes nothing. The tick comes from pressing the button below the item.

use domain::collections::{ItemView, ItemViewContent, size_in_words, web_address};
use domain::recipients::MyItemPage;
use leptos::prelude::*;

use super::icon::{drawings, icon};
use super::{bar, preview_bar};
use crate::plain::{PageContext, document, render};

/// An item of a collection of one's own, or an admin's preview of it.
pub fn item_page(context: &PageContext<'_>, page: &MyItemPage) -> String {
    render(|| {
        let base = if page.preview {
            format!("/collections/{}/preview", page.collection)
        } else {
            format!("/my/{}", page.collection)
        };
        let top = if page.preview {
            preview_bar(page.collection).into_any()
        } else {
            bar(&page.organisation, None).into_any()
        };
        let body = view! {
            {drawings()}
            {top}
            <main class="page reading">
                <p class="back"><a href=base.clone()>"← " {page.collection_title.clone()}</a></p>
                <h1>{page.item.title.clone()}</h1>
                {content(&page.item)}
                {steps(page, &base)}
            </main>
        };
        document(
            context,
            &format!("{} · {}", page.item.title, page.collection_title),
            body,
        )
    })
}

fn content(item: &ItemView) -> AnyView {
    match &item.content {
        // Sanitised by the backend when it was saved: the only HTML that is put into a page as such.
        ItemViewContent::Page { html, .. } => {
            view! { <article class="prose" inner_html=html.clone()></article> }.into_any()
        }
        ItemViewContent::Link { url } => link(url, icon(&item.content)),
        ItemViewContent::File {
            file,
            name,
            bytes,
            media_type,
        } => {
            let path = format!("/files/{file}");
            let picture = is_picture(media_type)
                .then(|| view! { <a href=path.clone()><img class="picture" src=path.clone() alt=name.clone() /></a> });
            let kind = if media_type == "application/pdf" || picture.is_some() {
                "Open"
            } else {
                "Download"
            };
            view! {
                {picture}
                <a class="button wide" href=path.clone()>
                    {icon(&item.content)}
                    <span class="text">
                        <b>{kind} " " {name.clone()}</b>
                        <small>{size_in_words(*bytes)}</small>
                    </span>
                </a>
            }
            .into_any()
        }
    }
}

/// A link to another site says to which, and tells that site nothing about this one. The address was
/// checked when it was saved; whatever is no plain web address is shown and leads nowhere.
fn link(url: &str, icon: impl IntoView + 'static) -> AnyView {
    match web_address(url) {
        Ok(url) => view! {
            <a class="button wide" href=url.clone() target="_blank" rel="noopener noreferrer">
                {icon}
                <span class="text">
                    <b>"Open the link"</b>
                    <small>{format!("at {}, in a new tab", host(&url))}</small>
                </span>
            </a>
        }
        .into_any(),
        Err(_) => view! { <p class="lead">{url.to_owned()}</p> }.into_any(),
    }
}

fn steps(page: &MyItemPage, base: &str) -> impl IntoView + use<> {
    let previous = page.previous.as_ref().map(|(id, title)| {
        view! { <a class="button" href=format!("{base}/{id}")><span class="text"><small>"Back to"</small><b>{title.clone()}</b></span></a> }
    });
    let next = page.next.as_ref().map(|(_, title)| title.clone());
    let on = match (page.preview, &page.next) {
        (true, None) => None,
        (true, Some((id, title))) => Some(
            view! { <a class="button primary" href=format!("{base}/{id}")><span class="text"><small>"Next"</small><b>{title.clone()}</b></span></a> }
                .into_any(),
        ),
        (false, _) => Some(
            view! {
                <form method="post" action=format!("{base}/{}", page.item.id)>
                    <button class="button primary">
                        <span class="text">
                            <small>{if page.opened { "Opened" } else { "Done" }} {next.as_ref().map(|_| ", next")}</small>
                            <b>{next.clone().unwrap_or_else(|| "Back to the list".into())}</b>
                        </span>
                    </button>
                </form>
            }
            .into_any(),
        ),
    };
    view! { <nav class="steps" aria-label="Items">{on} {previous}</nav> }
}

/// Pictures that every browser shows and that can hold no script.
fn is_picture(media_type: &str) -> bool {
    matches!(
        media_type,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif"
    )
}

/// The host of a web address, as it is shown.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use domain::{CollectionId, FileId, ItemId};

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    fn page(text: &str, content: ItemViewContent) -> MyItemPage {
        let id = ItemId(uuid::Uuid::nil());
        MyItemPage {
            organisation: text.into(),
            collection: CollectionId(uuid::Uuid::nil()),
            collection_title: text.into(),
            item: ItemView {
                id,
                title: text.into(),
                content,
            },
            opened: false,
            previous: Some((id, text.into())),
            next: Some((id, text.into())),
            preview: false,
        }
    }

    fn file(text: &str, media_type: &str) -> ItemViewContent {
        ItemViewContent::File {
            file: FileId(uuid::Uuid::nil()),
            name: text.into(),
            bytes: 34_400,
            media_type: media_type.into(),
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        for content in [
            ItemViewContent::Page {
                text: HOSTILE.into(),
                html: "<p>Clean.</p>".into(),
            },
            ItemViewContent::Link { url: HOSTILE.into() },
            ItemViewContent::Link {
                url: "javascript:alert(1)".replace("javascript:", "java\nscript:"),
            },
            file(HOSTILE, HOSTILE),
        ] {
            assert_safe(&item_page(&CONTEXT, &page(HOSTILE, content)));
        }
    }

    #[test]
    fn only_plain_web_addresses_lead_away_and_say_where() {
        let html = item_page(
            &CONTEXT,
            &page(
                "Map",
                ItemViewContent::Link {
                    url: "https://example.org/map".into(),
                },
            ),
        );
        assert!(
            html.contains("href=\"https://example.org/map\" target=\"_blank\" rel=\"noopener noreferrer\""),
            "{html}"
        );
        assert!(html.contains("at example.org, in a new tab"), "{html}");

        let html = item_page(
            &CONTEXT,
            &page(
                "Map",
                ItemViewContent::Link {
                    url: "data:text/html,x".into(),
                },
            ),
        );
        assert!(!html.contains("href=\"data:"), "{html}");
    }

    #[test]
    fn the_tick_comes_from_a_button_and_a_preview_has_none() {
        let content = || ItemViewContent::Page {
            text: String::new(),
            html: "<p>Read me.</p>".into(),
        };
        let id = uuid::Uuid::nil();
        let html = item_page(&CONTEXT, &page("Safety", content()));
        assert!(
            html.contains(&format!("method=\"post\" action=\"/my/{id}/{id}\"")),
            "{html}"
        );
        assert!(
            html.contains("<article class=\"prose\"><p>Read me.</p></article>"),
            "{html}"
        );

        let html = item_page(
            &CONTEXT,
            &MyItemPage {
                preview: true,
                ..page("Safety", content())
            },
        );
        assert!(!html.contains("<form"), "{html}");
    }

    #[test]
    fn only_harmless_pictures_are_shown_in_the_page() {
        let shown = |media_type| item_page(&CONTEXT, &page("x", file("x", media_type))).contains("<img");
        assert!(shown("image/png") && shown("image/jpeg"));
        assert!(!shown("image/svg+xml") && !shown("text/html"));
    }
}
