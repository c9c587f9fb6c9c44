//! The dialog that makes an API token, another one like it, or changes one; and what making it answers: the string, to copy.

use domain::Problems;
use domain::api_tokens::{ApiTokenForm, ApiTokenView, Choices, IssuedApiToken, Lifetime};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::{Actions, What};
use super::api;
use super::fields::{AS_IT_IS, ON_A_DATE, Typed, fields};
use super::reach::Reaching;
use super::secret::show_once;
use crate::error::ApiError;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::FormState;
use crate::ui::notice;
use crate::ui::opening::both;

impl What {
    fn title(self) -> &'static str {
        match self {
            Self::New => "New API token",
            Self::Like(_) => "Duplicate the API token",
            Self::Edit(_) => "Edit the API token",
        }
    }

    /// What stands in the form, and what it offers.
    async fn load(self) -> Result<(Choices, ApiTokenForm), ApiError> {
        match self {
            Self::New => Ok((api::token_choices().await?, ApiTokenForm::default())),
            Self::Like(id) => {
                let (choices, view) = both(api::token_choices(), api::view_token(id)).await?;
                Ok((choices, like(&view)))
            }
            Self::Edit(id) => {
                let (choices, view) = both(api::token_choices(), api::view_token(id)).await?;
                Ok((choices, view.shown()))
            }
        }
    }
}

/// The form of another token like this one. It ends as new ones do.
fn like(view: &ApiTokenView) -> ApiTokenForm {
    ApiTokenForm {
        name: format!("{} (copy)", view.row.name),
        ..view.form()
    }
}

/// The dialog.
#[component]
pub fn TokenDialog(what: What, actions: Actions, on_close: Callback<()>) -> AnyView {
    let loaded = RwSignal::new(None);
    let issued = RwSignal::new(None::<IssuedApiToken>);
    spawn_local(async move {
        let start = what.load().await;
        loaded.try_set(Some(start));
    });
    view! {
        <Dialog title=what.title() class="wide" on_close>
            {move || match (issued.get(), loaded.get()) {
                (Some(issued), _) => show_once(issued),
                (None, None) => view! { <div class="body waiting-for" aria-busy="true"></div> }.into_any(),
                (None, Some(Err(error))) => notice::problem(&error, None),
                (None, Some(Ok((choices, start)))) => view! { <Fields what actions choices start issued/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(
    what: What,
    actions: Actions,
    choices: Choices,
    start: ApiTokenForm,
    issued: RwSignal<Option<IssuedApiToken>>,
) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("api-token");
    let is_new = !matches!(what, What::Edit(_));
    let shown = StoredValue::new(start.clone());
    let typed = Typed::new(start, &choices, is_new);
    let reaching = Reaching::follow(typed);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = match complete(typed) {
            Ok(described) => described,
            Err(problems) => return form.refuse(problems),
        };
        let told = form.problems.get_untracked();
        if !form.fits(described.parse()) {
            return;
        }
        match what {
            What::Edit(id) => form.send(
                api::edit_token(id, described, shown.get_value(), told),
                move |()| {
                    actions
                        .toasts
                        .say("The token was saved. Its string stays as it is.");
                    actions.changed.try_run(vec![id]);
                    if let Some(opened) = opened {
                        opened.close();
                    }
                },
            ),
            What::New | What::Like(_) => form.send(api::create_token(described), move |made| {
                actions.made.try_run(made.id);
                issued.try_set(Some(made));
            }),
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                {fields(form, typed, &choices, is_new)}
                {reaching.says()}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

/// What is typed, if nothing that was chosen to be said is missing.
fn complete(typed: Typed) -> Result<ApiTokenForm, Problems> {
    let mut problems = Problems::default();
    if typed.lifetime.get_untracked() == ON_A_DATE && typed.date.get_untracked().is_empty() {
        problems.add("date", "Choose the last day on which the token opens something.");
    }
    problems.into_result()?;
    Ok(untrack(move || typed.form()))
}

/// The choices of *Expiry Date*: what is sent, and its words.
pub fn ends(choices: &Choices, is_new: bool) -> Vec<(String, String)> {
    let policy = &choices.policy;
    let fits = |days: &i64| policy.longest_days.is_none_or(|longest| *days <= longest);
    let mut days: Vec<i64> = Lifetime::CHOICES.into_iter().filter(fits).collect();
    if !days.contains(&policy.default_days) {
        days.push(policy.default_days);
        days.sort_unstable();
    }
    let as_it_is = (!is_new).then(|| (AS_IT_IS.to_owned(), "As it is".to_owned()));
    let mut ends: Vec<_> = as_it_is.into_iter().collect();
    ends.extend(
        days.iter()
            .map(|days| (format!("{days}d"), format!("In {days} days"))),
    );
    ends.push((ON_A_DATE.to_owned(), "On a date…".to_owned()));
    if policy.never_allowed && policy.longest_days.is_none() {
        ends.push(("never".to_owned(), "Never".to_owned()));
    }
    ends
}

#[cfg(test)]
mod tests {
    use domain::PersonId;
    use domain::api_tokens::Policy;
    use uuid::Uuid;

    use super::*;

    fn keys(policy: Policy, is_new: bool) -> Vec<String> {
        let choices = Choices {
            me: PersonId(Uuid::nil()),
            users: Vec::new(),
            departments: Vec::new(),
            user_types: Vec::new(),
            policy,
        };
        ends(&choices, is_new).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn nothing_is_offered_that_the_policy_forbids() {
        assert_eq!(
            keys(Policy::default(), true),
            ["30d", "90d", "180d", "365d", "date", "never"]
        );
        let strict = Policy {
            default_days: 45,
            longest_days: Some(100),
            ..Policy::default()
        };
        assert_eq!(keys(strict, true), ["30d", "45d", "90d", "date"]);
        assert_eq!(keys(strict, false)[0], AS_IT_IS);
    }
}
