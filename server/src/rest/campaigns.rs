//! `/campaigns`: certificates and badges, and who they are for.

use chrono::{DateTime, Utc};
use domain::campaigns::bulk::RecipientFilter;
use domain::campaigns::{
    CampaignForm, CampaignKind, CampaignQuery, CampaignRow, CampaignState, CampaignView, NewRecipient,
    RecipientForm, RecipientQuery, Reminders, ScheduleForm,
};
use domain::{CampaignId, DepartmentId, Permission, Problems};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::batches::Which;
use super::recipients::Recipient;
use super::tables::{self, Table};
use super::{
    Asked, Body, Created, Id, Listed, Needs, One, Path, Problem, Program, Query, Rest, get, patch, post, row,
};

const READ: Needs = Needs::Permission(Permission::CampaignsRead);
const MANAGE: Needs = Needs::Permission(Permission::CampaignsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/campaigns",
        READ,
        "Campaigns, the newest first.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/campaigns.csv",
        READ,
        "The same list as CSV, whole.",
        || get(table),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns",
        MANAGE,
        "Make the draft of a campaign.",
        || post(create),
    ),
    row(Method::GET, "/api/v1/campaigns/{id}", READ, "A campaign.", || {
        get(show)
    }),
    row(
        Method::PATCH,
        "/api/v1/campaigns/{id}",
        MANAGE,
        "Change a campaign; what was issued keeps its text and its design.",
        || patch(change),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/start",
        MANAGE,
        "Start a campaign: recipients can claim, and mails that were not sent yet are.",
        || post(start),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/schedule",
        MANAGE,
        "Let a draft start by itself at a time, or no more.",
        || post(schedule),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/pause",
        MANAGE,
        "Pause a campaign: its links say so, and what was claimed stays valid.",
        || post(pause),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/resume",
        MANAGE,
        "End the pause of a campaign.",
        || post(resume),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/end",
        MANAGE,
        "End a campaign: nobody can claim any more, and what was claimed stays valid.",
        || post(end),
    ),
    row(
        Method::GET,
        "/api/v1/campaigns/{id}/recipients",
        READ,
        "The recipients of a campaign, in the order in which they were added.",
        || get(recipients),
    ),
    row(
        Method::POST,
        "/api/v1/campaigns/{id}/recipients",
        MANAGE,
        "Add recipients; an address that the campaign has already is left out.",
        || post(add),
    ),
];

/// What a campaign gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CampaignKind")]
pub enum Kind {
    /// A page with the recipient's name.
    Certificate,
    /// A picture.
    Badge,
}

/// How far a campaign is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CampaignState")]
enum State {
    /// Nothing was sent; links do not work yet.
    Draft,
    /// Recipients can claim.
    Live,
    /// Links say that the issuer paused it.
    Paused,
    /// Nobody can claim any more.
    Ended,
}

/// A campaign in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct Campaign {
    /// Its id.
    id: Uuid,
    /// What it gives.
    #[serde(rename = "type")]
    kind: Kind,
    /// How far it is.
    state: State,
    /// What recipients get.
    title: String,
    /// How many recipients it has.
    recipients: i64,
    /// To how many of them the mail with their link was sent.
    sent: i64,
    /// How many of them went on from their link. Mail scanners, which only look, are not counted.
    opened: i64,
    /// How many of them claimed.
    claimed: i64,
    /// Of how many of them the credential was shared from its public page.
    shared: i64,
    /// How many mails with a link came back.
    bounced: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// The columns of the table.
const COLUMNS: &[&str] = &[
    "id",
    "type",
    "state",
    "title",
    "recipients",
    "sent",
    "opened",
    "claimed",
    "shared",
    "bounced",
    "created_at",
];

/// A campaign with all that stands in its credentials.
#[derive(Debug, Serialize, JsonSchema)]
struct Whole {
    /// What stands in the list.
    #[serde(flatten)]
    row: Campaign,
    /// What it is.
    description: String,
    /// What has to be done for it.
    criteria: String,
    /// How many days a credential is valid; null: for ever.
    valid_days: Option<i64>,
    /// The design that it started from.
    template: String,
    /// The colour of the design, `#rrggbb`.
    colour: String,
    /// How many recipients were sent nothing yet, and will be.
    unsent: i64,
    /// After how many days recipients who did not claim are reminded.
    reminders: Vec<i64>,
    /// What it is in the vocabulary of Open Badges 3.0 (`AchievementType`), or `ext:` and a name of one's own.
    achievement_type: String,
    /// Its languages, such as `de` or `pt-BR`: that of its texts first, then others that its mails come in.
    languages: Vec<String>,
    /// When a draft starts by itself; null: when somebody starts it.
    starts_at: Option<DateTime<Utc>>,
    /// Whether recipients who share an address share one mail.
    group_by_address: bool,
    /// How many recipients were sent nothing when it started by itself, because no font can draw their names. Send them
    /// their mails when the names are corrected, or start it with `allow_undrawable` to send them all the same.
    held: i64,
}

/// A campaign to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCampaign")]
struct New {
    /// What recipients get.
    title: String,
    /// What it gives.
    #[serde(rename = "type")]
    kind: Kind,
    /// What it is.
    description: String,
    /// What has to be done for it.
    criteria: String,
    /// How many days a credential is valid; null: for ever.
    #[serde(default)]
    valid_days: Option<i64>,
    /// The design to start from; the first of its type if it is not said.
    #[serde(default)]
    template: String,
    /// The colour of the design, `#rrggbb`.
    #[serde(default)]
    colour: String,
    /// After how many days recipients who did not claim are reminded; 3, 10 and 30 if it is not said.
    #[serde(default)]
    reminders: Option<Vec<i64>>,
    /// What it is in the vocabulary of Open Badges 3.0 (`AchievementType`), or `ext:` and a name of one's own; what its type
    /// is called if it is not said.
    #[serde(default)]
    achievement_type: String,
    /// Its languages, such as `de` or `pt-BR`: that of its texts first, then others that its mails come in.
    #[serde(default)]
    languages: Vec<String>,
    /// Whether recipients who share an address share one mail, with a link for each of them.
    #[serde(default)]
    group_by_address: bool,
}

/// When a draft starts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Schedule {
    /// The date and time by the organisation's clocks, `2026-12-31T09:00`; null: when somebody starts it.
    starts_at: Option<String>,
    /// Whether to start although no font has some letters of the title or of names, and boxes would be drawn. Without it,
    /// names that have such letters when the time comes are held back.
    #[serde(default)]
    allow_undrawable: bool,
}

/// What is changed about a campaign; what is not said stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "CampaignChange")]
struct Change {
    /// What recipients get.
    title: Option<String>,
    /// What it is.
    description: Option<String>,
    /// What has to be done for it.
    criteria: Option<String>,
    /// How many days a credential is valid; null: for ever.
    #[serde(deserialize_with = "super::shape::said::deserialize")]
    #[schemars(with = "Option<i64>")]
    valid_days: Option<Option<i64>>,
    /// The design to start from.
    template: Option<String>,
    /// The colour of the design, `#rrggbb`.
    colour: Option<String>,
    /// After how many days recipients who did not claim are reminded.
    reminders: Option<Vec<i64>>,
    /// What it is in the vocabulary of Open Badges 3.0 (`AchievementType`), or `ext:` and a name of one's own.
    achievement_type: Option<String>,
    /// Its languages: that of its texts first, then others that its mails come in.
    languages: Option<Vec<String>>,
    /// Whether recipients who share an address share one mail, with a link for each of them.
    group_by_address: Option<bool>,
}

/// What a list of campaigns takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "CampaignFilter")]
struct Filtered {
    /// Only those of this department and of those below it.
    department_id: Option<Uuid>,
}

impl Filtered {
    fn query(&self) -> CampaignQuery {
        CampaignQuery {
            department: self.department_id.map(DepartmentId),
            ..CampaignQuery::default()
        }
    }
}

/// What a list of recipients takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// What a name or an address begins with.
    q: Option<String>,
    /// Which recipients.
    state: Option<Which>,
}

/// How a campaign is started.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// Whether to start although no font has some letters of the title or of names, and boxes would be drawn.
    #[serde(default)]
    allow_undrawable: bool,
}

/// Recipients to be added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewRecipients {
    /// Each of them, at most 2,000 at once. With one that does not fit nobody is added.
    recipients: Vec<OneRecipient>,
    /// Whether to add them although no font has some of their letters, and boxes would be drawn.
    #[serde(default)]
    allow_undrawable: bool,
}

/// A recipient to be added.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneRecipient {
    /// The name that stands on the certificate.
    name: String,
    /// Where the link is sent.
    email: String,
    /// The language of mails, such as `de`; blank: the organisation's.
    #[serde(default)]
    language: String,
    /// Values for the design, by the names of its placeholders.
    #[serde(default)]
    columns: std::collections::BTreeMap<String, String>,
}

/// What became of recipients that were added.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CampaignAdded")]
struct Added {
    /// How many are new.
    added: usize,
    /// How many were left out, because the campaign has their address already.
    skipped: usize,
    /// Those who are new, in their order.
    ids: Vec<Uuid>,
}

async fn list(
    Program(caller, backend): Program,
    asked: Asked<Filtered>,
) -> Result<Listed<Campaign>, Problem> {
    let query = CampaignQuery {
        after: asked.after.clone(),
        rows: Some(asked.rows),
        ..asked.query.query()
    };
    let page = backend.campaigns().list(&caller, &query).await?;
    Ok(asked.listed(page))
}

async fn table(Program(caller, backend): Program, Query(which): Query<Filtered>) -> Result<Table, Problem> {
    tables::whole::<Campaign, _>("campaigns.csv", COLUMNS, move |after| {
        let (caller, backend) = (caller.clone(), backend.clone());
        let query = CampaignQuery {
            after,
            rows: Some(tables::ROWS),
            ..which.query()
        };
        Box::pin(async move { backend.campaigns().list(&caller, &query).await })
    })
    .await
}

async fn create(Program(caller, backend): Program, Body(new): Body<New>) -> Result<Created<Whole>, Problem> {
    let view = backend.campaigns().create(&caller, &new.form()).await?;
    Ok(Created {
        location: format!("/api/v1/campaigns/{}", view.row.id),
        view: view.into(),
    })
}

async fn show(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<One<Whole>, Problem> {
    Ok(One(backend
        .campaigns()
        .view(&caller, CampaignId(id))
        .await?
        .into()))
}

async fn change(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(change): Body<Change>,
) -> Result<One<Whole>, Problem> {
    Ok(One(backend
        .campaigns()
        .change(&caller, CampaignId(id), |form| change.over(form))
        .await?
        .into()))
}

async fn start(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Query(Start { allow_undrawable }): Query<Start>,
) -> Result<One<Whole>, Problem> {
    Ok(One(backend
        .campaigns()
        .set_state_asking(&caller, CampaignId(id), CampaignState::Live, allow_undrawable)
        .await?
        .into()))
}

async fn schedule(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(Schedule {
        starts_at,
        allow_undrawable,
    }): Body<Schedule>,
) -> Result<One<Whole>, Problem> {
    let form = ScheduleForm {
        starts_at: starts_at.unwrap_or_default(),
        anyway: allow_undrawable,
    };
    let view = backend
        .campaigns()
        .schedule(&caller, CampaignId(id), &form)
        .await?;
    Ok(One(view.into()))
}

async fn pause(caller: Program, id: Path<Id>) -> Result<One<Whole>, Problem> {
    set_state(caller, id, CampaignState::Paused).await
}

async fn end(caller: Program, id: Path<Id>) -> Result<One<Whole>, Problem> {
    set_state(caller, id, CampaignState::Ended).await
}

async fn set_state(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    state: CampaignState,
) -> Result<One<Whole>, Problem> {
    Ok(One(backend
        .campaigns()
        .set_state(&caller, CampaignId(id), state)
        .await?
        .into()))
}

async fn resume(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<One<Whole>, Problem> {
    Ok(One(backend
        .campaigns()
        .resume(&caller, CampaignId(id))
        .await?
        .into()))
}

async fn recipients(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    asked: Asked<Filter>,
) -> Result<Listed<Recipient>, Problem> {
    let query = RecipientQuery {
        search: asked.query.q.clone().unwrap_or_default(),
        state: asked.query.state.map(RecipientFilter::from),
        after: asked.after.clone(),
        rows: Some(asked.rows),
    };
    let page = backend
        .campaigns()
        .recipients(&caller, CampaignId(id), &query)
        .await?;
    Ok(asked.listed(page))
}

async fn add(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
    Body(new): Body<NewRecipients>,
) -> Result<One<Added>, Problem> {
    let anyway = new.allow_undrawable;
    let recipients = new.parse()?;
    let added = backend
        .campaigns()
        .add_drawable(&caller, CampaignId(id), &recipients, anyway)
        .await?;
    Ok(One(Added {
        added: added.ids.len(),
        skipped: added.skipped,
        ids: added.ids.into_iter().map(|id| id.0).collect(),
    }))
}

impl NewRecipients {
    /// Everybody, or each field of each of them that does not fit.
    fn parse(self) -> Result<Vec<NewRecipient>, Problem> {
        let mut problems = Problems::default();
        let mut recipients = Vec::with_capacity(self.recipients.len());
        if self.recipients.is_empty() {
            problems.add("recipients", "Send at least one recipient.");
        }
        for (number, one) in self.recipients.into_iter().enumerate() {
            let form = RecipientForm {
                name: one.name,
                email: one.email,
            };
            let language = domain::mail::language(&one.language);
            if !one.language.is_empty() && language.is_none() {
                let sentence = "A language is written as en, de or pt-BR.";
                problems.add(&format!("recipients/{number}/language"), sentence);
            }
            match form.parse() {
                Ok(recipient) => recipients.push(NewRecipient {
                    language: language.unwrap_or_default(),
                    columns: one.columns,
                    ..recipient
                }),
                Err(wrong) => {
                    for (field, sentence) in wrong.iter() {
                        problems.add(&format!("recipients/{number}/{field}"), sentence);
                    }
                }
            }
        }
        problems.into_result()?;
        Ok(recipients)
    }
}

fn joined(days: &[i64]) -> String {
    days.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn days(days: Option<i64>) -> String {
    days.map(|days| days.to_string()).unwrap_or_default()
}

impl New {
    fn form(self) -> CampaignForm {
        CampaignForm {
            kind: CampaignKind::from(self.kind).key().into(),
            title: self.title,
            description: self.description,
            criteria: self.criteria,
            valid_days: days(self.valid_days),
            template: self.template,
            colour: self.colour,
            reminders: self
                .reminders
                .map_or_else(|| Reminders::USUAL.into(), |reminders| joined(&reminders)),
            achievement_type: self.achievement_type,
            languages: self.languages.join(","),
            grouped: self.group_by_address,
        }
    }
}

impl Change {
    /// Writes what was sent over a form, and leaves the rest of it.
    fn over(self, form: &mut CampaignForm) {
        if let Some(grouped) = self.group_by_address {
            form.grouped = grouped;
        }
        for (sent, field) in [
            (self.title, &mut form.title),
            (self.description, &mut form.description),
            (self.criteria, &mut form.criteria),
            (self.valid_days.map(days), &mut form.valid_days),
            (self.template, &mut form.template),
            (self.colour, &mut form.colour),
            (
                self.reminders.map(|reminders| joined(&reminders)),
                &mut form.reminders,
            ),
            (self.achievement_type, &mut form.achievement_type),
            (
                self.languages.map(|languages| languages.join(",")),
                &mut form.languages,
            ),
        ] {
            if let Some(sent) = sent {
                *field = sent;
            }
        }
    }
}

impl From<Kind> for CampaignKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Certificate => Self::Certificate,
            Kind::Badge => Self::Badge,
        }
    }
}

impl From<CampaignKind> for Kind {
    fn from(kind: CampaignKind) -> Self {
        match kind {
            CampaignKind::Certificate => Self::Certificate,
            CampaignKind::Badge => Self::Badge,
        }
    }
}

impl From<CampaignState> for State {
    fn from(state: CampaignState) -> Self {
        match state {
            CampaignState::Draft => Self::Draft,
            CampaignState::Live => Self::Live,
            CampaignState::Paused => Self::Paused,
            CampaignState::Ended => Self::Ended,
        }
    }
}

impl From<CampaignRow> for Campaign {
    fn from(row: CampaignRow) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind.into(),
            state: row.state.into(),
            title: row.title,
            recipients: row.recipients,
            sent: row.sent,
            opened: row.opened,
            claimed: row.claimed,
            shared: row.shared,
            bounced: row.bounced,
            created_at: row.created.at,
        }
    }
}

impl From<CampaignView> for Whole {
    fn from(view: CampaignView) -> Self {
        Self {
            row: view.row.into(),
            description: view.description,
            criteria: view.criteria,
            valid_days: view.valid_days,
            template: view.template,
            colour: view.colour,
            unsent: view.unsent,
            reminders: view.reminders.days().to_vec(),
            achievement_type: view.achievement_type,
            languages: view.languages.all().to_vec(),
            starts_at: view.starts.map(|when| when.at),
            group_by_address: view.grouped,
            held: view.held,
        }
    }
}
