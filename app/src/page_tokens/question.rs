//! What is asked before something that cannot be taken back.

use domain::page_tokens::list::PageTokenRow;
use domain::page_tokens::sites::SiteRow;
use domain::{SiteId, TokenId};
use leptos::prelude::*;

use super::api;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::toast::Toasts;

/// Ends a page token for good.
#[component]
pub fn Revoke(id: TokenId, changed: Callback<PageTokenRow>, on_close: Callback<()>) -> AnyView {
    let toasts = Toasts::current();
    let send = Callback::new(move |(form, close): (FormState, Callback<()>)| {
        form.send(api::revoke_page_token(id), move |row| {
            toasts.say("The token was revoked. It opens nothing any more.");
            changed.try_run(row);
            close.try_run(());
        });
    });
    view! {
        <Question
            title="Revoke the token?"
            says="Its link opens nothing from now on, for good, and whoever came in with it is out at the next request. This cannot be undone. To stop it for a while, suspend it instead."
            action="Revoke" send on_close
        />
    }
    .into_any()
}

/// Gives a site a new secret, which is told to `renewed`.
#[component]
pub fn RenewSecret(id: SiteId, renewed: Callback<String>, on_close: Callback<()>) -> AnyView {
    let hours = RwSignal::new("24".to_owned());
    let send = Callback::new(move |(form, _): (FormState, Callback<()>)| {
        let hours = hours.get_untracked().trim().parse().unwrap_or(-1);
        form.send(api::renew_site_secret(id, hours), move |secret| {
            renewed.try_run(secret);
        });
    });
    view! {
        <Question
            title="Make a new secret?"
            says="Proxies that still send the old secret let nobody in once it is over. Give them the new one before. Proxies that ask from a trusted network go on as they are."
            action="Make a new secret" hours send on_close
        />
    }
    .into_any()
}

/// Removes a site.
#[component]
pub fn RemoveSite(id: SiteId, sites: RwSignal<Vec<SiteRow>>, on_close: Callback<()>) -> AnyView {
    let toasts = Toasts::current();
    let send = Callback::new(move |(form, close): (FormState, Callback<()>)| {
        form.send(api::remove_site(id), move |()| {
            toasts.say("The site was removed.");
            close.try_run(());
            sites.try_update(|sites| sites.retain(|site| site.id != id));
        });
    });
    view! {
        <Question
            title="Remove the site?"
            says="Its proxies are no longer answered and let nobody in, and its secret is gone. This cannot be undone: added again, the site has another secret."
            action="Remove" send on_close
        />
    }
    .into_any()
}

#[component]
fn Question(
    title: &'static str,
    says: &'static str,
    action: &'static str,
    /// For how long something old stays good.
    #[prop(optional)]
    hours: Option<RwSignal<String>>,
    /// Gets the form and what closes the dialog.
    send: Callback<(FormState, Callback<()>)>,
    on_close: Callback<()>,
) -> AnyView {
    view! {
        <Dialog title class="final" on_close>
            <Answer says action hours send/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Answer(
    says: &'static str,
    action: &'static str,
    hours: Option<RwSignal<String>>,
    send: Callback<(FormState, Callback<()>)>,
) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("question");
    let close = Callback::new(move |()| {
        if let Some(opened) = opened {
            opened.close();
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send.run((form, close));
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>{says}</p>
                {hours.map(|value| view! {
                    <Field form name="grace" label="Hours for which the old secret stays good" value kind=Kind::Number
                        hint=Signal::stored("0 ends it now.".to_owned())/>
                })}
                {form.failure()}
            </div>
            {foot(action, form.busy.into())}
        </form>
    }
    .into_any()
}
