//! `/verify`: any Open Badge, checked step by step.

use domain::Refusal;
use leptos::prelude::*;

use crate::plain::{Art, Card, PageContext, form_title, notice};

const FIELDS: &[(&str, &str)] = &[("file", "File"), ("credential", "Credential")];

/// One step of a check.
#[derive(Debug, Clone)]
pub struct VerifyStep {
    /// What was looked at.
    pub label: &'static str,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was found.
    pub found: String,
}

/// What a check came to.
#[derive(Debug, Clone)]
pub struct VerifyPage {
    /// Whether every step passed.
    pub is_valid: bool,
    /// What it is called, as far as it says so.
    pub name: String,
    /// The steps, in their order.
    pub steps: Vec<VerifyStep>,
}

/// The form, and under it what the last check came to.
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
                "Any Open Badge 3.0, whoever issued it: choose its file (JSON, JWT, PNG, SVG or PDF), or paste its text."
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
                <button class="button primary">"Verify"</button>
            </form>
        }
    })
}

fn outcome(checked: &VerifyPage) -> impl IntoView + use<> {
    let (class, sentence) = if checked.is_valid {
        ("notice good", "Valid: every step passed.")
    } else {
        ("notice wrong", "Not valid.")
    };
    let steps: Vec<_> = checked
        .steps
        .iter()
        .map(|step| {
            let mark = if step.passed { "passed" } else { "failed" };
            view! {
                <div>
                    <dt>{step.label} " (" {mark} ")"</dt>
                    <dd>{step.found.clone()}</dd>
                </div>
            }
        })
        .collect();
    view! {
        <div class=class role="status"><p>{sentence}</p></div>
        <p><b>{checked.name.clone()}</b></p>
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
            name: HOSTILE.into(),
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
}
