//! What admins see of people: the list with what each of them has, and the user report.
//!
//! A person is known to every feature a little: who they are to `people`, what they have to `collections`, what
//! they used to `access_tokens`, what happened to `audit`. This stands on all of them, has no table of its own,
//! and only reads.

use database::Conn;
use domain::people::{PeopleQuery, PersonReport, PersonRow};
use domain::{Action, Page, PersonId, Refusal};

use crate::error::Result;
use crate::people::Listed;
use crate::{Actor, Backend, access_tokens, audit, collections, people};

/// What is known of people.
pub struct Reports<'a>(&'a Backend);

impl Backend {
    /// What is known of people.
    pub fn reports(&self) -> Reports<'_> {
        Reports(self)
    }
}

impl Reports<'_> {
    /// The people by name.
    ///
    /// # Errors
    /// Forbidden, or not found: a cursor that is none.
    pub async fn people(&self, actor: &Actor, query: &PeopleQuery) -> Result<Page<PersonRow>> {
        actor.may(Action::SeePeople)?;
        let mut conn = self.0.db.read().await?;
        let found = people::listed_page(&mut conn, actor.organisation, query).await?;
        Ok(Page {
            rows: self.shown(&mut conn, actor, found.rows).await?,
            next: found.next,
        })
    }

    /// Some people as they are now. Ids that are not the organisation's are left out.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn people_by_id(&self, actor: &Actor, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
        actor.may(Action::SeePeople)?;
        let mut conn = self.0.db.read().await?;
        let found = people::listed(&mut conn, actor.organisation, ids).await?;
        self.shown(&mut conn, actor, found).await
    }

    /// One person, as the list shows them.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn person(&self, actor: &Actor, person: PersonId) -> Result<PersonRow> {
        let rows = self.people_by_id(actor, &[person]).await?;
        rows.into_iter().next().ok_or_else(|| Refusal::NotFound.into())
    }

    /// The user report: who, since when, what they have, what they used, what happened.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn report(&self, actor: &Actor, person: PersonId) -> Result<PersonReport> {
        let row = self.person(actor, person).await?;
        let times = self.0.times(actor);
        let mut conn = self.0.db.read().await?;
        Ok(PersonReport {
            person: row,
            collections: collections::of_person(&mut conn, actor.organisation, person, &times).await?,
            uses: access_tokens::uses_of_person(&mut conn, actor.organisation, person, &times).await?,
            history: audit::history_of_person(&mut conn, actor.organisation, person, &times).await?,
        })
    }

    async fn shown(&self, conn: &mut Conn, actor: &Actor, found: Vec<Listed>) -> Result<Vec<PersonRow>> {
        let times = self.0.times(actor);
        let mut rows = Vec::with_capacity(found.len());
        for person in found {
            let collections = collections::count_of_person(conn, person.id).await?;
            rows.push(person.shown(collections, &times)?);
        }
        Ok(rows)
    }
}
