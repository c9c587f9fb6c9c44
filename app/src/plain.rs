//! Plain pages: HTML that works before and without Wasm, on any phone and in any mail program's browser.
//!
//! Recipients' pages, sign-in, set-up and invitations are rendered here to a complete document. They take plain values,
//! query nothing and load one style sheet: no script, no inline style, nothing from elsewhere. The server's handlers
//! call the backend and pass on its answer.

mod card;
mod confirmation;
mod error_page;
mod form;
pub mod reference;

use domain::mail::Letterhead;
use leptos::prelude::*;

pub(crate) use card::{Art, Card, colour_class};
pub use confirmation::Confirmation;
pub use error_page::{Wrong, error_page};
pub(crate) use form::{Field, Kind, described_by, form_title, notice, problem_view};

/// What every plain page needs to know about the site and the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageContext<'a> {
    /// The path of the style sheet, with its hash.
    pub stylesheet: &'a str,
    /// The path of the icon.
    pub favicon: &'a str,
    /// The reader's choice of light or dark.
    pub theme: Theme,
    /// Whose page it is, if it is an organisation's.
    pub letterhead: Option<&'a Letterhead>,
}

impl<'a> PageContext<'a> {
    /// The same for a page of an organisation.
    pub(crate) fn of(&self, letterhead: &'a Letterhead) -> Self {
        Self {
            letterhead: Some(letterhead),
            ..*self
        }
    }

    /// The style sheet with the organisation's colour.
    fn own_style(&self) -> Option<impl IntoView + use<>> {
        let style = self.letterhead?.style.clone()?;
        Some(view! { <link rel="stylesheet" href=style /> })
    }
}

/// Light or dark, from the cookie `theme`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the system is set.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The choice behind a cookie's value; an unknown value leaves it to the system.
    pub fn from_key(key: &str) -> Self {
        match key {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Its name in the cookie and on `<html data-theme>`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A complete document around the content of its body.
///
/// No site learns from which page a reader came, since the URL may contain a secret; only from which site. That much is
/// needed: with `no-referrer`, browsers send forms with `Origin: null`, and where they say nothing else about a form's
/// source (over plain HTTP in a local network, and before Safari 16.4) it could not be distinguished from one sent by
/// another site.
/// site sent.
pub(crate) fn document(context: &PageContext<'_>, title: &str, body: impl IntoView) -> String {
    let page = view! {
        <html lang="en" data-theme=context.theme.key()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex, nofollow" />
                <meta name="referrer" content="strict-origin" />
                <meta name="format-detection" content="telephone=no" />
                <title></title>
                <link rel="icon" href=context.favicon.to_owned() type="image/svg+xml" />
                <link rel="stylesheet" href=context.stylesheet.to_owned() />
                {context.own_style()}
            </head>
            <body>{body}</body>
        </html>
    };
    let mut html = String::with_capacity(16 * 1024);
    html.push_str("<!doctype html>");
    page.to_html_with_buf(&mut html, &mut Default::default(), true, false, Vec::new());
    titled(&html, title, "")
}

/// Inserts the title into a document, and what precedes it. Leptos would leave a marker comment after the text, which
/// browsers show in a title.
fn titled(html: &str, title: &str, before: &str) -> String {
    html.replacen(
        "<title></title>",
        &format!("{before}<title>{}</title>", escaped(title)),
        1,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// What other sites show about a public page.
pub(crate) struct Preview {
    /// Its title.
    pub(crate) title: String,
    /// What it is.
    pub(crate) description: String,
    /// Its address.
    pub(crate) address: String,
    /// The address of its picture.
    pub(crate) image: String,
}

/// A document that everybody may find and preview.
pub(crate) fn public_document(
    context: &PageContext<'_>,
    title: &str,
    preview: Preview,
    body: impl IntoView,
) -> String {
    let properties = [
        ("og:type", "website".to_owned()),
        ("og:image:alt", preview.title.clone()),
        ("og:title", preview.title),
        ("og:description", preview.description),
        ("og:url", preview.address),
        ("og:image", preview.image),
    ];
    let page = view! {
        <html lang="en" data-theme=context.theme.key()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="format-detection" content="telephone=no" />
                <meta name="twitter:card" content="summary_large_image" />
                <title></title>
                <link rel="icon" href=context.favicon.to_owned() type="image/svg+xml" />
                <link rel="stylesheet" href=context.stylesheet.to_owned() />
                {context.own_style()}
            </head>
            <body>{body}</body>
        </html>
    };
    let mut html = String::with_capacity(16 * 1024);
    html.push_str("<!doctype html>");
    page.to_html_with_buf(&mut html, &mut Default::default(), true, false, Vec::new());
    // Leptos does not know the attribute `property`.
    let tags = properties.map(|(property, content)| {
        let content = escaped(&content);
        format!("<meta property=\"{property}\" content=\"{content}\">")
    });
    titled(&html, title, &tags.concat())
}

/// Runs a rendering inside its own owner, which Leptos requires around everything reactive. Nothing on these pages is
/// reactive, so no executor is needed.
pub(crate) fn render(page: impl FnOnce() -> String) -> String {
    Owner::new().with(page)
}

/// The mark: a token with a notch.
pub(crate) fn mark() -> impl IntoView {
    view! {
        <svg class="mark" width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
            <path
                fill="currentColor"
                fill-rule="evenodd"
                d="M12 1.5a10.5 10.5 0 1 0 7.9 17.4l-4.3-3.7a4.9 4.9 0 1 1 0-6.4l4.3-3.7A10.5 10.5 0 0 0 12 1.5Z"
            ></path>
            <circle cx="19.6" cy="12" r="2.1" fill="currentColor"></circle>
        </svg>
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of plain pages share.

    use super::{PageContext, Theme};

    /// A page in a browser without a chosen theme.
    pub(crate) const CONTEXT: PageContext<'static> = PageContext {
        stylesheet: "/pkg/recipient.0000.css",
        favicon: "/favicon.svg",
        theme: Theme::Auto,
        letterhead: None,
    };

    /// Text that breaks out of anything that does not escape it.
    pub(crate) const HOSTILE: &str =
        r#"</title></textarea>"'><script>alert(1)</script><img src=x onerror=alert(1)>"#;

    /// Fails when hostile text was not escaped, and when the page contains anything that the strict content security
    /// policy forbids.
    pub(crate) fn assert_safe(html: &str) {
        assert!(html.starts_with("<!doctype html><html lang=\"en\""), "{html}");
        assert!(html.ends_with("</html>"), "{html}");
        for forbidden in [
            "<script",
            "<style",
            " style=",
            "onerror=alert(1)>",
            "<img src=x",
            "javascript:",
        ] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_what_every_plain_page_must_say() {
        let html = render(|| document(&testing::CONTEXT, testing::HOSTILE, view! { <p>"Hello"</p> }));

        testing::assert_safe(&html);
        let (_, title) = html.split_once("<title>").expect("a title");
        let (title, _) = title.split_once("</title>").expect("its end");
        assert!(!title.contains('<'), "{title}");
        for needed in [
            "<meta charset=\"utf-8\">",
            "content=\"noindex, nofollow\"",
            "name=\"referrer\" content=\"strict-origin\"",
            "<title>&lt;/title&gt;",
            "name=\"color-scheme\" content=\"light dark\"",
            "rel=\"stylesheet\" href=\"/pkg/recipient.0000.css\"",
            "data-theme=\"auto\"",
            "<body><p>Hello</p></body>",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn a_theme_survives_its_cookie_and_anything_else_is_left_to_the_system() {
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_key(theme.key()), theme);
        }
        assert_eq!(Theme::from_key("\"><script>"), Theme::Auto);
    }
}
