//! *New campaign*: what recipients get, and how it looks.

use domain::campaigns::{CampaignForm, CampaignKind, DesignChoice, Reminders};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::api;
use super::edit::Typed;
use crate::routes;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState, Select};

/// The dialog.
#[component]
pub fn Create(designs: Vec<DesignChoice>, #[prop(into)] on_close: Callback<()>) -> AnyView {
    view! { <Dialog title="New campaign" class="wide" on_close><Fields designs/></Dialog> }.into_any()
}

#[component]
fn Fields(designs: Vec<DesignChoice>) -> AnyView {
    let form = FormState::new("campaign");
    let go = use_navigate();
    let text = |start: &str| RwSignal::new(start.to_owned());
    let kind = text(CampaignKind::Certificate.key());
    let texts = Typed::new(CampaignForm {
        reminders: Reminders::USUAL.to_owned(),
        ..CampaignForm::default()
    });
    let (template, colour) = (text(""), text("#1d4ed8"));
    let typed = move || CampaignForm {
        template: template.get(),
        colour: colour.get(),
        ..texts.form(kind.get())
    };
    let kinds: Vec<_> = CampaignKind::ALL
        .map(|kind| (kind.key().to_owned(), kind.label().to_owned()))
        .into();
    let templates = Signal::derive(move || {
        let wanted = kind.get();
        let fits = |design: &&DesignChoice| design.kind.key() == wanted;
        let own = designs
            .iter()
            .filter(fits)
            .map(|design| (design.key.clone(), design.label.clone()));
        own.collect::<Vec<_>>()
    });
    // A template of the other kind would be refused.
    Effect::new(move |_| {
        let there = templates.get();
        if !there
            .iter()
            .any(|(key, _)| template.with_untracked(|template| template == key))
        {
            template.set(there.first().map(|(key, _)| key.clone()).unwrap_or_default());
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = untrack(typed);
        if form.fits(typed.parse()) {
            let go = go.clone();
            form.send(api::create_campaign(typed), move |view| {
                go(&routes::design(view.row.id), Default::default());
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Select form name="kind" label="Type" value=kind options=Signal::stored(kinds)/>
                {texts.fields(form)}
                <Select form name="template" label="Design" value=template options=templates/>
                <Field form name="colour" label="Colour" value=colour
                    hint=Signal::stored("As #rrggbb.".to_owned())/>
                <img class="preview" alt="Preview of the design"
                    src=move || routes::campaign_preview(&kind.get(), &template.get(), &colour.get())/>
                {form.failure()}
            </div>
            {foot("Create", form.busy.into())}
        </form>
    }
    .into_any()
}
