//! `/recipient-view`: a claim token that is typed or pasted.

use domain::Refusal;
use leptos::prelude::*;

use super::asking_page::links_form;
use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("token", "Token")];

/// The page that takes a token. The form uses POST, so that the token is never in a URL.
pub fn token_page(context: &PageContext<'_>, typed: &str, refusal: Option<&Refusal>) -> String {
    let card = Card {
        title: form_title("Recipient View", refusal),
        art: Art::Mark,
        heading: "Recipient View".into(),
    };
    let problems = refusal.and_then(Refusal::problems).cloned();
    card.page(context, || {
        let token = Field {
            name: "token",
            label: "Token",
            kind: Kind::Code,
            value: typed,
            hint: None,
            first: true,
        };
        view! {
            <p class="lead">
                "Type the token of your certificate or badge, or paste the whole link. Case, spaces and dashes do not matter."
            </p>
            {notice(refusal, FIELDS)}
            <form class="form" method="post" action="/recipient-view" novalidate>
                {token.view(problems.as_ref())}
                <button class="button primary">"Continue"</button>
            </form>
            <details>
                <summary>"Lost your link?"</summary>
                {links_form("", None, Confirmation::Asked)}
            </details>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text() {
        let refusal = Refusal::at("token", HOSTILE);
        assert_safe(&token_page(&CONTEXT, HOSTILE, Some(&refusal)));
    }
}
