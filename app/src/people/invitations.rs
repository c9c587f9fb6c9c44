//! Inviting admins: the dialog, whose link is shown once, and the invitations that are still open.

use domain::BuiltIn;
use domain::live::Change;
use domain::people::{InvitationForm, InvitationRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use crate::access_tokens::CopyField;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::live::Live;
use crate::ui::time;
use crate::ui::toast::Toasts;
use crate::visit::Visit;

/// The open invitations, and the dialog that makes one.
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
    Live::listen(move |changes| {
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
                        let about = format!("as {}, by {}", row.user_type.name, row.invited_by);
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
            }><Fields/></Dialog>
        })}
    }
    .into_any()
}

#[component]
fn Fields() -> AnyView {
    let visit = Visit::current();
    let opened = Opened::around();
    let form = FormState::new("invite");
    let email = RwSignal::new(String::new());
    let user_type = RwSignal::new(BuiltIn::Administrator.key().to_owned());
    let link = RwSignal::new(None::<String>);
    let types: Vec<_> = [BuiltIn::Administrator, BuiltIn::Owner]
        .into_iter()
        .filter(|user_type| *user_type != BuiltIn::Owner || visit.is_owner())
        .map(|user_type| (user_type.key().to_owned(), user_type.name().to_owned()))
        .collect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = InvitationForm {
            email: email.get_untracked(),
            user_type: user_type.get_untracked(),
            department: String::new(),
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
                        hint=Signal::stored("Administrators manage collections, tokens and people; owners also the organisation.".to_owned())/>
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
