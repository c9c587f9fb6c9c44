//! What admins see about people: the list with what each of them has, and the user report. Also what a program could
//! reach with an API token, before the token is created ([`reach`]), and why a request with a token is refused
//! ([`explain`]).
//!
//! Every feature knows something about a person: who they are is known to `people`, what they have to `collections`,
//! what they used to `access_tokens`, what happened to `audit`. This module builds on all of them, has no table of its
//! own, and only reads.

mod explain;
mod finding;
mod reach;

use database::Conn;
use domain::people::{PeopleQuery, PersonReport, PersonRow};
use domain::{Page, Permission, PersonId, Refusal};

use crate::error::Result;
use crate::people::Listed;
use crate::user_types::UserTypes;
use crate::{Backend, Caller, access_tokens, audit, collections, departments, people};

/// What is known about people.
pub struct Reports<'a>(&'a Backend);

impl Backend {
    /// What is known about people.
    pub fn reports(&self) -> Reports<'_> {
        Reports(self)
    }
}

impl Reports<'_> {
    /// The people by name.
    ///
    /// # Errors
    /// Forbidden, or not found: an invalid cursor.
    pub async fn people(&self, caller: &Caller, query: &PeopleQuery) -> Result<Page<PersonRow>> {
        caller.may(Permission::PeopleRead)?;
        let mut conn = self.0.db.read().await?;
        let found = people::listed_page(&mut conn, &caller.scope, query).await?;
        Ok(Page {
            rows: self.shown(&mut conn, caller, found.rows).await?,
            next: found.next,
            prev: found.prev,
        })
    }

    /// Some people as they are now. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn people_by_id(&self, caller: &Caller, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
        caller.may(Permission::PeopleRead)?;
        let mut conn = self.0.db.read().await?;
        let found = people::listed(&mut conn, &caller.scope, ids).await?;
        self.shown(&mut conn, caller, found).await
    }

    /// One person, as the list shows them.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn person(&self, caller: &Caller, person: PersonId) -> Result<PersonRow> {
        let rows = self.people_by_id(caller, &[person]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// The same to anyone who just made or changed them, and may have no permission to see all others.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn changed_person(&self, caller: &Caller, person: PersonId) -> Result<PersonRow> {
        caller.may(Permission::PeopleManage)?;
        let mut conn = self.0.db.read().await?;
        let found = people::listed(&mut conn, &caller.scope, &[person]).await?;
        let rows = self.shown(&mut conn, caller, found).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// The user report: who, since when, what they have, what they used, what happened.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn report(&self, caller: &Caller, person: PersonId) -> Result<PersonReport> {
        let row = self.person(caller, person).await?;
        let times = self.0.times(caller);
        let mut conn = self.0.db.read().await?;
        Ok(PersonReport {
            person: row,
            collections: collections::of_person(&mut conn, &caller.scope, person, &times).await?,
            uses: access_tokens::uses_of_person(&mut conn, &caller.scope, person, &times).await?,
            history: audit::history_of_person(&mut conn, &caller.scope, person, &times).await?,
        })
    }

    async fn shown(&self, conn: &mut Conn, caller: &Caller, found: Vec<Listed>) -> Result<Vec<PersonRow>> {
        let times = self.0.times(caller);
        let types = UserTypes::of(conn, caller.organisation()).await?;
        let departments = departments::names(conn, found.iter().filter_map(|row| row.department_id)).await?;
        let owners: Vec<PersonId> = found.iter().filter_map(|row| row.owner_id).collect();
        let owners = people::names_within(conn, &caller.scope, &owners).await?;
        let mut rows = Vec::with_capacity(found.len());
        for person in found {
            let collections = collections::count_of_person(conn, person.id).await?;
            let user_type = types.of_person(person.user_type_id)?;
            let department = person.department_id.and_then(|id| departments.get(&id).cloned());
            let owner = person.owner_id.and_then(|id| owners.get(&id).cloned());
            rows.push(person.shown(collections, user_type, department, owner, &times)?);
        }
        Ok(rows)
    }
}
