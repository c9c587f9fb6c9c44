//! One's own account: signed-in browsers, the password, the appearance.

mod api;

use domain::mobile_sessions::OwnMobileSession;
use domain::organisations::password;
use domain::people::SessionRow;
use domain::{Problems, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use crate::request_context::{RequestContext, Theme};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::opening::{both, opening};
use crate::ui::time;
use crate::ui::toast::Toasts;

/// The page.
pub fn account_page() -> AnyView {
    view! {
        <Title text="Your account"/>
        <div class="head"><h1>"Your account"</h1></div>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(both(api::sessions(), api::apps())),
            |found| view! { <Account found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

#[component]
fn Account(found: (Vec<SessionRow>, Vec<OwnMobileSession>)) -> AnyView {
    let sessions = RwSignal::new(found.0);
    view! {
        <Sessions sessions/>
        <Apps found=found.1/>
        <PasswordForm sessions/>
        <Look/>
    }
    .into_any()
}

#[component]
fn Sessions(sessions: RwSignal<Vec<SessionRow>>) -> AnyView {
    let toasts = Toasts::current();
    let end = move |row: &SessionRow| {
        let id = row.id;
        spawn_local(async move {
            match api::end_session(id).await {
                Ok(()) => {
                    sessions.try_update(|sessions| sessions.retain(|session| session.id != id));
                    toasts.say("That browser is signed out.");
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    view! {
        <section class="panel narrow">
            <h2>"Where you are signed in"</h2>
            <ul class="plain-list">
                <For each=move || sessions.get() key=|session| session.id children=move |row| {
                    let words = format!("{}, {}", row.device, row.address);
                    let name = format!("Sign out {}", row.device);
                    let act = if row.is_this {
                        view! { <span class="tag">"this browser"</span> }.into_any()
                    } else {
                        let row = row.clone();
                        view! {
                            <button type="button" class="button small" aria-label=name on:click=move |_| end(&row)>"Sign out"</button>
                        }.into_any()
                    };
                    view! {
                        <li>
                            <span class="titles">
                                <span class="name">{words}</span>
                                <span class="sub">
                                    "signed in "{time::minute(&row.signed_in)}", last seen "{time::relative(&row.last_seen)}
                                </span>
                            </span>
                            {act}
                        </li>
                    }
                }/>
            </ul>
        </section>
    }
    .into_any()
}

/// The mobile apps that are signed in.
#[component]
fn Apps(found: Vec<OwnMobileSession>) -> AnyView {
    let toasts = Toasts::current();
    let apps = RwSignal::new(found);
    let end = move |id: TokenId| {
        spawn_local(async move {
            match api::end_app(id).await {
                Ok(()) => {
                    apps.try_update(|apps| apps.retain(|app| app.id != id));
                    toasts.say("That app is signed out.");
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    view! {
        <section class="panel narrow">
            <h2>"Apps that are signed in"</h2>
            {move || apps.with(Vec::is_empty).then(|| view! { <p class="quiet">"None."</p> })}
            <ul class="plain-list">
                <For each=move || apps.get() key=|app| app.id children=move |app| {
                    let id = app.id;
                    let name = format!("Sign out {} on {}", app.app, app.device);
                    view! {
                        <li>
                            <span class="titles">
                                <span class="name">{format!("{} on {}", app.app, app.device)}</span>
                                <span class="sub">
                                    "signed in "{time::minute(&app.signed_in)}", last active "{time::relative(&app.last_active)}
                                </span>
                            </span>
                            <button type="button" class="button small" aria-label=name on:click=move |_| end(id)>"Sign out"</button>
                        </li>
                    }
                }/>
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn PasswordForm(sessions: RwSignal<Vec<SessionRow>>) -> AnyView {
    let toasts = Toasts::current();
    let form = FormState::new("password");
    let old = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = new.get_untracked();
        if form.fits(password(&typed).map_err(|sentence| Problems::one("new", sentence))) {
            form.send(api::change_password(old.get_untracked(), typed), move |()| {
                old.set(String::new());
                new.set(String::new());
                sessions.update(|sessions| sessions.retain(|session| session.is_this));
                toasts.say("Your password was changed. All other browsers are signed out.");
            });
        }
    };
    view! {
        <form class="panel narrow" novalidate on:submit=submit>
            <h2>"Password"</h2>
            <Field form name="old" label="Current password" value=old kind=Kind::Password autocomplete="current-password"/>
            <Field form name="new" label="New password" value=new kind=Kind::Password autocomplete="new-password"
                hint=Signal::stored("12 characters or more. A few words in a row are easy to keep in mind.".to_owned())/>
            {form.failure()}
            <div class="row-end">
                <button type="submit" class="button" aria-busy=move || form.busy.get().then_some("true")>"Change password"</button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Look() -> AnyView {
    let visit = RequestContext::current();
    view! {
        <section class="panel narrow">
            <h2>"Look and keys"</h2>
            <fieldset class="field">
                <legend>"Colours"</legend>
                <div class="themes">
                    {Theme::ALL.map(|theme| view! {
                        <label>
                            <input
                                type="radio" name="theme" value=theme.key() checked=visit.theme.get_untracked() == theme
                                prop:checked=move || visit.theme.get() == theme on:change=move |_| visit.set_theme(theme)
                            />
                            {theme.label()}
                        </label>
                    }).collect_view()}
                </div>
            </fieldset>
            <label class="check">
                <input
                    type="checkbox" checked=visit.shortcuts.get_untracked() prop:checked=move || visit.shortcuts.get()
                    on:change=move |event| visit.set_shortcuts(event_target_checked(&event))
                />
                <span>
                    "Single letters are shortcuts"
                    <span class="sub">"/ searches, C makes a token; on a row E edits, S shares, X deletes."</span>
                </span>
            </label>
        </section>
    }
    .into_any()
}
