//! `/mail/unsubscribe/{key}`: no more reminders. Looking at it changes nothing, because mail scanners look, too.

use leptos::prelude::*;

use crate::plain::{Art, Card, PageContext};

/// The page, for a reader with this address, masked; `None` when the link is unknown.
pub fn unsubscribe_page(
    context: &PageContext<'_>,
    key: &str,
    reader: Option<(&str, &str)>,
    refused: bool,
) -> String {
    let heading = match (reader, refused) {
        (None, _) => "This link no longer works",
        (_, true) => "No more reminders",
        (_, false) => "Reminders",
    };
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || match reader {
        None => view! { <p class="lead">"Open the link in the newest mail, or write to whoever sent it."</p> }.into_any(),
        Some((address, organisation)) if refused => view! {
            <p class="lead">{organisation.to_owned()}" no longer sends reminders to "<b class="address">{address.to_owned()}</b>"."</p>
            <p class="next">"Mails that you ask for yourself still arrive."</p>
        }
        .into_any(),
        Some((address, organisation)) => view! {
            <p class="lead">{organisation.to_owned()}" sends reminders to "<b class="address">{address.to_owned()}</b>"."</p>
            <form class="form" method="post" action=format!("/mail/unsubscribe/{key}")>
                <button class="button primary">"Stop these reminders"</button>
            </form>
        }
        .into_any(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text() {
        for refused in [true, false] {
            assert_safe(&unsubscribe_page(
                &CONTEXT,
                HOSTILE,
                Some((HOSTILE, HOSTILE)),
                refused,
            ));
            assert_safe(&unsubscribe_page(&CONTEXT, HOSTILE, None, refused));
        }
    }
}
