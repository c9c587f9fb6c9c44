//! What stands around every page: the top bar, the messages, the live connection.

use domain::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::routes;
use crate::ui::icon::{self, icon, mark};
use crate::ui::live::Live;
use crate::ui::toast::{ToastArea, Toasts};
use crate::ui::{browser, response};
use crate::visit::{Theme, Visit};

/// The frame around a page. Somebody who is not signed in is led to the sign-in page by the server; a page
/// that is rendered for them nevertheless has a bar with nothing in it, and says itself what is refused.
#[component]
pub fn Frame(children: Children) -> AnyView {
    let visit = Visit::current();
    Toasts::provide();
    let signed_in = visit.me.with_untracked(Option::is_some);
    let live = Live::provide(signed_in);
    let organisation = move || {
        visit
            .me
            .with(|me| me.as_ref().map(|me| me.organisation_name.clone()))
    };
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        <header class="bar">
            <a class="mark" href=routes::TOKENS>{mark()}<span>"Tokenwright"</span></a>
            <span class="organisation">{organisation}</span>
            {move || live.away.get().then(|| view! {
                <span class="away" role="status">{icon(icon::WARNING)}"Away from the server. Changes show when it is back."</span>
            })}
            <nav class="links" aria-label="Sections">{links(visit)}</nav>
            {signed_in.then(|| account_menu(visit))}
            <button type="button" class="icon-button fold" aria-label="Menu" popovertarget="sections">{icon(icon::MENU)}</button>
            <nav id="sections" class="menu sections" popover="auto" aria-label="Sections" on:click=move |event| browser::close_menu(&event)>
                {links(visit)}
            </nav>
        </header>
        <main id="main" tabindex="-1">{children()}</main>
        <ToastArea/>
    }
    .into_any()
}

/// The sections that the signed-in person may see; tokens first.
fn links(visit: Visit) -> AnyView {
    let path = use_location().pathname;
    let sections = [
        (routes::TOKENS, "Tokens", Permission::TokensRead),
        (routes::COLLECTIONS, "Collections", Permission::CollectionsRead),
        (routes::PAGE_TOKENS, "Admin Tokens", Permission::PageTokensRead),
        (routes::PEOPLE, "People", Permission::PeopleRead),
        (routes::MAIL, "Mail", Permission::MailsRead),
        (routes::ORGANISATION, "Organisation", Permission::PeopleRead),
    ];
    sections
        .into_iter()
        .filter(|(_, _, needed)| visit.may(*needed))
        .map(|(to, words, _)| {
            let current = move || {
                path.with(|path| path == to || path.starts_with(&format!("{to}/")))
                    .then_some("page")
            };
            view! { <a href=to aria-current=current>{words}</a> }
        })
        .collect_view()
        .into_any()
}

fn account_menu(visit: Visit) -> AnyView {
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
                    >{theme.words()}</button>
                }).collect_view()}
            </div>
            <form method="post" action="/sign-out"><button type="submit">"Sign out"</button></form>
        </div>
    }
    .into_any()
}

/// The first letters of the first and the last name.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// The page's outline while its rows are on their way; it shows after a moment only.
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
        assert_eq!(initials("ada mae quinn"), "AQ");
        assert_eq!(initials("Åsa Öst"), "ÅÖ");
        assert_eq!(initials(" "), "");
    }
}
