//! `/verify`: any Open Badge, checked step by step.

use domain::Refusal;
use leptos::prelude::*;

use crate::plain::{Art, Card, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[
    ("file", "File"),
    ("credential", "Credential"),
    ("address", "Address"),
];

/// One step of a check.
#[derive(Debug, Clone)]
pub struct VerifyStep {
    /// What was checked.
    pub label: &'static str,
    /// Whether it is in order.
    pub passed: bool,
    /// What was found.
    pub found: String,
}

/// The result of a check.
#[derive(Debug, Clone)]
pub struct VerifyPage {
    /// Whether every step passed.
    pub is_valid: bool,
    /// Whether its issuer is on this site. Anyone can create a key, and sign anything with it.
    pub is_known: bool,
    /// The host that says so, of an Open Badge 2.0.
    pub site: Option<String>,
    /// Its name, if it has one.
    pub name: String,
    /// To whom it was issued, by whom, and when, as far as it says so.
    pub facts: Vec<(&'static str, String)>,
    /// The steps, in order.
    pub steps: Vec<VerifyStep>,
}

/// The form, and below it the result of the last check.
pub fn verify_page(
    context: &PageContext<'_>,
    checked: Option<&VerifyPage>,
    refusal: Option<&Refusal>,
) -> String {
    let card = Card {
        title: form_title("Verify", refusal),
        art: Art::Mark,
        heading: "Verify a credential".into(),
    };
    card.page(context, || {
        view! {
            {checked.map(outcome)}
            <p class="lead">
                "Any Open Badge, 2.0 or 3.0, whoever issued it: choose its file (JSON, JWT, PNG, SVG or PDF), paste its text, or write the address of its public page."
            </p>
            {notice(refusal, FIELDS)}
            <form class="form" method="post" action="/verify" enctype="multipart/form-data">
                <div class="field">
                    <label for="file">"File"</label>
                    <input id="file" name="file" type="file" accept=".json,.jwt,.jws,.txt,.png,.svg,.pdf" />
                </div>
                <div class="field">
                    <label for="credential">"Or its text"</label>
                    <textarea id="credential" name="credential" rows="5" spellcheck="false"></textarea>
                </div>
                <div class="field">
                    <label for="address">"Or its address"</label>
                    <input id="address" name="address" type="url" inputmode="url" autocomplete="off" aria-describedby="address-hint" />
                    <small id="address-hint">"A public address that begins with https://. Keys and status lists are fetched from the site of the issuer."</small>
                </div>
                <div class="field">
                    <label for="email">"Was it given to this e-mail address?"</label>
                    <input id="email" name="email" type="email" inputmode="email" autocomplete="off" aria-describedby="email-hint" />
                    <small id="email-hint">"If you want to know: it is compared with what the badge says, and not kept."</small>
                </div>
                <button class="button primary">"Verify"</button>
            </form>
        }
    })
}

fn outcome(checked: &VerifyPage) -> impl IntoView + use<> {
    let (class, sentence) = match (checked.is_valid, checked.is_known, &checked.site) {
        (true, true, _) => ("notice good", "Valid: every step passed.".to_owned()),
        (true, false, None) => (
            "notice",
            "The signature is right, but this site does not know the issuer. Names are what the issuer says, and anybody can make a key to sign with: ask the issuer whether it is theirs.".to_owned(),
        ),
        (true, false, Some(site)) => (
            "notice",
            format!("The site {site} says that it is valid. An Open Badge 2.0 is worth what its issuer's site is, and this one does not know the issuer: ask them whether that site is theirs."),
        ),
        (false, ..) => ("notice wrong", "Not valid.".to_owned()),
    };
    let facts: Vec<_> = checked
        .facts
        .iter()
        .map(|(name, value)| view! { <div><dt>{*name}</dt><dd>{value.clone()}</dd></div> })
        .collect();
    let steps: Vec<_> = checked
        .steps
        .iter()
        .map(|step| {
            let mark = if step.passed { "passed" } else { "failed" };
            view! {
                <div>
                    <dt>{format!("{} ({mark})", step.label)}</dt>
                    <dd>{step.found.clone()}</dd>
                </div>
            }
        })
        .collect();
    view! {
        <div class=class role="status"><p>{sentence}</p></div>
        <p><b>{checked.name.clone()}</b></p>
        <dl class="facts">{facts}</dl>
        <h2>"Each step"</h2>
        <dl class="facts">{steps}</dl>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn each_step_is_shown_and_hostile_text_stays_text() {
        let refusal = Refusal::at("file", HOSTILE);
        let checked = VerifyPage {
            is_valid: false,
            is_known: false,
            site: Some(HOSTILE.into()),
            name: HOSTILE.into(),
            facts: vec![("Recipient", HOSTILE.into())],
            steps: vec![VerifyStep {
                label: "Signature",
                passed: false,
                found: HOSTILE.into(),
            }],
        };
        let html = verify_page(&CONTEXT, Some(&checked), Some(&refusal));
        assert_safe(&html);
        assert!(html.contains("Not valid.") && html.contains("failed"), "{html}");
        assert_safe(&verify_page(&CONTEXT, None, None));
    }

    #[test]
    fn a_good_signature_of_an_unknown_issuer_is_not_called_valid() {
        let checked = |is_known| VerifyPage {
            is_valid: true,
            is_known,
            site: None,
            name: "Safety at work".into(),
            facts: vec![("Recipient", "Zoë Müller".into())],
            steps: Vec::new(),
        };
        let html = verify_page(&CONTEXT, Some(&checked(false)), None);
        assert!(
            html.contains("does not know the issuer") && !html.contains("Valid: every step"),
            "{html}"
        );
        let html = verify_page(&CONTEXT, Some(&checked(true)), None);
        assert!(
            html.contains("Valid: every step passed.") && html.contains("Zoë Müller"),
            "{html}"
        );
        let hosted = VerifyPage {
            site: Some("badges.test".into()),
            ..checked(false)
        };
        let html = verify_page(&CONTEXT, Some(&hosted), None);
        assert!(
            html.contains("The site badges.test says that it is valid.")
                && !html.contains("Valid: every step"),
            "{html}"
        );
    }
}
