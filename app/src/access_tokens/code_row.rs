//! A row of a multi token's page: a code, whom it was assigned to, and who used it.

use domain::access_tokens::CodeRow;
use domain::mail::MailState;
use domain::tokens::State;
use domain::{EmailAddress, Permission, Problems, TokenId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::{OpenDialog, TokenActions};
use super::{api, facts, row};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::list::{Line, List};
use crate::ui::menu::{Menu, item};
use crate::ui::time;
use crate::ui::toast::Toasts;

/// How many columns the table has.
pub const COLUMNS: u32 = 7;

/// A code's row, as a `<tr>`.
pub fn code_row(
    actions: TokenActions,
    visit: RequestContext,
    list: List<CodeRow>,
    line: Line<CodeRow>,
    at: Memo<usize>,
) -> AnyView {
    let code = RwSignal::from(line.row);
    let flash = RwSignal::from(line.flash);
    let id = code.with_untracked(|code| code.id);
    let assigning = RwSignal::new(false);
    let manages = visit.may(Permission::TokensManage);
    view! {
        <tr role="row" data-key=id.to_string() tabindex="-1" class:flash=move || flash.get() aria-rowindex=move || (at.get() + 2).to_string()>
            <td role="cell" class="choose">{manages.then(|| {
                row::choose(Signal::derive(move || code.with(|code| format!("Choose {}", code.hint))))
            })}</td>
            <td role="cell" class="number quiet">{move || code.with(|code| code.number)}</td>
            <td role="cell" class="token primary">
                {move || code.with(|code| row::share_button(actions, visit, code.id, &code.hint, &code.hint))}
                {move || code.with(standing)}
            </td>
            <td role="cell" class="assigned" data-label="Assigned">
                {move || {
                    if assigning.get() {
                        view! { <AssignForm id list assigning/> }.into_any()
                    } else {
                        code.with(|code| assigned(code, manages, list, assigning))
                    }
                }}
            </td>
            <td role="cell" class="used-by" data-label="Used by">{move || code.with(|code| code.used_by.as_ref().map(|used| match used.person {
                Some(person) => view! { <a href=routes::person(person)>{used.name.clone()}</a> }.into_any(),
                None => view! { <span class="quiet">"somebody else"</span> }.into_any(),
            }))}</td>
            <td role="cell" class="used-on" data-label="Used on">{move || code.with(|code| code.used_by.as_ref().map(|used| time::minute(&used.when)))}</td>
            <td role="cell" class="act">{manages.then(|| view! { <CodeMenu actions code list/> })}</td>
        </tr>
    }
    .into_any()
}

/// What is worth saying of a code beside who has it.
fn standing(code: &CodeRow) -> AnyView {
    let words = match (code.is_replacement, code.replaced_by.is_some()) {
        (_, true) => Some("replaced"),
        (true, _) => Some("replacement"),
        _ => None,
    };
    let state = matches!(
        code.state,
        State::Suspended | State::Expired | State::Revoked | State::NotYet
    )
    .then(|| facts::state(code.state));
    view! { {state}{words.map(|words| view! { <span class="tag">{words}</span> })} }.into_any()
}

/// The address with the way to clear it, or the way to assign one.
fn assigned(code: &CodeRow, manages: bool, list: List<CodeRow>, assigning: RwSignal<bool>) -> AnyView {
    let id = code.id;
    let is_open = code.used_by.is_none() && manages && code.state != State::Revoked;
    match &code.assigned {
        Some(email) => {
            let clear = is_open.then(|| {
                let title = format!("Clear {email}: the link in that mailbox opens nothing then");
                view! {
                    <button type="button" class="icon-button" aria-label="Clear assignment" title=title on:click=move |_| {
                        act(list, api::clear_assignment(id), "Cleared. The link that was sent opens nothing now.");
                    }>{icon(icon::CROSS)}</button>
                }
            });
            view! { <span class="address" title=email.to_string()>{email.to_string()}</span>{code.mail.map(mail)}{clear} }.into_any()
        }
        None if is_open => {
            view! { <button type="button" class="button small" on:click=move |_| assigning.set(true)>"Assign"</button> }.into_any()
        }
        None => ().into_any(),
    }
}

/// Where the mail with the link is, as a picture and a word.
fn mail(state: MailState) -> AnyView {
    let (class, title) = match state {
        MailState::Failed => (
            "mail failed",
            "It could not be sent, though tried several times. Send a new link from the menu.",
        ),
        MailState::Cancelled => (
            "mail failed",
            "It was withdrawn before it went out. Send a new link from the menu.",
        ),
        _ => ("mail", ""),
    };
    view! { <span class=class title=title>{icon(icon::MAIL)}{state.key()}</span> }.into_any()
}

/// The field that takes an address, in the row itself.
#[component]
fn AssignForm(id: TokenId, list: List<CodeRow>, assigning: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::current();
    let email = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let field = NodeRef::<leptos::html::Input>::new();
    let problem_id = format!("assign-problem-{id}");
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            drop(field.focus());
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = email.get_untracked();
        if busy.get_untracked() {
            return;
        }
        if let Err(error) = typed.parse::<EmailAddress>() {
            problem.set(Some(error.to_string()));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = api::assign_code(id, typed).await;
            busy.try_set(false);
            match answer {
                Ok(row) => {
                    let address = row
                        .assigned
                        .as_ref()
                        .map(EmailAddress::to_string)
                        .unwrap_or_default();
                    assigning.try_set(false);
                    list.apply(row);
                    toasts.say(format!("Assigned. The link goes to {address}."));
                }
                Err(error) => {
                    let at_field = error
                        .refusal()
                        .and_then(|refusal| refusal.problems())
                        .and_then(Problems::first_field);
                    drop(problem.try_set(Some(sentence(&error, at_field))));
                }
            }
        });
    };
    let described_by = problem_id.clone();
    view! {
        <form class="assign" novalidate on:submit=submit on:keydown=move |event| if event.key() == "Escape" {
            event.stop_propagation();
            assigning.set(false);
        }>
            <input
                class="input" type="email" aria-label="E-mail" placeholder="name@example.org" autocomplete="off" node_ref=field
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby=move || problem.with(Option::is_some).then(|| described_by.clone())
                prop:value=move || email.get() on:input=move |event| email.set(event_target_value(&event))
            />
            <button type="submit" class="button small primary" aria-busy=move || busy.get().then_some("true")>"Assign"</button>
            <button type="button" class="icon-button" aria-label="Cancel" on:click=move |_| assigning.set(false)>{icon(icon::CROSS)}</button>
            {move || problem.get().map(|sentence| view! { <p class="field-problem" id=problem_id.clone() role="alert">{sentence}</p> })}
        </form>
    }
    .into_any()
}

/// A refusal as one sentence.
fn sentence(error: &ApiError, field: Option<&str>) -> String {
    let problems = error.refusal().and_then(|refusal| refusal.problems());
    let at = problems
        .zip(field)
        .and_then(|(problems, field)| problems.at(field));
    at.map_or_else(|| error.to_string(), str::to_owned)
}

/// What else can be done to a code.
#[component]
fn CodeMenu(actions: TokenActions, code: RwSignal<CodeRow>, list: List<CodeRow>) -> AnyView {
    let id = code.with_untracked(|code| code.id);
    let label = Signal::derive(move || code.with(|code| format!("More for {}", code.hint)));
    view! {
        <Menu id=format!("menu-{id}") label picture=icon::MORE>
            {
                let now = code.get();
                let hint = now.hint.clone();
                let is_used = now.used_by.is_some();
                let may_renew = now.assigned.is_some() && !is_used;
                let may_replace = is_used && now.replaced_by.is_none();
                view! {
                    {may_renew.then(|| item(icon::MAIL, "Send a new link", "", move || {
                        act(list, api::new_link(id), "A new link is on its way. The old one opens nothing now.");
                    }))}
                    {may_replace.then(|| item(icon::PLUS, "Issue a replacement", "", move || replace(list, id)))}
                    {item(icon::HISTORY, "History", "", move || actions.open(OpenDialog::History(id, hint.clone())))}
                }
            }
        </Menu>
    }
    .into_any()
}

/// Makes a code that takes the place of a used one, and shows it first.
fn replace(list: List<CodeRow>, used: TokenId) {
    let toasts = Toasts::current();
    spawn_local(async move {
        match api::replace_code(used).await {
            Ok(row) => {
                toasts.say(match &row.assigned {
                    Some(email) => format!("{} replaces it. The link goes to {email}.", row.hint),
                    None => format!("{} replaces it.", row.hint),
                });
                list.put_first(row);
                list.refresh(vec![used.0]);
            }
            Err(error) => toasts.say(error.to_string()),
        }
    });
}

/// Does something to a code and shows what became of it.
fn act(
    list: List<CodeRow>,
    answer: impl Future<Output = Result<CodeRow, ApiError>> + 'static,
    words: &'static str,
) {
    let toasts = Toasts::current();
    spawn_local(async move {
        match answer.await {
            Ok(row) => {
                list.apply(row);
                toasts.say(words);
            }
            Err(error) => toasts.say(error.to_string()),
        }
    });
}
