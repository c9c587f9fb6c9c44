//! The form of a provider. Choosing a template fills in what is known about it.

use domain::identity_providers::{ProviderForm, ProviderRow, ProviderTemplate};
use leptos::prelude::*;

use super::api;
use crate::ui::dialog::{Opened, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::toast::Toasts;

/// The fields, blank or those of a row.
#[component]
pub fn ProviderFields(row: Option<ProviderRow>, rows: RwSignal<Vec<ProviderRow>>) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("provider");
    let id = row.as_ref().map(|row| row.id);
    let first = ProviderTemplate::ALL[0];
    let start = row.map_or_else(
        || ProviderForm {
            template: first.key().into(),
            label: first.label().into(),
            issuer: first.issuer().into(),
            enabled: "on".into(),
            ..ProviderForm::default()
        },
        |row| row.form(),
    );
    let template = RwSignal::new(start.template);
    let (label, issuer) = (RwSignal::new(start.label), RwSignal::new(start.issuer));
    let (client_id, client_secret) = (RwSignal::new(start.client_id), RwSignal::new(String::new()));
    let enabled = RwSignal::new(start.enabled);
    let chosen = move || {
        template
            .with(|key| ProviderTemplate::from_key(key))
            .unwrap_or(first)
    };
    Effect::new(move |before: Option<ProviderTemplate>| {
        let now = chosen();
        if before.is_some_and(|before| before != now) {
            let is_other = now == ProviderTemplate::Other;
            label.set(if is_other {
                String::new()
            } else {
                now.label().to_owned()
            });
            issuer.set(now.issuer().to_owned());
        }
        now
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = ProviderForm {
            template: template.get_untracked(),
            label: label.get_untracked(),
            issuer: issuer.get_untracked(),
            client_id: client_id.get_untracked(),
            client_secret: client_secret.get_untracked(),
            enabled: enabled.get_untracked(),
        };
        if !form.fits(typed.parse()) {
            return;
        }
        let done = move |row: ProviderRow| {
            toasts.say(format!("{} is set up.", row.label));
            rows.try_update(|rows| match rows.iter_mut().find(|other| other.id == row.id) {
                Some(before) => *before = row,
                None => rows.push(row),
            });
            if let Some(opened) = opened {
                opened.close();
            }
        };
        match id {
            Some(id) => form.send(api::edit_provider(id, typed), done),
            None => form.send(api::add_provider(typed), done),
        }
    };
    let templates: Vec<(String, String)> = ProviderTemplate::ALL
        .map(|template| (template.key().to_owned(), template.label().to_owned()))
        .to_vec();
    let secret_hint = if id.is_some() {
        "Blank leaves it as it is."
    } else {
        "It is sealed, and never shown again."
    };
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                <Select form name="template" label="Provider" value=template options=Signal::stored(templates)
                    hint=Signal::derive(move || chosen().hint().to_owned())/>
                <Field form name="label" label="Name" value=label hint=hint("Recipients read it on the button.")/>
                <Field form name="issuer" label="Address" value=issuer kind=Kind::Url
                    hint=hint("The issuer, such as https://login.example.org. It is asked when you save.")/>
                <Field form name="client_id" label="Client id" value=client_id/>
                <Field form name="client_secret" label="Client secret" value=client_secret kind=Kind::Password
                    hint=hint(secret_hint) autocomplete="new-password"/>
                <label class="tick">
                    <input
                        type="checkbox" name="enabled" prop:checked=move || enabled.with(|value| !value.is_empty())
                        on:change=move |event| enabled.set(if event_target_checked(&event) { "on".to_owned() } else { String::new() })
                    />
                    <span>"Offer it to recipients"</span>
                </label>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
