//! Invitations: how people become admins.
//!
//! An invitation is a link that is shown once, to the admin who invites, who passes it on. It works once, for a week,
//! until it is withdrawn or a newer one for the same address is created.

mod sql;

use chrono::TimeDelta;
use database::{Conn, WriteTx};
use domain::people::{AcceptForm, InvitationForm, InvitationRow, InvitationView, NewInvitation};
use domain::{DepartmentId, EmailAddress, InvitationId, Permission, PersonId, Refusal};
use serde_json::{Value, json};

use super::sessions::{NewSession, SessionKind, end_sessions, new_session};
use super::{NewPerson, People, add, searched, sql as people_sql};
use crate::audit::{Entry, Event, Who};
use crate::error::{Error, Result, corrupt};
use crate::times::Times;
use crate::user_types::{self, UserType, UserTypes};
use crate::{Caller, Client, Scope, Secret, departments, organisations};

const VALID: TimeDelta = TimeDelta::days(7);

const ELSEWHERE: &str =
    "This address is known outside your department. Ask an admin who sees the whole organisation.";

fn digest(secret: &Secret) -> Vec<u8> {
    secret.digest("invitation")
}

/// A person to be invited.
pub(super) struct Invitee<'a> {
    pub email: &'a EmailAddress,
    pub user_type: &'a UserType,
    pub department: Option<DepartmentId>,
}

impl People<'_> {
    /// Invites a person to manage the organisation.
    ///
    /// # Errors
    /// Forbidden, or refused at `email`, `user_type` or `department`.
    pub async fn invite(&self, caller: &Caller, form: &InvitationForm) -> Result<NewInvitation> {
        caller.may(Permission::PeopleManage)?;
        let by = caller.signed_in()?;
        let new = form.parse()?;
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let mut tx = self.0.db.write().await?;
        organisations::lock(&mut tx, caller.organisation()).await?;
        let user_type = user_types::chosen(&mut tx, caller.organisation(), new.user_type).await?;
        caller.may_all(user_type.permissions)?;
        let invitee = Invitee {
            email: &new.email,
            user_type: &user_type,
            department: departments::chosen(&mut tx, &caller.scope, new.department).await?,
        };
        let (id, secret) = self
            .invite_as(&mut tx, &caller.scope, Who::from(caller), by.person, &invitee)
            .await?;
        let names = departments::names(&mut tx, new.department.into_iter()).await?;
        self.0.commit(tx).await?;
        let row = InvitationRow {
            id,
            email: new.email,
            user_type: user_type.name(),
            department: names.into_values().next(),
            invited_by: by.name.clone(),
            expires: times.last_minute(times.now + VALID),
            expired: false,
        };
        Ok(NewInvitation {
            row,
            link: self.link(&secret),
        })
    }

    pub(super) fn link(&self, secret: &Secret) -> String {
        format!("{}/invitation/{}", self.0.settings.public_url, secret.reveal())
    }

    pub(super) async fn invite_as(
        &self,
        tx: &mut WriteTx,
        scope: &Scope,
        who: Who,
        by: PersonId,
        invitee: &Invitee<'_>,
    ) -> Result<(InvitationId, Secret)> {
        let organisation = who.organisation;
        let Invitee {
            email,
            user_type,
            department,
        } = *invitee;
        if !user_type.is_admin() {
            let sentence = "Choose a user type that may do something: nobody else signs in with a password.";
            return Err(Refusal::at("user_type", sentence).into());
        }
        self.can_be_invited(tx, scope, email).await?;
        let now = self.0.clock.now();
        for (id, address) in sql::open_for(tx, organisation, email).await? {
            if sql::by_id(tx, scope, id).await?.is_none() {
                return Err(Refusal::at("email", ELSEWHERE).into());
            }
            sql::withdraw(tx, organisation, id, now).await?;
            let withdrawn = Entry {
                facts: json!({"email": address}),
                ..Entry::new(Event::InvitationWithdrawn)
            };
            self.0.record(tx, who.clone(), withdrawn).await?;
        }
        let (id, secret) = (InvitationId(self.0.random.id(now)), self.0.random.secret());
        let new = sql::New {
            id,
            digest: digest(&secret),
            organisation,
            email: email.to_string(),
            user_type: user_type.stored(),
            department,
            invited_by: by,
            now,
            expires_at: now + VALID,
        };
        sql::insert(tx, new).await?;
        let facts = json!({"email": email, "user_type": user_type.name});
        self.0
            .record(
                tx,
                who,
                Entry {
                    facts,
                    ..Entry::new(Event::PersonInvited)
                },
            )
            .await?;
        Ok((id, secret))
    }

    async fn can_be_invited(&self, conn: &mut Conn, scope: &Scope, email: &EmailAddress) -> Result<()> {
        let organisation = scope.whole_organisation("an address is one person's in the whole organisation");
        let Some(known) = people_sql::by_email(conn, organisation, email).await? else {
            return Ok(());
        };
        if people_sql::by_id(conn, scope, known.id).await?.is_none() {
            return Err(Refusal::at("email", ELSEWHERE).into());
        }
        if known.deactivated_at.is_some() {
            let sentence = format!(
                "The access of {} was ended. Give it back on their own page first.",
                known.name
            );
            return Err(Refusal::at("email", sentence).into());
        }
        let types = UserTypes::of(conn, organisation).await?;
        if types.of_person(known.user_type_id)?.is_admin() && known.password_hash.is_some() {
            let sentence = format!("{} is an admin already.", known.name);
            return Err(Refusal::at("email", sentence).into());
        }
        Ok(())
    }

    /// The pending invitations, the newest first.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn invitations(&self, caller: &Caller) -> Result<Vec<InvitationRow>> {
        caller.may(Permission::PeopleRead)?;
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let mut conn = self.0.db.read().await?;
        let rows = sql::open(&mut conn, &caller.scope).await?;
        let types = UserTypes::of(&mut conn, caller.organisation()).await?;
        let departments =
            departments::names(&mut conn, rows.iter().filter_map(|row| row.department_id)).await?;
        rows.into_iter()
            .map(|row| {
                Ok(InvitationRow {
                    id: row.id,
                    email: row.email()?,
                    user_type: types.of_person(row.user_type_id)?.name(),
                    department: row.department_id.and_then(|id| departments.get(&id).cloned()),
                    invited_by: row.invited_by,
                    expires: times.last_minute(row.expires_at),
                    expired: row.expires_at <= times.now,
                })
            })
            .collect()
    }

    /// Withdraws an invitation; its link opens nothing from now on.
    ///
    /// # Errors
    /// Forbidden, or not found: no such invitation, accepted, or withdrawn already.
    pub async fn withdraw_invitation(&self, caller: &Caller, id: InvitationId) -> Result<()> {
        caller.may(Permission::PeopleManage)?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let row = sql::by_id(&mut tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let types = UserTypes::of(&mut tx, caller.organisation()).await?;
        caller.may_all(types.of_person(row.user_type_id)?.permissions)?;
        if !sql::withdraw(&mut tx, caller.organisation(), id, now).await? {
            return Err(Refusal::NotFound.into());
        }
        let facts = json!({"email": row.email});
        self.0
            .record(
                &mut tx,
                caller,
                Entry {
                    facts,
                    ..Entry::new(Event::InvitationWithdrawn)
                },
            )
            .await?;
        self.0.commit(tx).await
    }

    /// What an invitation's link shows.
    ///
    /// # Errors
    /// Not found: no such invitation, or it was accepted or withdrawn. A conflict: it has expired.
    pub async fn invitation(&self, secret: &Secret) -> Result<InvitationView> {
        let mut conn = self.0.db.read().await?;
        let row = self.open_invitation(&mut conn, secret).await?;
        let types = UserTypes::of(&mut conn, row.organisation_id).await?;
        Ok(InvitationView {
            email: row.email()?,
            user_type: types.of_person(row.user_type_id)?.name.clone(),
            organisation: row.organisation,
            invited_by: row.invited_by,
        })
    }

    async fn open_invitation(&self, conn: &mut Conn, secret: &Secret) -> Result<sql::Row> {
        let row = sql::by_digest(conn, &digest(secret))
            .await?
            .ok_or(Refusal::NotFound)?;
        if row.expires_at <= self.0.clock.now() {
            let sentence = format!("This invitation is over. Ask {} for a new one.", row.invited_by);
            return Err(Refusal::Conflict(sentence).into());
        }
        Ok(row)
    }

    /// Makes the holder of the link an admin, and signs them in.
    ///
    /// # Errors
    /// As [`invitation`](Self::invitation), or refused at `name` or `password`.
    pub async fn accept_invitation(
        &self,
        secret: &Secret,
        form: &AcceptForm,
        client: &Client,
    ) -> Result<NewSession> {
        self.invitation(secret).await?;
        let (name, password) = form.parse()?;
        let hash = self.0.passwords.hash(&password).await?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let row = self.open_invitation(&mut tx, secret).await?;
        organisations::lock(&mut tx, row.organisation_id).await?;
        if !sql::accept(&mut tx, row.id, now).await? {
            return Err(Refusal::NotFound.into());
        }
        let person = self.become_admin(&mut tx, &row, &name, &hash).await?;
        let session = new_session(
            &mut tx,
            self.0,
            person,
            row.organisation_id,
            true,
            client,
            SessionKind::Admin,
        )
        .await?;
        let who = Who {
            organisation: row.organisation_id,
            person: Some(person),
            name,
            address: client.address_text(),
        };
        self.0
            .record(
                &mut tx,
                who,
                Entry::person(Event::InvitationAccepted, person, Value::Null),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(session)
    }

    /// The person behind an accepted invitation: new, or known as a recipient until now.
    async fn become_admin(
        &self,
        tx: &mut WriteTx,
        row: &sql::Row,
        name: &str,
        hash: &str,
    ) -> Result<PersonId> {
        let types = UserTypes::of(tx, row.organisation_id).await?;
        let (email, user_type) = (row.email()?, types.of_person(row.user_type_id)?);
        let now = self.0.clock.now();
        let new = NewPerson {
            organisation: row.organisation_id,
            name,
            email: &email,
            user_type,
            department: row.department_id,
            password_hash: Some(hash),
        };
        if let Some(person) = add(tx, self.0, &new, now).await? {
            return Ok(person);
        }
        self.can_be_invited(tx, &Scope::new(row.organisation_id, None), &email)
            .await
            .map_err(|error| match error {
                // The form has no field for the address.
                Error::Refused(Refusal::Invalid(problems)) => Refusal::Conflict(problems.to_string()).into(),
                other => other,
            })?;
        let known = people_sql::by_email(tx, row.organisation_id, &email)
            .await?
            .ok_or_else(|| corrupt("people", "email", &email))?;
        let before = types.of_person(known.user_type_id)?;
        people_sql::set_name(tx, known.id, name).await?;
        people_sql::set_words(tx, row.organisation_id, known.id, &searched(name, &email)).await?;
        people_sql::set_user_type(tx, known.id, user_type.stored()).await?;
        people_sql::set_department(tx, known.id, row.department_id).await?;
        people_sql::set_password(tx, known.id, hash).await?;
        end_sessions(tx, known.id, None, now).await?;
        let who = Who {
            person: Some(known.id),
            name: name.to_owned(),
            ..Who::program(row.organisation_id)
        };
        if known.name != name {
            let renamed = Entry::person(
                Event::PersonRenamed,
                known.id,
                json!({"before": known.name, "name": name}),
            );
            self.0.record(tx, who.clone(), renamed).await?;
        }
        let facts = json!({"before": before.name, "after": user_type.name});
        self.0
            .record(
                tx,
                who,
                Entry::person(Event::PersonUserTypeChanged, known.id, facts),
            )
            .await?;
        Ok(known.id)
    }
}
