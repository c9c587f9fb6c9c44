//! The form that makes an API token, and what it answers: the string, to copy.

use domain::api_tokens::{ApiTokenForm, Choices, IssuedApiToken, Lifetime};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::CopyField;
use crate::routes;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::notice;

/// The dialog. `start` is what stands in it: nothing, or what another token has.
#[component]
pub fn NewApiToken(start: ApiTokenForm, on_close: Callback<()>) -> AnyView {
    let choices = RwSignal::new(None);
    let issued = RwSignal::new(None::<IssuedApiToken>);
    spawn_local(async move {
        choices.try_set(Some(api::choices().await));
    });
    view! {
        <Dialog title="New API token" on_close>
            {move || match (issued.get(), choices.get()) {
                (Some(issued), _) => show_once(issued),
                (None, None) => view! { <div class="body waiting-for" aria-busy="true"></div> }.into_any(),
                (None, Some(Err(error))) => notice::problem(&error, None),
                (None, Some(Ok(choices))) => view! { <Fields choices start=start.clone() issued/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

/// The string of a token that was just made.
pub fn show_once(issued: IssuedApiToken) -> AnyView {
    view! {
        <div class="body">
            <CopyField id="api-token-secret" label="API Token" text=issued.secret action="Copy token"/>
            <p class="fine">"Whoever has this string can do what the token may. Keep it as you keep a password."</p>
            <a class="button primary" href=routes::api_token(issued.id)>"Go to the token"</a>
        </div>
    }
    .into_any()
}

#[component]
fn Fields(choices: Choices, start: ApiTokenForm, issued: RwSignal<Option<IssuedApiToken>>) -> AnyView {
    let form = FormState::new("api-token");
    let or = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
    let name = RwSignal::new(start.name.clone());
    let lifetime = RwSignal::new(format!("{}d", choices.policy.default_days));
    let date = RwSignal::new(String::new());
    let user = RwSignal::new(or(&start.user, choices.me.to_string()));
    let department = RwSignal::new(start.department.clone());
    let user_type = RwSignal::new(start.user_type.clone());
    let permissions = RwSignal::new(start.permissions.clone());
    let networks = RwSignal::new(start.networks.clone());
    let description = RwSignal::new(start.description.clone());
    let mut ends: Vec<(String, String)> = Lifetime::CHOICES
        .iter()
        .map(|days| (format!("{days}d"), format!("In {days} days")))
        .collect();
    let usual = format!("{}d", choices.policy.default_days);
    if !ends.iter().any(|(key, _)| *key == usual) {
        ends.insert(0, (usual, format!("In {} days", choices.policy.default_days)));
    }
    ends.push(("date".into(), "On a date…".into()));
    if choices.policy.never_allowed {
        ends.push(("never".into(), "Never".into()));
    }
    let named = |first: &str, all: &[(String, String)]| {
        std::iter::once((String::new(), first.to_owned()))
            .chain(all.iter().cloned())
            .collect::<Vec<_>>()
    };
    let departments = named("The whole of what the user sees", &choices.departments);
    let user_types = named("The user's own", &choices.user_types);
    let typed = move || ApiTokenForm {
        name: name.get_untracked(),
        expires: match lifetime.get_untracked().as_str() {
            "date" => Some(date.get_untracked())
                .filter(|date| !date.is_empty())
                .unwrap_or("a date".into()),
            other => other.to_owned(),
        },
        user: user.get_untracked(),
        department: department.get_untracked(),
        user_type: user_type.get_untracked(),
        permissions: permissions.get_untracked(),
        networks: networks.get_untracked(),
        description: description.get_untracked(),
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = typed();
        if form.fits(typed.parse()) {
            form.send(api::create_token(typed), move |made| {
                issued.try_set(Some(made));
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Token Name" value=name first=true/>
                <Select form name="expires" label="Expiry Date" value=lifetime options=Signal::stored(ends)
                    hint=Signal::stored("No longer than 12 months is a good habit.".to_owned())/>
                {move || lifetime.with(|key| key == "date").then(|| view! {
                    <Field form name="expires_date" label="Last day" value=date kind=Kind::Date/>
                })}
                <Select form name="user" label="Select User" value=user options=Signal::stored(choices.users.clone())
                    hint=Signal::stored("The token never may more than this person.".to_owned())/>
                <fieldset class="field">
                    <legend>"Select Department & User Type"</legend>
                    <Select form name="department" label="Department" value=department options=Signal::stored(departments)/>
                    <Select form name="user_type" label="User Type" value=user_type options=Signal::stored(user_types)/>
                </fieldset>
                <Field form name="permissions" label="Permissions" value=permissions
                    hint=Signal::stored("Blank: all that the user type has. Else such as tokens:read collections:read".to_owned())/>
                <Field form name="networks" label="Allowed networks" value=networks
                    hint=Signal::stored("Blank: everywhere. Else such as 203.0.113.0/24, 2001:db8::/32".to_owned())/>
                <Field form name="description" label="Description" value=description kind=Kind::Lines(2)/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
