//! The statements of user types.
//!
//! Some of them read and change rows that have a user type, across all features: see [`HOLDING`].

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, Sql, WriteTx};
use domain::user_types::NewUserType;
use domain::{BuiltIn, OrganisationId, Permissions, UserTypeId};

use crate::{Scope, words};

#[derive(FromRow)]
pub(super) struct Row {
    pub id: UserTypeId,
    pub name: String,
    pub description: String,
    pub permissions: Option<String>,
    pub built_in: Option<String>,
}

const ROW: &str = "SELECT id, name, description, permissions, built_in FROM user_types";

pub(super) async fn insert_built_in(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    rows: &[(UserTypeId, BuiltIn)],
    now: DateTime<Utc>,
) -> Result<()> {
    tx.insert(
        "INSERT INTO user_types (id, organisation_id, name, name_key, description, built_in, created_at)",
        7,
        "",
        rows,
        |query, (id, built_in)| {
            query
                .bind(*id)
                .bind(organisation)
                .bind(built_in.name())
                .bind(words::order_key(built_in.name()))
                .bind(built_in.description())
                .bind(built_in.key())
                .bind(now)
        },
    )
    .await?;
    Ok(())
}

pub(super) async fn by_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: UserTypeId,
) -> Result<Option<Row>> {
    conn.query(Sql::pieces(&[ROW, "WHERE id = $1 AND organisation_id = $2"]))
        .bind(id)
        .bind(organisation)
        .optional()
        .await
}

pub(super) async fn built_in(
    conn: &mut Conn,
    organisation: OrganisationId,
    key: &'static str,
) -> Result<Option<Row>> {
    conn.query(Sql::pieces(&[
        ROW,
        "WHERE organisation_id = $1 AND built_in = $2",
    ]))
    .bind(organisation)
    .bind(key)
    .optional()
    .await
}

pub(super) async fn all(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Row>> {
    conn.query(Sql::pieces(&[ROW, "WHERE organisation_id = $1 ORDER BY id"]))
        .bind(organisation)
        .all()
        .await
}

pub(super) async fn count(conn: &mut Conn, organisation: OrganisationId) -> Result<i64> {
    conn.query("SELECT CAST(COUNT(*) AS BIGINT) FROM user_types WHERE organisation_id = $1")
        .bind(organisation)
        .number()
        .await
}

/// How many people have a user type, up to a number.
pub(super) async fn people(conn: &mut Conn, scope: &Scope, id: UserTypeId, most: i64) -> Result<i64> {
    let head = Part::Text(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
             SELECT id FROM people WHERE user_type_id = $1 AND organisation_id = $2",
    );
    scope
        .query(
            conn,
            "department_id",
            4,
            &[head],
            &[Part::Text("LIMIT $3) AS found")],
        )
        .bind(id)
        .organisation()
        .bind(most)
        .number()
        .await
}

/// How many members there are, up to a number.
pub(super) async fn members(conn: &mut Conn, scope: &Scope, most: i64) -> Result<i64> {
    let head = Part::Text(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
             SELECT id FROM people WHERE organisation_id = $1 AND user_type_id IS NULL",
    );
    scope
        .query(
            conn,
            "department_id",
            3,
            &[head],
            &[Part::Text("LIMIT $2) AS found")],
        )
        .organisation()
        .bind(most)
        .number()
        .await
}

/// The user type with a name, without regard to case and accents.
pub(super) async fn with_name(
    conn: &mut Conn,
    organisation: OrganisationId,
    name: &str,
) -> Result<Option<UserTypeId>> {
    let row: Option<(UserTypeId,)> = conn
        .query("SELECT id FROM user_types WHERE organisation_id = $1 AND name_key = $2")
        .bind(organisation)
        .bind(words::order_key(name))
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

pub(super) async fn insert(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: UserTypeId,
    new: &NewUserType,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO user_types (id, organisation_id, name, name_key, description, permissions, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(organisation)
    .bind(new.name.clone())
    .bind(words::order_key(&new.name))
    .bind(new.description.clone())
    .bind(new.permissions.to_string())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Without permissions, they are left unchanged.
pub(super) async fn update(
    tx: &mut WriteTx,
    id: UserTypeId,
    new: &NewUserType,
    permissions: Option<Permissions>,
) -> Result<()> {
    tx.query(
        "UPDATE user_types SET name = $2, name_key = $3, description = $4, permissions = COALESCE($5, permissions)
         WHERE id = $1",
    )
    .bind(id)
    .bind(new.name.clone())
    .bind(words::order_key(&new.name))
    .bind(new.description.clone())
    .bind(permissions.map(|permissions| permissions.to_string()))
    .run()
    .await?;
    Ok(())
}

/// What keeps a user type from being deleted: its name, and the query that finds it. A new kind of row with a user type
/// is added here. A revoked token has ended, and does not count.
const HOLDING: [(&str, &str); 3] = [
    (
        "people",
        "SELECT user_type_id FROM people WHERE user_type_id = $1 LIMIT 1",
    ),
    (
        "open invitations",
        "SELECT user_type_id FROM invitations
         WHERE user_type_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL LIMIT 1",
    ),
    (
        "API tokens",
        "SELECT a.user_type_id FROM api_tokens a JOIN tokens t ON t.id = a.token_id
         WHERE a.user_type_id = $1 AND t.revoked_at IS NULL AND t.deleted_at IS NULL LIMIT 1",
    ),
];

/// The names of what has a user type.
pub(super) async fn holding(conn: &mut Conn, id: UserTypeId) -> Result<Vec<&'static str>> {
    let mut there = Vec::new();
    for (what, statement) in HOLDING {
        let found: Option<(UserTypeId,)> = conn.query(statement).bind(id).optional().await?;
        there.extend(found.map(|_| what));
    }
    Ok(there)
}

/// Deletes it. Old invitations keep only the fact that they existed, and ended tokens become a member's, who may do
/// nothing.
pub(super) async fn delete(tx: &mut WriteTx, id: UserTypeId) -> Result<()> {
    tx.query("UPDATE invitations SET user_type_id = NULL WHERE user_type_id = $1")
        .bind(id)
        .run()
        .await?;
    tx.query(
        "UPDATE api_tokens SET user_type_id = (
             SELECT m.id FROM user_types m
             WHERE m.organisation_id = api_tokens.organisation_id AND m.built_in = 'member')
         WHERE user_type_id = $1",
    )
    .bind(id)
    .run()
    .await?;
    tx.query("DELETE FROM user_types WHERE id = $1")
        .bind(id)
        .run()
        .await?;
    Ok(())
}
