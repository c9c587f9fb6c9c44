//! `/sign-in`.

use domain::people::SignInForm;
use domain::{OrganisationId, Refusal};
use leptos::prelude::*;

use crate::plain::{Art, Card, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[
    ("email", "E-mail"),
    ("password", "Password"),
    ("organisation", "Organisation"),
];

/// The sign-in page. `organisations` is filled when address and password match several: then one is chosen, and the
/// password typed again, because a page never contains one.
pub fn sign_in_page(
    context: &PageContext<'_>,
    typed: &SignInForm,
    refusal: Option<&Refusal>,
    organisations: &[(OrganisationId, String)],
) -> String {
    let problems = refusal.and_then(Refusal::problems);
    let card = Card {
        title: form_title("Sign in", refusal),
        art: Art::Mark,
        heading: "Sign in".into(),
    };
    card.page(context, || {
        let email = Field {
            name: "email",
            label: "E-mail",
            kind: Kind::Email,
            value: &typed.email,
            hint: None,
            first: typed.email.is_empty(),
        };
        let password = Field {
            name: "password",
            label: "Password",
            kind: Kind::Password,
            value: "",
            hint: None,
            first: !typed.email.is_empty(),
        };
        let next = (!typed.next.is_empty())
            .then(|| view! { <input type="hidden" name="next" value=typed.next.clone() /> });
        view! {
            {notice(refusal, FIELDS)}
            {choice_notice(organisations)}
            <form class="form" method="post" action="/sign-in" novalidate>
                {next}
                {choice(organisations, &typed.organisation)}
                {email.view(problems)}
                {password.view(problems)}
                <button class="button primary">"Sign in"</button>
            </form>
            <p class="fine">
                <a href="/t">"Have a code?"</a> " · " <a href="/my/sign-in">"Get a sign-in link"</a>
            </p>
        }
    })
}

fn choice_notice(organisations: &[(OrganisationId, String)]) -> Option<impl IntoView + use<>> {
    (!organisations.is_empty()).then(|| {
        view! {
            <p class="notice" role="status">
                "You belong to several organisations. Choose one, and type your password once more."
            </p>
        }
    })
}

fn choice(organisations: &[(OrganisationId, String)], chosen: &str) -> Option<impl IntoView + use<>> {
    (!organisations.is_empty()).then(|| {
        let options: Vec<_> = organisations
            .iter()
            .map(|(id, name)| {
                let id = id.to_string();
                let selected = id == chosen;
                view! { <option value=id selected=selected>{name.clone()}</option> }
            })
            .collect();
        view! {
            <div class="field">
                <label for="organisation">"Organisation"</label>
                <select id="organisation" name="organisation">{options}</select>
            </div>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    fn hostile() -> SignInForm {
        SignInForm {
            email: HOSTILE.into(),
            password: "correct horse battery".into(),
            organisation: HOSTILE.into(),
            next: HOSTILE.into(),
        }
    }

    #[test]
    fn hostile_text_stays_text_and_the_password_never_comes_back() {
        let refusal = Refusal::at("password", HOSTILE);
        let organisations = [(OrganisationId(uuid::Uuid::nil()), HOSTILE.to_owned())];
        let html = sign_in_page(&CONTEXT, &hostile(), Some(&refusal), &organisations);

        assert_safe(&html);
        assert!(!html.contains("correct horse"), "{html}");
    }

    #[test]
    fn it_asks_for_the_organisation_only_when_there_are_several() {
        assert!(!sign_in_page(&CONTEXT, &SignInForm::default(), None, &[]).contains("<select"));
        let two = [1, 2].map(|n| (OrganisationId(uuid::Uuid::from_u128(n)), format!("Number {n}")));
        let typed = SignInForm {
            organisation: two[1].0.to_string(),
            ..SignInForm::default()
        };
        let html = sign_in_page(&CONTEXT, &typed, None, &two);
        assert!(html.contains("selected>Number 2</option>"), "{html}");
    }

    #[test]
    fn password_managers_know_the_fields() {
        let html = sign_in_page(&CONTEXT, &SignInForm::default(), None, &[]);
        assert!(
            html.contains("autocomplete=\"email\"") && html.contains("autocomplete=\"current-password\""),
            "{html}"
        );
    }
}
