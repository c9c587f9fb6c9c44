//! *Policy*: what the organisation allows its API tokens. What a change would do to the tokens that are there is said while
//! it is typed.

use std::time::Duration;

use domain::Permission;
use domain::api_tokens::{PolicyForm, PolicyView};
use domain::form::grouped;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::api;
use super::tabs::token_tabs;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;

/// How long nothing must have changed before it is asked what it would do.
const PAUSE: Duration = Duration::from_millis(250);

/// The page.
pub fn policy_page() -> AnyView {
    view! {
        <Title text="Policy for API tokens"/>
        <div class="head"><h1>"Policy for API tokens"</h1></div>
        {token_tabs()}
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::view_policy()),
            |found| view! { <Policy found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

/// What is typed and ticked.
#[derive(Clone, Copy)]
struct Typed {
    default_days: RwSignal<String>,
    longest_days: RwSignal<String>,
    never_allowed: RwSignal<bool>,
    idle_days: RwSignal<String>,
    show_once: RwSignal<bool>,
    networks_required: RwSignal<bool>,
    most_per_person: RwSignal<String>,
    revoke_exposed: RwSignal<bool>,
    per_minute: RwSignal<String>,
    organisation_per_minute: RwSignal<String>,
}

impl Typed {
    fn new(start: PolicyForm) -> Self {
        Self {
            default_days: RwSignal::new(start.default_days),
            longest_days: RwSignal::new(start.longest_days),
            never_allowed: RwSignal::new(start.never_allowed),
            idle_days: RwSignal::new(start.idle_days),
            show_once: RwSignal::new(start.show_once),
            networks_required: RwSignal::new(start.networks_required),
            most_per_person: RwSignal::new(start.most_per_person),
            revoke_exposed: RwSignal::new(start.revoke_exposed),
            per_minute: RwSignal::new(start.per_minute),
            organisation_per_minute: RwSignal::new(start.organisation_per_minute),
        }
    }

    fn form(self) -> PolicyForm {
        PolicyForm {
            default_days: self.default_days.get(),
            longest_days: self.longest_days.get(),
            never_allowed: self.never_allowed.get(),
            idle_days: self.idle_days.get(),
            show_once: self.show_once.get(),
            networks_required: self.networks_required.get(),
            most_per_person: self.most_per_person.get(),
            revoke_exposed: self.revoke_exposed.get(),
            per_minute: self.per_minute.get(),
            organisation_per_minute: self.organisation_per_minute.get(),
        }
    }
}

#[component]
fn Policy(found: PolicyView) -> AnyView {
    let toasts = Toasts::current();
    let form = FormState::new("policy");
    let typed = Typed::new(found.policy.into());
    let in_force = RwSignal::new(found);
    let may_change = RequestContext::current().may(Permission::OrganisationManage);
    let would_refuse = following(typed, in_force);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = untrack(move || typed.form());
        if form.fits(described.parse()) {
            form.send(api::set_policy(described), move |now| {
                in_force.try_set(now);
                toasts.say("Saved. It holds from the next request of every token on.");
            });
        }
    };
    view! {
        {move || in_force.with(|now| refused(now.refused))}
        <form class="panel narrow" novalidate on:submit=submit>
            <fieldset class="bare" disabled=!may_change>
                <legend class="unseen">"Policy"</legend>
                {fields(form, typed)}
            </fieldset>
            <p class="says" hidden=move || would_refuse.with(String::is_empty) aria-live="polite">{move || would_refuse.get()}</p>
            {form.failure()}
            {match may_change {
                true => view! {
                    <div class="row-end">
                        <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
                    </div>
                }.into_any(),
                false => view! { <p class="quiet">"Only an owner changes these."</p> }.into_any(),
            }}
        </form>
    }
    .into_any()
}

/// The tokens that are there and open nothing, with the way to them.
fn refused(count: i64) -> AnyView {
    let words = match count {
        0 => return ().into_any(),
        1 => "1 active token does not fit the policy, so it opens nothing.".to_owned(),
        many => format!(
            "{} active tokens do not fit the policy, so they open nothing.",
            grouped(many)
        ),
    };
    let to = format!("{}?policy=refused", routes::API_TOKENS);
    view! { <div class="notice"><p>{words}" "<a href=to>"Show them"</a></p></div> }.into_any()
}

fn fields(form: FormState, typed: Typed) -> AnyView {
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    // A token that may live no longer than some days cannot live for ever.
    let has_longest = move || typed.longest_days.with(|days| !days.trim().is_empty());
    view! {
        <Field form name="default_days" label="Default lifetime in days" value=typed.default_days kind=Kind::Number
            hint=hint("What the form suggests for a new token")/>
        <Field form name="longest_days" label="Longest lifetime in days" value=typed.longest_days kind=Kind::Number
            hint=hint("Blank: as long as anybody likes. 365 is a good limit.")/>
        <label class="tick">
            <input
                type="checkbox" disabled=has_longest prop:checked=move || typed.never_allowed.get() && !has_longest()
                on:change=move |event| typed.never_allowed.set(event_target_checked(&event))
            />
            <span>"Tokens may live for ever"</span>
        </label>
        <Field form name="idle_days" label="Unused tokens end after, in days" value=typed.idle_days kind=Kind::Number
            hint=hint("Blank: they do not")/>
        {tick("Show each string once, when it is made", typed.show_once)}
        {tick("Each token needs allowed networks", typed.networks_required)}
        {tick("Revoke a token whose string was in an address or travelled without encryption", typed.revoke_exposed)}
        <Field form name="most_per_person" label="Tokens per person" value=typed.most_per_person kind=Kind::Number/>
        <Field form name="per_minute" label="Requests per minute of a token" value=typed.per_minute kind=Kind::Number
            hint=hint("Blank: no limit")/>
        <Field form name="organisation_per_minute" label="Requests per minute of all tokens" value=typed.organisation_per_minute
            kind=Kind::Number hint=hint("Blank: no limit")/>
    }
    .into_any()
}

fn tick(words: &'static str, value: RwSignal<bool>) -> AnyView {
    view! {
        <label class="tick">
            <input
                type="checkbox" prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <span>{words}</span>
        </label>
    }
    .into_any()
}

/// What the policy that is typed would do. The latest question wins; what cannot be read is said at its field when it is
/// sent.
fn following(typed: Typed, in_force: RwSignal<PolicyView>) -> RwSignal<String> {
    let says = RwSignal::new(String::new());
    let turn = StoredValue::new(0u32);
    let asked = Memo::new(move |_| typed.form());
    Effect::new(move |_| {
        let form = asked.get();
        let this = turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        });
        let parsed = form.parse();
        if parsed.is_err() || parsed == in_force.with(|now| Ok(now.policy)) {
            says.set(String::new());
            return;
        }
        spawn_local(async move {
            sleep(PAUSE).await;
            if turn.try_get_value() != this {
                return;
            }
            if let Ok(count) = api::would_refuse(form).await
                && turn.try_get_value() == this
            {
                says.try_set(sentence(count));
            }
        });
    });
    says
}

fn sentence(count: i64) -> String {
    match count {
        0 => "Every active token fits this.".to_owned(),
        1 => "1 active token does not fit this: it stays, and opens nothing from then on.".to_owned(),
        many => format!(
            "{} active tokens do not fit this: they stay, and open nothing from then on.",
            grouped(many)
        ),
    }
}

#[cfg(test)]
mod tests {
    use domain::api_tokens::Policy;

    use super::*;

    #[test]
    fn what_is_in_force_comes_back_from_the_fields_as_it_was() {
        let policy = Policy {
            longest_days: Some(365),
            never_allowed: false,
            show_once: true,
            per_minute: Some(600),
            organisation_per_minute: Some(6_000),
            ..Policy::default()
        };
        let owner = Owner::new();
        owner.set();
        let typed = Typed::new(policy.into());
        assert_eq!(untrack(move || typed.form()).parse(), Ok(policy));
    }

    #[test]
    fn what_a_policy_would_do_is_said_in_a_sentence() {
        assert_eq!(sentence(0), "Every active token fits this.");
        assert!(sentence(1).starts_with("1 active token does not fit"));
        assert!(sentence(1_200).starts_with("1,200 active tokens do not fit"));
    }
}
