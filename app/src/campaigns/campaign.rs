//! A campaign: what it gives, its state, and its recipients.

use domain::campaigns::actions::RecipientAction;
use domain::campaigns::bulk::BulkAction;
use domain::campaigns::{CampaignState, CampaignView, RecipientQuery, RecipientRow, achievement_words};
use domain::form::grouped;
use domain::{CampaignId, Page, Permission, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::dialogs::{self, OpenDialog, sentences};
use super::list::state;
use super::recipients::{self, Recipients, Table};
use super::{add, api, bulk, edit, schedule};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::feed::Feed;
use crate::ui::form::FormState;
use crate::ui::icon::{self, icon};
use crate::ui::late::{late, load_soon};
use crate::ui::opening::{id, opening};
use crate::ui::toast::Toasts;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    view: CampaignView,
    page: Page<RecipientRow>,
}

/// What is open about the campaign, or about its recipients.
#[derive(Clone)]
pub(super) enum Asked {
    /// To add recipients.
    Add,
    /// To change what it says.
    Edit,
    /// To start it at a time.
    Schedule,
    /// To change its state.
    Change(RecipientAction, CampaignState),
    /// Something about one recipient.
    Recipient(Box<OpenDialog>),
    /// Something about all that are chosen.
    Many(BulkAction),
}

/// The page.
pub fn campaign_page() -> AnyView {
    let (id, address) = (id(), use_query_map());
    let query = Memo::new(move |_| address.with(recipients::asked));
    opening(
        id.into(),
        move || Box::pin(open(id.get_untracked(), query.get_untracked())),
        move |opening| view! { <Campaign opening query/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String, query: RecipientQuery) -> Result<Opening, ApiError> {
    let id: CampaignId = id.parse().map_err(|_| ApiError::Refused(Refusal::NotFound))?;
    Ok(Opening {
        view: api::get_campaign(id).await?,
        page: api::list_recipients(id, query).await?,
    })
}

#[component]
fn Campaign(opening: Opening, query: Memo<RecipientQuery>) -> AnyView {
    let recipients = Recipients::new(opening.view, opening.page, query);
    let (campaign, view) = (recipients.campaign, recipients.view);
    let toasts = Toasts::current();
    Feed::listen(move |_| recipients.read());
    let may_manage = RequestContext::current().may(Permission::CampaignsManage);
    let open = RwSignal::new(None::<Asked>);
    let on_close = Callback::new(move |()| {
        open.set(None);
        recipients.dialog.set(None);
        recipients.read();
    });
    load_soon(|| Box::pin(load()));
    let add_myself = move |_| {
        spawn_local(async move {
            match api::add_myself(campaign).await {
                Ok(_) => toasts.say("You are a test recipient now, with a token of your own."),
                Err(error) => toasts.say(error.to_string()),
            }
            recipients.read();
        });
    };
    view! {
        <Title text=move || view.with(|view| view.row.title.clone())/>
        <div class="head">
            <a class="icon-button" href=routes::CAMPAIGNS aria-label="All campaigns">{icon(icon::BACK)}</a>
            <h1>{move || view.with(|view| view.row.title.clone())}</h1>
            {move || state(view.with(|view| view.row.state))}
            <span class="switch"></span>
            {may_manage.then(|| view! {
                <button type="button" class="button" on:click=move |_| open.set(Some(Asked::Edit))>"Edit"</button>
            })}
            <a class="button" href=routes::design(campaign)>"Design"</a>
            {RequestContext::current().may(Permission::MailsRead).then(|| view! {
                <a class="button" href=routes::campaign_texts(campaign)>"Mail texts"</a>
            })}
            {move || (may_manage && view.with(|view| view.row.state) == CampaignState::Draft).then(|| view! {
                <button type="button" class="button" on:click=move |_| open.set(Some(Asked::Schedule))>"Start at a time"</button>
            })}
            {may_manage.then(|| states(recipients, open))}
        </div>
        {about(view)}
        <div class="head">
            <h2>"Recipients"</h2>
            <span class="count" role="status">{move || view.with(|view| {
                let row = &view.row;
                format!("{} of {} claimed, {} shared", grouped(row.claimed), grouped(row.recipients), grouped(row.shared))
            })}</span>
            <span class="switch"></span>
            {may_manage.then(|| view! {
                <button type="button" class="button" on:click=add_myself>"Add yourself as a test recipient"</button>
                <a class="button" href=routes::import(campaign)>"Import"</a>
                <button type="button" class="button primary" on:click=move |_| open.set(Some(Asked::Add))>{icon(icon::PLUS)}"Add recipients"</button>
            })}
        </div>
        <div class="notice" role="note">
            {icon(icon::WARNING)}
            <p>
                "Tokens are for their recipients alone. If you try one of them yourself, it is locked to your profile and does not work for the real recipient. Add yourself as a test recipient instead."
            </p>
        </div>
        {move || view.with(held)}
        <Table recipients bulk=view! { <bulk::Bulk recipients open/> }.into_any()/>
        {move || {
            let of_one = recipients.dialog.get().map(|open| Asked::Recipient(Box::new(open)));
            of_one.or_else(|| open.get()).map(|asked| late(Box::pin(dialog(recipients, asked, on_close)), on_close))
        }}
    }
    .into_any()
}

/// The dialogs, which are a part of the Wasm of their own: the page is there before anybody opens one.
#[wasm_split(campaign_dialogs, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
fn dialog(recipients: Recipients, asked: Asked, on_close: Callback<()>) -> Result<AnyView, SplitLoaderError> {
    let Recipients { campaign, view, .. } = recipients;
    Ok(match asked {
        Asked::Add => view! { <add::Add campaign view on_close/> }.into_any(),
        Asked::Edit => view! { <edit::Edit view on_close/> }.into_any(),
        Asked::Schedule => view! { <schedule::Schedule campaign view on_close/> }.into_any(),
        Asked::Change(action, state) => {
            view! { <Dialog title=action.label() on_close><Change recipients action state/></Dialog> }
                .into_any()
        }
        Asked::Recipient(open) => dialogs::dialog(*open, on_close),
        Asked::Many(action) => bulk::dialog(recipients, action, on_close),
    })
}

/// What the campaign gives, and when it sends.
fn about(view: RwSignal<CampaignView>) -> AnyView {
    view! {
        <section class="panel campaign-about">
            <p>{move || view.with(|view| view.description.clone())}</p>
            <p class="quiet">{move || view.with(|view| view.criteria.clone())}</p>
            <img class="preview" alt="How it looks" src=move || view.with(|view| {
                routes::design_picture(view.row.id, view.design)
            })/>
            <p class="fine">{move || view.with(|view| match view.valid_days {
                Some(1) => "Valid for 1 day.".to_owned(),
                Some(days) => format!("Valid for {} days.", grouped(days)),
                None => "Valid for ever.".to_owned(),
            })}</p>
            <p class="fine">{move || view.with(kind_and_languages)}</p>
            <p class="fine">{move || view.with(reminders)}</p>
            {move || view.with(to_start).map(|sentence| view! { <p class="fine">{sentence}</p> })}
            {move || view.with(|view| view.starts.clone()).map(|at| view! {
                <p class="fine">"Starts by itself: "{at.minute}</p>
            })}
        </section>
    }
    .into_any()
}

/// The buttons that lead to another state. Starting does what its button says; what pausing and ending do is said first.
fn states(recipients: Recipients, open: RwSignal<Option<Asked>>) -> AnyView {
    let toasts = Toasts::current();
    // What was refused once and is pressed again is meant.
    let anyway = StoredValue::new(false);
    let to = move |state: CampaignState, label: &'static str| match state {
        CampaignState::Paused => open.set(Some(Asked::Change(RecipientAction::PauseCampaign, state))),
        CampaignState::Ended => open.set(Some(Asked::Change(RecipientAction::EndCampaign, state))),
        CampaignState::Live | CampaignState::Draft => {
            spawn_local(async move {
                match api::set_campaign_state(recipients.campaign, state, anyway.get_value()).await {
                    Ok(_) => toasts.say("The campaign is live now."),
                    Err(error) => {
                        anyway.set_value(matches!(error, ApiError::Refused(_)));
                        toasts.say(format!("{label}: {error}"));
                    }
                }
                recipients.read();
            });
        }
    };
    (move || {
        let now = recipients.view.with(|view| view.row.state);
        [
            (
                CampaignState::Live,
                if now == CampaignState::Draft {
                    "Start and send"
                } else {
                    "Resume"
                },
            ),
            (CampaignState::Paused, "Pause"),
            (CampaignState::Ended, "End"),
        ]
        .into_iter()
        .filter(|(state, _)| now.may_become(*state))
        .map(|(state, label)| {
            let class = if state == CampaignState::Live {
                "button primary"
            } else {
                "button"
            };
            view! { <button type="button" class=class on:click=move |_| to(state, label)>{label}</button> }
        })
        .collect_view()
    })
    .into_any()
}

/// What pausing or ending does, and the button that does it.
#[component]
fn Change(recipients: Recipients, action: RecipientAction, state: CampaignState) -> AnyView {
    let opened = Opened::around();
    let toasts = Toasts::current();
    let form = FormState::new("state");
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(
            api::set_campaign_state(recipients.campaign, state, true),
            move |now| {
                toasts.say(format!("The campaign is {} now.", now.row.state.key()));
                if let Some(opened) = opened {
                    opened.close();
                }
            },
        );
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"For each of the recipients:"</p>
                {sentences(action)}
                {form.failure()}
            </div>
            {foot(action.label(), form.busy.into())}
        </form>
    }
    .into_any()
}

/// What starting or resuming sends, while there is something to send.
fn to_start(view: &CampaignView) -> Option<String> {
    let word = match view.row.state {
        CampaignState::Draft => "Starting",
        CampaignState::Paused | CampaignState::Ended => "Resuming",
        CampaignState::Live => return None,
    };
    match view.unsent {
        0 => None,
        1 => Some(format!("{word} sends 1 recipient the mail with their link.")),
        many => Some(format!(
            "{word} sends {} recipients the mail with their link.",
            grouped(many)
        )),
    }
}

/// What verifiers take it for, and its languages.
fn kind_and_languages(view: &CampaignView) -> String {
    let kind = achievement_words(&view.achievement_type);
    match view.languages.all() {
        [] => format!("{kind}."),
        _ => format!("{kind}; languages: {}.", view.languages),
    }
}

/// What is said while a start by time holds somebody back.
fn held(view: &CampaignView) -> Option<AnyView> {
    let who = match view.held {
        0 => return None,
        1 => "1 recipient was".to_owned(),
        many => format!("{} recipients were", grouped(many)),
    };
    let all = format!("{}?state=held", routes::campaign(view.row.id));
    let shown = view! {
        <div class="notice" role="status">
            {icon(icon::WARNING)}
            <p>
                {who}" sent nothing when the campaign started by itself: no font has all letters of their names. Correct the names, or add a font, and send them their mails again. "
                <a href=all>"Show who is held back"</a>
            </p>
        </div>
    };
    Some(shown.into_any())
}

/// When recipients are reminded, in a sentence.
fn reminders(view: &CampaignView) -> String {
    match view.reminders.days() {
        [] => "Nobody is reminded.".to_owned(),
        [day] => format!("Recipients who have not claimed are reminded after {day} days."),
        _ => format!(
            "Recipients who have not claimed are reminded after {} days.",
            view.reminders
        ),
    }
}
