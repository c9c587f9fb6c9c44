//! The user report: who somebody is, what they have and how far they are, which codes they used, and what
//! happened.

use domain::live::Change;
use domain::people::{PersonCollection, PersonReport, PersonRow, PersonUse};
use domain::{BuiltIn, Permission, PersonId, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::{api, list};
use crate::access_tokens::history;
use crate::collections::cover;
use crate::error::ApiError;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::live::Live;
use crate::ui::meter::meter;
use crate::ui::opening;
use crate::ui::toast::Toasts;
use crate::ui::{time, title};
use crate::visit::Visit;

/// The page.
pub fn report_page() -> AnyView {
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |found| view! { <Report found/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<PersonReport, ApiError> {
    let id: PersonId = id.parse().map_err(|_| Refusal::NotFound)?;
    api::get_report(id).await
}

#[component]
fn Report(found: PersonReport) -> AnyView {
    let visit = Visit::current();
    let id = found.person.id;
    let report = RwSignal::new(found);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = api::get_report(id).await {
                report.try_set(now);
            }
        });
    };
    Live::listen(move |changes| {
        let is_about_them = |change: &Change| match change {
            Change::Person { id: other, .. } | Change::Token { person: other, .. } => {
                other.is_none_or(|other| other == id)
            }
            Change::Everything => true,
            Change::Collection { .. } | Change::Mail { .. } => false,
        };
        if changes.iter().any(is_about_them) {
            read();
        }
    });
    let changed = Callback::new(move |row: PersonRow| {
        report.update(|report| report.person = row);
        read();
    });
    let is_other = visit
        .me
        .with_untracked(|me| me.as_ref().is_some_and(|me| me.person != id));
    view! {
        <Title text=title::following(report, |report| &report.person.name)/>
        <a class="back" href=routes::PEOPLE>{icon(icon::BACK)}"People"</a>
        <div class="head">
            <h1><small>"User report"</small>" "{move || report.with(|report| report.person.name.clone())}</h1>
            {move || report.with(|report| list::standing(&report.person))}
            <span class="actions">
                {move || (is_other && visit.may(Permission::PeopleManage)).then(|| manage(visit, &report.read().person, changed))}
            </span>
        </div>
        <dl class="facts">
            <div><dt>"E-mail"</dt><dd>{move || report.with(|report| report.person.email.to_string())}</dd></div>
            <div><dt>"Since"</dt><dd>{move || report.with(|report| time::date(&report.person.since))}</dd></div>
            <div><dt>"Collections"</dt><dd>{move || report.with(|report| report.collections.len())}</dd></div>
            <div><dt>"Codes used"</dt><dd>{move || report.with(|report| report.uses.len())}</dd></div>
        </dl>
        <section class="panel">
            <h2>"Collections"</h2>
            {move || report.with(|report| collections(&report.collections))}
        </section>
        <section class="panel">
            <h2>"Codes used"</h2>
            {move || report.with(|report| uses(&report.uses))}
        </section>
        <section class="panel">
            <h2>"History"</h2>
            {move || report.with(|report| history::list(&report.history))}
        </section>
    }
    .into_any()
}

fn collections(found: &[PersonCollection]) -> AnyView {
    if found.is_empty() {
        return view! { <p class="quiet">"None yet."</p> }.into_any();
    }
    let rows = found
        .iter()
        .map(|one| {
            view! {
                <li>
                    {cover(&one.cover, "small")}
                    <span class="titles">
                        <a class="name" href=routes::collection(one.id)>{one.title.clone()}</a>
                        <span class="sub">"since "{time::date(&one.since)}</span>
                    </span>
                    <span class="progress">
                        {format!("{} of {} opened", one.opened, one.items)}{meter(one.opened, one.items)}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list">{rows}</ul> }.into_any()
}

fn uses(found: &[PersonUse]) -> AnyView {
    if found.is_empty() {
        return view! { <p class="quiet">"None yet."</p> }.into_any();
    }
    let rows = found
        .iter()
        .map(|one| {
            view! {
                <li>
                    <span class="titles">
                        <a class="name" href=routes::token(one.token)>{one.token_name.clone()}</a>
                        <span class="sub">"use number "{one.number}", "{time::minute(&one.when)}</span>
                    </span>
                    <span class="code">{one.hint.clone()}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list">{rows}</ul> }.into_any()
}

/// What can be done to somebody: another user type, ending their access, giving it back.
fn manage(visit: Visit, person: &PersonRow, changed: Callback<PersonRow>) -> AnyView {
    let toasts = Toasts::current();
    let id = person.id;
    let owners_too = visit.is_owner();
    if person.user_type.built_in == Some(BuiltIn::Owner) && !owners_too {
        return ().into_any();
    }
    let take = move |answer: Result<PersonRow, ApiError>, words: &'static str| match answer {
        Ok(row) => {
            toasts.say(words);
            changed.try_run(row);
        }
        Err(error) => toasts.say(error.to_string()),
    };
    if person.deactivated {
        let reactivate = move |_| {
            spawn_local(async move { take(api::reactivate_person(id).await, "They have access again.") });
        };
        return view! { <button type="button" class="button" on:click=reactivate>"Give access back"</button> }.into_any();
    }
    let choose = move |event: web_sys::Event| {
        let user_type = event_target_value(&event);
        {
            spawn_local(async move {
                take(
                    api::set_user_type(id, user_type).await,
                    "The user type was changed.",
                );
            });
        }
    };
    let deactivate = move |_| {
        spawn_local(async move { take(api::deactivate_person(id).await, "Their access has ended.") });
    };
    let now = person.user_type.built_in;
    let types = BuiltIn::ALL
        .into_iter()
        .filter(|user_type| owners_too || *user_type != BuiltIn::Owner)
        .map(|user_type| view! { <option value=user_type.key() selected=Some(user_type) == now>{user_type.name()}</option> })
        .collect_view();
    view! {
        <select class="input" aria-label="User type" on:change=choose>{types}</select>
        <button type="button" class="button danger" on:click=deactivate>"End access"</button>
    }
    .into_any()
}
