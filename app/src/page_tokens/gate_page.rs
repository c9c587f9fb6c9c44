//! What a visitor of a guarded site reads who is not let through. The page stands on that site, so it brings its few
//! lines of style along and loads nothing.

use domain::page_tokens::REFUSAL;
use leptos::prelude::*;

use crate::plain::render;

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatePage {
    /// The request is refused.
    Refused,
    /// A hit is spent by a press of the button.
    Confirm {
        /// The path and query that the form comes back to.
        target: String,
    },
    /// The browser did not keep the cookie that it was given.
    CookieNeeded,
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;\
color:#17201f;background:#f3f6f5}main{max-width:28rem;padding:2rem}h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 1rem}\
button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.5rem;background:#0b6e63;color:#fff}\
button:focus-visible{outline:3px solid #f0a830;outline-offset:2px}\
@media(prefers-color-scheme:dark){body{color:#e6edeb;background:#161c1b}button{background:#3fb5a5;color:#06201d}}";

/// The page.
pub fn gate_page(page: &GatePage) -> String {
    let (title, sentence) = match page {
        GatePage::Refused => (REFUSAL, "Ask whoever gave you the link for a new one."),
        GatePage::Confirm { .. } => (
            "Open this page?",
            "The link you followed can be used a limited number of times.",
        ),
        GatePage::CookieNeeded => (
            "This page needs a cookie",
            "Your browser did not keep it. Allow cookies for this site, or open your link once more.",
        ),
    };
    let form = match page {
        GatePage::Confirm { target } => Some(view! {
            <form method="post" action=same_site(target)>
                <button>"Open the page"</button>
            </form>
        }),
        _ => None,
    };
    render(|| {
        let page = view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <meta name="robots" content="noindex, nofollow" />
                    <meta name="referrer" content="no-referrer" />
                    <title inner_html=title></title>
                    <style inner_html=STYLE></style>
                </head>
                <body>
                    <main>
                        <h1>{title}</h1>
                        <p>{sentence}</p>
                        {form}
                    </main>
                </body>
            </html>
        };
        let mut html = String::from("<!doctype html>");
        page.to_html_with_buf(&mut html, &mut Default::default(), true, false, Vec::new());
        html
    })
}

/// A target that leads nowhere but to the site that the page stands on: `//host` would.
fn same_site(target: &str) -> String {
    if target.starts_with("//") || target.starts_with("/\\") {
        format!("/.{target}")
    } else {
        target.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_it_always_said_and_loads_nothing() {
        let html = gate_page(&GatePage::Refused);
        assert!(
            html.contains("<h1>Token Error: Your access to this page has expired</h1>"),
            "{html}"
        );
        for loaded in ["<script", "<link", "<img", "http"] {
            assert!(!html.contains(loaded), "{loaded} in {html}");
        }
    }

    #[test]
    fn a_confirmation_comes_back_to_its_page() {
        let page = |target: &str| {
            gate_page(&GatePage::Confirm {
                target: target.into(),
            })
        };
        let html = page("/a?b=\"><script>alert(1)</script>&TOKEN=x");
        assert!(
            html.contains("method=\"post\"") && !html.contains("<script>"),
            "{html}"
        );
        assert!(page("//evil.test/").contains("action=\"/.//evil.test/\""));
    }
}
