//! Organisations: the tenants of one installation, each seeing only its own.
//!
//! The first one is created on the set-up page, by somebody who can read the server's log; more are created at the
//! command line.

mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod zones;

use database::{Conn, WriteTx};
use domain::organisations::{OrganisationView, SetUp, SetUpForm, organisation_name};
use domain::{OrganisationId, Permission, Permissions, PersonId, Problems, Refusal};
use serde_json::json;

use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::people::{self, NewPerson, NewSession, SessionKind};
use crate::{Backend, Caller, Client, Secret, caller, mail, times, user_types};

/// Whether an organisation was cancelled and what it issued was stopped.
///
/// # Errors
/// When the database fails.
pub(crate) async fn credentials_stopped(conn: &mut Conn, id: OrganisationId) -> Result<bool> {
    Ok(sql::credentials_stopped(conn, id).await?)
}

/// The organisations of this installation.
pub struct Organisations<'a>(pub(crate) &'a Backend);

impl Backend {
    /// Organisations: set-up and settings.
    pub fn organisations(&self) -> Organisations<'_> {
        Organisations(self)
    }
}

/// An organisation, as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The organisation.
    pub view: OrganisationView,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// Makes everybody else wait who wants to change the organisation or the rights in it, until this transaction ends.
pub(crate) async fn lock(tx: &mut WriteTx, id: OrganisationId) -> Result<()> {
    sql::lock(tx, id).await?;
    Ok(())
}

/// Whether there is such an organisation that was not cancelled.
pub(crate) async fn is_active(conn: &mut Conn, id: OrganisationId) -> Result<bool> {
    let row = sql::by_id(conn, id).await?;
    Ok(row.is_some_and(|row| row.cancelled_at.is_none()))
}

/// What an organisation is called.
pub(crate) async fn name(conn: &mut Conn, id: OrganisationId) -> Result<String> {
    let row = sql::by_id(conn, id).await?;
    Ok(row.map(|row| row.name).unwrap_or_default())
}

impl Organisations<'_> {
    /// The operator at the command line, in one organisation: they may do everything.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown or cancelled one.
    pub async fn operator(&self, id: OrganisationId) -> Result<Caller> {
        let row = sql::by_id(&mut self.0.db.read().await?, id).await?;
        let row = row
            .filter(|row| row.cancelled_at.is_none())
            .ok_or(Refusal::NotFound)?;
        Ok(Caller {
            who: caller::Who::Operator,
            scope: caller::Scope::new(id, None),
            permissions: Permissions::all(),
            time_zone: times::zone(&row.time_zone)
                .ok_or_else(|| corrupt("organisations", "time_zone", id))?,
            organisation_name: row.name,
            full_tokens: row.full_tokens,
            client: Client::default(),
        })
    }

    /// Whether there is no organisation yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_up_needed(&self) -> Result<bool> {
        Ok(!sql::is_any(&mut self.0.db.read().await?).await?)
    }

    /// Creates the first organisation and its owner, for somebody who knows the set-up code.
    ///
    /// # Errors
    /// Refused at the fields of the form, because of too many wrong codes, or because it was already done.
    pub async fn set_up(
        &self,
        form: &SetUpForm,
        expected_code: &Secret,
        client: &Client,
    ) -> Result<NewSession> {
        let tries = [
            self.0.try_from(Budget::SET_UP_ADDRESS, client),
            self.0.try_on(Budget::SET_UP_TOTAL, ""),
        ];
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, self.0.clock.now()).await?;
        tx.commit().await?;
        if !Secret::new(form.code.trim()).is(expected_code) {
            return Err(Refusal::at(
                "code",
                "This is not the set-up code. It stands in the server's log.",
            )
            .into());
        }
        let new = form.parse().and_then(|new| match zones::chosen(&new.time_zone) {
            Some(zone) => Ok(SetUp {
                time_zone: zone.name().into(),
                ..new
            }),
            None => Err(Problems::one("time_zone", NO_ZONE)),
        });
        let mut tx = self.0.db.write().await?;
        attempts::give_back(&mut tx, &tries).await?;
        tx.commit().await?;
        let new = new?;
        let hash = self.0.passwords.hash(&new.password).await?;

        let mut tx = self.0.db.write().await?;
        // Anyone else who is setting up at this moment waits here, and then finds an organisation.
        attempts::count(&mut tx, &tries, self.0.clock.now()).await?;
        attempts::give_back(&mut tx, &tries).await?;
        if sql::is_any(&mut tx).await? {
            return Err(Refusal::Conflict("The set-up was done already. Sign in.".into()).into());
        }
        let (organisation, owner) = self.insert(&mut tx, &new, &hash).await?;
        let kind = SessionKind::Admin;
        let session = people::new_session(&mut tx, self.0, owner, organisation, true, client, kind).await?;
        let who = Who {
            organisation,
            person: Some(owner),
            name: new.name.clone(),
            address: client.address_text(),
        };
        let facts = json!({"name": new.organisation, "time_zone": new.time_zone});
        self.0
            .record(
                &mut tx,
                who,
                Entry {
                    facts,
                    ..Entry::new(Event::OrganisationSetUp)
                },
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(session)
    }

    /// Creates an organisation and its owner, for the command line.
    ///
    /// # Errors
    /// Refused at `time_zone`.
    pub async fn create(&self, new: &SetUp) -> Result<OrganisationId> {
        let zone = zones::chosen(&new.time_zone).ok_or_else(|| Refusal::at("time_zone", NO_ZONE))?;
        let new = &SetUp {
            time_zone: zone.name().into(),
            ..new.clone()
        };
        let hash = self.0.passwords.hash(&new.password).await?;
        let mut tx = self.0.db.write().await?;
        let (organisation, _) = self.insert(&mut tx, new, &hash).await?;
        let facts = json!({"name": new.organisation, "time_zone": new.time_zone});
        let entry = Entry {
            facts,
            ..Entry::new(Event::OrganisationSetUp)
        };
        self.0.record(&mut tx, Who::operator(organisation), entry).await?;
        self.0.commit(tx).await?;
        Ok(organisation)
    }

    async fn insert(&self, tx: &mut WriteTx, new: &SetUp, hash: &str) -> Result<(OrganisationId, PersonId)> {
        let now = self.0.clock.now();
        let organisation = OrganisationId(self.0.random.id(now));
        sql::insert(tx, organisation, &new.organisation, &new.time_zone, now).await?;
        let user_type = user_types::add_built_in(tx, self.0, organisation, now).await?;
        let owner = NewPerson {
            organisation,
            name: &new.name,
            email: &new.email,
            user_type: &user_type,
            department: None,
            password_hash: Some(hash),
        };
        let owner = people::add(tx, self.0, &owner, now).await?;
        Ok((
            organisation,
            owner.ok_or_else(|| corrupt("people", "email", &new.email))?,
        ))
    }

    /// All organisations, for the command line.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<Listed>> {
        let rows = sql::all(&mut self.0.db.read().await?).await?;
        Ok(rows
            .into_iter()
            .map(|row| Listed {
                cancelled: row.cancelled_at.is_some(),
                view: row.into(),
            })
            .collect())
    }

    /// The organisation of the caller.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn view(&self, caller: &Caller) -> Result<OrganisationView> {
        let row = sql::by_id(&mut self.0.db.read().await?, caller.organisation()).await?;
        Ok(row.ok_or(Refusal::NotFound)?.into())
    }

    /// Changes the organisation's name and time zone.
    ///
    /// # Errors
    /// Forbidden, or refused at `name` or `time_zone`.
    pub async fn update(&self, caller: &Caller, name: &str, time_zone: &str) -> Result<OrganisationView> {
        caller.may_everywhere(Permission::OrganisationManage)?;
        let mut problems = Problems::default();
        let name = problems.check("name", organisation_name(name));
        let zone = problems.check("time_zone", zones::chosen(time_zone).ok_or(NO_ZONE));
        let (Some(name), Some(zone)) = (name, zone) else {
            return Err(problems.into());
        };

        let mut tx = self.0.db.write().await?;
        sql::lock(&mut tx, caller.organisation()).await?;
        let before = sql::by_id(&mut tx, caller.organisation())
            .await?
            .ok_or(Refusal::NotFound)?;
        let mut changes = Vec::new();
        if before.name != name {
            changes.push(format!("the name from {} to {name}", before.name));
        }
        if before.time_zone != zone.name() {
            changes.push(format!(
                "the time zone from {} to {}",
                before.time_zone,
                zone.name()
            ));
        }
        if !changes.is_empty() {
            sql::update(&mut tx, caller.organisation(), &name, zone.name()).await?;
            let facts = json!({"change": changes.join(", ")});
            let entry = Entry {
                facts,
                ..Entry::new(Event::OrganisationChanged)
            };
            self.0.record(&mut tx, caller, entry).await?;
            self.0.commit(tx).await?;
        }
        self.view(caller).await
    }

    /// Switches the full Tokens feature, for the command line.
    ///
    /// # Errors
    /// Not found.
    pub async fn set_features(&self, id: OrganisationId, full_tokens: bool) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if !sql::set_full_tokens(&mut tx, id, full_tokens).await? {
            return Err(Refusal::NotFound.into());
        }
        let change = if full_tokens {
            "the full Tokens feature is on"
        } else {
            "the full Tokens feature is off"
        };
        let entry = Entry {
            facts: json!({"change": change}),
            ..Entry::new(Event::OrganisationChanged)
        };
        self.0.record(&mut tx, Who::operator(id), entry).await?;
        self.0.commit(tx).await
    }

    /// Cancels an organisation, for the command line: nobody can sign in any more, and its links open nothing.
    ///
    /// # Errors
    /// Not found, or cancelled already.
    pub async fn cancel(&self, id: OrganisationId) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if !sql::cancel(&mut tx, id, self.0.clock.now()).await? {
            return Err(Refusal::NotFound.into());
        }
        mail::give_up(&mut tx, id, "the organisation was cancelled").await?;
        self.0
            .record(
                &mut tx,
                Who::operator(id),
                Entry::new(Event::OrganisationCancelled),
            )
            .await?;
        self.0.commit(tx).await
    }

    /// Reverses a cancellation, for the command line: people can sign in again, and links work as before. Mails that
    /// were given up are not sent.
    ///
    /// # Errors
    /// Not found, or not cancelled.
    pub async fn reactivate(&self, id: OrganisationId) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if !sql::reactivate(&mut tx, id).await? {
            return Err(Refusal::NotFound.into());
        }
        self.0
            .record(
                &mut tx,
                Who::operator(id),
                Entry::new(Event::OrganisationReactivated),
            )
            .await?;
        self.0.commit(tx).await
    }

    /// Sets whether credentials stay valid while their organisation is cancelled, for the command line.
    ///
    /// # Errors
    /// Not found.
    pub async fn let_credentials_validate(&self, id: OrganisationId, validate: bool) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        if !sql::stop_credentials(&mut tx, id, !validate).await? {
            return Err(Refusal::NotFound.into());
        }
        let change = if validate {
            "credentials go on validating after a cancellation"
        } else {
            "credentials stop validating with a cancellation"
        };
        let entry = Entry {
            facts: json!({"change": change}),
            ..Entry::new(Event::OrganisationChanged)
        };
        self.0.record(&mut tx, Who::operator(id), entry).await?;
        self.0.commit(tx).await
    }
}

const NO_ZONE: &str = "Choose a time zone from the list, such as Europe/Berlin.";
