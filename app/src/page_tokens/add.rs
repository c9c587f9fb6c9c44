//! *Add new token*.

use domain::page_tokens::TOKEN_PARAMETER;
use domain::page_tokens::list::{PageTokenLink, PageTokenRow};
use domain::page_tokens::sites::SiteRow;
use leptos::prelude::*;

use super::api;
use super::fields::{Typed, fields, fresh};
use super::handed::handed;
use crate::ui::form::FormState;

/// The form; what was made is told, and its link stands below with what to do with it.
#[component]
pub fn AddToken(
    sites: Signal<Vec<SiteRow>>,
    made: Callback<PageTokenRow>,
    /// Whether the page starts with it: what stands below other things does not draw the page down to it.
    first: bool,
) -> AnyView {
    let form = FormState::new("page-token");
    let typed = RwSignal::new(Typed::new(fresh()));
    let link = RwSignal::new(None::<PageTokenLink>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = typed.get_untracked().form();
        if form.fits(described.parse(TOKEN_PARAMETER)) {
            form.send(api::create_page_token(described), move |(row, handed)| {
                made.try_run(row);
                link.try_set(Some(handed));
                typed.try_set(Typed::new(fresh()));
            });
        }
    };
    view! {
        <section class="add-page-token" aria-labelledby="add-heading">
            <h2 id="add-heading">"Add new token"</h2>
            {move || link.get().map(|link| view! {
                <div class="notice made" role="status">
                    <h3>"The token was added"</h3>
                    {handed(link)}
                </div>
            })}
            <form class="form" novalidate on:submit=submit>
                {move || fields(form, typed.get(), sites, None, first)}
                {form.failure()}
                <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Add"</button>
            </form>
        </section>
    }
    .into_any()
}
