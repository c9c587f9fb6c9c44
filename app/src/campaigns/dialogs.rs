//! The dialogs about one recipient. Before each action stands what it will do, from the same table that the server carries
//! out.

use domain::RecipientId;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{RecipientForm, RecipientRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::{CopyField, history};
use crate::error::ApiError;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::notice;
use crate::ui::toast::Toasts;

/// What is open, and about whom.
#[derive(Clone)]
pub(super) struct OpenDialog {
    pub(super) row: RecipientRow,
    pub(super) what: What,
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Copy,
    Action(RecipientAction),
    Correct,
    History,
}

/// The dialog that is open.
pub(super) fn dialog(open: OpenDialog, on_close: Callback<()>) -> AnyView {
    let OpenDialog { row, what } = open;
    let (id, name) = (row.id, row.name.clone());
    let (title, class) = match what {
        What::Copy => (format!("Token of {name}"), ""),
        What::Action(action @ (RecipientAction::RevokeCredential | RecipientAction::DeleteRecipient)) => {
            (format!("{}: {name}", action.label()), "final")
        }
        What::Action(action) => (format!("{}: {name}", action.label()), ""),
        What::Correct => (format!("Correct {name}"), ""),
        What::History => (format!("History of {name}"), "wide"),
    };
    view! {
        <Dialog title class on_close>
            {match what {
                What::Copy => view! { <Copy id/> }.into_any(),
                What::Action(action) => view! { <Confirm row action/> }.into_any(),
                What::Correct => view! { <Correct row/> }.into_any(),
                What::History => view! { <History id/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Copy(id: RecipientId) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let copied = api::copy_token(id).await;
        answer.try_set(Some(copied));
    });
    view! {
        <div class="body" aria-busy=move || answer.with(Option::is_none).then_some("true")>
            {move || answer.get().map(|answer| match answer {
                Ok(copied) => view! {
                    <CopyField id="claim-token" label="Token" text=copied.token action="Copy"/>
                    <CopyField id="claim-link" label="Link" text=copied.link action="Copy link"/>
                    <p class="fine">
                        "Type it on the Recipient View page. Whoever connects a profile first locks it: try it with a test recipient of your own. That you looked at it was recorded."
                    </p>
                }.into_any(),
                Err(error) => notice::problem(&error, None),
            })}
        </div>
    }
    .into_any()
}

#[component]
fn History(id: RecipientId) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let entries = api::recipient_history(id).await;
        answer.try_set(Some(entries));
    });
    view! {
        <div class="body scrolls" tabindex="0" aria-busy=move || answer.with(Option::is_none).then_some("true")>
            {move || answer.get().map(|answer| match answer {
                Ok(entries) => history::list(&entries),
                Err(error) => notice::problem(&error, None),
            })}
        </div>
    }
    .into_any()
}

/// What an action will do, in sentences.
pub(super) fn sentences(action: RecipientAction) -> AnyView {
    let sentences = action.sentences().into_iter();
    view! { <ul>{sentences.map(|one| view! { <li>{one}</li> }).collect_view()}</ul> }.into_any()
}

#[component]
fn Confirm(row: RecipientRow, action: RecipientAction) -> AnyView {
    let id = row.id;
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("action");
    let reason = RwSignal::new(String::new());
    let expires = RwSignal::new(row.credential_until.map(|end| end.input).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (reason, expires) = (reason.get_untracked(), expires.get_untracked());
        let acting = async move {
            match action {
                RecipientAction::SendAgain => api::send_again(id).await,
                RecipientAction::ChangeExpiry => api::change_expiry(id, expires).await,
                _ => api::act(id, action, reason).await,
            }
        };
        form.send(acting, move |()| {
            toasts.say(format!("{}: done.", action.label()));
            if let Some(opened) = opened {
                opened.close();
            }
        });
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                {sentences(action)}
                {(action == RecipientAction::RevokeCredential).then(|| view! {
                    <Field form name="reason" label="Reason" value=reason first=true
                        hint=Signal::stored("Everybody reads it on the public page.".to_owned())/>
                })}
                {(action == RecipientAction::ChangeExpiry).then(|| view! {
                    <Field form name="expires" label="Expires" value=expires kind=Kind::Date first=true
                        hint=Signal::stored("The last day; blank: never.".to_owned())/>
                })}
                {form.failure()}
            </div>
            {foot(action.label(), form.busy.into())}
        </form>
    }
    .into_any()
}

#[component]
fn Correct(row: RecipientRow) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("correct");
    let (name, email) = (RwSignal::new(row.name), RwSignal::new(row.email));
    let id = row.id;
    // What was refused once and is saved again unchanged is meant.
    let sent = StoredValue::new(None::<RecipientForm>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = RecipientForm {
            name: name.get_untracked(),
            email: email.get_untracked(),
        };
        if form.fits(typed.parse()) {
            let failed = form
                .failed
                .with_untracked(|failed| matches!(failed, Some(ApiError::Refused(_))));
            let anyway = failed && sent.with_value(|sent| sent.as_ref() == Some(&typed));
            sent.set_value(Some(typed.clone()));
            form.send(api::correct(id, typed, anyway), move |()| {
                toasts.say("Corrected.");
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                {sentences(RecipientAction::Correct)}
                <Field form name="name" label="Name" value=name first=true/>
                <Field form name="email" label="E-mail" value=email kind=Kind::Email/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
