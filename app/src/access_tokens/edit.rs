//! Dialogs that change a token: its name, its dates, its limit, how many codes it has.

use domain::access_tokens::{EditTokenForm, TokenRow, TokenType, code_count};
use domain::form::Edited;
use domain::{Problems, TokenId};
use leptos::prelude::*;

use super::actions::TokenActions;
use super::api;
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::toast::Toasts;

/// The Edit dialog. An expired token is edited like an active one.
#[component]
pub fn EditToken(actions: TokenActions, row: TokenRow, on_close: Callback<()>) -> AnyView {
    view! {
        <Dialog title=format!("Edit {}", row.name) on_close>
            <EditFields actions row/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn EditFields(actions: TokenActions, row: TokenRow) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let form = FormState::new("edit");
    let id = row.id;
    let is_single = row.token_type == TokenType::Single;
    let before = row.form();
    let name = RwSignal::new(before.name.clone());
    let starts = RwSignal::new(before.starts.clone());
    let expires = RwSignal::new(before.expires.clone());
    let usage_limit = RwSignal::new(before.usage_limit.clone());
    let shown = StoredValue::new(before);
    let typed = move || EditTokenForm {
        name: name.get_untracked(),
        starts: starts.get_untracked(),
        expires: expires.get_untracked(),
        usage_limit: usage_limit.get_untracked(),
    };
    let zone = RequestContext::current().time_zone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = typed();
        if form.fits(typed.parse()) {
            let opened_with = shown.get_value();
            let answer = api::edit_token(id, typed.clone(), opened_with.clone());
            form.send(answer, move |edited| match edited {
                Edited::Saved(row) => {
                    toasts.say(format!("“{}” was saved.", row.name));
                    actions.changed.try_run(row);
                    if let Some(opened) = opened {
                        opened.close();
                    }
                }
                Edited::Meanwhile(row) => {
                    let mut typed = typed;
                    let now = row.form();
                    let problems = typed.settle(&opened_with, &now);
                    name.try_set(typed.name);
                    starts.try_set(typed.starts);
                    expires.try_set(typed.expires);
                    usage_limit.try_set(typed.usage_limit);
                    shown.try_set_value(now);
                    actions.changed.try_run(row);
                    form.refuse(problems);
                }
            });
        }
    };
    let limit_hint = format!(
        "Blank: no limit. Used {} so far; not below that.",
        times(row.uses)
    );
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                {is_single.then(|| view! {
                    <Field form name="usage_limit" label="Usage Limit" value=usage_limit kind=Kind::Number hint=Signal::stored(limit_hint)/>
                })}
                <div class="two">
                    <Field form name="starts" label="Starts" value=starts kind=Kind::Date hint=Signal::stored("Blank: at once".to_owned())/>
                    <Field form name="expires" label="Expires" value=expires kind=Kind::Date
                        hint=Signal::stored("Blank: never. Yesterday ends it now.".to_owned())/>
                </div>
                <p class="says">{format!("Valid from the start of the first day through the end of the last one ({zone}).")}</p>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

fn times(uses: i64) -> String {
    match uses {
        1 => "once".to_owned(),
        _ => format!("{} times", domain::form::grouped(uses)),
    }
}

/// The dialog that makes further codes for a multi token.
#[component]
pub fn AddCodes(actions: TokenActions, id: TokenId, on_close: Callback<()>) -> AnyView {
    view! {
        <Dialog title="Add codes" on_close>
            <AddFields actions id/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn AddFields(actions: TokenActions, id: TokenId) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let form = FormState::new("add");
    let count = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = count.get_untracked();
        let parsed =
            code_count("No of Tokens", &typed).map_err(|sentence| Problems::one("no_of_tokens", sentence));
        if form.fits(parsed) {
            form.send(api::add_codes(id, typed), move |row| {
                toasts.say(format!("“{}” gets more codes.", row.name));
                actions.changed.try_run(row);
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="no_of_tokens" label="No of Tokens" value=count kind=Kind::Number first=true
                    hint=Signal::stored("How many to add. A multi token has up to 100,000 in all.".to_owned())/>
                {form.failure()}
            </div>
            {foot("Add codes", form.busy.into())}
        </form>
    }
    .into_any()
}
