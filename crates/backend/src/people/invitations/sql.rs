//! The invitations' statements.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Result, WriteTx};
use domain::{DepartmentId, EmailAddress, InvitationId, OrganisationId, PersonId, UserTypeId};

use crate::Scope;
use crate::error::{self, corrupt};

pub(super) struct New {
    pub id: InvitationId,
    pub digest: Vec<u8>,
    pub organisation: OrganisationId,
    pub email: String,
    pub user_type: Option<UserTypeId>,
    pub department: Option<DepartmentId>,
    pub invited_by: PersonId,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub(super) async fn insert(tx: &mut WriteTx, new: New) -> Result<()> {
    tx.query(
        "INSERT INTO invitations (id, digest, organisation_id, email, user_type_id, department_id, invited_by, created_at,
                                  expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.digest)
    .bind(new.organisation)
    .bind(new.email)
    .bind(new.user_type)
    .bind(new.department)
    .bind(new.invited_by)
    .bind(new.now)
    .bind(new.expires_at)
    .run()
    .await?;
    Ok(())
}

#[derive(FromRow)]
pub(super) struct Row {
    pub id: InvitationId,
    pub organisation_id: OrganisationId,
    pub organisation: String,
    pub email: String,
    pub user_type_id: Option<UserTypeId>,
    pub department_id: Option<DepartmentId>,
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
}

impl Row {
    pub(super) fn email(&self) -> error::Result<EmailAddress> {
        self.email
            .parse()
            .map_err(|_| corrupt("invitations", "email", self.id))
    }
}

/// An open invitation by its secret. It does not work if the access of the person who sent it has ended since, nor in a
/// cancelled organisation.
pub(super) async fn by_digest(conn: &mut Conn, digest: &[u8]) -> Result<Option<Row>> {
    conn.query(
        "SELECT i.id, i.organisation_id, o.name AS organisation, i.email, i.user_type_id, i.department_id,
                p.name AS invited_by, i.expires_at
         FROM invitations i
         JOIN organisations o ON o.id = i.organisation_id
         JOIN people p ON p.id = i.invited_by
         WHERE i.digest = $1 AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL
           AND o.cancelled_at IS NULL AND p.deactivated_at IS NULL",
    )
    .bind(digest.to_vec())
    .optional()
    .await
}

const ROW: &str =
    "SELECT i.id, i.organisation_id, o.name AS organisation, i.email, i.user_type_id, i.department_id,
           p.name AS invited_by, i.expires_at
    FROM invitations i
    JOIN organisations o ON o.id = i.organisation_id
    JOIN people p ON p.id = i.invited_by";

const IS_OPEN: &str = "i.accepted_at IS NULL AND i.withdrawn_at IS NULL";

pub(super) async fn by_id(conn: &mut Conn, scope: &Scope, id: InvitationId) -> Result<Option<Row>> {
    let head = [ROW, "WHERE i.id = $1 AND i.organisation_id = $2 AND", IS_OPEN].map(Part::Text);
    scope
        .query(conn, "i.department_id", 3, &head, &[])
        .bind(id)
        .organisation()
        .optional()
        .await
}

/// Those that were neither accepted nor withdrawn, the newest first.
pub(super) async fn open(conn: &mut Conn, scope: &Scope) -> Result<Vec<Row>> {
    let head = [ROW, "WHERE i.organisation_id = $1 AND", IS_OPEN].map(Part::Text);
    let tail = Part::Text("ORDER BY i.id DESC LIMIT 200");
    scope
        .query(conn, "i.department_id", 2, &head, &[tail])
        .organisation()
        .all()
        .await
}

pub(super) async fn open_for(
    conn: &mut Conn,
    organisation: OrganisationId,
    email: &EmailAddress,
) -> Result<Vec<(InvitationId, String)>> {
    conn.query(
        "SELECT id, email FROM invitations
         WHERE organisation_id = $1 AND email = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL",
    )
    .bind(organisation)
    .bind(email.to_string())
    .all()
    .await
}

/// Returns whether it was open.
pub(super) async fn withdraw(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: InvitationId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let touched = tx
        .query(
            "UPDATE invitations SET withdrawn_at = $3
             WHERE id = $1 AND organisation_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL",
        )
        .bind(id)
        .bind(organisation)
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}

/// Returns whether it was open: if two accept at once, only one succeeds.
pub(super) async fn accept(tx: &mut WriteTx, id: InvitationId, now: DateTime<Utc>) -> Result<bool> {
    let touched = tx
        .query("UPDATE invitations SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL")
        .bind(id)
        .bind(now)
        .run()
        .await?;
    Ok(touched > 0)
}
