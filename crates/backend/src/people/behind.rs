//! The people behind tokens of programs.

use database::Conn;
use domain::{DepartmentId, EmailAddress, OrganisationId, PersonId, Refusal, UserTypeId};

use super::{People, sql};
use crate::attempts::{self, Budget};
use crate::error::Result;
use crate::{Caller, Scope};

/// A person who can stand behind a token.
pub(crate) struct Behind {
    /// The user type in their row; `None` for a member.
    pub user_type: Option<UserTypeId>,
    /// The department that limits them.
    pub department: Option<DepartmentId>,
}

/// A person within a scope whose access has not ended.
///
/// # Errors
/// When the database fails.
pub(crate) async fn behind(conn: &mut Conn, scope: &Scope, person: PersonId) -> Result<Option<Behind>> {
    let row = sql::behind(conn, scope, person).await?;
    Ok(row.map(|(user_type, department)| Behind {
        user_type,
        department,
    }))
}

/// The person with an address.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_address(
    conn: &mut Conn,
    organisation: OrganisationId,
    email: &EmailAddress,
) -> Result<Option<PersonId>> {
    let row = sql::by_email(conn, organisation, email).await?;
    Ok(row.filter(|row| row.deactivated_at.is_none()).map(|row| row.id))
}

impl People<'_> {
    /// Checks that a signed-in person types their own password, before an action that somebody at an unattended browser
    /// must not be able to take. Wrong ones are counted like those of the sign-in page.
    ///
    /// # Errors
    /// A message at `password`.
    pub(crate) async fn confirm_password(
        &self,
        caller: &Caller,
        person: PersonId,
        password: &str,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let tries = [self.0.try_on(Budget::CONFIRM_PERSON, &person.to_string())];
        let mut conn = self.0.db.read().await?;
        attempts::check(&mut conn, &tries, now).await?;
        let row = sql::by_id(&mut conn, &caller.scope, person)
            .await?
            .ok_or(Refusal::NotFound)?;
        drop(conn);
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        tx.commit_keeping_cache().await?;
        if !self.0.passwords.fits(password, row.password_hash).await? {
            return Err(Refusal::at("password", "This is not your password.").into());
        }
        let mut tx = self.0.db.write().await?;
        attempts::clear(&mut tx, &tries).await?;
        Ok(tx.commit_keeping_cache().await?)
    }
}
