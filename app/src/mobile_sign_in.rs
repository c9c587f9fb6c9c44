//! `/oauth/authorize`: a person lets a mobile app in. Plain pages, which work in any browser that an app opens.

use domain::Permissions;
use domain::mobile_sessions::AuthorizeForm;
use leptos::prelude::*;

use crate::plain::{Art, Card, Confirmation, PageContext};

/// The question to the person.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// The app.
    pub app: &'a str,
    /// The organisation that registered it.
    pub organisation: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// What the app asks for; `None`: everything that the person may do.
    pub permissions: Option<Permissions>,
    /// The app's parameters, which the form sends again.
    pub form: &'a AuthorizeForm,
    /// The path of this page, for signing in as somebody else.
    pub here: &'a str,
    /// Where the app learns that it may not.
    pub cancel: &'a str,
}

/// The page that asks.
pub fn consent_page(context: &PageContext<'_>, consent: &Consent<'_>, press: Confirmation) -> String {
    let card = Card {
        title: format!("Sign in to {}", consent.app),
        art: Art::Mark,
        heading: format!("Sign in to {}", consent.app),
    };
    card.page(context, || {
        let hidden = fields(consent.form).map(|(name, value)| {
            view! { <input type="hidden" name=name value=value.to_owned() /> }
        });
        let hidden: Vec<_> = hidden.collect();
        view! {
            <p class="lead">
                <b>{consent.app.to_owned()}</b> {format!(", an app of {}, wants to sign in as you:", consent.organisation)}
            </p>
            <p><b>{consent.name.to_owned()}</b> " " {consent.email.to_owned()}</p>
            {wants(consent.permissions)}
            {press.notice()}
            <form class="form" method="post" action="/oauth/authorize">
                {hidden}
                {press.button("Allow")}
            </form>
            <p class="fine"><a href=consent.cancel.to_owned()>"Do not allow"</a></p>
            <form method="post" action="/sign-out">
                <input type="hidden" name="next" value=consent.here.to_owned() />
                <p class="fine">"Not you? " <button class="button">"Sign in as somebody else"</button></p>
            </form>
            <p class="fine">
                "You see the apps that are signed in under Your account, and end each of them there."
            </p>
        }
    })
}

/// The page for a person whom an app has sent here with an invalid request.
pub fn refused_page(context: &PageContext<'_>, sentence: &str) -> String {
    let heading = "This app cannot sign you in";
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || view! { <p class="lead">{sentence.to_owned()}</p> })
}

/// What the app wants to do, in words.
fn wants(permissions: Option<Permissions>) -> AnyView {
    let Some(permissions) = permissions else {
        return view! { <p>"It may do what you may do here, for as long as you may."</p> }.into_any();
    };
    let sentences: Vec<_> = permissions
        .iter()
        .map(|permission| view! { <li>{permission.sentence()}</li> })
        .collect();
    view! {
        <p>"As far as you may do it yourself, it wants to"</p>
        <ul>{sentences}</ul>
    }
    .into_any()
}

fn fields(form: &AuthorizeForm) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("response_type", &*form.response_type),
        ("client_id", &*form.client_id),
        ("redirect_uri", &*form.redirect_uri),
        ("code_challenge", &*form.code_challenge),
        ("code_challenge_method", &*form.code_challenge_method),
        ("scope", &*form.scope),
        ("state", &*form.state),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text_and_what_the_app_sent_is_sent_again() {
        let form = AuthorizeForm {
            client_id: "0190".into(),
            state: HOSTILE.into(),
            ..AuthorizeForm::default()
        };
        let consent = Consent {
            app: HOSTILE,
            organisation: HOSTILE,
            name: HOSTILE,
            email: HOSTILE,
            permissions: Some("tokens:read".parse().expect("a permission")),
            form: &form,
            here: HOSTILE,
            cancel: "com.example.app:/in?error=access_denied",
        };
        for press in [Confirmation::Asked, Confirmation::AskedAgain] {
            let html = consent_page(&CONTEXT, &consent, press);
            assert_safe(&html);
            assert!(
                html.contains("type=\"hidden\" name=\"client_id\" value=\"0190\""),
                "{html}"
            );
            assert!(
                html.contains("see tokens, their codes and who used them"),
                "{html}"
            );
            assert!(
                html.contains("href=\"com.example.app:/in?error=access_denied\""),
                "{html}"
            );
        }
        assert_safe(&refused_page(&CONTEXT, HOSTILE));
        let all = Consent {
            permissions: None,
            ..consent
        };
        assert!(consent_page(&CONTEXT, &all, Confirmation::Asked).contains("what you may do here"));
    }
}
