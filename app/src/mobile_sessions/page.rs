//! A mobile session's page: who it is, on what, from where, and how it ends.

use domain::feed::Change;
use domain::mobile_sessions::{MobileSessionRow, MobileSessionView, Wipe};
use domain::tokens::State;
use domain::{Permission, Refusal, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::{api, list};
use crate::access_tokens::history;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened};
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon};
use crate::ui::toast::Toasts;
use crate::ui::{opening, time, title};

/// The page.
pub fn mobile_session_page() -> AnyView {
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |found| view! { <Session found/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<MobileSessionView, ApiError> {
    let id: TokenId = id.parse().map_err(|_| Refusal::NotFound)?;
    api::get_mobile_session(id).await
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    SignOut,
    SignOutEverywhere,
    Wipe,
}

#[component]
fn Session(found: MobileSessionView) -> AnyView {
    let id = found.row.id;
    let session = RwSignal::new(found);
    let asking = RwSignal::new(None::<Asking>);
    let read = Callback::new(move |()| {
        spawn_local(async move {
            if let Ok(now) = api::get_mobile_session(id).await {
                session.try_set(now);
            }
        });
    });
    Feed::listen(move |changes| {
        let is_about_it = |change: &Change| match change {
            Change::Token { id: other, .. } => *other == id,
            Change::Person { id: person, .. } => {
                person.is_none_or(|person| session.with_untracked(|session| session.row.person == person))
            }
            Change::Everything => true,
            _ => false,
        };
        if changes.iter().any(is_about_it) {
            read.try_run(());
        }
    });
    let manages = RequestContext::current().may(Permission::MobileSessionsManage);
    view! {
        <Title text=title::following(session, |session| &session.row.name)/>
        <a class="back" href=routes::MOBILE_USERS>{icon(icon::BACK)}"Mobile Users Logged In"</a>
        <div class="head">
            <h1><small>"Mobile session"</small>" "{move || session.with(|session| session.row.name.clone())}</h1>
            {move || session.with(|session| list::standing(&session.row))}
            {manages.then(|| actions(session, asking, read))}
        </div>
        {move || session.with(|session| session.held_back.clone()).map(|why| view! { <p class="notice" role="status">{why}</p> })}
        {move || session.with(facts)}
        <section class="panel">
            <h2>"Networks"</h2>
            {move || session.with(networks)}
        </section>
        <section class="panel">
            <h2>"History"</h2>
            {move || session.with(|session| history::list(&session.history))}
        </section>
        {move || asking.get().map(|what| view! { <Ask what session asking read/> })}
    }
    .into_any()
}

fn facts(session: &MobileSessionView) -> AnyView {
    let row = &session.row;
    let said = |text: &str| {
        if text.is_empty() {
            "not told".to_owned()
        } else {
            text.to_owned()
        }
    };
    let department = row
        .department
        .as_ref()
        .map_or("none", |(_, name)| name.as_str())
        .to_owned();
    view! {
        <dl class="facts">
            <div><dt>"User Name"</dt><dd><a href=routes::person(row.person)>{row.name.clone()}</a></dd></div>
            <div><dt>"Email"</dt><dd>{row.email.to_string()}</dd></div>
            <div><dt>"Department"</dt><dd>{department}</dd></div>
            <div><dt>"User Type"</dt><dd>{row.user_type.clone()}</dd></div>
            <div><dt>"Last Active"</dt><dd>{time::minute(&row.last_active)}</dd></div>
            <div><dt>"Expiry Date"</dt><dd>{time::minute(&row.expires)}<span class="sub">"by "{time::date(&session.ends)}" at the latest"</span></dd></div>
            <div><dt>"Device"</dt><dd>{said(&row.device)}</dd></div>
            <div><dt>"App"</dt><dd>{row.app.1.clone()}<span class="sub">{row.version.clone()}</span></dd></div>
            <div><dt>"System"</dt><dd>{said(&row.system)}</dd></div>
            <div><dt>"Signed in"</dt><dd>{time::minute(&row.signed_in)}</dd></div>
        </dl>
    }
    .into_any()
}

fn networks(session: &MobileSessionView) -> AnyView {
    if session.networks.is_empty() {
        return view! { <p class="quiet">"None is known."</p> }.into_any();
    }
    let rows = session
        .networks
        .iter()
        .map(|(address, when)| {
            view! {
                <li>
                    <span class="titles"><span class="name">{address.clone()}</span></span>
                    <span>{time::minute(when)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list">{rows}</ul> }.into_any()
}

fn actions(
    session: RwSignal<MobileSessionView>,
    asking: RwSignal<Option<Asking>>,
    read: Callback<()>,
) -> AnyView {
    let toasts = Toasts::current();
    let row = move |fact: fn(&MobileSessionRow) -> bool| session.with(|session| fact(&session.row));
    let resume = move |_| {
        let id = session.with_untracked(|session| session.row.id);
        spawn_local(async move {
            match api::resume_mobile_session(id).await {
                Ok(_) => {
                    toasts.say("The app is let in again.");
                    read.try_run(());
                }
                Err(error) => toasts.say(error.to_string()),
            }
        });
    };
    view! {
        <span class="actions">
            {move || row(|row| row.state == State::Suspended).then(|| view! {
                <button type="button" class="button" on:click=resume>"Resume"</button>
            })}
            {move || row(|row| row.state.is_active()).then(|| view! {
                <button type="button" class="button" on:click=move |_| asking.set(Some(Asking::SignOut))>"Sign out"</button>
            })}
            <button type="button" class="button" on:click=move |_| asking.set(Some(Asking::SignOutEverywhere))>"Sign out everywhere"</button>
            {move || row(|row| row.wipe == Wipe::Nothing).then(|| view! {
                <button type="button" class="button danger" on:click=move |_| asking.set(Some(Asking::Wipe))>"Wipe"</button>
            })}
        </span>
    }
    .into_any()
}

/// The dialog that says what will happen.
#[component]
fn Ask(
    what: Asking,
    session: RwSignal<MobileSessionView>,
    asking: RwSignal<Option<Asking>>,
    read: Callback<()>,
) -> AnyView {
    let (name, app, others) = session.with_untracked(|session| {
        let row = &session.row;
        (row.name.clone(), row.app.1.clone(), session.others)
    });
    let (title, sentence) = match what {
        Asking::SignOut => (
            "Sign out",
            format!(
                "{name} is signed out of {app} on this device from the next request on, and can sign in again."
            ),
        ),
        Asking::SignOutEverywhere => (
            "Sign out everywhere",
            match others {
                0 => format!("{name} is signed out of every app. There is no other sign-in than this one."),
                1 => format!("{name} is signed out of every app: of this sign-in and of 1 other."),
                many => format!("{name} is signed out of every app: of this sign-in and of {many} others."),
            },
        ),
        Asking::Wipe => (
            "Wipe the device",
            format!(
                "{app} is told at its next call to remove everything that it holds from the device of {name}, and says when \
                 it has. Until then it is not let in. Nothing else on the device is touched."
            ),
        ),
    };
    let on_close = Callback::new(move |()| asking.set(None));
    view! {
        <Dialog title on_close>
            <div class="body"><p>{sentence}</p></div>
            <AskFoot what session read/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn AskFoot(what: Asking, session: RwSignal<MobileSessionView>, read: Callback<()>) -> AnyView {
    let toasts = Toasts::current();
    let opened = Opened::around();
    let busy = RwSignal::new(false);
    let id = session.with_untracked(|session| session.row.id);
    let act = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let done = match what {
                Asking::SignOut => api::end_mobile_session(id)
                    .await
                    .map(|_| "Signed out.".to_owned()),
                Asking::SignOutEverywhere => api::end_everywhere(id).await.map(|ended| match ended {
                    1 => "Signed out of 1 app.".to_owned(),
                    many => format!("Signed out of {many} apps."),
                }),
                Asking::Wipe => api::wipe_mobile_session(id)
                    .await
                    .map(|_| "The app is told at its next call.".to_owned()),
            };
            match done {
                Ok(words) => {
                    toasts.say(words);
                    read.try_run(());
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
    let action = match what {
        Asking::SignOut => "Sign out",
        Asking::SignOutEverywhere => "Sign out everywhere",
        Asking::Wipe => "Wipe",
    };
    view! {
        <footer>
            <button type="button" class="button" on:click=move |_| if let Some(opened) = opened { opened.close() }>"Cancel"</button>
            <button type="button" class="button danger" aria-busy=move || busy.get().then_some("true") on:click=act>{action}</button>
        </footer>
    }
    .into_any()
}
