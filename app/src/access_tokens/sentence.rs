//! One sentence that says what a form will make.

use chrono::{Datelike, NaiveDate};
use domain::access_tokens::{HIGHEST_LIMIT, MOST_CODES, NewTokenForm, TokenType};
use domain::form;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// What the Create Token dialog will make, as far as it is filled in. `collection` is the chosen title.
pub fn of_new_token(typed: &NewTokenForm, collection: Option<&str>, zone: &str) -> String {
    let what = match TokenType::from_key(&typed.token_type) {
        Some(TokenType::Multi) => match form::number("", 1, MOST_CODES, &typed.no_of_tokens) {
            Ok(Some(1)) => "1 link".to_owned(),
            Ok(Some(codes)) => format!("{} links", form::grouped(codes)),
            _ => "Links".to_owned(),
        },
        _ => "One link".to_owned(),
    };
    let to = collection.map(|title| format!(" to {title}")).unwrap_or_default();
    let how_often = match TokenType::from_key(&typed.token_type) {
        Some(TokenType::Multi) => ", each for one person".to_owned(),
        _ => match form::number("", 1, HIGHEST_LIMIT, &typed.usage_limit) {
            Ok(Some(1)) => ", used once".to_owned(),
            Ok(Some(limit)) => format!(", used up to {} times", form::grouped(limit)),
            Ok(None) => ", used as often as people like".to_owned(),
            Err(_) => String::new(),
        },
    };
    format!(
        "{what}{to}{how_often}{}.",
        span(date(&typed.starts), date(&typed.expires), zone)
    )
}

fn date(typed: &str) -> Option<NaiveDate> {
    form::date("", typed).ok().flatten()
}

fn span(starts: Option<NaiveDate>, expires: Option<NaiveDate>, zone: &str) -> String {
    let from = starts.map(|day| format!(", from {}, 00:00", words(day)));
    let until = expires.map(|day| format!(", until {}, 23:59", words(day)));
    match (from, until) {
        (None, None) => ", without an end".to_owned(),
        (from, until) => format!(
            "{}{} ({zone})",
            from.unwrap_or_default(),
            until.unwrap_or_default()
        ),
    }
}

/// A date as lists show it: `31 Dec 2026`.
fn words(day: NaiveDate) -> String {
    let month = MONTHS[day.month0() as usize];
    format!("{} {month} {}", day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(typed: NewTokenForm, collection: Option<&str>) -> String {
        of_new_token(&typed, collection, "Pacific/Auckland")
    }

    #[test]
    fn the_sentence_says_what_will_be_made() {
        let multi = NewTokenForm {
            token_type: "multi".into(),
            no_of_tokens: "25".into(),
            expires: "2026-12-31".into(),
            ..NewTokenForm::default()
        };
        assert_eq!(
            say(multi, Some("Onboarding")),
            "25 links to Onboarding, each for one person, until 31 Dec 2026, 23:59 (Pacific/Auckland)."
        );
        let single = NewTokenForm {
            token_type: "single".into(),
            usage_limit: "1000".into(),
            starts: "2026-01-01".into(),
            ..NewTokenForm::default()
        };
        assert_eq!(
            say(single, Some("Policies")),
            "One link to Policies, used up to 1,000 times, from 1 Jan 2026, 00:00 (Pacific/Auckland)."
        );
    }

    #[test]
    fn a_form_that_is_not_filled_in_yet_makes_a_sentence_too() {
        assert_eq!(
            say(NewTokenForm::default(), None),
            "One link, used as often as people like, without an end."
        );
        let single = NewTokenForm {
            usage_limit: "-3".into(),
            ..NewTokenForm::default()
        };
        assert_eq!(say(single, None), "One link, without an end.");
        let multi = NewTokenForm {
            token_type: "multi".into(),
            no_of_tokens: "many".into(),
            ..NewTokenForm::default()
        };
        assert_eq!(say(multi, None), "Links, each for one person, without an end.");
    }
}
