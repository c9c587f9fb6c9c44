//! The statements of user types.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Sql, WriteTx};
use domain::{BuiltIn, OrganisationId, UserTypeId};

use crate::words;

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
