//! *Add recipients*: typed or pasted, one on a line.

use domain::CampaignId;
use domain::campaigns::{AddedRecipients, CampaignView, pasted};
use leptos::prelude::*;

use super::api;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::toast::Toasts;

/// The dialog.
#[component]
pub fn Add(
    campaign: CampaignId,
    view: RwSignal<CampaignView>,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    view! {
        <Dialog title="Add recipients" on_close>
            <Fields campaign view/>
            <div class="body"><p>"From a file or a larger table: "<a href=routes::import(campaign)>"Import"</a>"."</p></div>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(campaign: CampaignId, view: RwSignal<CampaignView>) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("add");
    let recipients = RwSignal::new(String::new());
    // What was refused once and is sent again unchanged is meant.
    let sent = StoredValue::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = recipients.get_untracked();
        let refused = form
            .problems
            .with_untracked(|found| found.at("recipients").is_some());
        let anyway = refused && sent.with_value(|sent| *sent == typed);
        let parsed = pasted(&typed).map_err(|refusal| refusal.problems().cloned().unwrap_or_default());
        if form.fits(parsed) {
            sent.set_value(typed.clone());
            form.send(api::add_recipients(campaign, typed, anyway), move |added| {
                toasts.say(said(added));
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="recipients" label="Recipients" value=recipients kind=Kind::Lines(8) first=true
                    hint=Signal::stored("One on each line: name, address. Copied from a spreadsheet is fine.".to_owned())/>
                <p class="says">{move || view.with(|view| view.row.state.mails_of_added())}</p>
                {form.failure()}
            </div>
            {foot("Add", form.busy.into())}
        </form>
    }
    .into_any()
}

/// What became of them, in a sentence.
pub(super) fn said(added: AddedRecipients) -> String {
    let AddedRecipients { added, skipped } = added;
    let recipients = if added == 1 { "recipient" } else { "recipients" };
    match skipped {
        0 => format!("Added {added} {recipients}."),
        _ => format!("Added {added} {recipients}; {skipped} were there already."),
    }
}
