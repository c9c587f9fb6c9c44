//! The recipients of a campaign: which ones the address asks for, those that were read so far, and what is open about one
//! of them. That stands here and not in the rows, so that nothing closes when somebody else changes something.

use domain::campaigns::bulk::{BulkAction, BulkForm, RecipientFilter};
use domain::campaigns::{CampaignView, RecipientQuery, RecipientRow};
use domain::page::PAGE_ROWS;
use domain::{CampaignId, Cursor, Page, Permission, RecipientId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use leptos_router::params::ParamsMap;

use super::dialogs::OpenDialog;
use super::{api, recipient};
use crate::request_context::RequestContext;
use crate::routes;
use crate::ui::notice;
use crate::ui::search::{Search, step};
use crate::ui::toast::Toasts;
use crate::ui::tools::{Filter, text, tools, words};

/// Rows that are asked for at once, at most.
const MOST: usize = 200;

/// A row in the page.
pub(super) type Line = ArcRwSignal<RecipientRow>;

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The list from its start: the question is another one.
    Start,
    /// The rows that are shown.
    Same,
    /// The next page.
    Next,
}

/// The list of recipients, and how it is read.
#[derive(Clone, Copy)]
pub(super) struct Recipients {
    pub(super) campaign: CampaignId,
    /// Who is chosen, if not everybody who fits.
    pub(super) chosen: RwSignal<Vec<RecipientId>>,
    /// Whether everybody is chosen whom search and filter fit.
    pub(super) everybody: RwSignal<bool>,
    /// What is open about a recipient.
    pub(super) dialog: RwSignal<Option<OpenDialog>>,
    /// The campaign.
    pub(super) view: RwSignal<CampaignView>,
    query: Memo<RecipientQuery>,
    lines: RwSignal<Vec<Line>>,
    next: RwSignal<Option<Cursor>>,
    turn: StoredValue<u32>,
    toasts: Toasts,
}

/// The question in an address.
pub(super) fn asked(address: &ParamsMap) -> RecipientQuery {
    RecipientQuery {
        search: address.get_str("q").unwrap_or_default().to_owned(),
        state: address.get_str("state").and_then(RecipientFilter::from_key),
        ..RecipientQuery::default()
    }
}

/// The address of a question.
fn address(campaign: CampaignId, query: &RecipientQuery) -> String {
    let mut address = ParamsMap::new();
    if !query.search.is_empty() {
        address.insert("q", query.search.clone());
    }
    if let Some(state) = query.state {
        address.insert("state", state.key().to_owned());
    }
    format!("{}{}", routes::campaign(campaign), address.to_query_string())
}

impl Recipients {
    /// What a page opens with, and the question that it answers. Another question in the address is asked at once.
    pub(super) fn new(view: CampaignView, page: Page<RecipientRow>, query: Memo<RecipientQuery>) -> Self {
        let recipients = Self {
            campaign: view.row.id,
            chosen: RwSignal::new(Vec::new()),
            everybody: RwSignal::new(false),
            dialog: RwSignal::new(None),
            view: RwSignal::new(view),
            query,
            lines: RwSignal::new(page.rows.into_iter().map(Line::new).collect()),
            next: RwSignal::new(page.next),
            turn: StoredValue::new(0),
            toasts: Toasts::current(),
        };
        Effect::new(move |before: Option<RecipientQuery>| {
            let now = query.get();
            if before.is_some_and(|before| before != now) {
                recipients.choose_none();
                recipients.ask(Reading::Start);
            }
            now
        });
        recipients
    }

    /// Reads the campaign and the recipients that are shown.
    pub(super) fn read(self) {
        self.ask(Reading::Same);
    }

    /// Lets go who was chosen.
    pub(super) fn choose_none(self) {
        self.everybody.try_set(false);
        self.chosen.try_set(Vec::new());
    }

    /// What is done to those who are chosen.
    pub(super) fn meant(self, action: BulkAction) -> BulkForm {
        let all = self.everybody.get_untracked();
        let query = self.query.get_untracked();
        BulkForm {
            action,
            reason: String::new(),
            ids: if all {
                Vec::new()
            } else {
                self.chosen.get_untracked()
            },
            all,
            search: query.search,
            state: query.state,
        }
    }

    fn ask(self, reading: Reading) {
        let (Some(query), Some(next)) = (self.query.try_get_untracked(), self.next.try_get_untracked())
        else {
            return;
        };
        let shown = self.lines.try_with_untracked(Vec::len).unwrap_or_default();
        let query = match reading {
            Reading::Next => RecipientQuery { after: next, ..query },
            Reading::Same => RecipientQuery {
                rows: u16::try_from(shown.clamp(PAGE_ROWS, MOST)).ok(),
                ..query
            },
            Reading::Start => query,
        };
        // What was read for an earlier question, or before the list went on, is dropped.
        let Some(turn) = self.turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(u32::from(reading != Reading::Same));
            *turn
        }) else {
            return;
        };
        spawn_local(async move {
            let view = api::get_campaign(self.campaign).await;
            let page = api::list_recipients(self.campaign, query).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match (view, page) {
                (Ok(view), Ok(page)) => {
                    self.view.try_set(view);
                    self.show(page, reading);
                }
                (Err(error), _) | (_, Err(error)) => self.toasts.say(error.to_string()),
            }
        });
    }

    /// Shows what was read. Rows that were there keep their signals, so that only differences are drawn.
    fn show(self, page: Page<RecipientRow>, reading: Reading) {
        let Some(before) = self.lines.try_get_untracked() else {
            return;
        };
        let mut lines: Vec<Line> = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            match before
                .iter()
                .find(|line| line.with_untracked(|old| old.id == row.id))
            {
                Some(line) => {
                    if line.with_untracked(|old| *old != row) {
                        line.set(row);
                    }
                    lines.push(line.clone());
                }
                None => lines.push(Line::new(row)),
            }
        }
        // A long list is read anew in its first part alone: the rest stays as it is.
        let stays = reading == Reading::Same && page.next.is_some() && before.len() > lines.len();
        if stays {
            let rest = &before[lines.len()..];
            lines = joined(lines, rest);
        } else {
            self.next.try_set(page.next);
        }
        if reading == Reading::Next {
            lines = joined(before, &lines);
        }
        self.lines.try_set(lines);
    }
}

/// The first ones, and those of the others that are not among them.
fn joined(mut first: Vec<Line>, others: &[Line]) -> Vec<Line> {
    let id = |line: &Line| line.with_untracked(|row| row.id);
    let known: Vec<RecipientId> = first.iter().map(id).collect();
    first.extend(others.iter().filter(|line| !known.contains(&id(line))).cloned());
    first
}

/// Search, filter, and the table.
#[component]
pub(super) fn Table(recipients: Recipients, bulk: AnyView) -> AnyView {
    let Recipients {
        campaign,
        query,
        lines,
        next,
        ..
    } = recipients;
    let may_manage = RequestContext::current().may(Permission::CampaignsManage);
    let navigate = use_navigate();
    let go = Callback::new(move |wanted: RecipientQuery| {
        let how = query.with_untracked(|before| step(&before.search, &wanted.search));
        navigate(&address(campaign, &wanted), how);
    });
    let search = Signal::derive(move || query.with(|query| query.search.clone()));
    let on_search = Callback::new(move |search| {
        go.run(RecipientQuery {
            search,
            ..query.get_untracked()
        });
    });
    let states = RecipientFilter::ALL.map(|one| (one.key(), one.label()));
    let state = Filter::new(
        "Which recipients",
        "All recipients",
        words(&states),
        move || query.with(|query| text(query.state.map(RecipientFilter::key))),
        move |key| {
            go.run(RecipientQuery {
                state: RecipientFilter::from_key(&key),
                ..query.get_untracked()
            });
        },
    );
    let nobody = move || {
        if query.with(|query| *query == RecipientQuery::default()) {
            let sentence = "Add them one on a line, or import a file. Each of them gets a link of their own.";
            return notice::empty("No recipients yet", sentence, ().into_any());
        }
        let all = view! {
            <button type="button" class="button" on:click=move |_| go.run(RecipientQuery::default())>"Clear filters"</button>
        };
        notice::empty(
            "Nobody fits",
            "Nobody matches what you search for and the filter.",
            all.into_any(),
        )
    };
    let is_empty = Memo::new(move |_| lines.with(Vec::is_empty));
    view! {
        {tools(
            view! { <Search label="Search recipients" placeholder="Search names and addresses" value=search on_search/> }.into_any(),
            vec![state],
            Signal::derive(move || query.with(|query| *query != RecipientQuery::default())),
            Callback::new(move |()| go.run(RecipientQuery::default())),
        )}
        {bulk}
        {move || if is_empty.get() { nobody() } else {
            view! { <div class="table recipients"><table role="table" aria-label="Recipients">
                <thead><tr>
                    {may_manage.then(|| view! { <th scope="col" class="choose"><span class="unseen">"Choose"</span></th> })}
                    <th scope="col" class="primary">"Name"</th><th scope="col" class="email">"E-mail"</th><th scope="col" class="hint">"Token"</th>
                    <th scope="col">"Claim"</th><th scope="col">"Credential"</th><th scope="col" class="mailed">"Mail"</th>
                    <th scope="col" class="act"><span class="unseen">"Actions"</span></th>
                </tr></thead>
                <tbody>
                    <For each=move || lines.get() key=|line: &Line| line.with_untracked(|row| row.id)
                        children=move |line: Line| view! { <recipient::Row line recipients/> }/>
                </tbody>
            </table></div> }.into_any()
        }}
        {move || next.with(Option::is_some).then(|| view! {
            <div class="row-end"><button type="button" class="button" on:click=move |_| recipients.ask(Reading::Next)>"Show more"</button></div>
        })}
    }
    .into_any()
}
