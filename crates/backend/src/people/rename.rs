//! Changing a person's name.
//!
//! The first person who types an address also types a name, and need not be the one who reads that mailbox. So the name
//! can be changed by the person who has proven that they read it, and by the admins who manage people.

use database::WriteTx;
use domain::people::person_name;
use domain::{EmailAddress, Permission, PersonId, Refusal};
use serde_json::json;

use super::{People, searched, sql};
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::{Caller, Recipient, Scope};

impl People<'_> {
    /// Changes a person's name.
    ///
    /// # Errors
    /// Forbidden, not found, or refused at `name`.
    pub async fn rename(&self, caller: &Caller, person: PersonId, name: &str) -> Result<()> {
        caller.may(Permission::PeopleManage)?;
        let name = person_name(name).map_err(|bad| Refusal::at("name", bad.to_string()))?;
        let (mut tx, found, _) = self.touch(caller, person).await?;
        self.set_name(&mut tx, caller.into(), &found, &name).await?;
        self.0.commit(tx).await
    }

    /// Changes one's own name, as the owner of a proven mailbox.
    ///
    /// # Errors
    /// Refused at `name`; a conflict while the mailbox is not proven.
    pub async fn rename_oneself(&self, recipient: &Recipient, name: &str) -> Result<()> {
        if !recipient.proven {
            let sentence = "Show first that this mailbox is yours: let us send a sign-in link there.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let name = person_name(name).map_err(|bad| Refusal::at("name", bad.to_string()))?;
        let mut tx = self.0.db.write().await?;
        let scope = Scope::new(recipient.organisation, None);
        let found = sql::by_id(&mut tx, &scope, recipient.person)
            .await?
            .ok_or(Refusal::NotFound)?;
        self.set_name(&mut tx, recipient.into(), &found, &name).await?;
        self.0.commit(tx).await
    }

    async fn set_name(&self, tx: &mut WriteTx, who: Who, person: &sql::Person, name: &str) -> Result<()> {
        if person.name == name {
            return Ok(());
        }
        let email: EmailAddress = person
            .email
            .parse()
            .map_err(|_| corrupt("people", "email", person.id))?;
        sql::set_name(tx, person.id, name).await?;
        sql::set_words(tx, who.organisation, person.id, &searched(name, &email)).await?;
        let facts = json!({"before": person.name, "name": name});
        let entry = Entry::person(Event::PersonRenamed, person.id, facts);
        self.0.record(tx, who, entry).await
    }
}
