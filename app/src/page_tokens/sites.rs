//! *Sites*: where they are, who may ask about them, what a refused visitor gets.

use domain::form::Edited;
use domain::page_tokens::sites::{OnRefusal, SiteForm, SiteRow};
use domain::{Problems, SiteId};
use leptos::prelude::*;

use super::api;
use super::fields::tick;
use super::question::{RemoveSite, RenewSecret};
use crate::access_tokens::CopyField;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Select};
use crate::ui::notice;

#[derive(Clone)]
enum OpenDialog {
    Add,
    Edit(Box<SiteRow>),
    Secret(String),
    Renew(SiteId),
    Remove(SiteId),
}

/// The sites, and the dialogs that change them.
#[component]
pub fn Sites(sites: RwSignal<Vec<SiteRow>>, manages: bool) -> AnyView {
    let dialog = RwSignal::new(None::<OpenDialog>);
    let on_close = Callback::new(move |()| {
        // The secret of a site that was just added takes the place of the form, and stays.
        if !matches!(dialog.get_untracked(), Some(OpenDialog::Secret(_))) {
            dialog.set(None);
        }
    });
    let done = Callback::new(move |()| dialog.set(None));
    let renewed = Callback::new(move |secret| dialog.set(Some(OpenDialog::Secret(secret))));
    view! {
        <section aria-labelledby="sites-heading">
            <div class="head">
                <h2 id="sites-heading">"Sites"</h2>
                {manages.then(|| view! {
                    <button type="button" class="button primary" on:click=move |_| dialog.set(Some(OpenDialog::Add))>"Add a site"</button>
                })}
            </div>
            {move || sites.with(Vec::is_empty).then(|| notice::empty(
                "No site is guarded yet",
                "Add the address of a site, and let its reverse proxy ask here before it lets anybody in: docs/gate has a configuration for nginx, Caddy, Traefik, Envoy and HAProxy.",
                ().into_any(),
            ))}
            <ul class="site-cards">
                {move || sites.get().into_iter().map(|site| card(site, dialog, manages)).collect_view()}
            </ul>
            {move || dialog.get().map(|open| match open {
                OpenDialog::Add => view! { <SiteDialog row=None sites dialog on_close/> }.into_any(),
                OpenDialog::Edit(row) => view! { <SiteDialog row=Some(*row) sites dialog on_close/> }.into_any(),
                OpenDialog::Renew(id) => view! { <RenewSecret id renewed on_close/> }.into_any(),
                OpenDialog::Remove(id) => view! { <RemoveSite id sites on_close/> }.into_any(),
                OpenDialog::Secret(secret) => view! {
                    <Dialog title="The site's secret" class="share" on_close=done>
                        <div class="body">
                            <CopyField id="site-secret" label="Secret" text=secret action="Copy secret"/>
                            <p class="fine">"The site's proxy sends it as Tokenwright-Site-Secret, where it does not ask from a trusted network. It is shown this once."</p>
                        </div>
                    </Dialog>
                }.into_any(),
            })}
        </section>
    }
    .into_any()
}

fn card(site: SiteRow, dialog: RwSignal<Option<OpenDialog>>, manages: bool) -> AnyView {
    let id = site.id;
    let networks = if site.trusted_networks.is_empty() {
        "Its proxy sends the site's secret.".to_owned()
    } else {
        format!(
            "Its proxies ask from {}.",
            site.trusted_networks.replace(',', ", ")
        )
    };
    let groups = if site.groups.is_empty() {
        "Any groups.".to_owned()
    } else {
        format!("Groups: {}.", site.groups.replace(',', ", "))
    };
    let tokens = match site.tokens {
        1 => "1 token".to_owned(),
        many => format!("{} tokens", domain::form::grouped(many)),
    };
    let refused = format!(
        "A refused visitor gets: {}.",
        site.on_refusal.label().to_lowercase()
    );
    let address = site.address.clone();
    let edit = move |_| dialog.set(Some(OpenDialog::Edit(Box::new(site.clone()))));
    let renew = move |_| dialog.set(Some(OpenDialog::Renew(id)));
    let remove = move |_| dialog.set(Some(OpenDialog::Remove(id)));
    view! {
        <li>
            <h3>{address}</h3>
            <p>{tokens}" · "{networks}" "{groups}" "{refused}</p>
            {manages.then(|| view! {
                <div class="buttons">
                    <button type="button" class="button small" on:click=edit>"Edit"</button>
                    <button type="button" class="button small" on:click=renew>"New secret"</button>
                    <button type="button" class="button small" on:click=remove>"Remove"</button>
                </div>
            })}
        </li>
    }
    .into_any()
}

#[component]
fn SiteDialog(
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
