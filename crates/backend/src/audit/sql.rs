//! The audit log's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, Statement, WriteTx};
use domain::access_tokens::HistoryEntry;
use domain::audit::AuditQuery;
use domain::tokens::Family;
use domain::{CollectionId, MailId, OrganisationId, PersonId, TokenId};
use uuid::Uuid;

use super::{Entry, Event, PastUse, Who};
use crate::Scope;
use crate::keyset::{Order, Start};
use crate::times::Times;

/// The most entries of a history that are shown.
const SHOWN: i64 = 100;

pub(super) async fn insert(
    tx: &mut WriteTx,
    rows: &[(Uuid, &(Who, Entry))],
    at: DateTime<Utc>,
) -> Result<()> {
    tx.insert(
        "INSERT INTO audit (id, organisation_id, at, actor_id, actor, event, family, token_id, code_id,
                            collection_id, person_id, facts, address)",
        13,
        "",
        rows,
        |query, (id, (who, entry))| {
            query
                .bind(*id)
                .bind(who.organisation)
                .bind(at)
                .bind(who.person)
                .bind(who.name.clone())
                .bind(entry.event.key())
                .bind(entry.family.map(Family::key))
                .bind(entry.token)
                .bind(entry.code)
                .bind(entry.collection)
                .bind(entry.person)
                .bind(entry.facts.to_string())
                .bind(who.address.clone())
        },
    )
    .await?;
    Ok(())
}

/// Entries of uses that have most in common. What is not named is null.
pub(super) async fn insert_uses(
    tx: &mut WriteTx,
    name: &'static str,
    family: Family,
    rows: &[(Uuid, &PastUse)],
) -> Result<()> {
    tx.insert_alike(
        "INSERT INTO audit (actor, event, family, id, organisation_id, at, token_id, facts, address)",
        3,
        |query| query.bind(name).bind(Event::TokenUsed.key()).bind(family.key()),
        6,
        rows,
        |query, (id, one)| {
            query
                .bind(*id)
                .bind(one.organisation)
                .bind(one.at)
                .bind(one.token)
                .bind(one.facts.clone())
                .bind(one.address.clone())
        },
    )
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Told {
    at: DateTime<Utc>,
    actor: String,
    event: String,
    facts: String,
    address: Option<String>,
    is_known: bool,
}

/// A caller limited to a department does not learn the names of people outside it.
const SOMEBODY: &str = "Somebody outside your department";

impl Told {
    pub(super) fn told(self, times: &Times) -> HistoryEntry {
        let mut what = super::told(&self.event, &self.facts);
        // The address from which a link was opened distinguishes a person's confirmation from a mail scanner's.
        if [Event::TokenUsed.key(), Event::FormAgain.key()].contains(&&*self.event)
            && let Some(address) = self.address.filter(|address| !address.is_empty())
        {
            what = format!("{what} from {address}");
        }
        HistoryEntry {
            when: times.when(self.at),
            who: if self.is_known {
                self.actor
            } else {
                SOMEBODY.to_owned()
            },
            what,
        }
    }
}

/// The columns of an entry; whether the caller may see its actor takes the organisation as `$2`, and for a limited
/// caller the department as `$4`.
fn told(scope: &Scope) -> Vec<Part> {
    if scope.is_whole() {
        return vec![Part::Text(
            "SELECT at, actor, event, facts, address, TRUE AS is_known",
        )];
    }
    let head = "SELECT at, actor, event, facts, address, (actor_id IS NULL OR actor_id IN
                    (SELECT s.id FROM people s WHERE s.organisation_id = $2";
    let mut parts = vec![Part::Text(head)];
    parts.extend(scope.parts("s.department_id", 4));
    parts.push(Part::Text(")) AS is_known"));
    parts
}

pub(super) async fn of_token(conn: &mut Conn, scope: &Scope, token: TokenId) -> Result<Vec<Told>> {
    let mut parts = told(scope);
    parts.push(Part::Text(
        "FROM (
             SELECT id, at, actor, actor_id, event, facts, address FROM audit
                 WHERE token_id = $1 AND organisation_id = $2
             UNION SELECT id, at, actor, actor_id, event, facts, address FROM audit
                 WHERE code_id = $1 AND organisation_id = $2
         ) AS entries
         ORDER BY id DESC LIMIT $3",
    ));
    let organisation = scope.whole_organisation("the department is bound below");
    let query = conn
        .query(Sql::parts(&parts))
        .bind(token)
        .bind(organisation)
        .bind(SHOWN);
    scope.bind(query).all().await
}

/// A caller limited to a department learns what happened to the person and to what belongs to the department; an entry
/// about a token or collection of another department would reveal its name.
const SEEN: [&str; 2] = [
    "AND (collection_id IS NULL OR collection_id IN (SELECT s.id FROM collections s WHERE s.organisation_id = $2",
    ")) AND (token_id IS NULL OR token_id IN (SELECT s.id FROM tokens s WHERE s.organisation_id = $2",
];

pub(super) async fn of_person(conn: &mut Conn, scope: &Scope, person: PersonId) -> Result<Vec<Told>> {
    let mut parts = told(scope);
    parts.push(Part::Text(
        "FROM audit WHERE person_id = $1 AND organisation_id = $2",
    ));
    if !scope.is_whole() {
        for seen in SEEN {
            parts.push(Part::Text(seen));
            parts.extend(scope.parts("s.department_id", 4));
        }
        parts.push(Part::Text("))"));
    }
    parts.push(Part::Text("ORDER BY id DESC LIMIT $3"));
    let organisation = scope.whole_organisation("the department is bound below");
    let query = conn
        .query(Sql::parts(&parts))
        .bind(person)
        .bind(organisation)
        .bind(SHOWN);
    scope.bind(query).all().await
}

#[derive(FromRow)]
pub(super) struct Heard {
    pub id: Uuid,
    pub organisation_id: OrganisationId,
    pub event: String,
    pub family: Option<String>,
    pub token_id: Option<TokenId>,
    pub code_id: Option<TokenId>,
    pub collection_id: Option<CollectionId>,
    pub person_id: Option<PersonId>,
    facts: String,
}

impl Heard {
    /// The mail that it is about, if it is about one.
    pub(super) fn mail(&self, event: Event) -> Option<MailId> {
        let is_mail = matches!(
            event,
            Event::MailSent | Event::MailFailed | Event::MailBounced | Event::MailSentAgain
        );
        let facts: serde_json::Value = is_mail.then(|| serde_json::from_str(&self.facts).ok())??;
        facts.get("mail")?.as_str()?.parse().ok()
    }
}

/// Entries after an id. More than a thousand at once are cut off; the listener asks again.
pub(super) async fn since(conn: &mut Conn, after: Uuid) -> Result<Vec<Heard>> {
    conn.query(
        "SELECT id, organisation_id, event, family, token_id, code_id, collection_id, person_id, facts FROM audit
         WHERE id > $1 ORDER BY id LIMIT 1000",
    )
    .bind(after)
    .all()
    .await
}

/// An entry as the log shows it.
#[derive(FromRow)]
pub(super) struct Listed {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub event: String,
    pub facts: String,
    pub actor: String,
    pub actor_id: Option<PersonId>,
    pub token_id: Option<TokenId>,
    pub code_id: Option<TokenId>,
    pub collection_id: Option<CollectionId>,
    pub person_id: Option<PersonId>,
    pub address: Option<String>,
}

/// The order of the log: the newest first.
pub(super) const NEWEST_FIRST: Order = Order {
    key: None,
    id: "id",
    descending: true,
};

/// A page of the log.
pub(super) async fn page(
    conn: &mut Conn,
    organisation: OrganisationId,
    query: &AuditQuery,
    start: &Start,
    rows: i64,
) -> Result<Vec<Listed>> {
    let head = "SELECT id, at, event, facts, actor, actor_id, token_id, code_id, collection_id, person_id, address FROM audit
         WHERE organisation_id =";
    let statement = Statement::new(head).value(organisation);
    let statement = match &query.event {
        Some(event) => statement.text("AND event =").value(event.clone()),
        None => statement,
    };
    let statement = match query.token {
        Some(token) => statement.text("AND token_id =").value(token),
        None => statement,
    };
    let statement = match query.person {
        Some(person) => statement.text("AND person_id =").value(person),
        None => statement,
    };
    let page = NEWEST_FIRST.page(statement, start, rows);
    page.query(conn).all().await
}
