//! `/invitation/{secret}`: an invited admin accepts.

use domain::Refusal;
use domain::people::{AcceptForm, InvitationView};
use leptos::prelude::*;

use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("name", "Your name"), ("password", "Password")];

/// The page of a valid invitation. `action` is its own path. If somebody is signed in in this browser, it is another
/// person, or was: accepting ends that session, which the page says beforehand.
pub fn invitation_page(
    context: &PageContext<'_>,
    action: &str,
    invitation: &InvitationView,
    signed_in_as: Option<&str>,
    typed: &AcceptForm,
    refusal: Option<&Refusal>,
    press: Confirmation,
) -> String {
    let problems = refusal.and_then(Refusal::problems);
    let card = Card {
        title: form_title("You are invited", refusal),
        art: Art::Mark,
        heading: format!("Join {}", invitation.organisation),
    };
    card.page(context, || {
        let name =
            Field { name: "name", label: "Your name", kind: Kind::Name, value: &typed.name, hint: None, first: true };
        let password = Field {
            name: "password",
            label: "Password",
            kind: Kind::NewPassword,
            value: "",
            hint: Some("At least 12 characters. A few words in a row do well."),
            first: false,
        };
        view! {
            <p class="lead">
                <b>{invitation.invited_by.clone()}</b> {format!(" invited you, as {}.", invitation.user_type)}
            </p>
            {signed_in_as
                .map(|name| {
                    view! {
                        <p class="notice" role="status">
                            "You are signed in here as " <b>{name.to_owned()}</b>
                            ". Joining signs you out of that. If the invitation is for somebody else, leave it to them."
                        </p>
                    }
                })}
            {notice(refusal, FIELDS)}
            {press.notice()}
            <form class="form" method="post" action=action.to_owned() novalidate>
                <div class="field">
                    <label for="username">"E-mail"</label>
                    <input id="username" type="email" autocomplete="username" value=invitation.email.to_string() readonly />
                </div>
                {name.view(problems)}
                {password.view(problems)}
                {press.button("Join")}
            </form>
        }
    })
}

/// The page of an invitation that no longer works, or never existed.
pub fn invitation_gone_page(context: &PageContext<'_>) -> String {
    let heading = "This invitation no longer works";
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"It was accepted, withdrawn, or is too old. Ask whoever invited you for a new one."</p>
            <p class="fine">"Have a password already? " <a href="/sign-in">"Sign in"</a></p>
        }
    })
}

#[cfg(test)]
mod tests {
    use domain::BuiltIn;

    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text_and_the_password_never_comes_back() {
        let invitation = InvitationView {
            organisation: HOSTILE.into(),
            email: "ada@example.org".parse().expect("an address"),
            user_type: BuiltIn::Administrator.name().into(),
            invited_by: HOSTILE.into(),
        };
        let typed = AcceptForm {
            name: HOSTILE.into(),
            password: "correct horse battery".into(),
        };
        let html = invitation_page(
            &CONTEXT,
            HOSTILE,
            &invitation,
            Some(HOSTILE),
            &typed,
            Some(&Refusal::at("name", HOSTILE)),
            Confirmation::AskedAgain,
        );

        assert_safe(&html);
        assert!(!html.contains("correct horse"), "{html}");
        assert!(
            html.contains("as Administrator.") && html.contains("autocomplete=\"new-password\""),
            "{html}"
        );
        assert_safe(&invitation_gone_page(&CONTEXT));
    }
}
