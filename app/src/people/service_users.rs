//! Service users: the dialog that creates one, and the form on the page of each with its name and owner.

use domain::departments::DepartmentView;
use domain::people::{PersonRow, ServiceUserForm};
use domain::user_types::UserTypeView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::invitations::{none_too, user_types};
use crate::departments::options;
use crate::organisations::api::{list_departments, list_user_types};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::notice;
use crate::ui::opening::both;
use crate::ui::toast::Toasts;

/// The dialog that creates one, while it is open.
#[component]
pub fn Making(serving: RwSignal<bool>) -> AnyView {
    (move || {
        serving.get().then(|| {
            view! { <Dialog title="New service user" on_close=move |()| serving.set(false)><Choosing/></Dialog> }
        })
    })
    .into_any()
}

/// The choices of the form, once they are loaded.
#[component]
fn Choosing() -> AnyView {
    let choices = RwSignal::new(None);
    spawn_local(async move {
        let found = both(list_user_types(), list_departments()).await;
        choices.try_set(Some(found));
    });
    (move || match choices.get() {
        None => view! { <div class="body waiting-for" aria-busy="true"></div> }.into_any(),
        Some(Err(error)) => notice::problem(&error, None),
        Some(Ok((types, departments))) => view! { <Fields types departments/> }.into_any(),
    })
    .into_any()
}

#[component]
fn Fields(types: Vec<UserTypeView>, departments: Vec<DepartmentView>) -> AnyView {
    let visit = RequestContext::current();
    let (opened, toasts) = (Opened::around(), Toasts::current());
    let form = FormState::new("service-user");
    let name = RwSignal::new(String::new());
    let owner = RwSignal::new(String::new());
    let types = user_types(&types, visit);
    // The first is the owner, which a program is on purpose or not at all.
    let user_type = RwSignal::new(types.last().map(|(key, _)| key.clone()).unwrap_or_default());
    let places = options(
        &departments,
        none_too(visit).then_some("None: the whole organisation"),
    );
    let department = RwSignal::new(places.first().map(|(key, _)| key.clone()).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = ServiceUserForm {
            name: name.get_untracked(),
            owner: owner.get_untracked(),
            user_type: user_type.get_untracked(),
            department: department.get_untracked(),
        };
        if form.fits(typed.parse()) {
            form.send(api::add_service_user(typed), move |_| {
                toasts.say("The service user can be chosen for API tokens now.");
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true
                    hint=Signal::stored("A program. It never signs in and gets no mail.".to_owned())/>
                <Field form name="owner" label="Owner" value=owner kind=Kind::Email
                    hint=Signal::stored("The address of who answers for it; blank: yours.".to_owned())/>
                <Select form name="user_type" label="User type" value=user_type options=Signal::stored(types)/>
                {(!departments.is_empty()).then(|| view! {
                    <Select form name="department" label="Department" value=department options=Signal::stored(places)/>
                })}
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

/// The form on its page.
pub fn naming(person: &PersonRow, changed: Callback<PersonRow>) -> AnyView {
    let toasts = Toasts::current();
    let form = FormState::new("service-user");
    let id = person.id;
    let name = RwSignal::new(person.name.clone());
    let owner = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = ServiceUserForm {
            name: name.get_untracked(),
            owner: owner.get_untracked(),
            ..ServiceUserForm::default()
        };
        if form.fits(typed.change()) {
            form.send(api::change_service_user(id, typed), move |row| {
                toasts.say("Saved.");
                changed.try_run(row);
            });
        }
    };
    view! {
        <form class="panel narrow" novalidate on:submit=submit>
            <Field form name="name" label="Name" value=name/>
            <Field form name="owner" label="Another owner" value=owner kind=Kind::Email
                hint=Signal::stored("The address of who answers for it from now on".to_owned())/>
            {form.failure()}
            <div class="row-end">
                <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
            </div>
        </form>
    }
    .into_any()
}
