//! `/setup`: the first organisation of an installation, and its first owner.

use domain::organisations::SetUpForm;
use domain::{Problems, Refusal};
use leptos::prelude::*;

use crate::plain::{Art, Card, Field, Kind, PageContext, described_by, form_title, notice, problem_view};

const FIELDS: &[(&str, &str)] = &[
    ("code", "Set-up code"),
    ("organisation", "Organisation"),
    ("time_zone", "Time zone"),
    ("name", "Your name"),
    ("email", "E-mail"),
    ("password", "Password"),
];

/// The default time zone.
const FIRST_ZONE: &str = "UTC";

/// The set-up page. `time_zones` are the names to choose from.
pub fn set_up_page(
    context: &PageContext<'_>,
    typed: &SetUpForm,
    refusal: Option<&Refusal>,
    time_zones: &[&'static str],
) -> String {
    let problems = refusal.and_then(Refusal::problems);
    let card = Card {
        title: form_title("Set up", refusal),
        art: Art::Mark,
        heading: "Set up Tokenwright".into(),
    };
    card.page(context, || {
        let field = |name, label, kind, value, hint| {
            Field { name, label, kind, value, hint, first: name == "code" }.view(problems)
        };
        view! {
            <p class="lead">"This makes the first organisation and its owner: you."</p>
            {notice(refusal, FIELDS)}
            <form class="form" method="post" action="/setup" novalidate>
                {field(
                    "code",
                    "Set-up code",
                    Kind::Code,
                    &typed.code,
                    Some("It stands in the log of the server, which printed it when it started."),
                )}
                {field("organisation", "Organisation", Kind::Text, &typed.organisation, Some("Recipients see this name."))}
                {zone_field(&typed.time_zone, time_zones, problems)}
                {field("name", "Your name", Kind::Name, &typed.name, None)}
                {field("email", "E-mail", Kind::Email, &typed.email, None)}
                {field("password", "Password", Kind::NewPassword, "", Some("At least 12 characters. A few words in a row do well."))}
                <button class="button primary">"Create organisation"</button>
            </form>
        }
    })
}

fn zone_field(typed: &str, zones: &[&'static str], problems: Option<&Problems>) -> impl IntoView + use<> {
    let problem = problems
        .and_then(|problems| problems.at("time_zone"))
        .map(str::to_owned);
    let chosen = if typed.is_empty() { FIRST_ZONE } else { typed };
    let options: Vec<_> = zones
        .iter()
        .map(|zone| view! { <option selected=*zone == chosen>{*zone}</option> })
        .collect();
    view! {
        <div class="field">
            <label for="time_zone">"Time zone"</label>
            <select
                id="time_zone"
                name="time_zone"
                aria-invalid=problem.is_some().then_some("true")
                aria-describedby=described_by("time_zone", true, problem.is_some())
            >
                {options}
            </select>
            {problem.map(|problem| problem_view("time_zone", problem))}
            <small id="time_zone-hint">"Expiry dates are meant in this zone. You can change it later."</small>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::testing::{CONTEXT, HOSTILE, assert_safe};

    #[test]
    fn hostile_text_stays_text_and_the_password_never_comes_back() {
        let typed = SetUpForm {
            code: HOSTILE.into(),
            organisation: HOSTILE.into(),
            time_zone: HOSTILE.into(),
            name: HOSTILE.into(),
            email: HOSTILE.into(),
            password: "correct horse battery".into(),
        };
        let html = set_up_page(
            &CONTEXT,
            &typed,
            Some(&Refusal::at("time_zone", HOSTILE)),
            &["UTC"],
        );

        assert_safe(&html);
        assert!(!html.contains("correct horse"), "{html}");
    }

    #[test]
    fn the_fields_have_the_names_that_people_know() {
        let html = set_up_page(
            &CONTEXT,
            &SetUpForm::default(),
            None,
            &["Pacific/Auckland", "UTC"],
        );
        for (name, label) in FIELDS {
            assert!(
                html.contains(&format!("<label for=\"{name}\">{label}</label>")),
                "{label} in {html}"
            );
            assert!(html.contains(&format!("id=\"{name}\"")), "{name} in {html}");
        }
        assert!(html.contains(">Create organisation</button>"), "{html}");
        assert!(html.contains("selected>UTC</option>"), "{html}");
    }

    #[test]
    fn a_chosen_zone_is_kept() {
        let typed = SetUpForm {
            time_zone: "Pacific/Auckland".into(),
            ..SetUpForm::default()
        };
        let html = set_up_page(&CONTEXT, &typed, None, &["Pacific/Auckland", "UTC"]);
        assert!(
            html.contains("selected>Pacific/Auckland</option>") && !html.contains("selected>UTC"),
            "{html}"
        );
    }
}
