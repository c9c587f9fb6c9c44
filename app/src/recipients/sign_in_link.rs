//! Coming back: a sign-in link to one's own mailbox.

use domain::{Problems, Refusal};
use leptos::prelude::*;

use crate::plain::{Art, Card, Confirmation, Field, Kind, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("email", "E-mail")];

/// `/my/sign-in`: asks for the address.
pub fn ask_sign_in_link_page(context: &PageContext<'_>, typed: &str, refusal: Option<&Refusal>) -> String {
    let card = Card {
        title: form_title("Sign-in link", refusal),
        art: Art::Mark,
        heading: "Welcome back".into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">
                "Give the address you got access with. We send a link there that signs you in: no password needed."
            </p>
            {notice(refusal, FIELDS)}
            {mail_link_form(typed, refusal.and_then(Refusal::problems))}
            <p class="fine"><a href="/t">"Have a code?"</a> " · " <a href="/sign-in">"Sign in as an admin"</a></p>
        }
    })
}

/// The form that asks for a link.
pub(super) fn mail_link_form(typed: &str, problems: Option<&Problems>) -> impl IntoView + use<> {
    let email = Field {
        name: "email",
        label: "E-mail",
        kind: Kind::Email,
        value: typed,
        hint: None,
        first: true,
    };
    view! {
        <form class="form" method="post" action="/my/sign-in" novalidate>
            {email.view(problems)}
            <button class="button primary">"Send me a link"</button>
        </form>
    }
}

/// The answer to every address alike: whether it is known here is nobody else's business. `address` is what
/// was typed; it is blank when a link was assigned to an address that its reader did not type.
pub fn mailed_page(context: &PageContext<'_>, address: &str) -> String {
    let card = Card {
        title: "Check your mailbox".into(),
        art: Art::Mark,
        heading: "Check your mailbox".into(),
    };
    card.page(context, || {
        let sent = if address.is_empty() {
            view! { "A sign-in link is on its way to the address that this link was made for." }.into_any()
        } else {
            view! {
                "If there is something here for " <b class="address">{address.to_owned()}</b>
                ", a sign-in link is on its way there."
            }
            .into_any()
        };
        view! {
            <p class="lead">{sent} " It works for 15 minutes, once."</p>
            <p class="next">"Nothing after a few minutes? Look in the spam folder, or ask whoever gave you access."</p>
        }
    })
}

/// `/my/sign-in/{secret}`: the link from the mail. Looking at it signs nobody in, because mail scanners look
/// too; pressing the button does. `masked` is the address it was sent to, `None` when it no longer works.
pub fn sign_in_link_page(
    context: &PageContext<'_>,
    action: &str,
    masked: Option<&str>,
    press: Confirmation,
) -> String {
    let Some(masked) = masked else {
        return dead_link_page(context);
    };
    let card = Card {
        title: "Sign in".into(),
        art: Art::Mark,
        heading: "Welcome back".into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"This signs you in as " <b class="address">{masked.to_owned()}</b> "."</p>
            {press.notice()}
            <form class="form" method="post" action=action.to_owned()>
                {press.button("Sign in")}
            </form>
        }
    })
}

fn dead_link_page(context: &PageContext<'_>) -> String {
    let heading = "This link no longer works";
    let card = Card {
        title: heading.into(),
        art: Art::Mark,
        heading: heading.into(),
    };
    card.page(context, || {
        view! {
            <p class="lead">"A sign-in link works for 15 minutes, once. Get a fresh one:"</p>
            {mail_link_form("", None)}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text() {
        let refusal = Refusal::at("email", HOSTILE);
        assert_safe(&ask_sign_in_link_page(&CONTEXT, HOSTILE, Some(&refusal)));
        assert_safe(&mailed_page(&CONTEXT, HOSTILE));
        assert_safe(&mailed_page(&CONTEXT, ""));
        assert_safe(&sign_in_link_page(
            &CONTEXT,
            HOSTILE,
            Some(HOSTILE),
            Confirmation::AskedAgain,
        ));
        assert_safe(&sign_in_link_page(&CONTEXT, HOSTILE, None, Confirmation::Asked));
    }

    #[test]
    fn a_link_from_a_mail_signs_in_only_by_a_button() {
        let html = sign_in_link_page(
            &CONTEXT,
            "/my/sign-in/s3cret",
            Some("g…e@example.org"),
            Confirmation::Asked,
        );
        assert!(
            html.contains("method=\"post\" action=\"/my/sign-in/s3cret\""),
            "{html}"
        );
        assert!(
            html.contains(">Sign in</button>") && html.contains("g…e@example.org"),
            "{html}"
        );
    }
}
