//! Service users: the people that programs act as, when they do not belong to anyone in particular.
//!
//! They are rows of people, so that every query for the person behind a token reads one table. In place of an address
//! they have their own id: no form accepts it as an address, so nobody can sign in as one, be invited as one or receive
//! mail as one, and no recipient is mistaken for one. A person is responsible for each of them, and gets the mail about
//! its tokens. When that person's access ends, its tokens keep working, and the people who manage tokens in its
//! department get the mail instead.

use database::{Conn, WriteTx};
use domain::people::{Owner, ServiceUserForm};
use domain::{EmailAddress, OrganisationId, Permission, PersonId, Refusal};
use serde_json::json;

use super::{People, sql};
use crate::audit::{Entry, Event};
use crate::error::{Result, corrupt};
use crate::{Caller, Who, departments, organisations, user_types, words};

/// The address in a person's row; a service user has none.
///
/// # Errors
/// A fault: it is neither an address nor the row's own id.
pub(crate) fn address(person: PersonId, stored: &str) -> Result<Option<EmailAddress>> {
    if stored == person.to_string() {
        return Ok(None);
    }
    let address = stored.parse().map_err(|_| corrupt("people", "email", person))?;
    Ok(Some(address))
}

/// The service user of this name whose access has not ended, if there is exactly one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn named(
    conn: &mut Conn,
    organisation: OrganisationId,
    name: &str,
) -> Result<Option<PersonId>> {
    let found = sql::service_users_named(conn, organisation, name).await?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

impl People<'_> {
    /// Creates a service user. Nobody grants it what they may not do themselves.
    ///
    /// # Errors
    /// Forbidden; all problems at once, by field; refused at `owner`, `user_type` or `department`.
    pub async fn add_service_user(&self, caller: &Caller, form: &ServiceUserForm) -> Result<PersonId> {
        caller.may(Permission::PeopleManage)?;
        let new = form.parse()?;
        let mut tx = self.0.db.write().await?;
        let organisation = caller.organisation();
        organisations::lock(&mut tx, organisation).await?;
        let user_type = user_types::chosen(&mut tx, organisation, new.user_type).await?;
        caller.may_all(user_type.permissions)?;
        let department = departments::chosen(&mut tx, &caller.scope, new.department).await?;
        let owner = self.owner(&mut tx, caller, new.owner.as_ref()).await?;
        let now = self.0.clock.now();
        let id = PersonId(self.0.random.id(now));
        let row = sql::NewServiceUser {
            id,
            organisation,
            name: &new.name,
            owner: owner.id,
            user_type: user_type.stored(),
            department,
        };
        sql::insert_service_user(&mut tx, &row, &words::words(&new.name), now).await?;
        let facts = json!({"name": new.name, "user_type": user_type.name, "owner": owner.name});
        let entry = Entry::person(Event::ServiceUserCreated, id, facts);
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        Ok(id)
    }

    /// Changes a service user's name or owner.
    ///
    /// # Errors
    /// Forbidden; not found, also for a person; all problems at once, by field; refused at `owner`.
    pub async fn change_service_user(
        &self,
        caller: &Caller,
        id: PersonId,
        form: &ServiceUserForm,
    ) -> Result<()> {
        caller.may(Permission::PeopleManage)?;
        let whole = form.clone();
        self.write_service_user(caller, id, move |form| *form = whole)
            .await
    }

    /// Changes what `change` writes over the form with what is there, while nobody else changes the people.
    ///
    /// # Errors
    /// As [`change_service_user`](Self::change_service_user).
    pub async fn write_service_user(
        &self,
        caller: &Caller,
        id: PersonId,
        change: impl FnOnce(&mut ServiceUserForm) + Send,
    ) -> Result<()> {
        caller.may(Permission::PeopleManage)?;
        let (mut tx, found, _) = self.touch(caller, id).await?;
        let mut form = ServiceUserForm {
            name: found.name.clone(),
            ..ServiceUserForm::default()
        };
        change(&mut form);
        let change = form.change()?;
        let before = found.owner_id.ok_or(Refusal::NotFound)?;
        let organisation = caller.organisation();
        if found.name != change.name {
            sql::set_name(&mut tx, id, &change.name).await?;
            sql::set_words(&mut tx, organisation, id, &words::words(&change.name)).await?;
            let facts = json!({"before": found.name, "name": change.name});
            let entry = Entry::person(Event::PersonRenamed, id, facts);
            self.0.record(&mut tx, caller, entry).await?;
        }
        if change.owner.is_some() {
            let owner = self.owner(&mut tx, caller, change.owner.as_ref()).await?;
            if owner.id != before {
                sql::set_owner(&mut tx, id, owner.id).await?;
                let entry = Entry::person(Event::ServiceUserOwnerChanged, id, json!({"owner": owner.name}));
                self.0.record(&mut tx, caller, entry).await?;
            }
        }
        self.0.commit(tx).await
    }

    /// A person whom the caller may see and whose access has not ended.
    async fn owner(&self, tx: &mut WriteTx, caller: &Caller, owner: Option<&Owner>) -> Result<sql::Person> {
        let id = match owner {
            Some(Owner::Id(id)) => Some(*id),
            Some(Owner::Address(email)) => {
                let found = sql::by_email(tx, caller.organisation(), email).await?;
                found.map(|found| found.id)
            }
            // A program cannot be responsible for anything.
            None => match caller.who {
                Who::ApiToken(_) => None,
                _ => caller.person(),
            },
        };
        let found = match id {
            Some(id) => sql::by_id(tx, &caller.scope, id).await?,
            None => None,
        };
        found
            .filter(|found| found.owner_id.is_none() && found.deactivated_at.is_none())
            .ok_or_else(|| {
                let sentence = "Choose a person of your organisation, who is written to about its tokens.";
                Refusal::at("owner", sentence).into()
            })
    }
}
