//! *Add recipients*: typed or pasted, one on a line.

use domain::CampaignId;
use domain::campaigns::{AddedRecipients, pasted};
use leptos::prelude::*;

use super::api;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::toast::Toasts;

/// The dialog.
#[component]
pub fn Add(campaign: CampaignId, #[prop(into)] on_close: Callback<()>) -> AnyView {
    view! {
        <Dialog title="Add recipients" on_close>
            <Fields campaign/>
            <form class="form" method="post" action=routes::import(campaign) enctype="multipart/form-data">
                <div class="body">
                    <h3>"Or from a file"</h3>
                    <div class="field">
                        <label for="import-file">"CSV file"</label>
                        <input id="import-file" name="file" type="file" accept=".csv,.tsv,.txt,text/csv" required/>
                        <small>"Its first row names the columns: name and email, or first name, last name and email."</small>
                    </div>
                    <label><input type="checkbox" name="good_only" value="yes"/>" Add the good rows even if others are bad"</label>
                </div>
                <footer><button type="submit" class="button">"Import"</button></footer>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(campaign: CampaignId) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("add");
    let recipients = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = recipients.get_untracked();
        let parsed = pasted(&typed).map_err(|refusal| refusal.problems().cloned().unwrap_or_default());
        if form.fits(parsed) {
            form.send(api::add_recipients(campaign, typed), move |added| {
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
