//! The dialogs that change a page token, and those that show it.

use domain::TokenId;
use domain::form::Edited;
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
    let shown = StoredValue::new(row.shown());
    let typed = Typed::new(row.form());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = typed.form();
        if form.fits(described.parse(TOKEN_PARAMETER)) {
            let opened_with = shown.get_value();
            let answer = api::edit_page_token(id, described.clone(), opened_with.clone());
            form.send(answer, move |edited| match edited {
                Edited::Saved(row) => {
                    toasts.say("The token was saved. Its link stays as it is.");
                    changed.try_run(row);
                    if let Some(opened) = opened {
                        opened.close();
                    }
                }
                Edited::Meanwhile(row) => {
                    let mut described = described;
                    let now = row.shown();
                    let problems = described.settle(&opened_with, &now);
                    typed.set(described);
                    shown.try_set_value(now);
                    changed.try_run(row);
                    form.refuse(problems);
                }
            });
        }
    };
    let blank = shown.with_value(|shown| as_it_was(&shown.expires));
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                {fields(form, typed, sites, Some(blank), false)}
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

/// What a blank time means for a token that ends then, or never.
fn as_it_was(end: &str) -> String {
    let end = if end.is_empty() { "never" } else { end };
    format!("Blank: as it was ({end}).")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_that_a_blank_field_leaves_is_said() {
        let blank = as_it_was("28 Nov 2026, 23:38");
        assert_eq!(blank, "Blank: as it was (28 Nov 2026, 23:38).");
        assert_eq!(as_it_was(""), "Blank: as it was (never).");
    }
}
