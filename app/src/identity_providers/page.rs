//! *Sign-in providers*: a card for each, and a form that sets another one up.

use domain::Permission;
use domain::identity_providers::{ProviderList, ProviderRow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::api;
use super::fields::ProviderFields;
use crate::access_tokens::CopyField;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{self, icon};
use crate::ui::notice;
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;

/// The open dialog of a provider.
#[derive(Clone)]
enum Open {
    Add,
    Edit(Box<ProviderRow>),
    Remove(Box<ProviderRow>),
}

/// The page.
pub fn providers_page() -> AnyView {
    view! {
        <Title text="Sign-in providers"/>
        <a class="back" href=routes::CAMPAIGNS>{icon(icon::BACK)}"Certificates"</a>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::list_providers()),
            |list| view! { <Providers list/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

#[component]
fn Providers(list: ProviderList) -> AnyView {
    let may_manage = RequestContext::current().may(Permission::OrganisationManage);
    let rows = RwSignal::new(list.rows);
    let open = RwSignal::new(None::<Open>);
    let on_close = Callback::new(move |()| open.set(None));
    view! {
        <div class="head">
            <h1>"Sign-in providers"</h1>
            <span class="switch"></span>
            {may_manage.then(|| view! {
                <button type="button" class="button primary" on:click=move |_| open.set(Some(Open::Add))>
                    {icon(icon::PLUS)}"Add a provider"
                </button>
            })}
        </div>
        <p class="quiet">
            "Recipients connect a profile at one of these, or prove a mailbox. A claim token is locked to that one profile."
        </p>
        <section class="panel narrow">
            <CopyField id="redirect" label="Redirect address" text=list.redirect action="Copy"/>
            <p class="fine">"Register it at each provider, exactly so. Browsers come back to it and to no other."</p>
        </section>
        {move || rows.with(Vec::is_empty).then(|| notice::empty(
            "No provider is set up yet",
            "Recipients prove their mailbox by a code. Add LinkedIn, Google, Microsoft or any other provider of OpenID Connect to offer it beside that.",
            ().into_any(),
        ))}
        <ul class="site-cards">
            {move || rows.get().into_iter().map(|row| card(row, open, may_manage)).collect_view()}
        </ul>
        {move || open.get().map(|now| match now {
            Open::Add => view! {
                <Dialog title="Add a provider" class="wide" on_close><ProviderFields row=None rows/></Dialog>
            }.into_any(),
            Open::Edit(row) => view! {
                <Dialog title="Edit the provider" class="wide" on_close><ProviderFields row=Some(*row) rows/></Dialog>
            }.into_any(),
            Open::Remove(row) => view! {
                <Dialog title=format!("Remove {}", row.label) on_close><Remove row=*row rows on_close/></Dialog>
            }.into_any(),
        })}
    }
    .into_any()
}

fn card(row: ProviderRow, open: RwSignal<Option<Open>>, may_manage: bool) -> AnyView {
    let offered = if row.enabled {
        "Offered to recipients."
    } else {
        "Not offered to recipients."
    };
    let (label, issuer, client_id) = (row.label.clone(), row.issuer.clone(), row.client_id.clone());
    let kept = StoredValue::new(row);
    let edit = move |_| open.set(Some(Open::Edit(Box::new(kept.get_value()))));
    let remove = move |_| open.set(Some(Open::Remove(Box::new(kept.get_value()))));
    view! {
        <li>
            <h3>{label}</h3>
            <p><code>{issuer}</code>" · "<code>{client_id}</code>" · "{offered}</p>
            {may_manage.then(|| view! {
                <div class="buttons">
                    <button type="button" class="button small" on:click=edit>"Edit"</button>
                    <button type="button" class="button small" on:click=remove>"Remove"</button>
                </div>
            })}
        </li>
    }
    .into_any()
}

#[component]
fn Remove(row: ProviderRow, rows: RwSignal<Vec<ProviderRow>>, on_close: Callback<()>) -> AnyView {
    let toasts = Toasts::current();
    let id = row.id;
    let remove = move |_| {
        spawn_local(async move {
            match api::remove_provider(id).await {
                Ok(()) => {
                    rows.try_update(|rows| rows.retain(|row| row.id != id));
                    toasts.say("The provider was removed.");
                }
                Err(error) => toasts.say(error.to_string()),
            }
            on_close.run(());
        });
    };
    view! {
        <div class="body">
            <p>
                "Nobody can connect a profile there any more. Tokens that its profiles hold stay locked to them, and their credentials stay valid; reset a token to let another profile claim it."
            </p>
        </div>
        <footer>
            <button type="button" class="button danger" on:click=remove>"Remove"</button>
        </footer>
    }
    .into_any()
}
