//! A campaign: what it gives, its state, and its recipients.

use domain::campaigns::actions::RecipientAction;
use domain::campaigns::bulk::{BulkAction, BulkForm, RecipientFilter};
use domain::campaigns::{CampaignState, CampaignView, RecipientQuery, RecipientRow};
use domain::form::grouped;
use domain::{CampaignId, Page, Permission, RecipientId, Refusal};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::list::state;
use super::{add, api, bulk, recipient, schedule};
use crate::error::ApiError;
use crate::routes;
use crate::ui::icon::{self, icon};
use crate::ui::live::Live;
use crate::ui::notice;
use crate::ui::opening::{id, opening};
use crate::ui::search::Search;
use crate::ui::toast::Toasts;
use crate::visit::Visit;

/// What the page opens with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opening {
    view: CampaignView,
    page: Page<RecipientRow>,
}

/// The page.
pub fn campaign_page() -> AnyView {
    let id = id();
    opening(
        id.into(),
        move || Box::pin(open(id.get_untracked())),
        |opening| view! { <Campaign opening/> }.into_any(),
        |_| None,
    )
}

async fn open(id: String) -> Result<Opening, ApiError> {
    let id: CampaignId = id.parse().map_err(|_| ApiError::Refused(Refusal::NotFound))?;
    Ok(Opening {
        view: api::get_campaign(id).await?,
        page: api::list_recipients(id, RecipientQuery::default()).await?,
    })
}

/// The list of recipients, and how it is read.
#[derive(Clone, Copy)]
pub(super) struct Recipients {
    pub(super) campaign: CampaignId,
    /// Who is chosen, if not everybody who fits.
    pub(super) chosen: RwSignal<Vec<RecipientId>>,
    /// Whether everybody is chosen whom search and filter fit.
    pub(super) everybody: RwSignal<bool>,
    state: RwSignal<Option<RecipientFilter>>,
    view: RwSignal<CampaignView>,
    rows: RwSignal<Vec<RecipientRow>>,
    next: RwSignal<Option<domain::Cursor>>,
    search: RwSignal<String>,
    toasts: Toasts,
}

impl Recipients {
    /// Reads the campaign and as many recipients as are shown.
    pub(super) fn read(self) {
        self.page(false);
    }

    /// Lets go who was chosen.
    pub(super) fn choose_none(self) {
        self.everybody.try_set(false);
        self.chosen.try_set(Vec::new());
    }

    /// What is done to those who are chosen.
    pub(super) fn meant(self, action: BulkAction) -> BulkForm {
        let all = self.everybody.get_untracked();
        BulkForm {
            action,
            reason: String::new(),
            ids: if all {
                Vec::new()
            } else {
                self.chosen.get_untracked()
            },
            all,
            search: self.search.get_untracked(),
            state: self.state.get_untracked(),
        }
    }

    fn page(self, on: bool) {
        spawn_local(async move {
            let after = if on { self.next.get_untracked() } else { None };
            let query = RecipientQuery {
                search: self.search.get_untracked(),
                state: self.state.get_untracked(),
                after,
                ..RecipientQuery::default()
            };
            let view = api::get_campaign(self.campaign).await;
            match (view, api::list_recipients(self.campaign, query).await) {
                (Ok(view), Ok(page)) => {
                    self.view.try_set(view);
                    self.next.try_set(page.next);
                    self.rows.try_update(|rows| {
                        if !on {
                            rows.clear();
                        }
                        rows.extend(page.rows);
                    });
                }
                (Err(error), _) | (_, Err(error)) => self.toasts.say(error.to_string()),
            }
        });
    }
}

#[component]
fn Campaign(opening: Opening) -> AnyView {
    let visit = Visit::current();
    let toasts = Toasts::current();
    let campaign = opening.view.row.id;
    let recipients = Recipients {
        campaign,
        view: RwSignal::new(opening.view),
        rows: RwSignal::new(opening.page.rows),
        next: RwSignal::new(opening.page.next),
        search: RwSignal::new(String::new()),
        state: RwSignal::new(None),
        chosen: RwSignal::new(Vec::new()),
        everybody: RwSignal::new(false),
        toasts,
    };
    let Recipients {
        view,
        rows,
        next,
        search,
        ..
    } = recipients;
    Live::listen(move |_| recipients.read());
    let may_manage = visit.may(Permission::CampaignsManage);
    let adding = RwSignal::new(false);
    let scheduling = RwSignal::new(false);
    let filter = move |event| {
        recipients.choose_none();
        recipients
            .state
            .set(RecipientFilter::from_key(&event_target_value(&event)));
        recipients.read();
    };
    // What was refused once and is pressed again is meant.
    let anyway = StoredValue::new(false);
    let set_state = move |state: CampaignState| {
        spawn_local(async move {
            match api::set_campaign_state(campaign, state, anyway.get_value()).await {
                Ok(now) => {
                    toasts.say(format!("The campaign is {} now.", now.row.state.key()));
                    recipients.read();
                }
                Err(error) => {
                    anyway.set_value(matches!(error, ApiError::Refused(_)));
                    toasts.say(error.to_string());
                }
            }
        });
    };
    let add_myself = move |_| {
        spawn_local(async move {
            match api::add_myself(campaign).await {
                Ok(_) => toasts.say("You are a test recipient now, with a token of your own."),
                Err(error) => toasts.say(error.to_string()),
            }
            recipients.read();
        });
    };
    let states =
        move || {
            let now = view.with(|view| view.row.state);
            [
            (CampaignState::Live, if now == CampaignState::Draft { "Start and send" } else { "Resume" }),
            (CampaignState::Paused, "Pause"),
            (CampaignState::Ended, "End"),
        ]
        .into_iter()
        .filter(|(state, _)| may_manage && now.may_become(*state))
        .map(|(state, label)| {
            let class = if state == CampaignState::Live { "button primary" } else { "button" };
            view! { <button type="button" class=class on:click=move |_| set_state(state)>{label}</button> }
        })
        .collect_view()
        };
    view! {
        <Title text=move || view.with(|view| view.row.title.clone())/>
        <div class="head">
            <a class="icon-button" href=routes::CAMPAIGNS aria-label="All campaigns">{icon(icon::BACK)}</a>
            <h1>{move || view.with(|view| view.row.title.clone())}</h1>
            {move || state(view.with(|view| view.row.state))}
            <span class="switch"></span>
            <a class="button" href=routes::design(campaign)>"Design"</a>
            {move || (may_manage && view.with(|view| view.row.state) == CampaignState::Draft).then(|| view! {
                <button type="button" class="button" on:click=move |_| scheduling.set(true)>"Start at a time"</button>
            })}
            {states}
        </div>
        <section class="panel campaign-about">
            <p>{move || view.with(|view| view.description.clone())}</p>
            <p class="quiet">{move || view.with(|view| view.criteria.clone())}</p>
            <img class="preview" alt="How it looks" src=move || view.with(|view| {
                routes::design_picture(view.row.id, view.design)
            })/>
            <p class="fine">{move || view.with(reminders)}</p>
            {move || view.with(|view| view.starts.clone()).map(|at| view! {
                <p class="fine">"Starts by itself: "{at.minute}</p>
            })}
            <p class="fine">{RecipientAction::PauseCampaign.label()}": "{RecipientAction::PauseCampaign.sentences().join(" ")}</p>
        </section>
        <div class="head">
            <h2>"Recipients"</h2>
            <span class="count" role="status">{move || view.with(|view| {
                format!("{} of {} claimed", grouped(view.row.claimed), grouped(view.row.recipients))
            })}</span>
            <span class="switch"></span>
            {may_manage.then(|| view! {
                <button type="button" class="button" on:click=add_myself>"Add yourself as a test recipient"</button>
                <a class="button" href=routes::import(campaign)>"Import"</a>
                <button type="button" class="button primary" on:click=move |_| adding.set(true)>{icon(icon::PLUS)}"Add recipients"</button>
            })}
        </div>
        <div class="notice" role="note">
            {icon(icon::WARNING)}
            <p>
                "Tokens are for their recipients alone. If you try one of them yourself, it is locked to your profile and does not work for the real recipient. Add yourself as a test recipient instead."
            </p>
        </div>
        <div class="tools">
            <Search label="Search recipients" placeholder="Search names and addresses" value=Signal::derive(move || search.get())
                on_search=Callback::new(move |text| { recipients.choose_none(); search.set(text); recipients.read(); })/>
            <select class="input" aria-label="Which recipients" on:change=filter>
                <option value="">"All recipients"</option>
                {RecipientFilter::ALL.map(|one| view! { <option value=one.key()>{one.label()}</option> }).into_iter().collect_view()}
            </select>
        </div>
        <bulk::Bulk recipients/>
        {move || if rows.with(Vec::is_empty) {
            let sentence = "Nobody is here yet, or nobody fits the search.";
            notice::empty("No recipients", sentence, ().into_any())
        } else {
            view! { <div class="table recipients"><table role="table" aria-label="Recipients">
                <thead><tr>
                    {may_manage.then(|| view! { <th scope="col" class="choose"><span class="unseen">"Choose"</span></th> })}
                    <th scope="col" class="primary">"Name"</th><th scope="col" class="email">"E-mail"</th><th scope="col" class="hint">"Token"</th>
                    <th scope="col">"Claim"</th><th scope="col">"Credential"</th><th scope="col" class="mailed">"Mail"</th>
                    <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
                </tr></thead>
                <tbody>{rows.get().into_iter().map(|row| view! { <recipient::Row row recipients/> }).collect_view()}</tbody>
            </table></div> }.into_any()
        }}
        {move || next.with(Option::is_some).then(|| view! {
            <div class="row-end"><button type="button" class="button" on:click=move |_| recipients.page(true)>"Show more"</button></div>
        })}
        {move || adding.get().then(|| view! {
            <add::Add campaign on_close=move |()| { adding.set(false); recipients.read(); }/>
        })}
        {move || scheduling.get().then(|| view! {
            <schedule::Schedule campaign view on_close=move |()| scheduling.set(false)/>
        })}
    }
    .into_any()
}

/// When recipients are reminded, in a sentence.
fn reminders(view: &CampaignView) -> String {
    match view.reminders.days() {
        [] => "Nobody is reminded.".to_owned(),
        [day] => format!("Who did not claim is reminded after {day} days."),
        _ => format!("Who did not claim is reminded after {} days.", view.reminders),
    }
}
