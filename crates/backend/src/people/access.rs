//! What somebody may do, and ending it.
//!
//! Only owners touch owners, and there is always one who can come in. Whoever's user type changes is signed
//! out everywhere: a session never lives through a change of rights.

use domain::{Action, PersonId, Refusal, UserType};
use serde_json::{Value, json};

use super::{People, end_sessions, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::{Actor, organisations};
use database::WriteTx;

impl People<'_> {
    /// Changes what somebody may do.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: the last owner stays one, and whoever has no password is invited.
    pub async fn set_user_type(&self, actor: &Actor, person: PersonId, user_type: UserType) -> Result<()> {
        let (mut tx, found) = self.touch(actor, person).await?;
        if user_type == UserType::Owner {
            actor.may(Action::ManageOwners)?;
        }
        let before = found.user_type()?;
        if user_type.is_admin() && found.password_hash.is_none() {
            return Err(Refusal::Conflict(format!(
                "{} has no password yet. Invite {} instead: the invitation asks for one.",
                found.name, found.email
            ))
            .into());
        }
        if before == user_type {
            return Ok(());
        }
        if before == UserType::Owner {
            self.keep_an_owner(&mut tx, actor, person).await?;
        }
        sql::set_user_type(&mut tx, person, user_type).await?;
        end_sessions(&mut tx, person, None, self.0.clock.now()).await?;
        let facts = json!({"before": before.word(), "after": user_type.word()});
        self.0
            .record(
                &mut tx,
                actor,
                Entry::person(Event::PersonUserTypeChanged, person, facts),
            )
            .await?;
        self.0.commit(tx).await
    }

    /// Ends somebody's access: they are signed out everywhere, and links open nothing for them.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: the last owner cannot leave.
    pub async fn deactivate(&self, actor: &Actor, person: PersonId) -> Result<()> {
        let (mut tx, found) = self.touch(actor, person).await?;
        if found.user_type()? == UserType::Owner {
            self.keep_an_owner(&mut tx, actor, person).await?;
        }
        if found.deactivated_at.is_none() {
            let now = self.0.clock.now();
            sql::set_deactivated(&mut tx, person, Some(now)).await?;
            end_sessions(&mut tx, person, None, now).await?;
            self.0
                .record(
                    &mut tx,
                    actor,
                    Entry::person(Event::PersonDeactivated, person, Value::Null),
                )
                .await?;
        }
        self.0.commit(tx).await
    }

    /// Gives somebody's access back.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn reactivate(&self, actor: &Actor, person: PersonId) -> Result<()> {
        let (mut tx, found) = self.touch(actor, person).await?;
        if found.deactivated_at.is_some() {
            sql::set_deactivated(&mut tx, person, None).await?;
            self.0
                .record(
                    &mut tx,
                    actor,
                    Entry::person(Event::PersonReactivated, person, Value::Null),
                )
                .await?;
        }
        self.0.commit(tx).await
    }

    /// Begins to change somebody's access, one change at a time in an organisation: two owners who end each
    /// other's at once would leave none.
    async fn touch(&self, actor: &Actor, person: PersonId) -> Result<(WriteTx, sql::Person)> {
        actor.may(Action::ManagePeople)?;
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, actor.organisation).await?;
        let found = sql::by_id(&mut tx, actor.organisation, person)
            .await?
            .ok_or(Refusal::NotFound)?;
        if found.user_type()? == UserType::Owner {
            actor.may(Action::ManageOwners)?;
        }
        Ok((tx, found))
    }

    async fn keep_an_owner(&self, tx: &mut WriteTx, actor: &Actor, person: PersonId) -> Result<()> {
        if sql::other_owners(tx, actor.organisation, person).await? > 0 {
            return Ok(());
        }
        let sentence = "This is the last owner. Make somebody else an owner first.";
        Err(Refusal::Conflict(sentence.into()).into())
    }
}
