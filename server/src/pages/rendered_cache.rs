//! The rendered cache.
//!
//! Rendering the landing page of a link takes longer than everything else in the request, and the result is the same
//! for everybody except for three values of its form. So it is rendered once, with placeholders for those, and filled
//! in for each request. The cache key is everything that the page is rendered from, so nothing can change behind it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use app::plain::{Confirmation, PageContext, Theme};
use app::recipients::{LandingPage, landing_page};
use backend::Random;
use domain::recipients::{LinkStatus, RedeemForm};

/// How many pages are kept: about 1 MB. When there are more, all are dropped.
const MOST: usize = 256;

/// The rendered pages.
pub struct RenderedCache {
    hasher: RandomState,
    marks: [String; 3],
    cards: Mutex<HashMap<u64, Arc<Card>>>,
}

/// What differs between requests; the values are inserted into the page as they are.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Where the form is sent.
    pub action: &'a str,
    /// The code, for the form of a browser that refuses cookies.
    pub code: Option<&'a str>,
    /// Makes a form that is sent twice count as one use.
    pub idempotency_key: &'a str,
}

struct Card {
    look: LinkStatus,
    theme: Theme,
    has_code: bool,
    /// Text, and the number of the value that follows it.
    pieces: Vec<(String, Option<usize>)>,
}

impl Default for RenderedCache {
    fn default() -> Self {
        // No other text contains what nobody can guess.
        let mark = || format!("mark-{}", Random.secret().reveal());
        Self {
            hasher: RandomState::new(),
            marks: [mark(), mark(), mark()],
            cards: Mutex::default(),
        }
    }
}

impl RenderedCache {
    /// The landing page of a link for an unknown person. The values are this program's own: letters, digits and
    /// characters that need no escaping.
    pub fn card(&self, context: &PageContext<'_>, look: &LinkStatus, values: Values<'_>) -> String {
        let has_code = values.code.is_some();
        let hash = self.hasher.hash_one((look, context.theme, has_code));
        let known = self.cards().get(&hash).cloned();
        let card = known
            .filter(|card| card.look == *look && card.theme == context.theme && card.has_code == has_code)
            .unwrap_or_else(|| self.draw(context, look, has_code, hash));
        card.with([
            values.action,
            values.code.unwrap_or_default(),
            values.idempotency_key,
        ])
    }

    fn draw(&self, context: &PageContext<'_>, look: &LinkStatus, has_code: bool, hash: u64) -> Arc<Card> {
        let [action, code, idempotency_key] = &self.marks;
        let page = LandingPage {
            look,
            action,
            code: has_code.then_some(code.as_str()),
            idempotency_key,
            typed: &RedeemForm::default(),
            refusal: None,
            press: Confirmation::Asked,
        };
        let card = Arc::new(Card {
            look: look.clone(),
            theme: context.theme,
            has_code,
            pieces: self.cut(&landing_page(context, &page)),
        });
        let mut cards = self.cards();
        if cards.len() >= MOST {
            cards.clear();
        }
        cards.insert(hash, Arc::clone(&card));
        card
    }

    /// A page in pieces, which end at the placeholders.
    fn cut(&self, page: &str) -> Vec<(String, Option<usize>)> {
        let mut pieces = Vec::new();
        let mut rest = page;
        loop {
            let marks = self.marks.iter().enumerate();
            let next = marks.filter_map(|(number, mark)| Some((rest.find(mark.as_str())?, number)));
            let Some((at, number)) = next.min() else {
                pieces.push((rest.to_owned(), None));
                return pieces;
            };
            pieces.push((rest[..at].to_owned(), Some(number)));
            rest = &rest[at + self.marks[number].len()..];
        }
    }

    fn cards(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Card>>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Card {
    fn with(&self, values: [&str; 3]) -> String {
        let value = |number: Option<usize>| number.map_or("", |number| values[number]);
        let length = self
            .pieces
            .iter()
            .map(|(text, number)| text.len() + value(*number).len());
        let mut page = String::with_capacity(length.sum());
        for (text, number) in &self.pieces {
            page.push_str(text);
            page.push_str(value(*number));
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use domain::CollectionId;
    use domain::collections::Cover;
    use domain::recipients::Offer;

    use super::*;

    fn look(title: &str) -> LinkStatus {
        LinkStatus::Open(Offer {
            organisation: "Kōwhai <Training>".into(),
            collection: CollectionId(uuid::Uuid::nil()),
            title: title.into(),
            summary: String::new(),
            cover: Cover::default(),
            items: 3,
            until: None,
            assigned: None,
            time_zone: "Pacific/Auckland".into(),
        })
    }

    #[test]
    fn a_card_from_memory_is_the_card_that_would_be_drawn() {
        let drawn = RenderedCache::default();
        for theme in [Theme::Auto, Theme::Dark] {
            for title in ["Onboarding", "Safety \"2027\" {0} mark-"] {
                for code in [None, Some("7F3K")] {
                    for round in 0..3 {
                        let context = PageContext {
                            stylesheet: "/pkg/recipient.0000.css",
                            favicon: "/favicon.svg",
                            theme,
                            letterhead: None,
                        };
                        let (action, key) = (format!("/t/open/{round}"), format!("key{round}"));
                        let values = Values {
                            action: &action,
                            code,
                            idempotency_key: &key,
                        };
                        let page = LandingPage {
                            look: &look(title),
                            action: &action,
                            code,
                            idempotency_key: &key,
                            typed: &RedeemForm::default(),
                            refusal: None,
                            press: Confirmation::Asked,
                        };
                        assert_eq!(
                            drawn.card(&context, &look(title), values),
                            landing_page(&context, &page)
                        );
                    }
                }
            }
        }
        assert_eq!(drawn.cards().len(), 8);
    }

    #[test]
    fn however_many_cards_there_are_few_are_kept() {
        let drawn = RenderedCache::default();
        let context = PageContext {
            stylesheet: "",
            favicon: "",
            theme: Theme::Auto,
            letterhead: None,
        };
        let values = Values {
            action: "/t/open",
            code: None,
            idempotency_key: "key",
        };
        for number in 0..=MOST {
            drawn.card(&context, &look(&number.to_string()), values);
        }
        assert_eq!(drawn.cards().len(), 1);
    }
}
