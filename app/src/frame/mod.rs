//! The frame around every page: the top bar, the sidebar, the messages, the live connection.

pub mod entries;

use domain::Permission;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use self::entries::{ENTRIES, Group};
use crate::keys::Keys;
use crate::request_context::{RequestContext, Theme};
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon, mark};
use crate::ui::toast::{ToastArea, Toasts};
use crate::ui::{browser, response};
use crate::{routes, sections};

/// The frame around a page. The server redirects a person who is not signed in to the sign-in page; a page that is
/// rendered for them nevertheless has an empty bar, and says itself what is refused.
#[component]
pub fn Frame(children: Children) -> AnyView {
    let visit = RequestContext::current();
    Toasts::provide();
    let signed_in = visit.me.with_untracked(Option::is_some);
    let live = Feed::provide(visit.me.with_untracked(|me| me.as_ref().map(|me| me.person)));
    let organisation = move || {
        visit
            .me
            .with(|me| me.as_ref().map(|me| me.organisation_name.clone()))
    };
    view! {
        // The browser follows it, not the router, and so moves the focus.
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <header class="bar">
            <button type="button" class="icon-button fold" aria-label="Menu" popovertarget="sections">{icon(icon::MENU)}</button>
            <a class="mark" href=routes::TOKENS>{mark()}<span>"Tokenwright"</span></a>
            <span class="organisation">{organisation}</span>
            {move || live.away.get().then(|| view! {
                <span class="away" role="status">{icon(icon::WARNING)}"Away from the server. Changes show when it is back."</span>
            })}
            <span class="bar-end">
                {signed_in.then(|| view! { <Keys/> })}
                {visit.may(Permission::TokensRead).then(|| link(routes::TOKENS, "Tokens", icon::TOKEN))}
                {signed_in.then(|| account_menu(visit))}
            </span>
        </header>
        <nav class="side" aria-label="Sections">{links(visit)}</nav>
        <nav id="sections" class="menu sheet" popover="auto" aria-label="Sections" on:click=move |event| browser::close_menu(&event)>
            {links(visit)}
        </nav>
        <main id="main" tabindex="-1">{children()}</main>
        <ToastArea/>
    }
    .into_any()
}

/// The places that the signed-in person may see, under the names of their groups.
fn links(visit: RequestContext) -> AnyView {
    let group = |group: Group| {
        let mut places = ENTRIES
            .iter()
            .filter(|entry| entry.group == group && visit.may(entry.needed))
            .filter(|entry| !entry.unless.is_some_and(|other| visit.may(other)))
            .map(|entry| link(entry.path, entry.label, entry.icon))
            .peekable();
        places.peek()?;
        let places: Vec<_> = places.collect();
        Some(view! {
            <div class="group" role="group" aria-label=group.label()>
                <span class="group-name" aria-hidden="true">{group.label()}</span>
                {places}
            </div>
        })
    };
    Group::ALL.into_iter().filter_map(group).collect_view().into_any()
}

/// A link to a section, marked while it is open. Its part of the Wasm is loaded before the link is clicked.
fn link(to: &'static str, label: &'static str, picture: &'static str) -> AnyView {
    let path = use_location().pathname;
    let current = move || {
        path.with(|path| {
            path.strip_prefix(to)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .then_some("page")
    };
    let load = move || {
        spawn_local(async move {
            if let Some(section) = sections::at(to) {
                // The page that is opened loads its data again.
                drop(section.load().await);
            }
        });
    };
    view! {
        <a href=to title=label aria-current=current on:pointerenter=move |_| load() on:focus=move |_| load()>
            {icon(picture)}<span>{label}</span>
        </a>
    }
    .into_any()
}

fn account_menu(visit: RequestContext) -> AnyView {
    let name = move || {
        visit
            .me
            .with(|me| me.as_ref().map(|me| me.name.clone()).unwrap_or_default())
    };
    let email = move || visit.me.with(|me| me.as_ref().map(|me| me.email.to_string()));
    let initials = move || initials(&name());
    let path = use_location().pathname;
    let current = move || path.with(|path| path == routes::ACCOUNT).then_some("page");
    view! {
        <button type="button" class="avatar" popovertarget="account" aria-label=move || format!("Account of {}", name())>{initials}</button>
        <div id="account" class="menu account" popover="auto">
            <p><b>{name}</b><span>{email}</span></p>
            <a href=routes::ACCOUNT aria-current=current on:click=move |event| browser::close_menu(&event)>"Your account"</a>
            <div class="themes" role="group" aria-label="Colours">
                {Theme::ALL.map(|theme| view! {
                    <button
                        type="button" on:click=move |_| visit.set_theme(theme)
                        aria-pressed=move || if visit.theme.get() == theme { "true" } else { "false" }
                    >{theme.label()}</button>
                }).collect_view()}
            </div>
            <form method="post" action="/sign-out"><button type="submit">"Sign out"</button></form>
        </div>
    }
    .into_any()
}

/// The first letters of the first and the last name. The style sheet capitalises them: a case table for all letters
/// would be in what everybody loads.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).collect()
}

/// The page's outline while its rows are loading; it appears only after a moment.
pub fn skeleton() -> AnyView {
    view! {
        <div class="skeleton" aria-busy="true" aria-label="Loading">
            <div class="line wide"></div>
            <div class="line"></div>
            <div class="block"></div>
        </div>
    }
    .into_any()
}

/// There is no such page.
pub fn not_found() -> AnyView {
    response::set_status(404);
    view! {
        <Title text="Not found"/>
        <div class="empty">
            <h1>"There is nothing here"</h1>
            <p>"The address may be old, or mistyped, or you have no access to it."</p>
            <a class="button" href=routes::TOKENS>"Go to the tokens"</a>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_last_name() {
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada mae quinn"), "aq");
        assert_eq!(initials("Åsa Öst"), "ÅÖ");
        assert_eq!(initials(" "), "");
    }
}
