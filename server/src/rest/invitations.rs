//! `/people/invitations`: whom the organisation has invited to administer something, and who has not come yet.

use chrono::{DateTime, Utc};
use domain::people::{InvitationForm, InvitationRow, NewInvitation};
use domain::{InvitationId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::shape::Named;
use super::{Body, Done, Id, Listed, Needs, Path, Problem, Program, Rest, Secretly, delete, get, post, row};

/// Its operations.
pub const ROUTES: &[Rest] = &[
    row(
        Method::GET,
        "/api/v1/people/invitations",
        Needs::Permission(Permission::PeopleRead),
        "Invitations that nobody accepted yet, the newest first.",
        || get(list),
    ),
    row(
        Method::POST,
        "/api/v1/people/invitations",
        Needs::Person(Permission::PeopleManage),
        "Invite somebody.",
        || post(invite),
    ),
    row(
        Method::DELETE,
        "/api/v1/people/invitations/{id}",
        Needs::Permission(Permission::PeopleManage),
        "Take an invitation back; its link opens nothing any more.",
        || delete(withdraw),
    ),
];

/// Whom to invite.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewInvitation")]
struct Invite {
    /// Their address.
    email: String,
    /// What they are to be.
    user_type_id: Uuid,
    /// Which department they are to belong to; null: none.
    #[serde(default)]
    department_id: Option<Uuid>,
}

/// Somebody who was invited. They are a person of the organisation once they accept.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OpenInvitation")]
struct Open {
    /// The invitation.
    id: Uuid,
    /// Who is invited.
    email: String,
    /// What they will be.
    user_type: Named,
    /// Which department they will belong to.
    department: Option<Named>,
    /// Who invited them.
    invited_by: String,
    /// Until when the link works.
    expires_at: DateTime<Utc>,
    /// Whether that time is over.
    expired: bool,
}

/// An invitation with its link.
#[derive(Debug, Serialize, JsonSchema)]
struct Invitation {
    /// As the list shows it.
    #[serde(flatten)]
    open: Open,
    /// The link to hand over; it is shown this once.
    link: String,
}

async fn list(Program(caller, backend): Program) -> Result<Listed<Open>, Problem> {
    let rows = backend.people().invitations(&caller).await?;
    Ok(Listed::whole(rows.into_iter().map(Open::from).collect()))
}

async fn invite(
    Program(caller, backend): Program,
    Body(invite): Body<Invite>,
) -> Result<Secretly<Invitation>, Problem> {
    let form = InvitationForm {
        email: invite.email,
        user_type: invite.user_type_id.to_string(),
        department: invite.department_id.map(|id| id.to_string()).unwrap_or_default(),
    };
    Ok(Secretly(backend.people().invite(&caller, &form).await?.into()))
}

async fn withdraw(Program(caller, backend): Program, Path(Id { id }): Path<Id>) -> Result<Done, Problem> {
    backend
        .people()
        .withdraw_invitation(&caller, InvitationId(id))
        .await?;
    Ok(Done)
}

impl From<InvitationRow> for Open {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id.0,
            email: row.email.to_string(),
            user_type: Named {
                id: row.user_type.id.0,
                name: row.user_type.name,
            },
            department: row.department.map(|department| Named {
                id: department.id.0,
                name: department.name,
            }),
            invited_by: row.invited_by,
            expires_at: row.expires.at,
            expired: row.expired,
        }
    }
}

impl From<NewInvitation> for Invitation {
    fn from(new: NewInvitation) -> Self {
        Self {
            open: new.row.into(),
            link: new.link,
        }
    }
}
