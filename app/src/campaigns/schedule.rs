//! *Start at a time*: a draft that starts by itself.

use domain::CampaignId;
use domain::campaigns::{CampaignView, ScheduleForm};
use leptos::prelude::*;

use super::api;
use crate::error::ApiError;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::FormState;
use crate::ui::toast::Toasts;

/// The dialog.
#[component]
pub fn Schedule(
    campaign: CampaignId,
    view: RwSignal<CampaignView>,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    view! { <Dialog title="Start at a time" on_close><Fields campaign view/></Dialog> }.into_any()
}

#[component]
fn Fields(campaign: CampaignId, view: RwSignal<CampaignView>) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("schedule");
    let typed = RwSignal::new(String::new());
    let problem = form.problem("starts_at");
    let send = move |starts_at: String| {
        form.problems.set(domain::Problems::default());
        // What was refused once and is saved again is meant.
        let anyway = form
            .failed
            .with_untracked(|failed| matches!(failed, Some(ApiError::Refused(_))));
        form.send(
            api::schedule(campaign, ScheduleForm { starts_at, anyway }),
            move |now| {
                toasts.say(match &now.starts {
                    Some(at) => format!("The campaign starts on {}.", at.minute),
                    None => "The campaign starts when somebody starts it.".to_owned(),
                });
                view.try_set(now);
                if let Some(opened) = opened {
                    opened.close();
                }
            },
        );
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send(typed.get_untracked());
    };
    let is_set = view.with_untracked(|view| view.starts.is_some());
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"Recipients can claim from then on, and get their mails."</p>
                <div class="field">
                    <label for="schedule-starts_at">"Date and time"</label>
                    <input id="schedule-starts_at" class="input" type="datetime-local" autofocus=true
                        aria-describedby="schedule-starts_at-hint"
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))/>
                    <small id="schedule-starts_at-hint">"By the clocks of your organisation."</small>
                    {move || problem.get().map(|sentence| view! { <p class="field-problem">{sentence}</p> })}
                </div>
                {is_set.then(|| view! {
                    <button type="button" class="button" on:click=move |_| send(String::new())>"Do not start by itself"</button>
                })}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
