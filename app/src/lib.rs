//! Pages, components and server functions, by feature.
//!
//! Rendered on the server first ([`shell`]) and hydrated in the browser ([`App`]). The server provides in the context
//! of each request: [`SiteAssets`], the backend, and the signed-in caller.

mod access_tokens;
mod account;
mod api_tokens;
#[cfg(feature = "ssr")]
mod caller;
mod campaigns;
pub mod claims;
mod collections;
mod departments;
mod error;
mod frame;
mod identity_providers;
mod keys;
mod mail;
mod mobile_sessions;
pub mod mobile_sign_in;
mod organisations;
mod page_tokens;
mod people;
pub mod plain;
pub mod recipients;
mod request_context;
mod routes;
mod rpc;
mod sections;
pub mod sign_in;
pub mod site;
mod ui;
mod wire;

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Router};

pub use access_tokens::{Paper, query_of_address, sheet_page};
pub use error::ApiError;
pub use page_tokens::gate_page;
pub use site::SiteAssets;

use request_context::{Facts, RequestContext, Theme};
use wire::Wire;

/// The document around the page at `path`.
pub fn shell(assets: SiteAssets, path: &str) -> impl IntoView + use<> {
    let theme = facts().theme.key();
    let parts = sections::at(path).map(|section| assets.parts_of(section.name).collect::<Vec<_>>());
    let parts = parts.unwrap_or_default().into_iter().map(|part| {
        view! { <link rel="preload" href=part r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/> }
    });
    let start = format!(
        "import init, {{ hydrate }} from \"{}\"; init({{ module_or_path: \"{}\" }}).then(() => hydrate());",
        assets.js, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="robots" content="noindex"/>
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#161c1b" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" href=assets.favicon type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="modulepreload" href=assets.js nonce=use_nonce()/>
                <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                {parts.collect_view()}
                <script type="module" nonce=use_nonce() inner_html=start></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
                // Last, because the browser takes over the body from its first element on.
                <noscript><p class="notice no-scripts">{NO_SCRIPTS}</p></noscript>
            </body>
        </html>
    }
}

const NO_SCRIPTS: &str = "JavaScript is switched off in this browser. You can read what stands here and follow links; to \
                          search and to change anything, switch it on for this site and load the page again.";

/// Loads what this page needs in the browser before [`App`] can hydrate it, and returns whether it arrived.
pub async fn load() -> bool {
    match sections::at(&ui::browser::path()) {
        Some(section) => section.load().await.is_ok(),
        None => true,
    }
}

/// The pages.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    RequestContext::provide(SharedValue::<_, Wire>::new_with_encoding(facts).into_inner());

    view! {
        <Title formatter=window_title/>
        <Router>
            <frame::Frame>
                <FlatRoutes fallback=frame::not_found children=ToChildren::to_children(sections::routes)/>
            </frame::Frame>
        </Router>
    }
    .into_any()
}

/// The title of the window. `leptos_meta` writes it into the server's HTML unescaped, so a collection called
/// `</title><meta …>` would become part of the page; it is escaped here. The browser's side sets it as text.
fn window_title(title: String) -> String {
    let title = if title.is_empty() {
        "Tokenwright".to_owned()
    } else {
        format!("{title} · Tokenwright")
    };
    if cfg!(feature = "ssr") {
        title
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    } else {
        title
    }
}

/// What the request says about the visit. In the browser there is no request: what the server wrote is read.
fn facts() -> Facts {
    Facts {
        me: me(),
        theme: cookie("theme").map_or(Theme::Auto, |key| Theme::from_key(&key)),
        no_shortcuts: cookie("shortcuts").as_deref() == Some("off"),
    }
}

#[cfg(feature = "ssr")]
use caller::{cookie, me};

#[cfg(not(feature = "ssr"))]
fn me() -> Option<domain::people::Me> {
    None
}

#[cfg(not(feature = "ssr"))]
fn cookie(_: &str) -> Option<String> {
    None
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::window_title;

    #[test]
    fn no_title_leaves_its_element() {
        let title = window_title("R&D</title><meta http-equiv=refresh content=0>".into());
        assert_eq!(
            title,
            "R&amp;D&lt;/title&gt;&lt;meta http-equiv=refresh content=0&gt; · Tokenwright"
        );
    }
}
