//! A recipient in the list, and what can be done. Before each action stands what it will do, from the same table that the
//! server carries out.

use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{ClaimState, CredentialState, RecipientForm, RecipientRow};
use domain::{Permission, RecipientId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::campaign::Recipients;
use crate::access_tokens::CopyField;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::toast::Toasts;
use crate::ui::{browser, notice, time};
use crate::visit::Visit;

/// What is open about a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Copy,
    Action(RecipientAction),
    Correct,
}

/// The row.
#[component]
pub fn Row(row: RecipientRow, recipients: Recipients) -> AnyView {
    let visit = Visit::current();
    let toasts = Toasts::current();
    let open = RwSignal::new(None::<Open>);
    let may_manage = visit.may(Permission::CampaignsManage);
    let id = row.id;
    let menu = format!("menu-{id}");
    let send_again = move |_| {
        spawn_local(async move {
            match api::send_again(id).await {
                Ok(()) => toasts.say("The mail is on its way again."),
                Err(error) => toasts.say(error.to_string()),
            }
            recipients.read();
        });
    };
    let unlock = (may_manage && row.unlock_asked.is_some() && row.lock.is_some()).then(|| {
        let reset = move |_| {
            spawn_local(async move {
                match api::act(id, RecipientAction::Reset, String::new()).await {
                    Ok(()) => {
                        toasts
                            .say("Unlocked. The same link works again, for the next profile that connects.");
                    }
                    Err(error) => toasts.say(error.to_string()),
                }
                recipients.read();
            });
        };
        let what = RecipientAction::Reset.sentences().join(" ");
        view! { <button type="button" class="button small" title=what on:click=reset>"Unlock"</button> }
    });
    let asked = (may_manage && row.wanted_name.is_some()).then(|| {
        let answer = move |approve: bool| {
            spawn_local(async move {
                match api::answer_name(id, approve).await {
                    Ok(()) if approve => toasts.say("The name was changed; what was claimed is signed anew."),
                    Ok(()) => toasts.say("The name stays as it is."),
                    Err(error) => toasts.say(error.to_string()),
                }
                recipients.read();
            });
        };
        let wanted = row.wanted_name.clone().unwrap_or_default();
        view! {
            <span class="sub">"Asks for the name "<b>{wanted}</b></span>
            <button type="button" class="button small" on:click=move |_| answer(true)>"Approve"</button>
            <button type="button" class="button small" on:click=move |_| answer(false)>"Refuse"</button>
        }
    });
    let choose = may_manage.then(|| {
        let is_chosen =
            move || recipients.everybody.get() || recipients.chosen.with(|chosen| chosen.contains(&id));
        let change = move |event| {
            let is_ticked = event_target_checked(&event);
            recipients.everybody.set(false);
            recipients.chosen.update(|chosen| {
                chosen.retain(|other| *other != id);
                if is_ticked {
                    chosen.push(id);
                }
            });
        };
        let label = format!("Choose {}", row.name);
        view! { <td class="choose"><input type="checkbox" aria-label=label prop:checked=is_chosen on:change=change/></td> }
    });
    let reminded = (row.reminded > 0).then(|| {
        view! { <span class="sub">{format!("Reminded {}", match row.reminded { 1 => "once".to_owned(), times => format!("{times} times") })}</span> }
    });
    let actions: Vec<_> = offered(&row)
        .into_iter()
        .map(|action| {
            view! {
                <button type="button" on:click=move |_| open.set(Some(Open::Action(action)))>{action.label()}</button>
            }
        })
        .collect();
    let kept = StoredValue::new(row.clone());
    let close = move |()| {
        open.set(None);
        recipients.read();
    };
    view! {
        <tr>
            {choose}
            <td class="primary">
                <span class="name">{row.name.clone()}</span>
                {row.is_test.then(|| view! { <span class="tag">"Test"</span> })}
                {asked}
            </td>
            <td data-label="E-mail">{row.email.clone()}</td>
            <td data-label="Token"><code>{row.hint.clone()}</code></td>
            <td data-label="Claim">{claim(&row)}{unlock}</td>
            <td data-label="Credential">{credential(&row)}</td>
            <td data-label="Mail">{row.mail.map(domain::mail::MailState::word)}{reminded}</td>
            <td class="act">
                {may_manage.then(|| view! {
                    <button type="button" class="icon-button" aria-label=format!("Actions for {}", row.name) popovertarget=menu.clone()>
                        {icon(icon::MORE)}
                    </button>
                    <div id=menu class="menu" popover="auto" on:click=move |event| browser::close_menu(&event)>
                        <button type="button" on:click=move |_| open.set(Some(Open::Copy))>{RecipientAction::CopyToken.label()}</button>
                        {actions}
                        <button type="button" on:click=send_again>"Send again"</button>
                        <button type="button" on:click=move |_| open.set(Some(Open::Correct))>"Correct name or address"</button>
                    </div>
                })}
                {move || open.get().map(|what| match what {
                    Open::Copy => view! { <Copy id name=kept.get_value().name on_close=close/> }.into_any(),
                    Open::Action(action) => view! { <Confirm id action name=kept.get_value().name on_close=close/> }.into_any(),
                    Open::Correct => view! { <Correct row=kept.get_value() on_close=close/> }.into_any(),
                })}
            </td>
        </tr>
    }
    .into_any()
}

/// What fits the state that a recipient is in.
fn offered(row: &RecipientRow) -> Vec<RecipientAction> {
    let mut offered = Vec::new();
    if row.lock.is_some() {
        offered.push(RecipientAction::Reset);
    }
    offered.push(match row.claim {
        ClaimState::TokenRevoked => RecipientAction::EnableToken,
        _ => RecipientAction::RevokeToken,
    });
    if matches!(
        row.credential_state,
        Some(CredentialState::Valid | CredentialState::Expired)
    ) {
        offered.push(RecipientAction::RevokeCredential);
    }
    offered.push(RecipientAction::DeleteRecipient);
    offered
}

fn claim(row: &RecipientRow) -> AnyView {
    let class = match row.claim {
        ClaimState::Claimed => "state live",
        ClaimState::TokenRevoked => "state revoked",
        ClaimState::Waiting | ClaimState::Unlocked => "state not-yet",
    };
    let holder = row.lock.as_ref().map(|lock| {
        view! { <span class="sub">{lock.holder.clone()}" ("{lock.provider.clone()}"), "{time::date(&lock.at)}</span> }
    });
    let asked = row.unlock_asked.as_ref().map(|at| {
        view! { <span class="tag">"Asks to unlock, "{time::date(at)}</span> }
    });
    view! { <span class=class>{row.claim.label()}</span>{holder}{asked} }.into_any()
}

fn credential(row: &RecipientRow) -> AnyView {
    match row.credential.zip(row.credential_state) {
        Some((id, state)) => {
            view! { <a href=format!("/c/{id}") rel="external">{state.label()}</a> }.into_any()
        }
        None => view! { <span class="quiet">"–"</span> }.into_any(),
    }
}

#[component]
fn Copy(id: RecipientId, name: String, #[prop(into)] on_close: Callback<()>) -> AnyView {
    let answer = RwSignal::new(None);
    spawn_local(async move {
        let copied = api::copy_token(id).await;
        answer.try_set(Some(copied));
    });
    view! {
        <Dialog title=format!("Token of {name}") on_close>
            <div class="body" aria-busy=move || answer.with(Option::is_none).then_some("true")>
                {move || answer.get().map(|answer| match answer {
                    Ok(copied) => view! {
                        <CopyField id="claim-token" label="Token" text=copied.token action="Copy"/>
                        <CopyField id="claim-link" label="Link" text=copied.link action="Copy link"/>
                        <p class="fine">
                            "Type it on the Recipient View page. Whoever connects a profile first locks it: try it with a test recipient of your own. That you looked at it was recorded."
                        </p>
                    }.into_any(),
                    Err(error) => notice::problem(&error, None),
                })}
            </div>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Confirm(
    id: RecipientId,
    action: RecipientAction,
    name: String,
    #[prop(into)] on_close: Callback<()>,
) -> AnyView {
    view! { <Dialog title=format!("{}: {name}", action.label()) on_close><ConfirmFields id action/></Dialog> }
        .into_any()
}

#[component]
fn ConfirmFields(id: RecipientId, action: RecipientAction) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("action");
    let reason = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::act(id, action, reason.get_untracked()), move |()| {
            toasts.say(format!("{}: done.", action.label()));
            if let Some(opened) = opened {
                opened.close();
            }
        });
    };
    let sentences: Vec<_> = action
        .sentences()
        .into_iter()
        .map(|one| view! { <li>{one}</li> })
        .collect();
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <ul>{sentences}</ul>
                {(action == RecipientAction::RevokeCredential).then(|| view! {
                    <Field form name="reason" label="Reason" value=reason first=true
                        hint=Signal::stored("Everybody reads it on the public page.".to_owned())/>
                })}
                {form.failure()}
            </div>
            {foot(action.label(), form.busy.into())}
        </form>
    }
    .into_any()
}

#[component]
fn Correct(row: RecipientRow, #[prop(into)] on_close: Callback<()>) -> AnyView {
    view! { <Dialog title=format!("Correct {}", row.name) on_close><CorrectFields row/></Dialog> }.into_any()
}

#[component]
fn CorrectFields(row: RecipientRow) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("correct");
    let (name, email) = (RwSignal::new(row.name), RwSignal::new(row.email));
    let id = row.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = RecipientForm {
            name: name.get_untracked(),
            email: email.get_untracked(),
        };
        if form.fits(typed.parse()) {
            form.send(api::correct(id, typed), move |()| {
                toasts.say("Corrected.");
                if let Some(opened) = opened {
                    opened.close();
                }
            });
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"A credential that was claimed is signed anew under the same address. Another e-mail address gets a new link; the old one opens nothing then."</p>
                <Field form name="name" label="Name" value=name first=true/>
                <Field form name="email" label="E-mail" value=email kind=Kind::Email/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
