//! The statements of reminders.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Statement, WriteTx};
use domain::{DepartmentId, OrganisationId, PersonId, TokenId, UserTypeId};

/// Administrators who are told of one token, at most.
const MOST_ADMINISTRATORS: i64 = 10;

/// A token for which the time has come.
#[derive(FromRow)]
pub(in super::super) struct Due {
    pub token_id: TokenId,
    pub organisation_id: OrganisationId,
    pub remind_at: DateTime<Utc>,
}

/// Anyone who is written to.
#[derive(FromRow)]
pub(in super::super) struct Reader {
    pub id: PersonId,
    pub name: String,
    pub email: String,
}

/// Tokens that somebody is to be reminded of now, the one that ends first at the beginning.
pub(in super::super) async fn to_remind(conn: &mut Conn, now: DateTime<Utc>, most: i64) -> Result<Vec<Due>> {
    conn.query(
        "SELECT a.token_id, a.organisation_id, a.remind_at FROM api_tokens a JOIN tokens t ON t.id = a.token_id
         WHERE a.remind_at IS NOT NULL AND a.remind_at <= $1 ORDER BY t.expires_at, a.token_id LIMIT $2",
    )
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Says when somebody is reminded of a token next.
pub(in super::super) async fn remind_at(
    tx: &mut WriteTx,
    token: TokenId,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    tx.query("UPDATE api_tokens SET remind_at = $2 WHERE token_id = $1")
        .bind(token)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// The same for one that is due. Says whether it was so still: otherwise somebody else has done it.
pub(in super::super) async fn move_reminder(
    tx: &mut WriteTx,
    due: &Due,
    next: Option<DateTime<Utc>>,
) -> Result<bool> {
    let moved = tx
        .query("UPDATE api_tokens SET remind_at = $3 WHERE token_id = $1 AND remind_at = $2")
        .bind(due.token_id)
        .bind(due.remind_at)
        .bind(next)
        .run()
        .await?;
    Ok(moved > 0)
}

/// The person behind a token, or who answers for the service user behind it, and whoever made it, as far as they have
/// access.
pub(in super::super) async fn behind(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: TokenId,
    person: PersonId,
) -> Result<Vec<Reader>> {
    conn.query(
        "SELECT id, name, email FROM people
         WHERE organisation_id = $1 AND deactivated_at IS NULL AND owner_id IS NULL
           AND id IN ($2, (SELECT owner_id FROM people WHERE id = $2), (SELECT created_by FROM tokens WHERE id = $3))
         ORDER BY id",
    )
    .bind(organisation)
    .bind(person)
    .bind(token)
    .all()
    .await
}

/// People of some user types in a department or above it; without a department, of the whole organisation alone.
pub(in super::super) async fn administrators(
    conn: &mut Conn,
    organisation: OrganisationId,
    department: Option<DepartmentId>,
    user_types: Vec<UserTypeId>,
) -> Result<Vec<Reader>> {
    let statement = Statement::new("SELECT id, name, email FROM people WHERE organisation_id =")
        .value(organisation)
        .text("AND deactivated_at IS NULL AND owner_id IS NULL AND")
        .is_among("user_type_id", user_types);
    let statement = match department {
        Some(department) => statement
            .text("AND department_id IN (SELECT ancestor_id FROM department_tree WHERE department_id =")
            .value(department)
            .text(")"),
        None => statement.text("AND department_id IS NULL"),
    };
    statement
        .text("ORDER BY id LIMIT")
        .value(MOST_ADMINISTRATORS)
        .query(conn)
        .all()
        .await
}
