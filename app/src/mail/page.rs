//! One mail: what it says, what became of it, and what can be done.

use domain::feed::Change;
use domain::mail::MailView;
use domain::{MailId, Permission, Problems, Refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

use super::{api, list};
use crate::access_tokens::history;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::{Dialog, foot};
use crate::ui::feed::Feed;
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::opening;
use crate::ui::time;
use crate::ui::toast::Toasts;

/// The page.
pub fn mail_page() -> AnyView {
    let id = opening::id();
    view! {
        <Title text="Mail"/>
        {opening::opening(
            id.into(),
            move || Box::pin(open(id.get_untracked())),
            |found| view! { <OneMail found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(id: String) -> Result<MailView, ApiError> {
    let id: MailId = id.parse().map_err(|_| Refusal::NotFound)?;
    api::get_mail(id).await
}

#[component]
fn OneMail(found: MailView) -> AnyView {
    let visit = RequestContext::current();
    let id = found.row.id;
    let mail = RwSignal::new(found);
    let correcting = RwSignal::new(false);
    Feed::listen(move |changes| {
        let is_about_it = |change: &Change| match change {
            Change::Mail { id: other, .. } => *other == id,
            Change::Everything => true,
            _ => false,
        };
        if changes.iter().any(is_about_it) {
            leptos::task::spawn_local(async move {
                if let Ok(now) = api::get_mail(id).await {
                    mail.try_set(now);
                }
            });
        }
    });
    let manages = visit.may(Permission::MailsManage);
    view! {
        <a class="back" href=routes::MAIL>{icon(icon::BACK)}"Mail"</a>
        <div class="head">
            <h1>{move || mail.with(|mail| mail.row.to.to_string())}</h1>
            {move || mail.with(|mail| list::standing(&mail.row))}
            {manages.then(|| actions(mail, correcting))}
        </div>
        {move || mail.with(problem)}
        {move || correcting.get().then(|| view! { <Correct mail correcting/> })}
        <dl class="facts">
            <div><dt>"About"</dt><dd>{move || mail.with(|mail| mail.row.about.clone())}</dd></div>
            <div><dt>"Written"</dt><dd>{move || mail.with(|mail| time::minute(&mail.row.written))}</dd></div>
            <div><dt>"Sent"</dt><dd>{move || mail.with(|mail| mail.row.sent.as_ref().map_or_else(|| "not yet".into_any(), time::minute))}</dd></div>
            <div><dt>"Tries"</dt><dd>{move || mail.with(|mail| mail.row.tries)}</dd></div>
            {move || mail.with(|mail| mail.repeats).map(|other| view! {
                <div><dt>"Repeats"</dt><dd><a href=routes::mail(other)>"an earlier mail"</a></dd></div>
            })}
        </dl>
        <section class="panel">
            <h2>{move || mail.with(|mail| mail.subject.clone())}</h2>
            <iframe class="letter" title="The mail as its reader sees it" sandbox="" src=routes::mail_html(id)></iframe>
            <details>
                <summary>"As plain text"</summary>
                <pre class="letter-text">{move || mail.with(|mail| mail.text.clone())}</pre>
            </details>
            <p class="quiet">"The link itself is a secret between the mail and its reader, so only its place is shown."</p>
        </section>
        <section class="panel">
            <h2>"History"</h2>
            {move || mail.with(|mail| history::list(&mail.history))}
        </section>
    }
    .into_any()
}

/// What is wrong with it, if anything is.
fn problem(mail: &MailView) -> Option<AnyView> {
    let problem = mail.row.problem.clone()?;
    let next = mail.row.next_try.as_ref().map(|next| {
        view! { " It is tried again " {next.relative.clone()} "." }
    });
    Some(view! { <p class="notice" role="status">{problem}{next}</p> }.into_any())
}

fn actions(mail: RwSignal<MailView>, correcting: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::current();
    let navigate = use_navigate();
    let form = FormState::new("again");
    let again = Callback::new(move |()| {
        let navigate = navigate.clone();
        form.send(
            api::send_mail_again(mail.with_untracked(|mail| mail.row.id)),
            move |new| {
                toasts.say(format!("Once more on its way to {}.", new.to));
                navigate(&routes::mail(new.id), Default::default());
            },
        );
    });
    view! {
        <span class="actions">
            <button type="button" class="button" disabled=move || mail.with(|mail| mail.not_again.is_some())
                title=move || mail.with(|mail| mail.not_again.clone()) aria-busy=move || form.busy.get().then_some("true")
                on:click=move |_| again.run(())>"Send again"</button>
            <button type="button" class="button" disabled=move || mail.with(|mail| mail.not_corrected.is_some())
                title=move || mail.with(|mail| mail.not_corrected.clone())
                on:click=move |_| correcting.set(true)>"Correct the address"</button>
        </span>
        {form.failure()}
    }
    .into_any()
}

/// The dialog that asks for the right address.
#[component]
fn Correct(mail: RwSignal<MailView>, correcting: RwSignal<bool>) -> AnyView {
    let (id, to) = mail.with_untracked(|mail| (mail.row.id, mail.row.to.to_string()));
    let toasts = Toasts::current();
    let navigate = StoredValue::new_local(use_navigate());
    let form = FormState::new("correct");
    let email = RwSignal::new(to.clone());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = email.get_untracked();
        let parsed = typed
            .parse::<domain::EmailAddress>()
            .map_err(|error| Problems::one("email", error.to_string()));
        if form.fits(parsed) {
            form.send(api::correct_mail_address(id, typed), move |new| {
                toasts.say(format!("On its way to {}.", new.to));
                correcting.try_set(false);
                if let Some(navigate) = navigate.try_get_value() {
                    navigate(&routes::mail(new.id), Default::default());
                }
            });
        }
    };
    view! {
        <Dialog title="Correct the address" on_close=move |()| correcting.set(false)>
            <form novalidate on:submit=submit>
                <div class="body">
                    <p>"The link that went to "<b>{to}</b>" opens nothing from then on. A new one is mailed to the right address."</p>
                    <Field form name="email" label="Right address" value=email kind=Kind::Email first=true/>
                    {form.failure()}
                </div>
                {foot("Correct and send", form.busy.into())}
            </form>
        </Dialog>
    }
    .into_any()
}
