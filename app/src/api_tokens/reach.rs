//! What the token that is described could reach, said while it is described.

use std::time::Duration;

use domain::api_tokens::{ApiTokenForm, Reach};
use domain::page::count_label;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::fields::Typed;
use crate::error::ApiError;
use crate::ui::permissions;

/// How long nothing must have changed before it is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// The answer to the last question.
#[derive(Clone, Copy)]
pub struct Reaching(RwSignal<Option<Result<Reach, ApiError>>>);

impl Reaching {
    /// Asks again whenever the answer could be another. The latest question wins.
    pub fn follow(typed: Typed) -> Self {
        let answer = RwSignal::new(None);
        let turn = StoredValue::new(0u32);
        let asked = Memo::new(move |_| typed.reach());
        Effect::new(move |_| {
            let form: ApiTokenForm = asked.get();
            let this = turn.try_update_value(|turn| {
                *turn = turn.wrapping_add(1);
                *turn
            });
            spawn_local(async move {
                sleep(PAUSE).await;
                if turn.try_get_value() != this {
                    return;
                }
                let reach = api::token_reach(form).await;
                if turn.try_get_value() == this {
                    answer.try_set(Some(reach));
                }
            });
        });
        Self(answer)
    }

    /// The answer as a sentence.
    pub fn says(self) -> AnyView {
        let words = move || match self.0.get() {
            None => "…".to_owned(),
            Some(Ok(reach)) => sentence(&reach),
            Some(Err(error)) => error.to_string(),
        };
        let calls = move || match self.0.get() {
            Some(Ok(reach)) => reach.operations.join("\n"),
            _ => String::new(),
        };
        view! {
            <p class="says" aria-live="polite">{words}</p>
            <details>
                <summary>"What it could call"</summary>
                <pre class="command results" tabindex="0" role="group" aria-label="Calls"><code>{calls}</code></pre>
            </details>
        }
        .into_any()
    }
}

/// What a token could reach, in words.
fn sentence(reach: &Reach) -> String {
    let place = match &reach.department {
        Some(name) => format!("the department {name} and those below it"),
        None => "the whole organisation".to_owned(),
    };
    let seen: Vec<String> = reach
        .records
        .iter()
        .map(|(what, count)| format!("{} {what}", count_label(*count)))
        .collect();
    let sees = match seen.as_slice() {
        [] => "The token would see nothing".to_owned(),
        [one] => format!("The token would see {one}"),
        [some @ .., last] => format!("The token would see {} and {last}", some.join(", ")),
    };
    format!("{sees}, in {place}. {}", permissions::sentence(reach.permissions))
}

#[cfg(test)]
mod tests {
    use domain::Permissions;

    use super::*;

    #[test]
    fn what_a_token_could_reach_is_said_in_a_sentence() {
        let reach = Reach {
            permissions: "people:read".parse().expect("a permission"),
            department: Some("Sales".into()),
            operations: vec!["GET /api/v1/people".into()],
            records: vec![("access tokens".into(), 1_200), ("people".into(), 3)],
        };
        assert_eq!(
            sentence(&reach),
            "The token would see 1,200 access tokens and 3 people, in the department Sales and those below it. \
             May see people, their reports and open invitations."
        );
        let nothing = Reach {
            permissions: Permissions::NONE,
            department: None,
            operations: Vec::new(),
            records: Vec::new(),
        };
        assert_eq!(
            sentence(&nothing),
            "The token would see nothing, in the whole organisation. May do nothing."
        );
    }
}
