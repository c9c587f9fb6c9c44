//! What the operator does at the command line when nobody in the organisation can.

use domain::{BuiltIn, EmailAddress, OrganisationId, Refusal};
use serde_json::Value;

use super::invitations::Invitee;
use super::{People, end_sessions, sql};
use crate::Scope;
use crate::audit::{Entry, Event, Who};
use crate::error::Result;
use crate::organisations;
use crate::user_types::{self, UserTypes};

impl People<'_> {
    /// Gives an admin a new password and signs them out everywhere.
    ///
    /// # Errors
    /// Not found, a password that is too short, or a conflict: members have none.
    pub async fn reset_password(
        &self,
        organisation: OrganisationId,
        email: &EmailAddress,
        password: &str,
    ) -> Result<()> {
        let password = domain::organisations::password(password)
            .map_err(|sentence| Refusal::at("password", sentence))?;
        let hash = self.0.passwords.hash(&password).await?;
        let mut tx = self.0.db.write().await?;
        let person = sql::by_email(&mut tx, organisation, email)
            .await?
            .ok_or(Refusal::NotFound)?;
        let types = UserTypes::of(&mut tx, organisation).await?;
        if !types.of_person(person.user_type_id)?.is_admin() {
            let sentence =
                format!("{email} is a member, who signs in by mail. Invite them to make them an admin.");
            return Err(Refusal::Conflict(sentence).into());
        }
        sql::set_password(&mut tx, person.id, &hash).await?;
        end_sessions(&mut tx, person.id, None, self.0.clock.now()).await?;
        let entry = Entry::person(Event::PasswordChanged, person.id, Value::Null);
        self.0.record(&mut tx, Who::operator(organisation), entry).await?;
        self.0.commit(tx).await
    }

    /// Invites a person to manage the organisation, and returns the link to pass on.
    ///
    /// # Errors
    /// Not found, or refused at `email`.
    pub async fn invite_for(
        &self,
        organisation: OrganisationId,
        email: &EmailAddress,
        user_type: BuiltIn,
    ) -> Result<String> {
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, organisation).await?;
        // An invitation names the person who invites: on the operator's behalf, the first owner.
        let by = sql::first_owner(&mut tx, organisation)
            .await?
            .ok_or(Refusal::NotFound)?;
        let user_type = user_types::chosen(&mut tx, organisation, user_type.into()).await?;
        let invitee = Invitee {
            email,
            user_type: &user_type,
            department: None,
        };
        let (_, secret) = self
            .invite_as(
                &mut tx,
                &Scope::new(organisation, None),
                Who::operator(organisation),
                by,
                &invitee,
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(self.link(&secret))
    }
}
