//! Inviting admins: the dialog, whose link is shown once, and the pending invitations.

use domain::departments::DepartmentView;
use domain::feed::Change;
use domain::people::{InvitationForm, InvitationRow};
use domain::user_types::UserTypeView;
use domain::{BuiltIn, UserTypeId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::CopyField;
use crate::departments::options;
use crate::organisations::api::{list_departments, list_user_types};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::feed::Feed;
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::opening::both;
use crate::ui::toast::Toasts;
use crate::ui::{notice, time};

/// The pending invitations, and the dialog that creates one.
#[component]
pub fn Invitations(inviting: RwSignal<bool>, first: Vec<InvitationRow>) -> AnyView {
    let toasts = Toasts::current();
    let rows = RwSignal::new(first);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = api::invitations().await {
                rows.try_set(now);
            }
        });
    };
    Feed::listen(move |changes| {
        if changes
            .iter()
            .any(|change| matches!(change, Change::Person { .. } | Change::Everything))
        {
            read();
        }
    });
    let withdraw = move |row: &InvitationRow| {
        let (id, email) = (row.id, row.email.to_string());
        spawn_local(async move {
            match api::withdraw_invitation(id).await {
                Ok(()) => toasts.say(format!(
                    "The invitation of {email} was withdrawn. Its link opens nothing now."
                )),
                Err(error) => toasts.say(error.to_string()),
            }
            read();
        });
    };
    view! {
        {move || (!rows.with(Vec::is_empty)).then(|| view! {
            <section class="panel">
                <h2>"Invited"</h2>
                <ul class="plain-list">
                    {rows.get().into_iter().map(|row| {
                        let place = row.department.as_ref().map(|department| format!(" in {}", department.name));
                        let about = format!("as {}{}, by {}", row.user_type.name, place.unwrap_or_default(), row.invited_by);
                        let until = if row.expired { "expired " } else { "until " };
                        let name = format!("Withdraw the invitation of {}", row.email);
                        view! {
                            <li>
                                <span class="titles">
                                    <span class="name">{row.email.to_string()}</span>
                                    <span class="sub">{about}", "{until}{time::minute(&row.expires)}</span>
                                </span>
                                <button type="button" class="button small" aria-label=name on:click=move |_| withdraw(&row)>"Withdraw"</button>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </section>
        })}
        {move || inviting.get().then(|| view! {
            <Dialog title="Invite an admin" on_close=move |()| {
                inviting.set(false);
                read();
            }><Inviting/></Dialog>
        })}
    }
    .into_any()
}

/// The choices of the form, once they are loaded.
#[component]
fn Inviting() -> AnyView {
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
    let opened = Opened::around();
    let form = FormState::new("invite");
    let email = RwSignal::new(String::new());
    let link = RwSignal::new(None::<String>);
    let types = user_types(&types, visit);
    let usual = BuiltIn::Administrator.key();
    let first = types.iter().find(|(key, _)| key == usual).or(types.first());
    let user_type = RwSignal::new(first.map(|(key, _)| key.clone()).unwrap_or_default());
    let places = options(
        &departments,
        none_too(visit).then_some("None: the whole organisation"),
    );
    let department = RwSignal::new(places.first().map(|(key, _)| key.clone()).unwrap_or_default());
    let places = Signal::stored(places);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = InvitationForm {
            email: email.get_untracked(),
            user_type: user_type.get_untracked(),
            department: department.get_untracked(),
        };
        if form.fits(typed.parse()) {
            form.send(api::invite(typed), move |made| {
                drop(link.try_set(Some(made.link)));
            });
        }
    };
    let options = Signal::stored(types);
    (move || {
        match link.get() {
        Some(link) => view! {
            <div class="body">
                <p>"Hand this link over. It is shown this once, and makes whoever opens it an admin."</p>
                <CopyField id="invitation-link" label="Link" text=link action="Copy link"/>
            </div>
            <footer>
                <button type="button" class="button primary" on:click=move |_| if let Some(opened) = opened { opened.close() }>"Done"</button>
            </footer>
        }
        .into_any(),
        None => view! {
            <form class="form" novalidate on:submit=submit>
                <div class="body">
                    <Field form name="email" label="E-mail" value=email kind=Kind::Email first=true/>
                    <Select form name="user_type" label="User type" value=user_type options
                        hint=Signal::stored("What each may do stands in the organisation's settings.".to_owned())/>
                    {(!departments.is_empty()).then(|| view! {
                        <Select form name="department" label="Department" value=department options=places
                            hint=Signal::stored("They see what belongs to it and to those below it.".to_owned())/>
                    })}
                    {form.failure()}
                </div>
                {foot("Make the invitation", form.busy.into())}
            </form>
        }
        .into_any(),
    }
    })
    .into_any()
}

/// The user types that the signed-in person can assign: those with permissions, and none with permissions that they do
/// not have themselves. Built-in ones are identified by their word.
pub fn user_types(all: &[UserTypeView], visit: RequestContext) -> Vec<(String, String)> {
    let mine = visit
        .me
        .with_untracked(|me| me.as_ref().map(|me| me.permissions).unwrap_or_default());
    all.iter()
        .filter(|one| !one.permissions.is_empty() && one.permissions.is_subset(mine))
        .map(|one| (key(one.id, one.built_in), one.name.clone()))
        .collect()
}

/// The key of a user type in forms.
pub fn key(id: UserTypeId, built_in: Option<BuiltIn>) -> String {
    built_in.map_or_else(|| id.to_string(), |built_in| built_in.key().to_owned())
}

/// Whether the person can assign no department: an admin limited to a department puts people into it or below.
pub fn none_too(visit: RequestContext) -> bool {
    visit
        .me
        .with_untracked(|me| me.as_ref().is_some_and(|me| me.department.is_none()))
}
