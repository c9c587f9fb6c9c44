//! The string of an API token: where it was just made, and once more for the password.

use domain::TokenId;
use domain::api_tokens::IssuedApiToken;
use leptos::prelude::*;

use super::try_it::TryIt;
use super::{api, use_it};
use crate::access_tokens::CopyField;
use crate::routes;
use crate::ui::browser;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::form::{Field, FormState, Kind};

/// The string of a token that was just made or rotated.
pub fn show_once(issued: IssuedApiToken) -> AnyView {
    let to = routes::api_token(issued.id);
    view! {
        <div class="body">
            {to_copy(issued.secret)}
            <p class="fine">"Whoever has this string can do what the token may. Keep it like a password."</p>
        </div>
        <footer><a class="button primary" href=to>"Go to the token"</a></footer>
    }
    .into_any()
}

/// The string, a command that works as it stands, and the same call from here.
fn to_copy(secret: String) -> AnyView {
    let command = use_it::curl(&browser::origin(), &secret);
    let trying = secret.clone();
    view! {
        <CopyField id="api-token-secret" label="API Token" text=secret action="Copy token"/>
        <CopyField id="api-token-curl" label="Command line" text=command action="Copy command"/>
        <TryIt secret=trying/>
    }
    .into_any()
}

/// The dialog that shows the string again. It asks for the password, and each time is recorded.
#[component]
pub fn Show(id: TokenId, on_close: Callback<()>) -> AnyView {
    let form = FormState::new("show");
    let password = RwSignal::new(String::new());
    let secret = RwSignal::new(None::<String>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::reveal_token(id, password.get_untracked()), move |text| {
            password.try_set(String::new());
            secret.try_set(Some(text));
        });
    };
    view! {
        <Dialog title="Show the API token" class="share" on_close>
            {move || match secret.get() {
                Some(text) => view! {
                    <div class="body">{to_copy(text)}<p class="fine">"That you looked at it was recorded."</p></div>
                }.into_any(),
                None => view! {
                    <form class="form" novalidate on:submit=submit>
                        <div class="body">
                            <p>"Type your password to see the string. That you look at it is recorded."</p>
                            <Field form name="password" label="Password" value=password kind=Kind::Password autocomplete="current-password" first=true/>
                            {form.failure()}
                        </div>
                        {foot("Show token", form.busy.into())}
                    </form>
                }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}
