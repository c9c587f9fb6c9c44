//! What went wrong, as a page: what happened, and what to do next.

use domain::Refusal;
use leptos::prelude::*;

use super::{Art, Card, PageContext};

/// What went wrong with a request as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Refused, with its reason in plain words.
    Refused(Refusal),
    /// A form that came from another site, or from a browser that does not say where it came from.
    OtherSite,
    /// More was sent than is accepted here.
    TooLarge,
    /// A request that no form of this site makes.
    Malformed,
    /// A fault of ours; the log has its details under the id.
    Fault {
        /// The id to quote.
        id: String,
    },
    /// Not ready, or stopping.
    Unavailable,
}

impl Wrong {
    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::OtherSite => 403,
            Self::TooLarge => 413,
            Self::Malformed => 400,
            Self::Fault { .. } => 500,
            Self::Unavailable => 503,
        }
    }

    fn heading(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::SignedOut) => "Sign in first",
            Self::Refused(Refusal::Forbidden | Refusal::FeatureOff) => "Not for you",
            Self::Refused(Refusal::NotFound) => "Nothing here",
            Self::Refused(Refusal::Invalid(_) | Refusal::Conflict(_)) => "That did not work",
            Self::Refused(Refusal::Malformed) => "That did not arrive whole",
            Self::Refused(Refusal::TooMany { .. }) => "Too many tries",
            Self::OtherSite => "Sent from another place",
            Self::TooLarge => "Too large",
            Self::Malformed => "That did not arrive whole",
            Self::Fault { .. } => "Something went wrong on our side",
            Self::Unavailable => "Back in a moment",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::OtherSite => "This form was not sent from our own page, so nothing was changed. \
                                Open the page here, and press the button again."
                .into(),
            Self::TooLarge => "What you sent is larger than what fits here. Nothing was changed.".into(),
            Self::Malformed => "Part of what you sent is missing. Go back, and send it again.".into(),
            Self::Fault { .. } => {
                "Nothing is lost. Try again in a minute; if it stays, tell whoever runs this site.".into()
            }
            Self::Unavailable => {
                "The site is starting or being looked after. Reload this page in a minute.".into()
            }
        }
    }
}

/// The page of an error.
pub fn error_page(context: &PageContext<'_>, wrong: &Wrong) -> String {
    let card = Card {
        title: wrong.heading().into(),
        art: Art::Mark,
        heading: wrong.heading().into(),
    };
    card.page(context, || {
        let id = match wrong {
            Wrong::Fault { id } => {
                Some(view! { <p class="fine">"Quote this: " <code>{id.clone()}</code></p> })
            }
            _ => None,
        };
        let next = match wrong {
            Wrong::Refused(Refusal::SignedOut) => {
                Some(view! { <a class="button" href="/sign-in">"Sign in"</a> })
            }
            Wrong::Refused(Refusal::NotFound | Refusal::Forbidden) => {
                Some(view! { <a class="button" href="/">"Go to the start"</a> })
            }
            _ => None,
        };
        view! {
            <p class="lead">{wrong.sentence()}</p>
            {id}
            {next}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn an_error_says_what_happened_and_what_to_quote() {
        let html = error_page(&CONTEXT, &Wrong::Fault { id: "7f3k".into() });
        assert_safe(&html);
        assert!(
            html.contains("Something went wrong on our side") && html.contains("<code>7f3k</code>"),
            "{html}"
        );

        let html = error_page(&CONTEXT, &Wrong::Refused(Refusal::Conflict(HOSTILE.into())));
        assert_safe(&html);
    }

    #[test]
    fn every_error_has_its_status() {
        assert_eq!(Wrong::Refused(Refusal::NotFound).status(), 404);
        assert_eq!(Wrong::Refused(Refusal::TooMany { seconds: 9 }).status(), 429);
        assert_eq!(Wrong::OtherSite.status(), 403);
        assert_eq!(Wrong::Fault { id: String::new() }.status(), 500);
        assert_eq!(Wrong::Unavailable.status(), 503);
    }
}
