//! The dialogs about many rows: the question before it begins, and who was refused.

use domain::TokenId;
use domain::access_tokens::bulk::{BulkAction, BulkForm, BulkView};
use domain::form::grouped;
use leptos::prelude::*;

use super::Many;
use crate::access_tokens::{api, presets};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};

/// The dialog that asks before it begins.
#[component]
pub fn Question(many: Many, action: BulkAction, on_close: Callback<()>) -> AnyView {
    let chosen = many.list.say(untrack(move || many.count()));
    let title = match action {
        BulkAction::ChangeExpiry => format!("Change expiry of {chosen}"),
        BulkAction::NewLink => format!("Send new links for {chosen}"),
        BulkAction::ClearAssignment => format!("Clear the assignment of {chosen}"),
        _ => format!("{} {chosen}", action.label()),
    };
    let class = if action.can_be_undone() { "" } else { "final" };
    view! {
        <Dialog title class on_close>
            <Fields many action/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(many: Many, action: BulkAction) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("many");
    let expires = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let ids = move || {
            many.chosen
                .with_untracked(|chosen| chosen.iter().copied().map(TokenId).collect())
        };
        let asked = BulkForm {
            action,
            expires: expires.get_untracked(),
            chosen: match many.every.get_untracked() {
                true => many.list.every(),
                false => many.list.these(ids()),
            },
        };
        if form.fits(asked.parse()) {
            form.send(api::act_on_tokens(asked), move |begun| {
                many.begun(begun);
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    let meant = form.problem("chosen");
    let day = (action == BulkAction::ChangeExpiry).then(|| {
        view! {
            <Field form name="expires" label="Expires" value=expires kind=Kind::Date first=true/>
            {presets::presets(expires, RequestContext::current().today())}
        }
    });
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>{action.sentence()}</p>
                {day}
                {move || meant.get().map(|sentence| view! { <p class="field-problem" role="alert">{sentence}</p> })}
                {form.failure()}
            </div>
            {foot(action.label(), form.busy.into())}
        </form>
    }
    .into_any()
}

/// The dialog that says who was refused, and why.
pub fn refused(work: &BulkView, on_close: Callback<()>) -> AnyView {
    let title = format!("Refused: {}", grouped(work.refused));
    let first = i64::try_from(work.refusals.len()).unwrap_or_default();
    let are_more = first < work.refused;
    let rows = work
        .refusals
        .iter()
        .map(|one| view! { <li><span class="titles">{one.name.clone()}</span><span class="quiet">{one.reason.clone()}</span></li> })
        .collect_view();
    view! {
        <Dialog title on_close>
            <div class="body">
                {are_more.then(|| view! { <p>{format!("The first {} are listed.", grouped(first))}</p> })}
                <ul class="plain-list results" tabindex="0" aria-label="Refused, and why">{rows}</ul>
            </div>
        </Dialog>
    }
    .into_any()
}
