//! The texts of mails: the list of them, and the editor with its preview.
//!
//! The HTML is previewed in a frame of its own, which a form is sent to: a mail has styles that this page's own policy
//! does not let in.

use std::time::Duration;

use domain::mail::{TemplateForm, TemplatePreview, TemplateRow, TemplateView, is_language};
use domain::{CampaignId, Permission, Problems, Refusal};
use gloo_timers::future::sleep;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};

use super::api;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::icon::{self, icon};
use crate::ui::opening::opening;
use crate::ui::time;
use crate::ui::toast::Toasts;

/// How long is waited for the next letter before a preview is made.
const PAUSE: Duration = Duration::from_millis(300);

/// The page with all texts.
pub fn mail_texts_page() -> AnyView {
    let address = use_query_map();
    let campaign: Option<CampaignId> =
        address.with_untracked(|address| address.get_str("campaign").and_then(|id| id.parse().ok()));
    let (back, words, heading) = match campaign {
        Some(id) => (
            routes::campaign(id),
            "The campaign",
            "Texts of this campaign's mails",
        ),
        None => (routes::MAIL.to_owned(), "Mail", "Texts of mails"),
    };
    view! {
        <Title text="Texts of mails"/>
        <a class="back" href=back>{icon(icon::BACK)}{words}</a>
        <div class="head"><h1>{heading}</h1></div>
        {opening(
            Signal::stored(String::new()),
            move || Box::pin(api::list_mail_texts(campaign)),
            |rows: Vec<TemplateRow>| list(rows),
            |_| None,
        )}
    }
    .into_any()
}

fn list(rows: Vec<TemplateRow>) -> AnyView {
    let writes = RequestContext::current().may(Permission::MailsManage);
    let mut mails: Vec<(String, String)> = Vec::new();
    for row in &rows {
        if mails.iter().all(|(key, _)| *key != row.key) {
            mails.push((row.key.clone(), row.name.clone()));
        }
    }
    let rows = rows
        .into_iter()
        .map(|row| {
            let state = match &row.saved {
                Some(saved) => view! { "your own, of "{time::date(saved)} }.into_any(),
                None => "built in".into_any(),
            };
            view! {
                <li>
                    <span class="titles">
                        <a class="name" href=routes::mail_text(&row.key, &row.language)>{row.name}</a>
                        <span class="sub">{row.language}" · "{state}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel"><ul class="plain-list">{rows}</ul></section>
        {writes.then(|| view! { <Language mails/> })}
    }
    .into_any()
}

/// Leads to a text in a language that it is not written in yet. It begins as the built-in one, to be translated.
#[component]
fn Language(mails: Vec<(String, String)>) -> AnyView {
    let form = FormState::new("language");
    let navigate = use_navigate();
    let first = mails.first().map(|(key, _)| key.clone()).unwrap_or_default();
    let (key, language) = (RwSignal::new(first), RwSignal::new(String::new()));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let wanted = language.with_untracked(|language| language.trim().to_owned());
        if is_language(&wanted) {
            navigate(
                &routes::mail_text(&key.get_untracked(), &wanted),
                Default::default(),
            );
        } else {
            let sentence = "Write the language as its short name, such as de, mi or pt-BR.";
            form.refuse(Problems::one("language", sentence));
        }
    };
    view! {
        <section class="panel" aria-labelledby="add-language">
            <h2 id="add-language">"Add a language"</h2>
            <p class="quiet">"Readers who chose a language, or were imported with one, get their mails in it where there is a text. Everybody else gets them in the language of the organisation."</p>
            <form class="form" novalidate on:submit=submit>
                <div class="body">
                    <Select form name="mail" label="Mail" value=key options=Signal::stored(mails)/>
                    <Field form name="language" label="Language" value=language hint=Signal::stored("Its short name: de, mi, pt-BR.".to_owned())/>
                </div>
                <footer><button type="submit" class="button">"Write the text"</button></footer>
            </form>
        </section>
    }
    .into_any()
}

/// The page of one text.
pub fn mail_text_page() -> AnyView {
    let params = use_params_map();
    let at = Memo::new(move |_| {
        params.with(|params| {
            let part = |name| params.get(name).unwrap_or_default();
            format!("{}/{}", part("key"), part("language"))
        })
    });
    view! {
        <Title text="Text of a mail"/>
        {opening(
            at.into(),
            move || Box::pin(open(at.get_untracked())),
            |view| view! { <Editor view/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

async fn open(at: String) -> Result<TemplateView, ApiError> {
    let (key, language) = at.split_once('/').ok_or(Refusal::NotFound)?;
    api::get_mail_text(key.to_owned(), language.to_owned()).await
}

#[component]
fn Editor(view: TemplateView) -> AnyView {
    let visit = RequestContext::current();
    let toasts = Toasts::current();
    let form = FormState::new("text");
    let TemplateView {
        row,
        form: filled,
        variables,
    } = view;
    let (key, language) = (
        StoredValue::new(row.key.clone()),
        StoredValue::new(row.language.clone()),
    );
    let is_own = RwSignal::new(row.saved.is_some());
    let subject = RwSignal::new(filled.subject);
    let html_part = RwSignal::new(filled.html);
    let text = RwSignal::new(filled.text);
    let typed = move || TemplateForm {
        subject: subject.get(),
        html: html_part.get(),
        text: text.get(),
    };
    let preview = RwSignal::new(None::<TemplatePreview>);
    let frame_form = NodeRef::<html::Form>::new();
    let turn = StoredValue::new(0u32);
    Effect::new(move |_| {
        let typed = typed();
        let Some(mine) = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        spawn_local(async move {
            sleep(PAUSE).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            if let Some(form) = frame_form.try_get_untracked().flatten() {
                drop(form.request_submit());
            }
            let (Some(key), Some(language)) = (key.try_get_value(), language.try_get_value()) else {
                return;
            };
            if let Ok(now) = api::preview_mail_text(key, language, typed).await {
                form.problems.try_set(now.problems.clone());
                preview.try_set(Some(now));
            }
        });
    });
    let fill = move |now: TemplateView, words: &'static str| {
        is_own.try_set(now.row.saved.is_some());
        subject.try_set(now.form.subject);
        html_part.try_set(now.form.html);
        text.try_set(now.form.text);
        toasts.say(words);
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let saving = api::save_mail_text(key.get_value(), language.get_value(), untrack(typed));
        form.send(saving, move |now| fill(now, "Saved. Mails say it from now on."));
    };
    let reset = move |_| {
        let resetting = api::reset_mail_text(key.get_value(), language.get_value());
        form.send(resetting, move |now| fill(now, "The built-in text counts again."));
    };
    let manages = visit.may(Permission::MailsManage);
    let values = variables
        .into_iter()
        .map(|variable| {
            let required = variable.required.then_some(" Has to be there.");
            view! { <div><dt><code>{format!("{{{{ {} }}}}", variable.name)}</code></dt><dd>{variable.meaning}"."{required}</dd></div> }
        })
        .collect_view();
    view! {
        <a class="back" href=routes::MAIL_TEXTS>{icon(icon::BACK)}"Texts of mails"</a>
        <div class="head">
            <h1>{row.name}</h1>
            <span class="count">{row.language}</span>
            <span class="quiet">{move || if is_own.get() { "your own text" } else { "the built-in text" }}</span>
        </div>
        <div class="text-editor">
            <form class="panel" novalidate on:submit=submit>
                <fieldset class="bare" disabled=!manages>
                    <legend class="unseen">"Text"</legend>
                    <Field form name="subject" label="Subject" value=subject/>
                    <Field form name="html" label="HTML" value=html_part kind=Kind::Lines(12)/>
                    <Field form name="text" label="Plain text" value=text kind=Kind::Lines(12)/>
                </fieldset>
                {form.failure()}
                {manages.then(|| view! {
                    <div class="row-end">
                        <button type="button" class="button" disabled=move || !is_own.get() on:click=reset>"Use the built-in text"</button>
                        <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
                    </div>
                })}
                <h2>"Values"</h2>
                <dl class="facts">{values}</dl>
                <p class="quiet">"Between {% if value %} and {% endif %} stands what is said only when there is a value. {{ button(link, \"Words\") }} makes a button."</p>
            </form>
            <section class="panel" aria-label="Preview">
                <h2>{move || preview.with(|preview| preview.as_ref().map_or_else(String::new, |preview| preview.subject.clone()))}</h2>
                <p class="quiet" role="status">{move || preview.with(|preview| preview.as_ref().map(|preview| preview.values_of.clone()))}</p>
                <form node_ref=frame_form method="post" action=routes::MAIL_PREVIEW target="mail-preview" hidden=true>
                    <input type="hidden" name="key" value=row.key/>
                    <input type="hidden" name="language" value=language.get_value()/>
                    <input type="hidden" name="subject" prop:value=move || subject.get()/>
                    <input type="hidden" name="html" prop:value=move || html_part.get()/>
                    <input type="hidden" name="text" prop:value=move || text.get()/>
                </form>
                <iframe class="letter" title="Preview of the HTML" name="mail-preview"></iframe>
                <h2>"Plain text"</h2>
                <pre class="letter-text">{move || preview.with(|preview| preview.as_ref().map(|preview| preview.text.clone()))}</pre>
            </section>
        </div>
    }
    .into_any()
}
