//! *Issuer*: what credentials say of the organisation beside its name.

use domain::campaigns::issuer::{IssuerKey, IssuerProfile};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::error::ApiError;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::notice;
use crate::ui::toast::Toasts;

/// The dialog.
#[component]
pub fn Issuer(
    /// What is said now.
    said: Result<(IssuerProfile, Vec<IssuerKey>), ApiError>,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    view! {
        <Dialog title="Issuer" class="wide" on_close>
            {match said {
                Ok((said, keys)) => view! { <Fields said/><Keys keys/> }.into_any(),
                Err(error) => notice::problem(&error, None),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(said: IssuerProfile) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("issuer");
    let [url, description, email, phone, image] =
        [said.url, said.description, said.email, said.phone, said.image].map(RwSignal::new);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = IssuerProfile {
            url: url.get_untracked(),
            description: description.get_untracked(),
            email: email.get_untracked(),
            phone: phone.get_untracked(),
            image: image.get_untracked(),
        };
        if form.fits(typed.parse()) {
            form.send(api::change_issuer_profile(typed), move |_| {
                toasts.say("Saved.");
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    let hint = |words: &str| Signal::stored(words.to_owned());
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"Everybody reads it in what is claimed from now on. What was claimed already keeps what it says."</p>
                <Field form name="url" label="Web address" value=url kind=Kind::Url first=true
                    hint=hint("Blank: the address of this site.")/>
                <Field form name="description" label="Description" value=description kind=Kind::Lines(3)/>
                <Field form name="email" label="E-mail" value=email kind=Kind::Email/>
                <Field form name="phone" label="Telephone" value=phone/>
                <Field form name="image" label="Address of a picture" value=image kind=Kind::Url
                    hint=hint("Such as your logo, https://example.org/logo.png.")/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

/// The keys that credentials were signed with, and another one.
#[component]
fn Keys(keys: Vec<IssuerKey>) -> AnyView {
    let toasts = Toasts::current();
    let keys = RwSignal::new(keys);
    let renew = move |_| {
        spawn_local(async move {
            match api::rotate_issuer_keys().await {
                Ok(now) => {
                    keys.try_set(now);
                    toasts.say("What is claimed from now on is signed with the new key.");
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    view! {
        <section class="body">
            <h3>"Keys"</h3>
            <p>"The newest key signs. Older ones stay published, so that what they signed goes on validating."</p>
            <ul>
                {move || keys.get().into_iter().map(|key| view! {
                    <li>{format!("Key {}, {}: ", key.number, key.made.date)}<code>{key.public}</code></li>
                }).collect_view()}
            </ul>
            <p><button type="button" class="button" on:click=renew>"Make a new key"</button></p>
        </section>
    }
    .into_any()
}
