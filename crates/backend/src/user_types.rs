//! User types: what people may do, as rows of their organisation.
//!
//! Three are built in. An owner may do everything; a person who uses a token is a member and may do nothing; neither
//! can be changed. An administrator may do what an organisation wants them to. More are created as needed.

mod manage;
mod sql;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::user_types::UserTypeName;
use domain::{BuiltIn, OrganisationId, Permissions, Refusal, UserTypeId, UserTypeRef};

use crate::error::{Result, corrupt};
use crate::{Backend, words};

/// A user type of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserType {
    pub id: UserTypeId,
    pub name: String,
    pub description: String,
    pub permissions: Permissions,
    pub built_in: Option<BuiltIn>,
}

impl UserType {
    /// How rows refer to it.
    pub(crate) fn name(&self) -> UserTypeName {
        UserTypeName {
            id: self.id,
            name: self.name.clone(),
            built_in: self.built_in,
        }
    }

    /// Whether people of this type work in the admin pages, which requires a password.
    pub(crate) fn is_admin(&self) -> bool {
        !self.permissions.is_empty()
    }

    /// The value in a person's row: members have none.
    pub(crate) fn stored(&self) -> Option<UserTypeId> {
        (self.built_in != Some(BuiltIn::Member)).then_some(self.id)
    }
}

/// Gives a new organisation the built-in user types, and returns the owner's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add_built_in(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<UserType> {
    let ids = backend.random.ids(now, BuiltIn::ALL.len()).map(UserTypeId);
    let rows: Vec<_> = ids.zip(BuiltIn::ALL).collect();
    sql::insert_built_in(tx, organisation, &rows, now).await?;
    find(tx, organisation, BuiltIn::Owner.into())
        .await?
        .ok_or_else(|| corrupt("user_types", "built_in", organisation))
}

/// A user type of an organisation; `None` for an unknown id and for another organisation's alike.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    conn: &mut Conn,
    organisation: OrganisationId,
    which: UserTypeRef,
) -> Result<Option<UserType>> {
    let row = match which {
        UserTypeRef::Id(id) => sql::by_id(conn, organisation, id).await?,
        UserTypeRef::BuiltIn(built_in) => sql::built_in(conn, organisation, built_in.key()).await?,
    };
    row.map(UserType::try_from).transpose()
}

/// The same for one that was chosen from a list.
///
/// # Errors
/// A message at `user_type`.
pub(crate) async fn chosen(
    conn: &mut Conn,
    organisation: OrganisationId,
    which: UserTypeRef,
) -> Result<UserType> {
    find(conn, organisation, which)
        .await?
        .ok_or_else(|| Refusal::at("user_type", "Choose a user type from the list.").into())
}

/// All user types of an organisation, which are few, by the value in people's rows.
pub(crate) struct UserTypes(HashMap<Option<UserTypeId>, UserType>);

impl UserTypes {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of(conn: &mut Conn, organisation: OrganisationId) -> Result<Self> {
        let rows = sql::all(conn, organisation).await?;
        let types = rows
            .into_iter()
            .map(UserType::try_from)
            .collect::<Result<Vec<_>>>()?;
        Ok(Self(types.into_iter().map(|one| (one.stored(), one)).collect()))
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &UserType> {
        self.0.values()
    }

    /// The user type with a name.
    pub(crate) fn named(&self, name: &str) -> Option<&UserType> {
        self.0
            .values()
            .find(|one| words::order_key(&one.name) == words::order_key(name))
    }

    /// The user type of a person, by the value in their row.
    ///
    /// # Errors
    /// A fault when it is not there.
    pub(crate) fn of_person(&self, stored: Option<UserTypeId>) -> Result<&UserType> {
        self.0
            .get(&stored)
            .ok_or_else(|| corrupt("people", "user_type_id", format!("{stored:?}")))
    }
}

/// What a person may do, by the value in the row of their user type.
pub(crate) fn permissions(built_in: Option<BuiltIn>, stored: Option<&str>) -> Permissions {
    match (built_in, stored) {
        (Some(built_in), _) if !built_in.is_editable() => built_in.permissions(),
        (_, Some(keys)) => Permissions::from_keys(keys.split(' ')),
        (Some(built_in), None) => built_in.permissions(),
        (None, None) => Permissions::NONE,
    }
}

/// The built-in user type with this name in the database.
///
/// # Errors
/// A fault when there is none.
pub(crate) fn built_in(key: Option<&str>, id: impl std::fmt::Display) -> Result<Option<BuiltIn>> {
    key.map(|key| BuiltIn::from_key(key).ok_or_else(|| corrupt("user_types", "built_in", id)))
        .transpose()
}

impl TryFrom<sql::Row> for UserType {
    type Error = crate::Error;

    fn try_from(row: sql::Row) -> Result<Self> {
        let built_in = built_in(row.built_in.as_deref(), row.id)?;
        Ok(Self {
            permissions: permissions(built_in, row.permissions.as_deref()),
            id: row.id,
            name: row.name,
            description: row.description,
            built_in,
        })
    }
}
