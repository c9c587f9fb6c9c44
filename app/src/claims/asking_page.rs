//! What recipients can request: all links of their address, a corrected name, deletion of their data.

use domain::Refusal;
use domain::campaigns::claims::ClaimOffer;
use leptos::prelude::*;

use super::claim_page::{ClaimPage, hidden_token};
use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("email", "E-mail"), ("code", "Code")];

fn card(heading: &str, refusal: Option<&Refusal>) -> Card<'static> {
    Card {
        title: form_title(heading, refusal),
        art: Art::Mark,
        heading: heading.to_owned(),
    }
}

/// The form that requests all links of an address.
pub fn links_form(typed: &str, refusal: Option<&Refusal>, press: Confirmation) -> impl IntoView + use<> {
    let email = Field {
        name: "email",
        label: "Your e-mail address",
        kind: Kind::Email,
        value: typed,
        hint: None,
        first: false,
    };
    view! {
        <form class="form" method="post" action="/recipient-view/links" novalidate>
            {email.view(refusal.and_then(Refusal::problems))}
            {press.button("Send me all my links")}
        </form>
    }
}

/// The same form on its own page.
pub fn links_page(
    context: &PageContext<'_>,
    typed: &str,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> String {
    card("Send me all my links", refusal).page(context, || {
        view! {
            <p class="lead">"We send you the link of each certificate and badge that was made for your address."</p>
            {press.notice()}
            {notice(refusal, FIELDS)}
            {links_form(typed, refusal, press)}
        }
    })
}

/// All links were sent.
pub fn links_sent_page(context: &PageContext<'_>, email: &str) -> String {
    let email = email.to_owned();
    card("Check your mailbox", None).page(context, || {
        view! {
            <p class="lead">
                "If there is something for " <b class="address">{email}</b> ", its links are on their way."
            </p>
            <p class="fine">"Nothing there? Ask the issuer for which address it was made."</p>
        }
    })
}

/// What the recipient may request from the issuer.
pub(super) fn requests(page: &ClaimPage<'_>, offer: &ClaimOffer) -> impl IntoView + use<> {
    let (action, token) = (page.action.to_owned(), page.token.map(str::to_owned));
    let name = Field {
        name: "name",
        label: "Your name as it should be",
        kind: Kind::Text,
        value: page.name,
        hint: None,
        first: false,
    };
    let problems = page.refusal.and_then(Refusal::problems);
    let is_open = problems.is_some_and(|problems| problems.at("name").is_some());
    let issuer = offer.organisation.clone();
    view! {
        <details open=is_open>
            <summary>"Is the name wrong?"</summary>
            <form class="form" method="post" action=action.clone() novalidate>
                {hidden_token(token.clone())} <input type="hidden" name="step" value="name" />
                <p>{format!("{issuer} decides. What you claimed already then carries the new name, under the same address.")}</p>
                {name.view(problems)}
                {Confirmation::labelled("Ask for this name".into())}
            </form>
        </details>
        <details>
            <summary>"Delete my data"</summary>
            <form class="form" method="post" action=action>
                {hidden_token(token)} <input type="hidden" name="step" value="forget" />
                <p>
                    "Your name and address are erased here and in the mails about it, this link opens nothing any more, and what you claimed no longer validates. The log of who did what stays, and so does what else you have of this issuer. This cannot be undone. First we send a code to the mailbox that the link was sent to."
                </p>
                {Confirmation::labelled("Send me the code".into())}
            </form>
        </details>
    }
}

/// The name was requested.
pub fn asked_page(context: &PageContext<'_>) -> String {
    card("The issuer was asked", None).page(context, || {
        view! {
            <p class="lead">"They see your request where they manage this. Nothing changes until they approve it."</p>
        }
    })
}

/// The page that takes the code with which data is deleted.
pub fn deletion_page(context: &PageContext<'_>, page: &ClaimPage<'_>, attempt: &str, typed: &str) -> String {
    card("Delete my data", page.refusal).page(context, || {
        let (action, token, attempt) = (
            page.action.to_owned(),
            page.token.map(str::to_owned),
            attempt.to_owned(),
        );
        let code = Field {
            name: "code",
            label: "Code",
            kind: Kind::Code,
            value: typed,
            hint: Some("Six digits."),
            first: true,
        };
        view! {
            <p class="lead">
                "A code is on its way to the mailbox that the link was sent to. It works for 15 minutes, once."
            </p>
            {page.press.notice()}
            {notice(page.refusal, FIELDS)}
            <form class="form" method="post" action=action novalidate>
                {hidden_token(token)} <input type="hidden" name="step" value="delete" />
                <input type="hidden" name="attempt" value=attempt />
                {code.view(page.refusal.and_then(Refusal::problems))}
                <p>"This cannot be undone: what you claimed no longer validates."</p>
                {page.press.button("Delete my data")}
            </form>
        }
    })
}

/// The data is deleted.
pub fn data_deleted_page(context: &PageContext<'_>) -> String {
    card("Your data was deleted", None).page(context, || {
        view! { <p class="lead">"Your name and address are erased here, and the link opens nothing any more."</p> }
    })
}

#[cfg(test)]
mod tests {
    use domain::campaigns::claims::ClaimLink;

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text() {
        let refusal = Refusal::at("email", HOSTILE);
        let wrong = Refusal::at("code", HOSTILE);
        assert_safe(&links_sent_page(&CONTEXT, HOSTILE));
        assert_safe(&asked_page(&CONTEXT));
        assert_safe(&data_deleted_page(&CONTEXT));
        for press in [Confirmation::Asked, Confirmation::AskedAgain] {
            assert_safe(&links_page(&CONTEXT, HOSTILE, Some(&refusal), press));
            let page = ClaimPage {
                link: &ClaimLink::Unknown,
                action: HOSTILE,
                token: Some(HOSTILE),
                email: HOSTILE,
                name: HOSTILE,
                refusal: Some(&wrong),
                press,
            };
            assert_safe(&deletion_page(&CONTEXT, &page, HOSTILE, HOSTILE));
        }
    }
}
