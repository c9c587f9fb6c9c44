//! A recipient in the list, and what can be done.

use domain::campaigns::actions::RecipientAction;
use domain::campaigns::{ClaimState, CredentialState, RecipientRow};
use domain::mail::MailState;
use domain::{Permission, RecipientId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::api;
use super::dialogs::{OpenDialog, What};
use super::recipients::{Line, Recipients};
use crate::request_context::RequestContext;
use crate::ui::icon;
use crate::ui::menu::{Menu, item};
use crate::ui::time;
use crate::ui::toast::Toasts;

/// The row. It stays when what is in it changes, and so does its menu.
#[component]
pub fn Row(line: Line, recipients: Recipients) -> AnyView {
    let row = RwSignal::from(line);
    let may_manage = RequestContext::current().may(Permission::CampaignsManage);
    let id = row.with_untracked(|row| row.id);
    view! {
        <tr>
            {may_manage.then(|| choose(row, id, recipients))}
            <td class="primary">
                <span class="name">{move || row.with(|row| row.name.clone())}</span>
                {move || row.with(|row| row.is_test).then(|| view! { <span class="tag">"Test"</span> })}
                {move || row.with(|row| row.wanted_name.clone()).filter(|_| may_manage).map(|name| asks_for(name, id, recipients))}
            </td>
            <td data-label="E-mail">{move || row.with(|row| row.email.clone())}</td>
            <td data-label="Token"><code>{move || row.with(|row| row.hint.clone())}</code></td>
            <td data-label="Claim">
                {move || row.with(claim)}
                {move || (may_manage && row.with(|row| row.unlock_asked.is_some() && row.lock.is_some())).then(|| unlock(id, recipients))}
            </td>
            <td data-label="Credential">{move || row.with(credential)}</td>
            <td data-label="Mail">{move || row.with(|row| row.mail.map(MailState::key))}{move || row.with(reminded)}{move || row.with(held)}</td>
            <td class="act">{may_manage.then(|| menu(row, id, recipients))}</td>
        </tr>
    }
    .into_any()
}

fn choose(row: RwSignal<RecipientRow>, id: RecipientId, recipients: Recipients) -> AnyView {
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
    let label = move || row.with(|row| format!("Choose {}", row.name));
    view! { <td class="choose"><input type="checkbox" aria-label=label prop:checked=is_chosen on:change=change/></td> }
        .into_any()
}

fn menu(row: RwSignal<RecipientRow>, id: RecipientId, recipients: Recipients) -> AnyView {
    let label = Signal::derive(move || row.with(|row| format!("Actions for {}", row.name)));
    view! {
        <Menu id=format!("menu-{id}") label picture=icon::MORE>
            {entries(&row.get(), recipients)}
        </Menu>
    }
    .into_any()
}

fn entries(row: &RecipientRow, recipients: Recipients) -> AnyView {
    let kept = StoredValue::new(row.clone());
    let entry = move |picture, words, what| {
        item(picture, words, "", move || {
            let row = kept.get_value();
            recipients.dialog.set(Some(OpenDialog { row, what }));
        })
    };
    let actions: Vec<_> = offered(row)
        .into_iter()
        .map(|(picture, action)| entry(picture, action.label(), What::Action(action)))
        .collect();
    view! {
        {entry(icon::COPY, RecipientAction::CopyToken.label(), What::Copy)}
        {entry(icon::PENCIL, RecipientAction::Correct.label(), What::Correct)}
        {entry(icon::HISTORY, "History", What::History)}
        <hr/>
        {actions}
    }
    .into_any()
}

/// What fits the state that a recipient is in.
fn offered(row: &RecipientRow) -> Vec<(&'static str, RecipientAction)> {
    let mut offered = vec![(icon::MAIL, RecipientAction::SendAgain)];
    if row.lock.is_some() {
        offered.push((icon::RESTORE, RecipientAction::Reset));
    }
    offered.push(match row.claim {
        ClaimState::TokenRevoked => (icon::PLAY, RecipientAction::EnableToken),
        _ => (icon::PAUSE, RecipientAction::RevokeToken),
    });
    if matches!(
        row.credential_state,
        Some(CredentialState::Valid | CredentialState::Expired)
    ) {
        offered.push((icon::CLOCK, RecipientAction::ChangeExpiry));
        offered.push((icon::STOP, RecipientAction::RevokeCredential));
    }
    offered.push((icon::TRASH, RecipientAction::DeleteRecipient));
    offered
}

/// Answers at once what a recipient asks for.
fn asks_for(wanted: String, id: RecipientId, recipients: Recipients) -> AnyView {
    let toasts = Toasts::current();
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
    view! {
        <span class="sub">"Asks for the name "<b>{wanted}</b></span>
        <button type="button" class="button small" on:click=move |_| answer(true)>"Approve"</button>
        <button type="button" class="button small" on:click=move |_| answer(false)>"Refuse"</button>
    }
    .into_any()
}

fn unlock(id: RecipientId, recipients: Recipients) -> AnyView {
    let toasts = Toasts::current();
    let reset = move |_| {
        spawn_local(async move {
            match api::act(id, RecipientAction::Reset, String::new()).await {
                Ok(()) => {
                    toasts.say("Unlocked. The same link works again, for the next profile that connects.");
                }
                Err(error) => toasts.say(error.to_string()),
            }
            recipients.read();
        });
    };
    let what = RecipientAction::Reset.sentences().join(" ");
    view! { <button type="button" class="button small" title=what on:click=reset>"Unlock"</button> }
        .into_any()
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

fn held(row: &RecipientRow) -> Option<AnyView> {
    let words = match row.held.as_deref()? {
        "" => "Held back; the name can be drawn now".to_owned(),
        missing => format!("Held back: no font has {missing}"),
    };
    Some(view! { <span class="sub">{words}</span> }.into_any())
}

fn reminded(row: &RecipientRow) -> Option<AnyView> {
    let times = match row.reminded {
        0 => return None,
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    Some(view! { <span class="sub">{format!("Reminded {times}")}</span> }.into_any())
}
