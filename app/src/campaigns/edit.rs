//! *Edit*: what a campaign says of what it gives, how long that is valid, and who is reminded.

use domain::campaigns::{ACHIEVEMENT_TYPES, CampaignForm, CampaignView, achievement_words};
use leptos::prelude::*;

use super::api;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::toast::Toasts;

/// What is typed of a campaign, whether it is new or not.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    title: RwSignal<String>,
    description: RwSignal<String>,
    criteria: RwSignal<String>,
    valid_days: RwSignal<String>,
    reminders: RwSignal<String>,
    achievement_type: RwSignal<String>,
    languages: RwSignal<String>,
    grouped: RwSignal<bool>,
}

impl Typed {
    /// Fields that are filled in like this.
    pub(super) fn new(form: CampaignForm) -> Self {
        Self {
            title: RwSignal::new(form.title),
            description: RwSignal::new(form.description),
            criteria: RwSignal::new(form.criteria),
            valid_days: RwSignal::new(form.valid_days),
            reminders: RwSignal::new(form.reminders),
            achievement_type: RwSignal::new(form.achievement_type),
            languages: RwSignal::new(form.languages),
            grouped: RwSignal::new(form.grouped),
        }
    }

    /// What stands in them.
    pub(super) fn form(self, kind: String) -> CampaignForm {
        CampaignForm {
            kind,
            title: self.title.get(),
            description: self.description.get(),
            criteria: self.criteria.get(),
            valid_days: self.valid_days.get(),
            reminders: self.reminders.get(),
            achievement_type: self.achievement_type.get(),
            languages: self.languages.get(),
            grouped: self.grouped.get(),
            ..CampaignForm::default()
        }
    }

    /// The fields.
    pub(super) fn fields(self, form: FormState) -> AnyView {
        let hint = |words: &str| Signal::stored(words.to_owned());
        let mut types = vec![(String::new(), "As its type".to_owned())];
        types.extend(ACHIEVEMENT_TYPES.map(|key| (key.to_owned(), achievement_words(key))));
        // One of their own, which programs name.
        let own = self.achievement_type.get_untracked();
        if !types.iter().any(|(key, _)| *key == own) {
            types.push((own.clone(), own));
        }
        view! {
            <Field form name="title" label="Title" value=self.title first=true/>
            <Field form name="description" label="Description" value=self.description kind=Kind::Lines(3)
                hint=hint("What it says about its recipient. It stands on the certificate.")/>
            <Field form name="criteria" label="Criteria" value=self.criteria kind=Kind::Lines(3)
                hint=hint("What had to be done for it.")/>
            <Select form name="achievement_type" label="Achievement type" value=self.achievement_type
                options=Signal::stored(types) hint=hint("What verifiers and other sites take it for.")/>
            <Field form name="languages" label="Languages" value=self.languages
                hint=hint("That of these texts first, then others that mails come in, such as de, en. Blank: not said.")/>
            <Field form name="valid_days" label="Valid for days" value=self.valid_days kind=Kind::Number
                hint=hint("Blank: for ever.")/>
            <Field form name="reminders" label="Reminders after days" value=self.reminders
                hint=hint("To those who did not claim, such as 3, 10, 30. They stop at the claim. Blank: none.")/>
            <label class="tick">
                <input type="checkbox" prop:checked=move || self.grouped.get()
                    on:change=move |event| self.grouped.set(event_target_checked(&event))/>
                <span>"One mail for recipients who share an address, with a link for each of them"</span>
            </label>
        }
        .into_any()
    }
}

/// The dialog.
#[component]
pub(super) fn Edit(view: RwSignal<CampaignView>, #[prop(into)] on_close: Callback<()>) -> AnyView {
    view! { <Dialog title="Edit campaign" class="wide" on_close><Fields view/></Dialog> }.into_any()
}

#[component]
fn Fields(view: RwSignal<CampaignView>) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("edit");
    let now = view.get_untracked();
    let (id, kind) = (now.row.id, now.row.kind.key());
    let typed = Typed::new(CampaignForm {
        title: now.row.title,
        description: now.description,
        criteria: now.criteria,
        valid_days: now.valid_days.map(|days| days.to_string()).unwrap_or_default(),
        reminders: now.reminders.to_string(),
        achievement_type: now.achievement_type,
        languages: now.languages.to_string(),
        grouped: now.grouped,
        ..CampaignForm::default()
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = untrack(|| typed.form(kind.to_owned()));
        if form.fits(typed.parse()) {
            form.send(api::update_campaign(id, typed), move |now| {
                toasts.say("Saved.");
                view.try_set(now);
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"What was claimed already keeps what it says; what is claimed from now on says what stands here."</p>
                {typed.fields(form)}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
