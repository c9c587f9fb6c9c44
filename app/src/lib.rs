//! Pages, components and server functions, by feature.
//!
//! Rendered on the server first ([`shell`]) and brought to life in the browser ([`App`]). What the server
//! provides in the context of each request: [`SiteAssets`], the backend, and who is signed in.

mod access_tokens;
mod account;
#[cfg(feature = "ssr")]
mod caller;
mod collections;
mod error;
mod frame;
mod mail;
mod organisations;
mod page_tokens;
mod people;
pub mod plain;
pub mod recipients;
mod routes;
mod rpc;
pub mod sign_in;
pub mod site;
mod ui;
mod visit;
mod wire;

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::{SsrMode, path};

pub use error::ApiError;
pub use page_tokens::gate_page;
pub use site::SiteAssets;

use visit::{Facts, Theme, Visit};
use wire::Wire;

/// The document around the pages.
pub fn shell(assets: SiteAssets) -> impl IntoView {
    let theme = facts().theme.key();
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
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=use_nonce() inner_html=start></script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The pages.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    Visit::provide(SharedValue::<_, Wire>::new_with_encoding(facts).into_inner());

    view! {
        <Title formatter=window_title/>
        <Router>
            <frame::Frame>
                <FlatRoutes fallback=frame::not_found>
                    <Route path=path!("/") view=|| view! { <Redirect path=routes::TOKENS/> } ssr=SsrMode::Async/>
                    <Route path=path!("/tokens") view=access_tokens::token_manager ssr=SsrMode::Async/>
                    <Route path=path!("/tokens/:id") view=access_tokens::token_page ssr=SsrMode::Async/>
                    <Route path=path!("/collections") view=collections::collections_page ssr=SsrMode::Async/>
                    <Route path=path!("/collections/:id") view=collections::editor_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/page-tokens") view=page_tokens::page_tokens_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/page-tokens/batch") view=page_tokens::batch_page ssr=SsrMode::Async/>
                    <Route path=path!("/people") view=people::people_page ssr=SsrMode::Async/>
                    <Route path=path!("/people/:id") view=people::report_page ssr=SsrMode::Async/>
                    <Route path=path!("/organisation") view=organisations::organisation_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/mail") view=mail::mails_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/mail/settings") view=mail::mail_settings_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/mail/texts") view=mail::mail_texts_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/mail/texts/:key/:language") view=mail::mail_text_page ssr=SsrMode::Async/>
                    <Route path=path!("/administrator/mail/:id") view=mail::mail_page ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=account::account_page ssr=SsrMode::Async/>
                </FlatRoutes>
            </frame::Frame>
        </Router>
    }
    .into_any()
}

/// The title of the window. `leptos_meta` writes it into the server's HTML as it is, so a collection called
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

/// What the request says about the visit. In the browser it is not asked: what the server wrote is read.
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
