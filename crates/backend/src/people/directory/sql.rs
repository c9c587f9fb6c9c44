//! The list's statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Statement};
use domain::page::Count;
use domain::{DepartmentId, EmailAddress, OrganisationId, PersonId, UserTypeId};

use super::Wanted;
use crate::error;
use crate::keyset::{self, KeyForm, Order, Start};
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

/// The order of the list: names from A to Z.
pub(super) const BY_NAME: Order = Order {
    key: Some(("p.name_key", KeyForm::Text)),
    id: "p.id",
    descending: false,
};

/// Every word must match. The first one, when it is rare, leads to the people; the others are looked for in their rows.
fn fitting(conn: &Conn, statement: Statement, scope: &Scope, wanted: &Wanted) -> Statement {
    let (leading, others) = wanted
        .words
        .split_at(usize::from(wanted.few).min(wanted.words.len()));
    let statement = match leading.first() {
        None => statement.text("FROM people p WHERE p.organisation_id ="),
        Some(word) => {
            let organisation = scope.whole_organisation("the people are found within the scope below");
            let (from, to) = words::beginning_with(word);
            statement
                .text("FROM (SELECT DISTINCT person_id FROM person_words WHERE organisation_id =")
                .value(organisation)
                .text("AND word >=")
                .value(from)
                .text("AND word <")
                .value(to)
                .text(") AS d JOIN people p ON p.id = d.person_id WHERE p.organisation_id =")
        }
    };
    let statement = scope.within(statement, "p.department_id");
    let statement = match wanted.admins_only {
        true => statement.text("AND p.user_type_id IS NOT NULL"),
        false => statement,
    };
    others
        .iter()
        .fold(statement, |statement, word| holds_word(conn, statement, word))
}

/// The condition that the words of a person `p` contain the beginning of a word: the engines' functions have different
/// names.
pub(in crate::people) fn holds_word(conn: &Conn, statement: Statement, word: &[u8]) -> Statement {
    statement
        .text(conn.either("AND INSTR(p.words,", "AND POSITION("))
        .value(words::within(word))
        .text(conn.either(") > 0", "IN p.words) > 0"))
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
    let statement = fitting(conn, Statement::new(head), scope, wanted);
    let page = BY_NAME.page(statement, start, most);
    page.query(conn).all().await
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, wanted: &Wanted) -> Result<Count> {
    let statement = fitting(conn, keyset::counting(""), scope, wanted);
    keyset::count(conn, statement).await
}
