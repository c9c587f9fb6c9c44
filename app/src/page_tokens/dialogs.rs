//! The dialogs of Admin Tokens, which are a part of the Wasm of their own: the lists are there before anybody opens one.

use domain::page_tokens::sites::SiteRow;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::duplicate::Duplicate;
use super::edit::{EditToken, History};
use super::handed::{Reveal, Rotate};
use super::question::{RemoveSite, RenewSecret, Revoke};
use super::row::{self, Actions};
use super::site_form::SiteDialog;
use super::sites;
use crate::access_tokens::CopyField;
use crate::ui::dialog::Dialog;
use crate::ui::late::{late, load_soon};

/// What is open, and what it changes.
enum Open {
    /// Of a token.
    Token(row::OpenDialog, Actions, Signal<Vec<SiteRow>>),
    /// Of a site.
    Site(
        sites::OpenDialog,
        RwSignal<Vec<SiteRow>>,
        RwSignal<Option<sites::OpenDialog>>,
    ),
}

/// The open dialog of a token.
#[component]
pub fn Dialogs(actions: Actions, sites: Signal<Vec<SiteRow>>) -> AnyView {
    let on_close = Callback::new(move |()| actions.dialog.set(None));
    load_soon(|| Box::pin(load()));
    (move || {
        let open = actions.dialog.get()?;
        Some(late(
            Box::pin(dialog(Open::Token(open, actions, sites), on_close)),
            on_close,
        ))
    })
    .into_any()
}

/// The open dialog of a site.
#[component]
pub fn SiteDialogs(sites: RwSignal<Vec<SiteRow>>, dialog: RwSignal<Option<sites::OpenDialog>>) -> AnyView {
    let on_close = Callback::new(move |()| {
        // The secret of a site that was just added takes the place of the form, and stays.
        if !matches!(dialog.get_untracked(), Some(sites::OpenDialog::Secret(_))) {
            dialog.set(None);
        }
    });
    let given_up = Callback::new(move |()| dialog.set(None));
    (move || {
        let open = dialog.get()?;
        Some(late(
            Box::pin(self::dialog(Open::Site(open, sites, dialog), on_close)),
            given_up,
        ))
    })
    .into_any()
}

#[wasm_split(page_token_dialogs, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
fn dialog(open: Open, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    Ok(match open {
        Open::Token(open, actions, sites) => of_token(open, actions, sites, on_close),
        Open::Site(open, sites, dialog) => of_site(open, sites, dialog, on_close),
    })
}

fn of_token(
    open: row::OpenDialog,
    actions: Actions,
    sites: Signal<Vec<SiteRow>>,
    on_close: Callback<()>,
) -> AnyView {
    use row::OpenDialog;
    let changed = actions.changed;
    match open {
        OpenDialog::Edit(row) => view! { <EditToken row=*row sites changed on_close/> }.into_any(),
        OpenDialog::Duplicate(row) => {
            view! { <Duplicate row=*row sites made=actions.made on_close/> }.into_any()
        }
        OpenDialog::Revoke(id) => view! { <Revoke id changed on_close/> }.into_any(),
        OpenDialog::Reveal(id) => view! { <Reveal id on_close/> }.into_any(),
        OpenDialog::Rotate(id) => view! { <Rotate id on_close/> }.into_any(),
        OpenDialog::History(id) => view! { <History id on_close/> }.into_any(),
    }
}

fn of_site(
    open: sites::OpenDialog,
    sites: RwSignal<Vec<SiteRow>>,
    dialog: RwSignal<Option<sites::OpenDialog>>,
    on_close: Callback<()>,
) -> AnyView {
    use sites::OpenDialog;
    let done = Callback::new(move |()| dialog.set(None));
    let renewed = Callback::new(move |secret| dialog.set(Some(OpenDialog::Secret(secret))));
    match open {
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
        }
        .into_any(),
    }
}
