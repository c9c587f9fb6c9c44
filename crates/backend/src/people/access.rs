//! What a person may do, where, and ending their access.
//!
//! Nobody grants or takes away what they do not have: changing a person's user type requires all permissions of the old
//! one and of the new one, and an admin limited to a department moves people only within it. So only owners change
//! owners, and there is always one who can sign in. A person whose user type or department changes is signed out
//! everywhere: a session never outlives a change of rights.

use domain::{BuiltIn, DepartmentId, Permission, PersonId, Refusal, UserTypeRef};
use serde_json::{Value, json};

use super::{People, end_sessions, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::user_types::{self, UserType, UserTypes};
use crate::{Caller, departments, organisations};
use database::WriteTx;

impl People<'_> {
    /// Changes what a person may do.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `user_type`, or a conflict: the last owner stays an owner, and a person without
    /// a password has to be invited.
    pub async fn set_user_type(
        &self,
        caller: &Caller,
        person: PersonId,
        user_type: UserTypeRef,
    ) -> Result<()> {
        let (mut tx, found, before) = self.touch(caller, person).await?;
        let after = user_types::chosen(&mut tx, caller.organisation(), user_type).await?;
        caller.may_all(after.permissions)?;
        if after.is_admin() && found.password_hash.is_none() && found.owner_id.is_none() {
            return Err(Refusal::Conflict(format!(
                "{} has no password yet. Invite {} instead: the invitation asks for one.",
                found.name, found.email
            ))
            .into());
        }
        if before.id == after.id {
            return Ok(());
        }
        self.keep_an_owner(&mut tx, caller, &before, person).await?;
        sql::set_user_type(&mut tx, person, after.stored()).await?;
        end_sessions(&mut tx, person, None, self.0.clock.now()).await?;
        let facts = json!({"before": before.name, "after": after.name});
        let entry = Entry::person(Event::PersonUserTypeChanged, person, facts);
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// Puts a person into a department, or into none. An admin in a department sees and changes what belongs to it and
    /// to those below it, and nothing else.
    ///
    /// # Errors
    /// Forbidden, not found, refused at `department`, or a conflict: the last owner must see everything.
    pub async fn set_department(
        &self,
        caller: &Caller,
        person: PersonId,
        department: Option<DepartmentId>,
    ) -> Result<()> {
        let (mut tx, found, user_type) = self.touch(caller, person).await?;
        let department = departments::chosen(&mut tx, &caller.scope, department).await?;
        if found.department_id == department {
            return Ok(());
        }
        if department.is_some() {
            self.keep_an_owner(&mut tx, caller, &user_type, person).await?;
        }
        let names = departments::names(&mut tx, found.department_id.into_iter().chain(department)).await?;
        let name = |id: Option<DepartmentId>| {
            id.and_then(|id| names.get(&id))
                .map_or("none", |named| named.name.as_str())
        };
        let facts = json!({"before": name(found.department_id), "after": name(department)});
        sql::set_department(&mut tx, person, department).await?;
        end_sessions(&mut tx, person, None, self.0.clock.now()).await?;
        let entry = Entry::person(Event::PersonDepartmentChanged, person, facts);
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// Ends a person's access: they are signed out everywhere, and links open nothing for them.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: the last owner cannot leave.
    pub async fn deactivate(&self, caller: &Caller, person: PersonId) -> Result<()> {
        let (mut tx, found, user_type) = self.touch(caller, person).await?;
        self.keep_an_owner(&mut tx, caller, &user_type, person).await?;
        if found.deactivated_at.is_none() {
            let now = self.0.clock.now();
            sql::set_deactivated(&mut tx, person, Some(now)).await?;
            end_sessions(&mut tx, person, None, now).await?;
            let entry = Entry::person(Event::PersonDeactivated, person, Value::Null);
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await
    }

    /// Restores a person's access.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn reactivate(&self, caller: &Caller, person: PersonId) -> Result<()> {
        let (mut tx, found, _) = self.touch(caller, person).await?;
        if found.deactivated_at.is_some() {
            sql::set_deactivated(&mut tx, person, None).await?;
            let entry = Entry::person(Event::PersonReactivated, person, Value::Null);
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await
    }

    /// Begins a change of a person's access, one change at a time in an organisation: two owners who end each other's
    /// access at once would leave none.
    pub(super) async fn touch(
        &self,
        caller: &Caller,
        person: PersonId,
    ) -> Result<(WriteTx, sql::Person, UserType)> {
        caller.may(Permission::PeopleManage)?;
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, caller.organisation()).await?;
        let found = sql::by_id(&mut tx, &caller.scope, person)
            .await?
            .ok_or(Refusal::NotFound)?;
        let types = UserTypes::of(&mut tx, caller.organisation()).await?;
        let user_type = types.of_person(found.user_type_id)?.clone();
        caller.may_all(user_type.permissions)?;
        Ok((tx, found, user_type))
    }

    /// There is always an owner who can sign in and sees everything.
    async fn keep_an_owner(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        user_type: &UserType,
        person: PersonId,
    ) -> Result<()> {
        let is_owner = user_type.built_in == Some(BuiltIn::Owner);
        if !is_owner || sql::other_owners(tx, caller.organisation(), person).await? > 0 {
            return Ok(());
        }
        let sentence = "This is the last owner. Make somebody else an owner first.";
        Err(Refusal::Conflict(sentence.into()).into())
    }
}
