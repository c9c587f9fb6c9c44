//! The dialogs that change a page token, and those that show it.

use domain::TokenId;
use domain::page_tokens::TOKEN_PARAMETER;
use domain::page_tokens::list::PageTokenRow;
use domain::page_tokens::sites::SiteRow;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::fields::{Typed, fields};
use crate::access_tokens::history;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::FormState;
use crate::ui::notice;
use crate::ui::toast::Toasts;

/// Changes anything but the secret: the link stays as it is.
#[component]
pub fn EditToken(
    row: PageTokenRow,
    sites: Signal<Vec<SiteRow>>,
    changed: Callback<PageTokenRow>,
    on_close: Callback<()>,
) -> AnyView {
    view! {
        <Dialog title="Edit the token" class="wide" on_close>
            <EditFields row sites changed/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn EditFields(row: PageTokenRow, sites: Signal<Vec<SiteRow>>, changed: Callback<PageTokenRow>) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let form = FormState::new("edit-page-token");
    let id = row.id;
    let typed = Typed::new(row.form());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = typed.form();
        if form.fits(described.parse(TOKEN_PARAMETER)) {
            form.send(api::edit_page_token(id, described), move |row| {
                toasts.say("The token was saved. Its link stays as it is.");
                changed.try_run(row);
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                {fields(form, typed, sites, false)}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

/// What happened to a page token.
#[component]
pub fn History(id: TokenId, on_close: Callback<()>) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let entries = api::page_token_history(id).await;
        answer.try_set(Some(entries));
    });
    view! {
        <Dialog title="History of the token" class="wide" on_close>
            <div class="body scrolls" tabindex="0" aria-busy=move || answer.with(Option::is_none).then_some("true")>
                {move || answer.get().map(|answer| match answer {
                    Ok(entries) => history::list(&entries),
                    Err(error) => notice::problem(&error, None),
                })}
            </div>
        </Dialog>
    }
    .into_any()
}
