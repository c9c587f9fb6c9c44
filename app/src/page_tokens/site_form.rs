//! The form of a site: where it is, who may ask about it, what a refused visitor gets.

use domain::Problems;
use domain::form::Edited;
use domain::page_tokens::sites::{OnRefusal, SiteForm, SiteRow};
use leptos::prelude::*;

use super::api;
use super::fields::tick;
use super::sites::OpenDialog;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Select};

/// The dialog that adds a site, or changes one.
#[component]
pub fn SiteDialog(
    row: Option<SiteRow>,
    sites: RwSignal<Vec<SiteRow>>,
    dialog: RwSignal<Option<OpenDialog>>,
    on_close: Callback<()>,
) -> AnyView {
    let title = if row.is_some() {
        "Edit the site"
    } else {
        "Add a site"
    };
    view! {
        <Dialog title class="wide" on_close>
            <SiteFields row sites dialog/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn SiteFields(
    row: Option<SiteRow>,
    sites: RwSignal<Vec<SiteRow>>,
    dialog: RwSignal<Option<OpenDialog>>,
) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("site");
    let id = row.as_ref().map(|row| row.id);
    let start = match row {
        Some(row) => row.form(),
        None => SiteForm {
            on_refusal: OnRefusal::Error.key().to_owned(),
            ..SiteForm::default()
        },
    };
    let shown = StoredValue::new(start.clone());
    let address = RwSignal::new(start.address);
    let trusted_networks = RwSignal::new(start.trusted_networks);
    let on_refusal = RwSignal::new(start.on_refusal);
    let log_refusals = RwSignal::new(start.log_refusals);
    let groups = RwSignal::new(start.groups);
    let token_parameter = RwSignal::new(start.token_parameter);
    let open_paths = RwSignal::new(start.open_paths);
    let asserts = RwSignal::new(start.asserts);
    let typed = move || SiteForm {
        address: address.get_untracked(),
        trusted_networks: trusted_networks.get_untracked(),
        on_refusal: on_refusal.get_untracked(),
        log_refusals: log_refusals.get_untracked(),
        groups: groups.get_untracked(),
        token_parameter: token_parameter.get_untracked(),
        open_paths: open_paths.get_untracked(),
        asserts: asserts.get_untracked(),
    };
    let put = move |form: SiteForm| {
        for (field, text) in [
            (address, form.address),
            (trusted_networks, form.trusted_networks),
            (on_refusal, form.on_refusal),
            (log_refusals, form.log_refusals),
            (groups, form.groups),
            (token_parameter, form.token_parameter),
            (open_paths, form.open_paths),
            (asserts, form.asserts),
        ] {
            field.try_set(text);
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = typed();
        if !form.fits(typed.parse()) {
            return;
        }
        match id {
            Some(id) => {
                let opened_with = shown.get_value();
                let answer = api::edit_site(id, typed.clone(), opened_with.clone());
                form.send(answer, move |edited| {
                    let (row, problems) = match edited {
                        Edited::Saved(row) => (row, Problems::default()),
                        Edited::Meanwhile(row) => {
                            let (mut typed, now) = (typed, row.form());
                            let problems = typed.settle(&opened_with, &now);
                            put(typed);
                            shown.try_set_value(now);
                            (row, problems)
                        }
                    };
                    let is_saved = problems.is_empty();
                    form.refuse(problems);
                    sites.try_update(|sites| {
                        sites
                            .iter_mut()
                            .filter(|site| site.id == id)
                            .for_each(|site| *site = row.clone());
                    });
                    if is_saved && let Some(opened) = opened {
                        opened.close();
                    }
                });
            }
            None => form.send(api::add_site(typed), move |(row, secret)| {
                sites.try_update(|sites| {
                    sites.push(row);
                    sites.sort_by(|one, other| one.address.cmp(&other.address));
                });
                dialog.try_set(Some(OpenDialog::Secret(secret)));
            }),
        }
    };
    let choices: Vec<(String, String)> = OnRefusal::ALL
        .map(|one| (one.key().to_owned(), one.label().to_owned()))
        .to_vec();
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                <Field form name="address" label="Address" value=address first=true hint=hint("Scheme, host and port, such as https://shop.example.org")/>
                <Field form name="trusted_networks" label="Trusted networks" value=trusted_networks
                    hint=hint("Where its proxies ask from, such as 127.0.0.1/32. Blank: they send the site's secret.")/>
                <Select form name="on_refusal" label="A refused visitor gets" value=on_refusal options=Signal::stored(choices)/>
                <Field form name="groups" label="Groups that exist" value=groups hint=hint("Separated by comma. Blank: any.")/>
                <div class="two">
                    <Field form name="token_parameter" label="Name of the parameter" value=token_parameter hint=hint("Blank: TOKEN, in any case")/>
                    <Field form name="open_paths" label="Folders with assets of every page" value=open_paths hint=hint("Such as /static/,/images/")/>
                </div>
                {tick("log_refusals", "Write the rule of each refusal into the server's log", log_refusals)}
                {tick("asserts", "Send the back end a signed assertion (Tokenwright-Assertion), which it checks itself", asserts)}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
