//! *Mobile apps*: the apps that people can sign in to, and where each is called back.

use domain::form::grouped;
use domain::mobile_sessions::{MobileAppForm, MobileAppRow};
use domain::{MobileAppId, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::api;
use crate::access_tokens::CopyField;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::notice;
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;

/// The page.
pub fn apps_page() -> AnyView {
    view! {
        <Title text="Mobile apps"/>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::list_mobile_apps()),
            |found| view! { <Apps found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

#[derive(Clone)]
enum OpenDialog {
    Add,
    ClientId(MobileAppId),
    Edit(Box<MobileAppRow>),
    Remove(Box<MobileAppRow>),
}

#[component]
fn Apps(found: Vec<MobileAppRow>) -> AnyView {
    let apps = RwSignal::new(found);
    let dialog = RwSignal::new(None::<OpenDialog>);
    let visit = RequestContext::current();
    // Apps are the whole organisation's: anyone who is limited to a department sees them and no more.
    let is_whole = visit
        .me
        .with_untracked(|me| me.as_ref().is_some_and(|me| me.department.is_none()));
    let manages = is_whole && visit.may(Permission::MobileSessionsManage);
    let on_close = Callback::new(move |()| dialog.set(None));
    let add = move || {
        manages.then(|| {
            view! {
                <button type="button" class="button primary" on:click=move |_| dialog.set(Some(OpenDialog::Add))>
                    {icon(icon::PLUS)}"Register an app"
                </button>
            }
        })
    };
    view! {
        <a class="back" href=routes::MOBILE_USERS>{icon(icon::BACK)}"Mobile Users Logged In"</a>
        <div class="head">
            <h1>"Mobile apps"</h1>
            <span class="switch"></span>
            {add()}
        </div>
        {move || apps.with(Vec::is_empty).then(|| notice::empty(
            "No app is registered yet",
            "An app signs people in with OAuth 2.1 and PKCE: give it its client id, and register the addresses that it is called back at.",
            ().into_any(),
        ))}
        <ul class="site-cards">
            {move || apps.get().into_iter().map(|app| card(app, dialog, manages)).collect_view()}
        </ul>
        {move || dialog.get().map(|open| match open {
            OpenDialog::Add => view! { <AppDialog row=None apps on_close/> }.into_any(),
            OpenDialog::ClientId(id) => view! {
                <Dialog title="Client id" class="share" on_close>
                    <div class="body">
                        <CopyField id="client-id" label="Client Id" text=id.to_string() action="Copy client id"/>
                        <p class="fine">"The app sends it when somebody signs in. It is no secret."</p>
                    </div>
                </Dialog>
            }.into_any(),
            OpenDialog::Edit(row) => view! { <AppDialog row=Some(*row) apps on_close/> }.into_any(),
            OpenDialog::Remove(row) => view! { <RemoveDialog row=*row apps on_close/> }.into_any(),
        })}
    }
    .into_any()
}

fn card(app: MobileAppRow, dialog: RwSignal<Option<OpenDialog>>, manages: bool) -> AnyView {
    let signed_in = match app.sessions {
        1 => "1 signed in".to_owned(),
        many => format!("{} signed in", grouped(many)),
    };
    let redirects = app
        .redirects
        .iter()
        .map(|redirect| view! { <li><code>{redirect.clone()}</code></li> })
        .collect_view();
    let who = format!("{}?app={}", routes::MOBILE_USERS, app.id);
    let (name, id) = (app.name.clone(), app.id);
    let (edited, removed) = (app.clone(), app);
    view! {
        <li>
            <h2>{name}</h2>
            <p><a href=who>{signed_in}</a></p>
            <p>"Client Id: "<span class="code">{id.to_string()}</span></p>
            <p>"Called back at"</p>
            <ul>{redirects}</ul>
            <div class="buttons">
                <button type="button" class="button small" on:click=move |_| dialog.set(Some(OpenDialog::ClientId(id)))>"Copy client id"</button>
                {manages.then(|| view! {
                    <button type="button" class="button small" on:click=move |_| dialog.set(Some(OpenDialog::Edit(Box::new(edited.clone()))))>"Edit"</button>
                    <button type="button" class="button small" on:click=move |_| dialog.set(Some(OpenDialog::Remove(Box::new(removed.clone()))))>"Remove"</button>
                })}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn AppDialog(
    row: Option<MobileAppRow>,
    apps: RwSignal<Vec<MobileAppRow>>,
    on_close: Callback<()>,
) -> AnyView {
    let title = if row.is_some() {
        "Edit the app"
    } else {
        "Register an app"
    };
    view! {
        <Dialog title class="wide" on_close>
            <AppFields row apps/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn AppFields(row: Option<MobileAppRow>, apps: RwSignal<Vec<MobileAppRow>>) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("app");
    let id = row.as_ref().map(|row| row.id);
    let name = RwSignal::new(row.as_ref().map(|row| row.name.clone()).unwrap_or_default());
    let redirects = RwSignal::new(row.map(|row| row.redirects.join("\n")).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = MobileAppForm {
            name: name.get_untracked(),
            redirects: redirects.get_untracked(),
        };
        if !form.fits(typed.parse()) {
            return;
        }
        let close = move || {
            if let Some(opened) = opened {
                opened.close();
            }
        };
        match id {
            Some(id) => form.send(api::edit_mobile_app(id, typed), move |row| {
                apps.try_update(|apps| {
                    apps.iter_mut()
                        .filter(|app| app.id == id)
                        .for_each(|app| *app = row.clone());
                });
                toasts.say("The app was changed.");
                close();
            }),
            None => form.send(api::add_mobile_app(typed), move |row| {
                apps.try_update(|apps| apps.insert(0, row));
                toasts.say("The app is registered.");
                close();
            }),
        }
    };
    let action = if id.is_some() { "Save" } else { "Register" };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body scrolls">
                <Field form name="name" label="App Name" value=name first=true hint=Signal::stored("People read it when they sign in.".to_owned())/>
                <Field form name="redirects" label="Redirect addresses" value=redirects kind=Kind::Lines(4)
                    hint=Signal::stored("One in each line, such as com.example.app:/signed-in, https://app.example.org/signed-in or http://127.0.0.1/signed-in. They are compared exactly; on the device itself any port fits.".to_owned())/>
                {form.failure()}
            </div>
            {foot(action, form.busy.into())}
        </form>
    }
    .into_any()
}

#[component]
fn RemoveDialog(row: MobileAppRow, apps: RwSignal<Vec<MobileAppRow>>, on_close: Callback<()>) -> AnyView {
    let sentence = match row.sessions {
        0 => format!(
            "{} can sign nobody in any more. Nobody is signed in with it.",
            row.name
        ),
        1 => format!(
            "{} can sign nobody in any more, and the one who is signed in with it is signed out.",
            row.name
        ),
        many => format!(
            "{} can sign nobody in any more, and all {} who are signed in with it are signed out.",
            row.name,
            grouped(many)
        ),
    };
    view! {
        <Dialog title="Remove the app" on_close>
            <div class="body"><p>{sentence}</p></div>
            <RemoveFoot id=row.id apps/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn RemoveFoot(id: MobileAppId, apps: RwSignal<Vec<MobileAppRow>>) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let busy = RwSignal::new(false);
    let remove = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::remove_mobile_app(id).await {
                Ok(()) => {
                    apps.try_update(|apps| apps.retain(|app| app.id != id));
                    toasts.say("The app was removed.");
                    if let Some(opened) = opened {
                        opened.close();
                    }
                }
                Err(error) => {
                    busy.try_set(false);
                    toasts.say(error.to_string());
                }
            }
        });
    };
    view! {
        <footer>
            <button type="button" class="button" on:click=move |_| if let Some(opened) = opened { opened.close() }>"Cancel"</button>
            <button type="button" class="button danger" aria-busy=move || busy.get().then_some("true") on:click=remove>"Remove"</button>
        </footer>
    }
    .into_any()
}
