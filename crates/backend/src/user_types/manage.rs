//! Creating, editing and deleting user types. They belong to the whole organisation, so no caller limited to a
//! department can change them.

use database::{Conn, WriteTx};
use domain::user_types::{MOST_COUNTED, MOST_USER_TYPES, UserTypeForm, UserTypeView};
use domain::{BuiltIn, Permission, Refusal, UserTypeId, UserTypeRef};
use serde_json::json;

use super::{UserType, find, sql};
use crate::audit::{Entry, Event};
use crate::error::Result;
use crate::{Backend, Caller, organisations};

/// The user types of an organisation.
pub struct UserTypesOf<'a>(&'a Backend);

impl Backend {
    /// User types.
    pub fn user_types(&self) -> UserTypesOf<'_> {
        UserTypesOf(self)
    }
}

impl UserTypesOf<'_> {
    /// All of them: the built-in ones first, then by name.
    ///
    /// # Errors
    /// Forbidden for a caller who manages neither people nor user types.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<UserTypeView>> {
        caller.may_any(&[Permission::PeopleRead, Permission::UserTypesManage])?;
        let organisation = caller.organisation();
        let mut conn = self.0.db.read().await?;
        let rows = sql::all(&mut conn, organisation).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let one = UserType::try_from(row)?;
            let people = self.people(&mut conn, caller, &one).await?;
            found.push(UserTypeView {
                id: one.id,
                name: one.name,
                description: one.description,
                permissions: one.permissions,
                built_in: one.built_in,
                people,
            });
        }
        let place = |one: &UserTypeView| BuiltIn::ALL.iter().position(|other| Some(*other) == one.built_in);
        found.sort_by_key(|one| (place(one).unwrap_or(BuiltIn::ALL.len()), one.name.to_lowercase()));
        Ok(found)
    }

    async fn people(&self, conn: &mut Conn, caller: &Caller, one: &UserType) -> Result<i64> {
        Ok(match one.stored() {
            Some(id) => sql::people(conn, &caller.scope, id, MOST_COUNTED + 1).await?,
            None => sql::members(conn, &caller.scope, MOST_COUNTED + 1).await?,
        })
    }

    /// Creates a user type.
    ///
    /// # Errors
    /// Forbidden, also for permissions that the caller does not have; all problems at once, by field; a conflict when
    /// there are too many.
    pub async fn create(&self, caller: &Caller, form: &UserTypeForm) -> Result<UserTypeId> {
        caller.may_everywhere(Permission::UserTypesManage)?;
        let new = form.parse()?;
        caller.may_all(new.permissions)?;
        let mut tx = self.begin(caller).await?;
        if sql::count(&mut tx, caller.organisation()).await? >= MOST_USER_TYPES {
            let sentence = format!("An organisation has up to {MOST_USER_TYPES} user types.");
            return Err(Refusal::Conflict(sentence).into());
        }
        not_taken(&mut tx, caller, &new.name, None).await?;
        let now = self.0.clock.now();
        let id = UserTypeId(self.0.random.id(now));
        sql::insert(&mut tx, caller.organisation(), id, &new, now).await?;
        let facts = json!({"user_type": id, "name": new.name, "permissions": new.permissions.in_words()});
        self.finish(tx, caller, Event::UserTypeCreated, facts).await?;
        Ok(id)
    }

    /// Changes a user type. What people of this type may do changes with their next request.
    ///
    /// # Errors
    /// Forbidden, also when the caller lacks a permission that it has or is to have; not found; all problems at once,
    /// by field; a conflict for owners and members, which cannot be changed.
    pub async fn update(&self, caller: &Caller, id: UserTypeId, form: &UserTypeForm) -> Result<()> {
        let whole = form.clone();
        self.change(caller, id, move |form| *form = whole).await
    }

    /// Changes what `change` writes over the form with what is there, while nobody else changes a user type.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn change(
        &self,
        caller: &Caller,
        id: UserTypeId,
        change: impl FnOnce(&mut UserTypeForm) + Send,
    ) -> Result<()> {
        let mut tx = self.begin(caller).await?;
        let before = self.found(&mut tx, caller, id).await?;
        let mut form = UserTypeForm {
            name: before.name.clone(),
            description: before.description.clone(),
            permissions: before.permissions.to_string(),
        };
        change(&mut form);
        let new = form.parse()?;
        caller.may_all(new.permissions)?;
        if let Some(built_in) = before.built_in.filter(|built_in| !built_in.is_editable()) {
            let sentence = format!(
                "{} stays as it is. Make another user type instead.",
                built_in.name()
            );
            return Err(Refusal::Conflict(sentence).into());
        }
        caller.may_all(before.permissions)?;
        not_taken(&mut tx, caller, &new.name, Some(id)).await?;
        // Untouched permissions of a built-in type remain those of the running version.
        let permissions = (before.permissions != new.permissions).then_some(new.permissions);
        sql::update(&mut tx, id, &new, permissions).await?;
        let facts = json!({
            "user_type": id,
            "before": before.name,
            "permissions_before": before.permissions,
            "name": new.name,
            "permissions": new.permissions.in_words(),
        });
        self.finish(tx, caller, Event::UserTypeChanged, facts).await
    }

    /// Deletes a user type that no person, invitation or API token has.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: it is built in, or in use.
    pub async fn delete(&self, caller: &Caller, id: UserTypeId) -> Result<()> {
        caller.may_everywhere(Permission::UserTypesManage)?;
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, caller.organisation()).await?;
        let found = self.found(&mut tx, caller, id).await?;
        caller.may_all(found.permissions)?;
        if found.built_in.is_some() {
            return Err(Refusal::Conflict("A built-in user type cannot be deleted.".into()).into());
        }
        let holding = sql::holding(&mut tx, id).await?;
        if !holding.is_empty() {
            let sentence = format!(
                "{} is still in use: {} have it. Give them another user type, or take them back, first.",
                found.name,
                holding.join(", ")
            );
            return Err(Refusal::Conflict(sentence).into());
        }
        sql::delete(&mut tx, id).await?;
        let facts = json!({"user_type": id, "name": found.name});
        self.finish(tx, caller, Event::UserTypeDeleted, facts).await
    }

    /// One change of the user types at a time in an organisation.
    async fn begin(&self, caller: &Caller) -> Result<WriteTx> {
        caller.may_everywhere(Permission::UserTypesManage)?;
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, caller.organisation()).await?;
        Ok(tx)
    }

    async fn found(&self, tx: &mut WriteTx, caller: &Caller, id: UserTypeId) -> Result<UserType> {
        Ok(find(tx, caller.organisation(), UserTypeRef::Id(id))
            .await?
            .ok_or(Refusal::NotFound)?)
    }

    async fn finish(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        event: Event,
        facts: serde_json::Value,
    ) -> Result<()> {
        let entry = Entry {
            facts,
            ..Entry::new(event)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await
    }
}

async fn not_taken(tx: &mut WriteTx, caller: &Caller, name: &str, but: Option<UserTypeId>) -> Result<()> {
    let taken = sql::with_name(tx, caller.organisation(), name).await?;
    if taken.is_some() && taken != but {
        let sentence = format!("There is a user type {name} already. Choose another name.");
        return Err(Refusal::at("name", sentence).into());
    }
    Ok(())
}
