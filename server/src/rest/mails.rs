//! `/mails`: what was sent to people, and what became of it. Links in mails are secrets, and no part of what is answered.

use chrono::{DateTime, Utc};
use domain::mail::{MailQuery, MailRow, MailState, MailView};
use domain::{DepartmentId, MailId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asked, Created, Id, Listed, Needs, One, Path, Problem, Program, Rest, get, post, row};

const READ: Needs = Needs::Permission(Permission::MailsRead);
const MANAGE: Needs = Needs::Permission(Permission::MailsManage);

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/mails",
        READ,
        "Mails, the newest first.",
        || get(list),
    ),
    row(
        Method::GET,
        "/api/v1/mails/{id}",
        READ,
        "A mail with its text.",
        || get(show),
    ),
    row(
        Method::POST,
        "/api/v1/mails/{id}/send-again",
        MANAGE,
        "Send a mail once more, to the same address.",
        || post(send_again),
    ),
];

/// A mail.
#[derive(Debug, Serialize, JsonSchema)]
struct Mail {
    /// Its id.
    id: Uuid,
    /// The address that it goes to.
    to: String,
    /// The name that belongs to it; may be blank.
    to_name: String,
    /// What it is about.
    about: String,
    /// Where it is on its way.
    state: StateOfMail,
    /// How often it was tried.
    tries: i64,
    /// When it was written.
    created_at: DateTime<Utc>,
    /// When it went out, if it did.
    sent_at: Option<DateTime<Utc>>,
    /// When it is tried again, if it waits for that.
    next_try_at: Option<DateTime<Utc>>,
    /// Why it is not out, or came back: often the mail server's words.
    problem: Option<String>,
}

/// A mail with what stands in it.
#[derive(Debug, Serialize, JsonSchema)]
struct WholeMail {
    /// As lists show it.
    #[serde(flatten)]
    mail: Mail,
    /// Its subject.
    subject: String,
    /// Its plain text, without the link.
    text: String,
    /// The mail that it repeats.
    repeats_id: Option<Uuid>,
    /// Why it cannot be sent again, if it cannot.
    not_again: Option<String>,
}

/// Where a mail is on its way.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MailState")]
enum StateOfMail {
    /// It was written, and waits.
    Queued,
    /// It is being handed over.
    Sending,
    /// It was handed over.
    Sent,
    /// It was given up after several tries.
    Failed,
    /// It was withdrawn before it went out.
    Cancelled,
    /// It was handed over, and sent back by a server on its way.
    Bounced,
}

/// What a list of mails takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    /// The beginning of an address, or words of address and name.
    q: Option<String>,
    /// Only mails in this state.
    state: Option<StateOfMail>,
    /// Only mails of this department and of those below it.
    department_id: Option<Uuid>,
}

async fn list(Program(caller, backend): Program, asked: Asked<Filter>) -> Result<Listed<Mail>, Problem> {
    let query = MailQuery {
        search: asked.query.q.clone().unwrap_or_default(),
        state: asked.query.state.map(MailState::from),
        department: asked.query.department_id.map(DepartmentId),
        after: asked.after.clone(),
        rows: Some(asked.rows),
    };
    Ok(asked.listed(backend.mail().list(&caller, &query).await?))
}

async fn show(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<One<WholeMail>, Problem> {
    Ok(One(backend.mail().view(&caller, MailId(id)).await?.into()))
}

async fn send_again(
    Program(caller, backend): Program,
    Path(Id { id }): Path<Id>,
) -> Result<Created<Mail>, Problem> {
    let new = backend.mail().send_again(&caller, MailId(id)).await?;
    Ok(Created {
        location: format!("/api/v1/mails/{}", new.id),
        view: new.into(),
    })
}

impl From<MailRow> for Mail {
    fn from(row: MailRow) -> Self {
        Self {
            id: row.id.0,
            to: row.to.to_string(),
            to_name: row.to_name,
            about: row.about,
            state: row.state.into(),
            tries: row.tries,
            created_at: row.written.at,
            sent_at: row.sent.map(|when| when.at),
            next_try_at: row.next_try.map(|when| when.at),
            problem: row.problem,
        }
    }
}

impl From<MailView> for WholeMail {
    fn from(view: MailView) -> Self {
        Self {
            mail: view.row.into(),
            subject: view.subject,
            text: view.text,
            repeats_id: view.repeats.map(|id| id.0),
            not_again: view.not_again,
        }
    }
}

impl From<MailState> for StateOfMail {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Queued => Self::Queued,
            MailState::Sending => Self::Sending,
            MailState::Sent => Self::Sent,
            MailState::Failed => Self::Failed,
            MailState::Cancelled => Self::Cancelled,
            MailState::Bounced => Self::Bounced,
        }
    }
}

impl From<StateOfMail> for MailState {
    fn from(state: StateOfMail) -> Self {
        match state {
            StateOfMail::Queued => Self::Queued,
            StateOfMail::Sending => Self::Sending,
            StateOfMail::Sent => Self::Sent,
            StateOfMail::Failed => Self::Failed,
            StateOfMail::Cancelled => Self::Cancelled,
            StateOfMail::Bounced => Self::Bounced,
        }
    }
}
