//! `/t`: a code typed from paper or read aloud.

use domain::{Problems, Refusal};
use leptos::prelude::*;

use crate::plain::{Art, Card, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("code", "Code")];

/// The page that takes a code. The form posts, so that the code never stands in an address.
pub fn code_page(context: &PageContext<'_>, typed: &str, refusal: Option<&Refusal>) -> String {
    let card = Card {
        title: form_title("Your code", refusal),
        art: Art::Mark,
        heading: "Have a code?".into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"Type it as it stands in your mail or on paper, or paste the whole link. Case, spaces and dashes do not matter."</p>
            {notice(refusal, FIELDS)}
            {code_form(typed, refusal.and_then(Refusal::problems))}
            <p class="fine">"Been here before? " <a href="/my/sign-in">"Get a sign-in link"</a></p>
        }
    })
}

/// The form that takes a code.
pub(super) fn code_form(typed: &str, problems: Option<&Problems>) -> impl IntoView + use<> {
    let code = Field {
        name: "code",
        label: "Code",
        kind: Kind::Code,
        value: typed,
        hint: None,
        first: true,
    };
    view! {
        <form class="form" method="post" action="/t" novalidate>
            {code.view(problems)}
            <button class="button primary">"Continue"</button>
        </form>
    }
}
