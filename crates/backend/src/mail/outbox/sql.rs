//! The list's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result};
use domain::mail::MailState;
use domain::{MailId, OrganisationId, TokenId};
use uuid::Uuid;

use super::{MOST_WORDS, Wanted};
use crate::caller::Scoped;
use crate::keyset::{Start, Walk};
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

/// Every word must be found. The first one, when it is rare, leads to the mails; the others are looked for at each. `$1`
/// organisation, `$2` the place, `$3` how many, then two values for each word.
fn from_where(wanted: &Wanted, walk: Walk) -> Vec<Part> {
    let led = wanted.few && !wanted.words.is_empty();
    let mut parts = vec![Part::Text(if led {
        "FROM (SELECT DISTINCT mail_id FROM mail_words
               WHERE organisation_id = $1 AND word >= $4 AND word < $5) AS d JOIN mails m ON m.id = d.mail_id"
    } else {
        "FROM mails m"
    })];
    parts.push(Part::Text(match walk {
        Walk::Forward => "WHERE m.organisation_id = $1 AND m.id < $2",
        Walk::Back => "WHERE m.organisation_id = $1 AND m.id > $2",
    }));
    if let Some(state) = wanted.state {
        parts.push(Part::Text(is_in(state)));
    }
    let looked_for = [
        "AND EXISTS (SELECT 1 FROM mail_words w WHERE w.mail_id = m.id AND w.word >= $4 AND w.word < $5)",
        "AND EXISTS (SELECT 1 FROM mail_words w WHERE w.mail_id = m.id AND w.word >= $6 AND w.word < $7)",
        "AND EXISTS (SELECT 1 FROM mail_words w WHERE w.mail_id = m.id AND w.word >= $8 AND w.word < $9)",
    ];
    let words = wanted.words.len().min(MOST_WORDS);
    let pieces = looked_for.into_iter().take(words).skip(usize::from(led));
    parts.extend(pieces.map(Part::Text));
    parts
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

fn scoped<'c>(
    conn: &'c mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    (start, most): (&Start, i64),
    columns: &'static str,
    tail: &'static str,
) -> Scoped<'c> {
    let head = [vec![Part::Text(columns)], from_where(wanted, start.walk)].concat();
    let next = 4 + 2 * wanted.words.len().min(MOST_WORDS);
    let query = scope.query(conn, "m.department_id", next, &head, &[Part::Text(tail)]);
    // The newest comes first: the beginning is what is before all that will ever be written.
    let place = start.place.as_ref().map_or(Uuid::max(), |place| place.id);
    let query = query.organisation().bind(place).bind(most);
    wanted.words.iter().take(MOST_WORDS).fold(query, |query, word| {
        let (from, to) = words::beginning_with(word);
        query.bind(from).bind(to)
    })
}

pub(super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    start: &Start,
    most: i64,
) -> Result<Vec<Row>> {
    let tail = match start.walk {
        Walk::Forward => "ORDER BY m.id DESC LIMIT $3",
        Walk::Back => "ORDER BY m.id LIMIT $3",
    };
    scoped(conn, scope, wanted, (start, most), COLUMNS, tail)
        .all()
        .await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<i64> {
    let head = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT m.id";
    scoped(
        conn,
        scope,
        wanted,
        (&Start::default(), i64::MAX),
        head,
        "LIMIT $3) AS found",
    )
    .number()
    .await
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
