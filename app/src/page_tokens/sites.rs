//! *Sites*: where they are, who may ask about them, what a refused visitor gets.

use domain::SiteId;
use domain::page_tokens::sites::SiteRow;
use leptos::prelude::*;

use super::dialogs::SiteDialogs;
use crate::ui::notice;

/// Which dialog is open.
#[derive(Clone)]
pub enum OpenDialog {
    /// To add a site.
    Add,
    /// To change one.
    Edit(Box<SiteRow>),
    /// To see the secret that one was given.
    Secret(String),
    /// To give it a new one.
    Renew(SiteId),
    /// To remove it.
    Remove(SiteId),
}

/// The sites, and the dialogs that change them.
#[component]
pub fn Sites(sites: RwSignal<Vec<SiteRow>>, manages: bool) -> AnyView {
    let dialog = RwSignal::new(None::<OpenDialog>);
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
            <SiteDialogs sites dialog/>
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
        site.on_refusal.label().to_ascii_lowercase()
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
