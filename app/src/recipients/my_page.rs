//! `/my`: what somebody has.

use domain::recipients::{MyCollection, MyPage};
use leptos::prelude::*;

use super::{bar, items_in_words};
use crate::plain::{PageContext, colour_class, document, render};

/// The recipient's own page. `is_admin`: the person manages the organisation, too.
pub fn my_page(context: &PageContext<'_>, page: &MyPage, is_admin: bool) -> String {
    render(|| {
        let rows: Vec<_> = page.collections.iter().map(row).collect();
        let list = if rows.is_empty() {
            view! {
                <div class="empty">
                    <p>"Nothing here yet. Open a link that somebody sent you, or type its code."</p>
                    <a class="button" href="/t">
                        "Type a code"
                    </a>
                </div>
            }
            .into_any()
        } else {
            view! { <ul class="shelf">{rows}</ul> }.into_any()
        };
        let body = view! {
            {bar(&page.organisation, Some(&page.name))}
            <main class="page">
                <h1>"Your collections"</h1>
                {admin_hint(is_admin)}
                {unproven(page)}
                {list}
            </main>
        };
        document(
            context,
            &format!("Your collections · {}", page.organisation),
            body,
        )
    })
}

fn row(collection: &MyCollection) -> impl IntoView + use<> {
    view! {
        <li class=colour_class(&collection.cover)>
            <a class="tile" href=format!("/my/{}", collection.id)>
                <span class="thumb" aria-hidden="true">{collection.cover.emoji.clone()}</span>
                <span class="text">
                    <b>{collection.title.clone()}</b>
                    <small>{format!("Yours since {}", collection.since.date)}</small>
                    {progress(collection)}
                </span>
            </a>
        </li>
    }
}

/// `2 of 6 items done`, as words and as a bar.
pub(super) fn progress(collection: &MyCollection) -> impl IntoView + use<> {
    let MyCollection { opened, items, .. } = *collection;
    let words = match items {
        0 => "Nothing in it yet".to_owned(),
        _ if opened >= items => format!("{}, all done", items_in_words(items)),
        _ => format!("{opened} of {} done", items_in_words(items)),
    };
    let bar = (items > 0).then(|| {
        view! { <progress max=items.to_string() value=opened.min(items).to_string() aria-hidden="true"></progress> }
    });
    view! { <span class="progress">{bar}<small>{words}</small></span> }
}

fn admin_hint(is_admin: bool) -> Option<impl IntoView> {
    is_admin.then(|| view! { <p class="notice">"You manage this organisation. " <a href="/tokens">"Go to the tokens"</a></p> })
}

/// A mailbox that is not proven shows only what was opened in this browser: who merely typed an address
/// must not see what its owner has.
fn unproven(page: &MyPage) -> Option<impl IntoView + use<>> {
    (!page.proven).then(|| {
        view! {
            <form class="notice" method="post" action="/my/sign-in">
                <p>
                    "You see what you opened in this browser. A link to " <b class="address">{page.email.to_string()}</b>
                    " shows everything you have, on any device."
                </p>
                <input type="hidden" name="email" value=page.email.to_string() />
                <button class="button">"Send me a link"</button>
            </form>
        }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;
    use domain::collections::Cover;
    use domain::{CollectionId, When};

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    pub(in crate::recipients) fn collection(text: &str) -> MyCollection {
        MyCollection {
            id: CollectionId(uuid::Uuid::nil()),
            title: text.into(),
            summary: text.into(),
            cover: Cover {
                colour: text.into(),
                emoji: text.into(),
            },
            opened: 2,
            items: 6,
            since: When {
                at: DateTime::from_timestamp(1_798_700_000, 0).expect("a valid instant"),
                date: "31 Dec 2026".into(),
                minute: "31 Dec 2026, 23:59".into(),
                input: "2026-12-31".into(),
                relative: "in 9 days".into(),
            },
        }
    }

    fn page(text: &str) -> MyPage {
        MyPage {
            name: text.into(),
            email: "ada@example.org".parse().expect("an address"),
            organisation: text.into(),
            proven: false,
            collections: vec![collection(text)],
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        assert_safe(&my_page(&CONTEXT, &page(HOSTILE), true));
    }

    #[test]
    fn progress_is_said_in_words_and_drawn() {
        let html = my_page(&CONTEXT, &page("Safety"), false);
        assert!(html.contains("2 of 6 items done"), "{html}");
        assert!(html.contains("<progress max=\"6\" value=\"2\""), "{html}");
    }

    #[test]
    fn only_an_unproven_mailbox_is_asked_to_prove_itself_and_only_admins_are_led_to_the_tokens() {
        let unproven = my_page(&CONTEXT, &page("Safety"), false);
        assert!(
            unproven.contains("Send me a link") && !unproven.contains("href=\"/tokens\""),
            "{unproven}"
        );

        let proven = my_page(
            &CONTEXT,
            &MyPage {
                proven: true,
                ..page("Safety")
            },
            true,
        );
        assert!(
            !proven.contains("Send me a link") && proven.contains("href=\"/tokens\""),
            "{proven}"
        );
    }

    #[test]
    fn an_empty_page_teaches_the_next_step() {
        let html = my_page(
            &CONTEXT,
            &MyPage {
                collections: Vec::new(),
                ..page("Safety")
            },
            false,
        );
        assert!(html.contains("Type a code"), "{html}");
    }
}
