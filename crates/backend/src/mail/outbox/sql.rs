//! The list's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Statement};
use domain::mail::MailState;
use domain::page::Count;
use domain::{MailId, OrganisationId, TokenId};
use uuid::Uuid;

use super::Wanted;
use crate::keyset::{self, Order, Start};
use crate::{Scope, words};

/// A mail, as it is looked at.
#[derive(FromRow)]
pub(crate) struct Row {
    pub id: MailId,
    pub token_id: Option<TokenId>,
    pub to_address: String,
    pub to_name: String,
    pub template: String,
    pub facts: String,
    pub state: String,
    pub attempts: i64,
    pub due_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub bounced_at: Option<DateTime<Utc>>,
    pub problem: Option<String>,
    pub repeats_id: Option<MailId>,
    pub language: String,
    pub template_id: Option<Uuid>,
}

const COLUMNS: &str =
    "SELECT m.id, m.token_id, m.to_address, m.to_name, m.template, m.facts, m.state, m.attempts, m.due_at,
    m.created_at, m.sent_at, m.bounced_at, m.problem, m.repeats_id, m.language, m.template_id";

/// What happened to a mail.
#[derive(FromRow)]
pub(super) struct Happened {
    pub at: DateTime<Utc>,
    pub event: String,
    pub words: String,
}

/// How many mails a word finds, as far as it matters.
pub(super) async fn matches(
    conn: &mut Conn,
    organisation: OrganisationId,
    word: &[u8],
    most: i64,
) -> Result<i64> {
    let (from, to) = words::beginning_with(word);
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
             SELECT word FROM mail_words WHERE organisation_id = $1 AND word >= $2 AND word < $3 LIMIT $4
         ) AS found",
    )
    .bind(organisation)
    .bind(from)
    .bind(to)
    .bind(most)
    .number()
    .await
}

/// The order of the list: the newest first.
pub(super) const NEWEST_FIRST: Order = Order {
    key: None,
    id: "m.id",
    descending: true,
};

/// Every word must be found. The first one, when it is rare, leads to the mails; the others are looked for at each.
fn fitting(statement: Statement, scope: &Scope, wanted: &Wanted) -> Statement {
    let ranges = wanted.words.iter().map(|word| words::beginning_with(word));
    let (leading, others): (Vec<_>, Vec<_>) = ranges.enumerate().partition(|(at, _)| wanted.few && *at == 0);
    let statement = match leading.into_iter().next() {
        None => statement.text("FROM mails m WHERE m.organisation_id ="),
        Some((_, (from, to))) => {
            let organisation = scope.whole_organisation("the mails are found within the scope below");
            statement
                .text("FROM (SELECT DISTINCT mail_id FROM mail_words WHERE organisation_id =")
                .value(organisation)
                .text("AND word >=")
                .value(from)
                .text("AND word <")
                .value(to)
                .text(") AS d JOIN mails m ON m.id = d.mail_id WHERE m.organisation_id =")
        }
    };
    let statement = scope.within(statement, "m.department_id");
    let statement = match wanted.state {
        Some(state) => statement.text(is_in(state)),
        None => statement,
    };
    others.into_iter().fold(statement, |statement, (_, (from, to))| {
        statement
            .text("AND EXISTS (SELECT 1 FROM mail_words w WHERE w.mail_id = m.id AND w.word >=")
            .value(from)
            .text("AND w.word <")
            .value(to)
            .text(")")
    })
}

fn is_in(state: MailState) -> &'static str {
    match state {
        MailState::Queued => "AND m.state = 'queued'",
        MailState::Sending => "AND m.state = 'sending'",
        MailState::Sent => "AND m.state = 'sent' AND m.bounced_at IS NULL",
        MailState::Failed => "AND m.state = 'failed'",
        MailState::Cancelled => "AND m.state = 'cancelled'",
        MailState::Bounced => "AND m.state = 'sent' AND m.bounced_at IS NOT NULL",
    }
}

pub(super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    start: &Start,
    most: i64,
) -> Result<Vec<Row>> {
    let statement = fitting(Statement::new(COLUMNS), scope, wanted);
    let page = NEWEST_FIRST.page(statement, start, most);
    page.query(conn).all().await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<Count> {
    keyset::count(conn, fitting(keyset::counting(""), scope, wanted)).await
}

pub(super) async fn by_ids(conn: &mut Conn, scope: &Scope, ids: &[MailId]) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let head = [
        Part::Text(COLUMNS),
        Part::Text("FROM mails m WHERE m.organisation_id = $1 AND m.id IN"),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let query = scope.query(conn, "m.department_id", 2 + ids.len(), &head, &[]);
    ids.iter()
        .fold(query.organisation(), |query, id| query.bind(*id))
        .all()
        .await
}

pub(super) async fn events(conn: &mut Conn, id: MailId) -> Result<Vec<Happened>> {
    conn.query("SELECT at, event, words FROM mail_events WHERE mail_id = $1 ORDER BY id DESC LIMIT 100")
        .bind(id)
        .all()
        .await
}

/// Among the last mails: one with a text, the newest. What is older is no example any more.
pub(super) async fn newest_of(conn: &mut Conn, scope: &Scope, template: &str) -> Result<Option<Row>> {
    let head = [
        Part::Text(COLUMNS),
        Part::Text(
            "FROM mails m WHERE m.organisation_id = $1 AND m.template = $2 AND m.id IN
                 (SELECT id FROM mails WHERE organisation_id = $1 ORDER BY id DESC LIMIT 1000)",
        ),
    ];
    let tail = [Part::Text("ORDER BY m.id DESC LIMIT 1")];
    let query = scope.query(conn, "m.department_id", 3, &head, &tail);
    query.organisation().bind(template.to_owned()).optional().await
}
