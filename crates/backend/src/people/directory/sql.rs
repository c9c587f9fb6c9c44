//! The list's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Query, Result, Sql};
use domain::{DepartmentId, EmailAddress, OrganisationId, PersonId, UserTypeId};

use super::{MOST_WORDS, Wanted};
use crate::error;
use crate::keyset::{Start, Walk};
use crate::{Scope, people, words};

/// A person, as lists show them.
#[derive(FromRow)]
pub(crate) struct Row {
    pub id: PersonId,
    pub name: String,
    pub name_key: Vec<u8>,
    pub email: String,
    pub user_type_id: Option<UserTypeId>,
    pub department_id: Option<DepartmentId>,
    pub created_at: DateTime<Utc>,
    pub deactivated_at: Option<DateTime<Utc>>,
    /// The owner who is responsible for it, if it is a service user.
    pub owner_id: Option<PersonId>,
}

impl Row {
    pub(super) fn email(&self) -> error::Result<Option<EmailAddress>> {
        people::address(self.id, &self.email)
    }
}

pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, ids: &[PersonId]) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let head = [
        Part::Text(
            "SELECT id, name, name_key, email, user_type_id, department_id, created_at, deactivated_at,
                    owner_id
             FROM people WHERE organisation_id = $1 AND id IN",
        ),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let query = scope.query(conn, "department_id", 2 + ids.len(), &head, &[]);
    let query = ids.iter().fold(query.organisation(), |query, id| query.bind(*id));
    query.all().await
}

/// How many people a word finds, counted up to a limit.
pub(in crate::people) async fn matches(
    conn: &mut Conn,
    organisation: OrganisationId,
    word: &[u8],
    most: i64,
) -> Result<i64> {
    let (from, to) = words::beginning_with(word);
    conn.query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
             SELECT word FROM person_words WHERE organisation_id = $1 AND word >= $2 AND word < $3 LIMIT $4
         ) AS found",
    )
    .bind(organisation)
    .bind(from)
    .bind(to)
    .bind(most)
    .number()
    .await
}

/// Every word must match. The first one, when it is rare, leads to the people; the others are looked for in their rows.
/// `$1` is the organisation, `$2` and `$3` the position, `$4` the number of rows, followed by the words: two values for
/// the one that leads, one for each other.
fn from_where(conn: &Conn, wanted: &Wanted, walk: Walk) -> Vec<&'static str> {
    let (mut pieces, first) = if wanted.few {
        let led = "FROM (SELECT DISTINCT person_id FROM person_words
                         WHERE organisation_id = $1 AND word >= $5 AND word < $6) AS d
                   JOIN people p ON p.id = d.person_id";
        (vec![led], 7)
    } else {
        (vec!["FROM people p"], 5)
    };
    pieces.push(match walk {
        Walk::Forward => "WHERE p.organisation_id = $1 AND (p.name_key, p.id) > ($2, $3)",
        Walk::Back => "WHERE p.organisation_id = $1 AND (p.name_key, p.id) < ($2, $3)",
    });
    if wanted.admins_only {
        pieces.push("AND p.user_type_id IS NOT NULL");
    }
    let looked_for = wanted.words.len().min(MOST_WORDS) - usize::from(wanted.few);
    pieces.extend((first..).take(looked_for).map(|number| holds_word(conn, number)));
    pieces
}

/// The condition that the words of a person `p` contain the beginning of a word: the engines' functions have different
/// names.
pub(in crate::people) fn holds_word(conn: &Conn, placeholder: usize) -> &'static str {
    match placeholder {
        5 => conn.either("AND INSTR(p.words, $5) > 0", "AND POSITION($5 IN p.words) > 0"),
        6 => conn.either("AND INSTR(p.words, $6) > 0", "AND POSITION($6 IN p.words) > 0"),
        7 => conn.either("AND INSTR(p.words, $7) > 0", "AND POSITION($7 IN p.words) > 0"),
        8 => conn.either("AND INSTR(p.words, $8) > 0", "AND POSITION($8 IN p.words) > 0"),
        9 => conn.either("AND INSTR(p.words, $9) > 0", "AND POSITION($9 IN p.words) > 0"),
        10 => conn.either("AND INSTR(p.words, $10) > 0", "AND POSITION($10 IN p.words) > 0"),
        11 => conn.either("AND INSTR(p.words, $11) > 0", "AND POSITION($11 IN p.words) > 0"),
        12 => conn.either("AND INSTR(p.words, $12) > 0", "AND POSITION($12 IN p.words) > 0"),
        13 => conn.either("AND INSTR(p.words, $13) > 0", "AND POSITION($13 IN p.words) > 0"),
        14 => conn.either("AND INSTR(p.words, $14) > 0", "AND POSITION($14 IN p.words) > 0"),
        _ => unreachable!("so many words are not listened to"),
    }
}

fn bind<'c>(query: Query<'c>, scope: &Scope, wanted: &Wanted, start: &Start, most: i64) -> Query<'c> {
    let place = start.place.clone().unwrap_or_default();
    let organisation = scope.whole_organisation("the department is bound below");
    let query = query.bind(organisation).bind(place.key).bind(place.id).bind(most);
    let (leading, others) = wanted.words.split_at(usize::from(wanted.few));
    let query = leading.iter().fold(query, |query, word| {
        let (from, to) = words::beginning_with(word);
        query.bind(from).bind(to)
    });
    let others = others.iter().take(MOST_WORDS - leading.len());
    scope.bind(others.fold(query, |query, word| query.bind(words::within(word))))
}

/// The statement between `head` and `tail`. The department's placeholder follows those of the words.
fn parts(
    conn: &Conn,
    head: &'static str,
    scope: &Scope,
    (wanted, walk): (&Wanted, Walk),
    tail: &'static str,
) -> Vec<Part> {
    let words = wanted.words.len().min(MOST_WORDS);
    let mut parts = vec![Part::Text(head)];
    parts.extend(from_where(conn, wanted, walk).into_iter().map(Part::Text));
    parts.extend(scope.parts("p.department_id", 5 + words + usize::from(wanted.few)));
    parts.push(Part::Text(tail));
    parts
}

pub(super) async fn list(
    conn: &mut Conn,
    scope: &Scope,
    wanted: &Wanted,
    start: &Start,
    most: i64,
) -> Result<Vec<Row>> {
    let head = "SELECT p.id, p.name, p.name_key, p.email, p.user_type_id, p.department_id, p.created_at, p.deactivated_at,
                p.owner_id";
    let order = match start.walk {
        Walk::Forward => "ORDER BY p.name_key, p.id LIMIT $4",
        Walk::Back => "ORDER BY p.name_key DESC, p.id DESC LIMIT $4",
    };
    let parts = parts(conn, head, scope, (wanted, start.walk), order);
    let query = conn.query(Sql::parts(&parts));
    bind(query, scope, wanted, start, most).all().await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<i64> {
    let head = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT p.id";
    let parts = parts(conn, head, scope, (wanted, Walk::Forward), "LIMIT $4) AS found");
    let query = conn.query(Sql::parts(&parts));
    bind(query, scope, wanted, &Start::default(), i64::MAX)
        .number()
        .await
}
