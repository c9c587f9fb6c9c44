//! The dialog that does the same to many tokens: what it will do, how far it is, and what became of it, with a way back.

use std::time::Duration;

use domain::access_tokens::bulk::{BulkAction, BulkForm, BulkView, Chosen};
use domain::form::grouped;
use domain::jobs::JobState;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::Desk;
use super::api;
use crate::error::ApiError;
use crate::rpc::Coming;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::meter::meter;
use crate::ui::notice;

/// How long after it was begun, and between two looks, it is asked how far it is.
const SOON: Duration = Duration::from_millis(150);
const BETWEEN: Duration = Duration::from_millis(700);

/// The dialog.
#[component]
pub fn Bulk(desk: Desk, action: BulkAction, chosen: Chosen, on_close: Callback<()>) -> AnyView {
    let which = match &chosen {
        Chosen::These(ids) if ids.len() == 1 => "1 token".to_owned(),
        Chosen::These(ids) => format!("{} tokens", grouped(ids.len() as i64)),
        Chosen::AllThatFit {
            expected: Some(all), ..
        } => format!("all {} tokens that fit", grouped(*all)),
        Chosen::AllThatFit { .. } => "all tokens that fit".to_owned(),
    };
    let class = if action.can_be_undone() { "" } else { "final" };
    view! {
        <Dialog title=format!("{}: {which}", action.label()) class on_close>
            <Work desk action chosen/>
        </Dialog>
    }
    .into_any()
}

/// How far it is.
#[derive(Clone, Copy)]
struct Far {
    view: RwSignal<Option<BulkView>>,
    failed: RwSignal<Option<ApiError>>,
    desk: Desk,
}

#[component]
fn Work(desk: Desk, action: BulkAction, chosen: Chosen) -> AnyView {
    let form = FormState::new("bulk");
    let expires = RwSignal::new(String::new());
    let far = Far {
        view: RwSignal::new(None),
        failed: RwSignal::new(None),
        desk,
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let asked = BulkForm {
            action,
            expires: expires.get_untracked(),
            chosen: chosen.clone(),
        };
        if form.fits(asked.parse()) {
            form.send(api::act_on_tokens(asked), move |view| far.begun(view));
        }
    };
    let submit = StoredValue::new(submit);
    (move || match far.view.get() {
        Some(view) => far.shown(&view),
        None => view! {
            <form class="form" novalidate on:submit=move |event| submit.with_value(|submit| submit(event))>
                <div class="body">
                    <p>{action.sentence()}</p>
                    {(action == BulkAction::ChangeExpiry).then(|| view! {
                        <Field form name="expires" label="Expires" value=expires kind=Kind::Date first=true/>
                    })}
                    {form.failure()}
                </div>
                {foot(action.label(), form.busy.into())}
            </form>
        }
        .into_any(),
    })
    .into_any()
}

impl Far {
    /// Shows what was begun, and asks how far it is until it has ended.
    fn begun(self, view: BulkView) {
        self.failed.try_set(None);
        let id = view.id;
        self.view.try_set(Some(view));
        if let Some(selection) = self.desk.selection {
            selection.clear();
        }
        spawn_local(async move {
            let mut wait = SOON;
            // Whoever closes the dialog does not stop it.
            while self.view.try_get_untracked().is_some() {
                sleep(wait).await;
                wait = BETWEEN;
                if let Ok(now) = api::get_bulk(id).await {
                    let has_ended = now.progress.state != JobState::Running;
                    self.view.try_set(Some(now));
                    if has_ended {
                        break;
                    }
                }
            }
            if let Some(selection) = self.desk.selection {
                selection.list.reload();
            }
        });
    }

    fn send(self, answer: Coming<BulkView>) {
        spawn_local(async move {
            match answer.await {
                Ok(view) => self.begun(view),
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
        });
    }

    fn shown(self, view: &BulkView) -> AnyView {
        let opened = Opened::around();
        let close = move |_| {
            if let Some(opened) = opened {
                opened.close();
            }
        };
        let (id, job) = (view.id, view.progress.id);
        let is_running = view.progress.state == JobState::Running;
        let refusals: Vec<_> = view
            .refusals
            .iter()
            .map(|one| view! { <li><b>{one.name.clone()}</b>": "{one.reason.clone()}</li> })
            .collect();
        let stop = move |_| {
            self.send(Box::pin(async move {
                api::cancel_job(job).await?;
                api::get_bulk(id).await
            }));
        };
        let undo = move |_| self.send(Box::pin(api::undo_bulk(id)));
        view! {
            <div class="body">
                <p role="status">{sentence(view)}</p>
                {is_running.then(|| meter(view.progress.done, view.progress.total))}
                {(!refusals.is_empty()).then(|| view! { <ul aria-label="Refused" tabindex="0">{refusals}</ul> })}
                {move || self.failed.get().map(|error| notice::problem(&error, None))}
            </div>
            <footer>
                {is_running.then(|| view! { <button type="button" class="button" on:click=stop>"Stop"</button> })}
                {view.can_be_undone().then(|| view! { <button type="button" class="button" on:click=undo>"Undo"</button> })}
                <button type="button" class="button primary" autofocus on:click=close>{if is_running { "Close" } else { "Done" }}</button>
            </footer>
        }
        .into_any()
    }
}

/// How far it is, or what became of it.
fn sentence(view: &BulkView) -> String {
    let progress = &view.progress;
    let were = |many: i64| match many {
        1 => "1 was".to_owned(),
        many => format!("{} were", grouped(many)),
    };
    let mut said = match progress.state {
        JobState::Running => {
            return format!("{} of {}", grouped(progress.done), grouped(progress.total));
        }
        JobState::Done if view.is_undo && view.changed == 1 => "1 is as before again.".to_owned(),
        JobState::Done if view.is_undo => format!("{} are as before again.", grouped(view.changed)),
        JobState::Done => format!("{} {}.", were(view.changed), view.action.done()),
        JobState::Cancelled => format!("Stopped. {} {}.", were(view.changed), view.action.done()),
    };
    if view.unchanged > 0 {
        said += &format!(" {} so already.", were(view.unchanged));
    }
    if view.refused > 0 {
        said += &format!(" {} refused.", were(view.refused));
    }
    said
}
