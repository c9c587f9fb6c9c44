//! Sessions: a browser that is let in until it is signed out or its session expires.
//!
//! The cookie holds 256 random bits after the instant of their creation; the database stores their digest. A session
//! has an idle and an absolute end, and belongs to a person and an organisation that have access at this moment: ending
//! somebody's access works from the next request on.

mod mine;
mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use database::WriteTx;
use domain::user_types::UserTypeName;
use domain::{EmailAddress, OrganisationId, Permissions, PersonId, Refusal, SessionId};
use serde_json::Value;

use super::{People, device, known_devices, sql as people_sql};
use crate::attempts;
use crate::audit::{Entry, Event, Who};
use crate::caller::Who as CallerWho;
use crate::error::{Result, corrupt};
use crate::secret;
use crate::times;
use crate::user_types::{self, UserTypes};
use crate::{Backend, Caller, Client, Recipient, Scope, Secret, SignedIn};

pub(super) use sql::addresses;

/// What a session was created for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// The admin pages, with a password: 12 hours idle, 30 days in all.
    Admin,
    /// The recipient's pages: 30 days idle, 180 days in all.
    Recipient,
}

impl SessionKind {
    fn key(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Recipient => "recipient",
        }
    }

    fn idle(self) -> TimeDelta {
        match self {
            Self::Admin => TimeDelta::hours(12),
            Self::Recipient => TimeDelta::days(30),
        }
    }

    fn absolute(self) -> TimeDelta {
        match self {
            Self::Admin => TimeDelta::days(30),
            Self::Recipient => TimeDelta::days(180),
        }
    }
}

/// How often at most it is recorded that a session was seen.
const SEEN_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// A session that was just created. Its secret goes into a cookie, and is nowhere else.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The value of the cookie.
    pub secret: Secret,
    /// Its id, which is not secret.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// Whether it opens the admin pages.
    pub is_admin: bool,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// The cookie by which its browser is recognised at the next sign-in; `None` when no password began the session.
    pub device: Option<Secret>,
}

/// Lets a browser in.
pub(crate) async fn new_session(
    tx: &mut WriteTx,
    backend: &Backend,
    person: PersonId,
    organisation: OrganisationId,
    proven: bool,
    client: &Client,
    kind: SessionKind,
) -> Result<NewSession> {
    let now = backend.clock.now();
    let row = people_sql::by_id(tx, &Scope::new(organisation, None), person)
        .await?
        .ok_or(Refusal::NotFound)?;
    let types = UserTypes::of(tx, organisation).await?;
    let is_admin = types.of_person(row.user_type_id)?.is_admin();
    let session = NewSession {
        secret: backend.random.dated_secret(now),
        id: SessionId(backend.random.id(now)),
        person,
        is_admin: kind == SessionKind::Admin && is_admin,
        expires_at: now + kind.absolute(),
        device: (kind == SessionKind::Admin).then(|| known_devices::cookie(backend, &row.email, now)),
    };
    let new = sql::New {
        id: session.id,
        digest: digest(&session.secret),
        organisation,
        person,
        kind: kind.key(),
        proven,
        device: device::device(&client.user_agent),
        address: client.address_text().unwrap_or_default(),
        expires_at: session.expires_at,
    };
    sql::insert(tx, &[new], now).await?;
    Ok(session)
}

/// A browser to be let in on the recipient's side.
pub(crate) struct NewRecipient<'a> {
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub client: &'a Client,
}

/// Lets browsers in whose mailbox is not proven: they see only what they are given.
pub(crate) async fn new_recipients(
    tx: &mut WriteTx,
    backend: &Backend,
    recipients: &[NewRecipient<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<NewSession>> {
    let kind = SessionKind::Recipient;
    let ids = backend.random.ids(now, recipients.len()).map(SessionId);
    let sessions: Vec<NewSession> = ids
        .zip(recipients)
        .map(|(id, recipient)| NewSession {
            secret: backend.random.dated_secret(now),
            id,
            person: recipient.person,
            is_admin: false,
            expires_at: now + kind.absolute(),
            device: None,
        })
        .collect();
    let rows: Vec<sql::New> = sessions
        .iter()
        .zip(recipients)
        .map(|(session, recipient)| sql::New {
            id: session.id,
            digest: digest(&session.secret),
            organisation: recipient.organisation,
            person: recipient.person,
            kind: kind.key(),
            proven: false,
            device: device::device(&recipient.client.user_agent),
            address: recipient.client.address_text().unwrap_or_default(),
            expires_at: session.expires_at,
        })
        .collect();
    sql::insert(tx, &rows, now).await?;
    Ok(sessions)
}

/// Signs a person out everywhere, except for one session if it is named.
pub(crate) async fn end_sessions(
    tx: &mut WriteTx,
    person: PersonId,
    but: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<()> {
    sql::end_all(tx, person, but, now).await?;
    Ok(())
}

/// Signs out everybody in every organisation, and invalidates all sign-in links.
pub(crate) async fn end_all_sessions(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<()> {
    Ok(sql::end_everybodys(tx, now).await?)
}

fn digest(secret: &Secret) -> Vec<u8> {
    let mut digest = secret::date_of(secret.reveal());
    digest.extend(secret.digest("session"));
    digest
}

impl People<'_> {
    /// The admin that a cookie belongs to, if any, with what they may do at this moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller(&self, secret: &Secret, client: &Client) -> Result<Option<Caller>> {
        let Some(found) = self.session(secret).await? else {
            return Ok(None);
        };
        let (true, Some(user_type)) = (found.is_admin()?, found.user_type()?) else {
            return Ok(None);
        };
        Ok(Some(Caller {
            permissions: found.permissions()?,
            scope: Scope::new(found.organisation_id, found.department_id),
            time_zone: found.time_zone()?,
            who: CallerWho::Admin(SignedIn {
                person: found.person_id,
                email: found.email()?,
                session: found.id,
                user_type,
                name: found.name,
            }),
            organisation_name: found.organisation,
            full_tokens: found.full_tokens,
            client: client.clone(),
        }))
    }

    /// The recipient a cookie belongs to, if it does. An admin is one, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient(&self, secret: &Secret, client: &Client) -> Result<Option<Recipient>> {
        let Some(found) = self.session(secret).await? else {
            return Ok(None);
        };
        Ok(Some(Recipient {
            person: found.person_id,
            organisation: found.organisation_id,
            email: found.email()?,
            session: found.id,
            proven: found.proven,
            is_admin: found.is_admin()?,
            time_zone: found.time_zone()?,
            name: found.name,
            organisation_name: found.organisation,
            client: client.clone(),
        }))
    }

    async fn session(&self, secret: &Secret) -> Result<Option<sql::Found>> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let Some(found) = sql::by_digest(&mut conn, &digest(secret), now).await? else {
            return Ok(None);
        };
        drop(conn);
        if found.last_seen_at + found.kind()?.idle() <= now {
            return Ok(None);
        }
        if found.last_seen_at + SEEN_AGAIN <= now {
            let mut tx = self.0.db.write().await?;
            sql::set_seen(&mut tx, found.id, now).await?;
            tx.commit_keeping_cache().await?;
        }
        Ok(Some(found))
    }

    /// Whether a cookie still lets an admin in. Asking does not count as activity: an open page that only listens for
    /// changes would never become idle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn still_lets_in(&self, secret: &Secret) -> Result<bool> {
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let Some(found) = sql::by_digest(&mut conn, &digest(secret), now).await? else {
            return Ok(false);
        };
        Ok(found.is_admin()? && now < found.last_seen_at + found.kind()?.idle())
    }

    /// Signs a browser out.
    ///
    /// # Errors
    /// When the database fails. A cookie that belongs to nobody is not an error.
    pub async fn sign_out(&self, secret: &Secret) -> Result<()> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let Some(found) = sql::by_digest(&mut tx, &digest(secret), now).await? else {
            return Ok(());
        };
        sql::end(&mut tx, found.person_id, found.id, now).await?;
        let who = Who {
            person: Some(found.person_id),
            name: found.name,
            ..Who::program(found.organisation_id)
        };
        let entry = Entry::person(Event::PersonSignedOut, found.person_id, Value::Null);
        self.0.record(&mut tx, who, entry).await?;
        self.0.commit(tx).await
    }

    /// Removes what nobody needs any more: expired sessions and links, and old counts of attempts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write_slice().await?;
        sql::sweep(&mut tx, now).await?;
        attempts::sweep(&mut tx, now).await?;
        tx.commit_keeping_cache().await?;
        Ok(())
    }
}

impl sql::Found {
    fn kind(&self) -> Result<SessionKind> {
        kind(&self.kind, self.id)
    }

    /// `None` for a member.
    fn user_type(&self) -> Result<Option<UserTypeName>> {
        let Some((id, name)) = self.user_type_id.zip(self.user_type.clone()) else {
            return Ok(None);
        };
        let built_in = user_types::built_in(self.built_in.as_deref(), id)?;
        Ok(Some(UserTypeName { id, name, built_in }))
    }

    fn permissions(&self) -> Result<Permissions> {
        let built_in = user_types::built_in(self.built_in.as_deref(), self.person_id)?;
        Ok(user_types::permissions(built_in, self.permissions.as_deref()))
    }

    fn email(&self) -> Result<EmailAddress> {
        self.email
            .parse()
            .map_err(|_| corrupt("people", "email", self.person_id))
    }

    fn time_zone(&self) -> Result<chrono_tz::Tz> {
        times::zone(&self.time_zone)
            .ok_or_else(|| corrupt("organisations", "time_zone", self.organisation_id))
    }

    /// A link to the mailbox opens only the recipient's pages: an admin needs the password as well.
    fn is_admin(&self) -> Result<bool> {
        Ok(self.kind()? == SessionKind::Admin && !self.permissions()?.is_empty())
    }
}

impl sql::Row {
    fn kind(&self) -> Result<SessionKind> {
        kind(&self.kind, self.id)
    }
}

fn kind(key: &str, id: SessionId) -> Result<SessionKind> {
    [SessionKind::Admin, SessionKind::Recipient]
        .into_iter()
        .find(|kind| kind.key() == key)
        .ok_or_else(|| corrupt("sessions", "kind", id))
}
