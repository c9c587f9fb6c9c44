//! The user report: who a person is, what they have and their progress, which codes they used, and what happened.

use domain::departments::DepartmentView;
use domain::feed::Change;
use domain::people::{PersonCollection, PersonReport, PersonRow, PersonUse};
use domain::user_types::UserTypeView;
use domain::{BuiltIn, Permission, PersonId, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::invitations::{key, none_too, user_types};
use super::{api, list, service_users};
use crate::access_tokens::history;
use crate::collections::cover;
use crate::departments::options;
use crate::error::ApiError;
use crate::organisations::api::{list_departments, list_user_types};
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::feed::Feed;
use crate::ui::icon::{self, icon};
use crate::ui::meter::meter;
use crate::ui::opening::{self, both};
use crate::ui::toast::Toasts;
use crate::ui::{time, title};

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    report: PersonReport,
    /// The choices for somebody who manages people; nothing for others.
    user_types: Vec<UserTypeView>,
    departments: Vec<DepartmentView>,
}

/// The page.
pub fn report_page() -> AnyView {
    let visit = RequestContext::current();
    let id = opening::id();
    opening::opening(
        id.into(),
        move || Box::pin(open(id.get_untracked(), visit.may(Permission::PeopleManage))),
        |found| view! { <Report found/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String, manages: bool) -> Result<Opening, ApiError> {
    let id: PersonId = id.parse().map_err(|_| Refusal::NotFound)?;
    let choices = async {
        match manages {
            true => both(list_user_types(), list_departments()).await,
            false => Ok((Vec::new(), Vec::new())),
        }
    };
    let (report, (user_types, departments)) = both(api::get_report(id), choices).await?;
    Ok(Opening {
        report,
        user_types,
        departments,
    })
}

/// The user types and departments to choose from.
struct Choices {
    user_types: Vec<(String, String)>,
    departments: Vec<(String, String)>,
}

#[component]
fn Report(found: Opening) -> AnyView {
    let visit = RequestContext::current();
    let none = none_too(visit).then_some("None: the whole organisation");
    let choices = StoredValue::new(Choices {
        user_types: user_types(&found.user_types, visit),
        departments: options(&found.departments, none),
    });
    let id = found.report.person.id;
    let report = RwSignal::new(found.report);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = api::get_report(id).await {
                report.try_set(now);
            }
        });
    };
    Feed::listen(move |changes| {
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
    let found_service = report.with_untracked(|report| report.person.owner.is_some());
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
                {move || (is_other && visit.may(Permission::PeopleManage)).then(|| {
                    choices.with_value(|choices| manage(visit, &report.read().person, choices, changed))
                })}
            </span>
        </div>
        <dl class="facts">
            <div><dt>"E-mail"</dt><dd>{move || report.with(|report| report.person.reached_at())}</dd></div>
            <div><dt>"User type"</dt><dd>{move || report.with(|report| report.person.user_type.name.clone())}</dd></div>
            <div><dt>"Department"</dt><dd>{move || report.with(|report| list::department(&report.person))}</dd></div>
            <div><dt>"Since"</dt><dd>{move || report.with(|report| time::date(&report.person.since))}</dd></div>
            <div><dt>"Collections"</dt><dd>{move || report.with(|report| report.collections.len())}</dd></div>
            <div><dt>"Codes used"</dt><dd>{move || report.with(|report| report.uses.len())}</dd></div>
        </dl>
        {(found_service && visit.may(Permission::PeopleManage)).then(|| {
            report.with_untracked(|report| service_users::naming(&report.person, changed))
        })}
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
                        {format!("{} of {} done", one.opened, one.items)}{meter(one.opened, one.items)}
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

/// The actions on a person: changing the user type or department, ending or restoring access.
fn manage(
    visit: RequestContext,
    person: &PersonRow,
    choices: &Choices,
    changed: Callback<PersonRow>,
) -> AnyView {
    let toasts = Toasts::current();
    let id = person.id;
    if person.user_type.built_in == Some(BuiltIn::Owner) && !visit.is_owner() {
        return ().into_any();
    }
    let set =
        move |to: Standing, back: Option<Standing>, refused| set(id, to, back, toasts, changed, refused);
    if person.deactivated {
        let reactivate = move |_| set(Standing::Active, None, None);
        return view! { <button type="button" class="button" on:click=reactivate>"Give access back"</button> }.into_any();
    }
    let deactivate = move |_| set(Standing::Ended, Some(Standing::Active), None);
    let now = (
        key(person.user_type.id, person.user_type.built_in),
        person.user_type.name.clone(),
    );
    let mut types = choices.user_types.clone();
    // Member is included, too: a person who manages something can be made a member again.
    let member = (
        BuiltIn::Member.key().to_owned(),
        BuiltIn::Member.name().to_owned(),
    );
    for one in [member, now.clone()] {
        if types.iter().all(|(key, _)| *key != one.0) {
            types.push(one);
        }
    }
    let place = person
        .department
        .as_ref()
        .map(|department| department.id.to_string())
        .unwrap_or_default();
    let (type_before, place_before) = (now.0.clone(), place.clone());
    let to_type = move |key, refused| {
        let back = Standing::UserType(type_before.clone());
        set(Standing::UserType(key), Some(back), Some(refused));
    };
    let to_department = move |key, refused| {
        let back = Standing::Department(place_before.clone());
        set(Standing::Department(key), Some(back), Some(refused));
    };
    view! {
        {select("User type", types, &now.0, to_type)}
        {(choices.departments.len() > 1).then(|| {
            select("Department", choices.departments.clone(), &place, to_department)
        })}
        <button type="button" class="button danger" on:click=deactivate>"End access"</button>
    }
    .into_any()
}

/// What somebody may do and see: each part of it is changed by itself.
#[derive(Clone)]
enum Standing {
    UserType(String),
    Department(String),
    Active,
    Ended,
}

/// Changes it at once, and offers the way back: a key pressed on a list is enough to make somebody an owner. `refused` puts
/// the control back to what holds.
fn set(
    id: PersonId,
    to: Standing,
    back: Option<Standing>,
    toasts: Toasts,
    changed: Callback<PersonRow>,
    refused: Option<Callback<()>>,
) {
    spawn_local(async move {
        let (answer, words) = match to {
            Standing::UserType(key) => (api::set_user_type(id, key).await, "The user type was changed."),
            Standing::Department(key) => (api::set_department(id, key).await, "The department was changed."),
            Standing::Active => (api::reactivate_person(id).await, "They have access again."),
            Standing::Ended => (api::deactivate_person(id).await, "Their access has ended."),
        };
        match answer {
            Ok(row) => {
                match back {
                    Some(back) => {
                        let undo =
                            Callback::new(move |()| set(id, back.clone(), None, toasts, changed, None));
                        toasts.offer_undo(words, undo);
                    }
                    None => toasts.say(words),
                }
                changed.try_run(row);
            }
            Err(error) => {
                toasts.say(error.to_string());
                if let Some(refused) = refused {
                    refused.try_run(());
                }
            }
        }
    });
}

/// A choice that takes effect at once. `choose` gets what puts it back.
fn select(
    label: &'static str,
    options: Vec<(String, String)>,
    now: &str,
    choose: impl Fn(String, Callback<()>) + 'static,
) -> AnyView {
    let before = now.to_owned();
    let shown = RwSignal::new(before.clone());
    let refused = Callback::new(move |()| shown.set(before.clone()));
    let change = move |event| {
        let key = event_target_value(&event);
        shown.set(key.clone());
        choose(key, refused);
    };
    let options = options
        .into_iter()
        .map(|(key, words)| {
            let is_chosen = key == now;
            view! { <option value=key selected=is_chosen>{words}</option> }
        })
        .collect_view();
    view! {
        <select class="input" aria-label=label prop:value=shown on:change=change>{options}</select>
    }
    .into_any()
}
