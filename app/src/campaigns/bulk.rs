//! The same for many recipients at once: who is chosen, what it will do, and what became of it for each.

use std::time::Duration;

use domain::Permission;
use domain::campaigns::bulk::{BatchView, BulkAction, BulkForm};
use domain::form::grouped;
use domain::jobs::JobState;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::campaign::Asked;
use super::recipients::Recipients;
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState};
use crate::ui::meter::meter;

/// What stands above the list while somebody is chosen.
#[component]
pub fn Bulk(recipients: Recipients, open: RwSignal<Option<Asked>>) -> AnyView {
    let visit = RequestContext::current();
    if !visit.may(Permission::CampaignsManage) {
        return ().into_any();
    }
    let (chosen, all) = (recipients.chosen, recipients.everybody);
    let none = move |_| recipients.choose_none();
    let is_any = move || all.get() || chosen.with(|chosen| !chosen.is_empty());
    let said = move || match all.get() {
        true => "Everybody who fits is chosen".to_owned(),
        false => format!(
            "{} chosen",
            grouped(chosen.with(|chosen| i64::try_from(chosen.len()).unwrap_or(i64::MAX)))
        ),
    };
    view! {
        {move || is_any().then(|| view! {
            <div class="chosen" role="group" aria-label="Work on the chosen recipients" data-acts="">
                <b role="status">{said}</b>
                {move || (!all.get()).then(|| view! {
                    <button type="button" class="button small" on:click=move |_| all.set(true)>"Choose everybody who fits"</button>
                })}
                <button type="button" class="button small" on:click=none>"Choose none"</button>
                {BulkAction::ALL.map(|action| view! {
                    <button type="button" class="button small" on:click=move |_| open.set(Some(Asked::Many(action)))>{action.label()}</button>
                }).into_iter().collect_view()}
            </div>
        })}
    }
    .into_any()
}

/// The dialog that says what will be done, does it, and says what became of it.
pub(super) fn dialog(recipients: Recipients, action: BulkAction, on_close: Callback<()>) -> AnyView {
    view! { <Dialog title=action.label() on_close><Work recipients action/></Dialog> }.into_any()
}

#[component]
fn Work(recipients: Recipients, action: BulkAction) -> AnyView {
    let form = FormState::new("bulk");
    let reason = RwSignal::new(String::new());
    let begun = RwSignal::new(None::<BatchView>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let asked = BulkForm {
            reason: reason.get_untracked(),
            ..recipients.meant(action)
        };
        form.send(api::act_on_many(recipients.campaign, asked), move |batch| {
            begun.try_set(Some(batch));
            recipients.choose_none();
            watch(begun);
        });
    };
    view! {
        {move || match begun.get() {
            Some(batch) => outcome(&batch),
            None => view! {
                <form class="form" novalidate on:submit=submit>
                    <div class="body">
                        <p>"For each of the chosen recipients:"</p>
                        <ul>{action.sentences().into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
                        {(action == BulkAction::RevokeCredential).then(|| view! {
                            <Field form name="reason" label="Reason" value=reason first=true
                                hint=Signal::stored("Everybody reads it on the public pages.".to_owned())/>
                        })}
                        {form.failure()}
                    </div>
                    {foot(action.label(), form.busy.into())}
                </form>
            }.into_any(),
        }}
    }
    .into_any()
}

/// How far it is, and who was refused why.
fn outcome(batch: &BatchView) -> AnyView {
    let is_running = batch.progress.state == JobState::Running;
    let refusals: Vec<_> = batch
        .refusals
        .iter()
        .map(|one| view! { <li><b>{one.name.clone()}</b>": "{one.reason.clone()}</li> })
        .collect();
    let word = match batch.progress.state {
        JobState::Running => "Under way",
        JobState::Done => "Done",
        JobState::Cancelled => "Stopped",
    };
    view! {
        <div class="body">
            <p role="status">{format!(
                "{word}: {} of {} done, {} refused.",
                grouped(batch.done), grouped(batch.progress.total), grouped(batch.refused)
            )}</p>
            {is_running.then(|| meter(batch.progress.done, batch.progress.total))}
            {(!refusals.is_empty()).then(|| view! { <ul aria-label="Refused">{refusals}</ul> })}
        </div>
    }
    .into_any()
}

/// Asks once a second while it runs.
fn watch(begun: RwSignal<Option<BatchView>>) {
    spawn_local(async move {
        while let Some(Some(batch)) = begun.try_get_untracked() {
            if batch.progress.state != JobState::Running {
                break;
            }
            sleep(Duration::from_secs(1)).await;
            if let Ok(now) = api::get_batch(batch.id).await {
                begun.try_set(Some(now));
            }
        }
    });
}
