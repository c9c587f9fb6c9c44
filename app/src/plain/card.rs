//! One card in the middle of the page: a picture, a heading, a sentence, one next step.

use domain::collections::Cover;
use domain::mail::Letterhead;
use leptos::prelude::*;

use super::{PageContext, Preview, document, mark, public_document, render};

/// The picture above the heading.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Art<'a> {
    /// A collection's cover.
    Cover(&'a Cover),
    /// A collection's cover, paled: it cannot be opened.
    Paled(&'a Cover),
    /// The product's logo: no collection is involved.
    Mark,
}

/// A page that is one card.
pub(crate) struct Card<'a> {
    /// The title of the window.
    pub(crate) title: String,
    /// The picture above the heading.
    pub(crate) art: Art<'a>,
    /// The heading.
    pub(crate) heading: String,
}

impl Card<'_> {
    /// The whole page around the card's content.
    pub(crate) fn page<V: IntoView + 'static>(
        self,
        context: &PageContext<'_>,
        content: impl FnOnce() -> V,
    ) -> String {
        render(|| {
            let title = self.title.clone();
            document(context, &title, self.body(context.letterhead, content()))
        })
    }

    /// The same for public pages: search engines may index it, and other sites show a preview of it.
    pub(crate) fn public_page<V: IntoView + 'static>(
        self,
        context: &PageContext<'_>,
        preview: Preview,
        content: impl FnOnce() -> V,
    ) -> String {
        render(|| {
            let title = self.title.clone();
            public_document(context, &title, preview, self.body(context.letterhead, content()))
        })
    }

    fn body<V: IntoView + 'static>(
        self,
        letterhead: Option<&Letterhead>,
        content: V,
    ) -> impl IntoView + use<V> {
        let colour = match self.art {
            Art::Cover(cover) | Art::Paled(cover) => colour_class(cover),
            Art::Mark => "cover-teal",
        };
        let art = letterhead.and_then(logo).unwrap_or_else(|| art(self.art));
        let contact = letterhead.and_then(contact);
        view! {
            <main class=format!("stage {colour}")>
                <article class="card">
                    {art} <div class="in">
                        <h1>{self.heading}</h1>
                        {content}
                    </div>
                </article>
                {contact}
                <p class="imprint">{mark()} "Tokenwright"</p>
            </main>
        }
    }
}

fn logo(letterhead: &Letterhead) -> Option<AnyView> {
    let logo = letterhead.logo.as_ref()?;
    let (address, name) = (logo.address.clone(), letterhead.name.clone());
    let logo = view! { <div class="emblem"><img src=address alt=name width=logo.width.to_string() height=logo.height.to_string() /></div> };
    Some(logo.into_any())
}

/// Whom to ask.
fn contact(letterhead: &Letterhead) -> Option<AnyView> {
    let links = letterhead.contact.links();
    if links.is_empty() {
        return None;
    }
    let links: Vec<_> = links
        .into_iter()
        .map(|(words, address)| view! { " " <a href=address rel="noreferrer">{words}</a> })
        .collect();
    Some(view! { <p class="fine">{letterhead.name.clone()} ":" {links}</p> }.into_any())
}

/// The class of a cover's colour. A colour that is not of the palette (a newer program wrote it) is teal,
/// so that nothing but these few words ever becomes a class.
pub(crate) fn colour_class(cover: &Cover) -> &'static str {
    match cover.colour.as_str() {
        "blue" => "cover-blue",
        "violet" => "cover-violet",
        "rose" => "cover-rose",
        "red" => "cover-red",
        "amber" => "cover-amber",
        "olive" => "cover-olive",
        "slate" => "cover-slate",
        _ => "cover-teal",
    }
}

fn art(art: Art<'_>) -> AnyView {
    match art {
        Art::Cover(cover) => cover_view(cover, "cover"),
        Art::Paled(cover) => cover_view(cover, "cover paled"),
        Art::Mark => view! { <div class="emblem">{mark()}</div> }.into_any(),
    }
}

fn cover_view(cover: &Cover, class: &'static str) -> AnyView {
    view! { <div class=class aria-hidden="true"><span>{cover.emoji.clone()}</span></div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_the_palette_has_its_class() {
        for colour in Cover::COLOURS {
            let cover = Cover {
                colour: colour.into(),
                ..Cover::default()
            };
            assert_eq!(colour_class(&cover), format!("cover-{colour}"));
        }
        let strange = Cover {
            colour: "x\" onload=".into(),
            ..Cover::default()
        };
        assert_eq!(colour_class(&strange), "cover-teal");
    }
}
