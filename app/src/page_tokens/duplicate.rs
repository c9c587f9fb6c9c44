//! *Duplicate*: another token like one that is there. It is made on *Add* and not before.

use domain::page_tokens::TOKEN_PARAMETER;
use domain::page_tokens::list::{PageTokenLink, PageTokenRow};
use domain::page_tokens::sites::SiteRow;
use domain::tokens::State;
use leptos::prelude::*;

use super::api;
use super::fields::{Typed, fields};
use super::handed::handed;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::FormState;

/// The form with what the other one has; then the link of the one that was added.
#[component]
pub fn Duplicate(
    row: PageTokenRow,
    sites: Signal<Vec<SiteRow>>,
    made: Callback<PageTokenRow>,
    on_close: Callback<()>,
) -> AnyView {
    let link = RwSignal::new(None::<PageTokenLink>);
    let row = StoredValue::new(row);
    view! {
        <Dialog title="Duplicate the token" class="wide" on_close>
            {move || match link.get() {
                Some(link) => view! { <div class="body"><p>"The token was added."</p>{handed(link)}</div> }.into_any(),
                None => copied(row.get_value(), sites, made, link),
            }}
        </Dialog>
    }
    .into_any()
}

fn copied(
    row: PageTokenRow,
    sites: Signal<Vec<SiteRow>>,
    made: Callback<PageTokenRow>,
    link: RwSignal<Option<PageTokenLink>>,
) -> AnyView {
    let form = FormState::new("duplicate");
    let id = row.id;
    let typed = Typed::new(row.form());
    let end = row.expires.as_ref().map(|end| end.minute.as_str());
    let blank = blank_time(row.state == State::Expired, end);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let described = typed.form();
        if form.fits(described.parse(TOKEN_PARAMETER)) {
            form.send(api::duplicate_page_token(id, described), move |(row, handed)| {
                made.try_run(row);
                link.try_set(Some(handed));
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                {fields(form, typed, sites, Some(blank), false)}
                {form.failure()}
            </div>
            {foot("Add", form.busy.into())}
        </form>
    }
    .into_any()
}

/// What a blank time means for a copy.
fn blank_time(is_over: bool, end: Option<&str>) -> String {
    match end {
        None => "Blank: it never ends.".to_owned(),
        Some(_) if is_over => "Blank: for as long as the other one lasted.".to_owned(),
        Some(end) => format!("Blank: when the other one ends ({end})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_time_of_a_copy_is_explained() {
        assert_eq!(
            blank_time(false, Some("28 Nov 2026, 23:38")),
            "Blank: when the other one ends (28 Nov 2026, 23:38)."
        );
        assert!(blank_time(true, Some("28 Nov 2025, 23:38")).contains("as long as"));
        assert!(blank_time(false, None).contains("never"));
    }
}
