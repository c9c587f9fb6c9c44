//! The dialog that gives an API token a new string.

use domain::api_tokens::{IssuedApiToken, RotateForm};
use domain::{Problems, TokenId};
use leptos::prelude::*;

use super::actions::Actions;
use super::api;
use super::secret::show_once;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState, Select};

/// The choice of a time of one's own.
const OWN: &str = "own";

/// The dialog: how long the old string still opens, then the new one.
#[component]
pub fn Rotate(id: TokenId, actions: Actions, on_close: Callback<()>) -> AnyView {
    let issued = RwSignal::new(None::<IssuedApiToken>);
    view! {
        <Dialog title="Rotate the API token" on_close>
            {move || match issued.get() {
                Some(made) => show_once(made),
                None => view! { <Fields id actions issued/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(id: TokenId, actions: Actions, issued: RwSignal<Option<IssuedApiToken>>) -> AnyView {
    let form = FormState::new("rotate");
    let chosen = RwSignal::new("24h".to_owned());
    let own = RwSignal::new(String::new());
    let early = RwSignal::new(true);
    let mut graces: Vec<_> = RotateForm::GRACES
        .iter()
        .map(|(key, words)| ((*key).to_owned(), (*words).to_owned()))
        .collect();
    graces.push((OWN.to_owned(), "After another time…".to_owned()));
    let is_own = move || chosen.with(|key| key == OWN);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let how = RotateForm {
            grace: match untrack(is_own) {
                true => own.get_untracked(),
                false => chosen.get_untracked(),
            },
            until_first_use: early.get_untracked(),
        };
        if how.grace.trim().is_empty() {
            return form.refuse(Problems::one("grace", "Say how long the old string still opens."));
        }
        if form.fits(how.parse()) {
            form.send(api::rotate_token(id, how), move |made| {
                issued.try_set(Some(made));
                actions.changed.try_run(vec![id]);
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"The token gets a new string. Using the old one after its end raises an alarm."</p>
                <Select form name="choice" label="The old string ends" value=chosen options=Signal::stored(graces)/>
                {move || is_own().then(|| view! {
                    <Field form name="grace" label="After" value=own hint=Signal::stored("Such as 30m, 12h or 3d, up to 30 days".to_owned())/>
                })}
                <label class="tick">
                    <input
                        type="checkbox" prop:checked=move || early.get()
                        on:change=move |event| early.set(event_target_checked(&event))
                    />
                    <span>"Earlier, at the first use of the new string"</span>
                </label>
                {form.failure()}
            </div>
            {foot("Rotate", form.busy.into())}
        </form>
    }
    .into_any()
}
