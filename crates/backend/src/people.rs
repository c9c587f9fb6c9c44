//! People: admins who sign in, and recipients who became known by claiming.
//!
//! * [`sign_in`], [`sessions`]: how admins sign in, and who a cookie belongs to
//! * [`invitations`]: how people become admins
//! * [`access`]: user types, and ending somebody's access
//! * [`rename`]: changing a name
//! * [`directory`]: finding people by name or address
//! * [`service_users`]: the people that programs act as, and who is responsible for them

mod access;
mod behind;
mod device;
mod directory;
mod invitations;
mod known;
mod known_devices;
mod look_up;
mod operator;
mod passwords;
mod rename;
mod service_users;
mod sessions;
mod sign_in;
mod sign_in_links;
mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::people::Me;
use domain::{DepartmentId, EmailAddress, OrganisationId, PersonId, Refusal};
use serde_json::json;

use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::times::Times;
use crate::user_types::UserType;
use crate::{Backend, Caller, Scope, words};

pub(crate) use behind::{behind, by_address};
pub(crate) use directory::{Listed, by_id as listed, page as listed_page};
pub(crate) use known::{Added, Met, Wanted, add_all, meet};
pub use known_devices::KNOWN_FOR;
pub(crate) use look_up::{mailbox, matching, names_within};
pub(crate) use passwords::Passwords;
pub(crate) use service_users::{address, named as service_user};
pub use sessions::NewSession;
pub(crate) use sessions::{
    NewRecipient, SessionKind, end_all_sessions, end_sessions, new_recipients, new_session,
};
pub use sign_in::SignIn;
pub(crate) use sign_in::Slowed;

/// The people of an organisation, and all sessions.
pub struct People<'a>(pub(crate) &'a Backend);

impl Backend {
    /// People, their sessions and invitations.
    pub fn people(&self) -> People<'_> {
        People(self)
    }
}

impl People<'_> {
    /// The signed-in person, as pages need it.
    ///
    /// # Errors
    /// Forbidden for a program.
    pub fn me(&self, caller: &Caller) -> Result<Me, Refusal> {
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let signed_in = caller.signed_in()?;
        Ok(Me {
            person: signed_in.person,
            name: signed_in.name.clone(),
            email: signed_in.email.clone(),
            user_type: signed_in.user_type.clone(),
            permissions: caller.permissions,
            department: caller.scope.department(),
            organisation: caller.organisation(),
            organisation_name: caller.organisation_name.clone(),
            time_zone: caller.time_zone.name().to_owned(),
            today: times.today().to_string(),
            full_tokens: caller.full_tokens,
        })
    }
}

/// The address of the longest-standing owner: somebody answers there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn first_owner_address(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Option<EmailAddress>> {
    let email = sql::first_owner_address(conn, organisation).await?;
    Ok(email.and_then(|email| email.parse().ok()))
}

/// Whether a person is in a scope.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_in(conn: &mut Conn, scope: &Scope, person: PersonId) -> Result<bool> {
    Ok(sql::by_id(conn, scope, person).await?.is_some())
}

/// A person to be added.
pub(crate) struct NewPerson<'a> {
    pub organisation: OrganisationId,
    pub name: &'a str,
    pub email: &'a EmailAddress,
    pub user_type: &'a UserType,
    pub department: Option<DepartmentId>,
    pub password_hash: Option<&'a str>,
}

/// Adds a person, unless the organisation knows the address already.
pub(crate) async fn add(
    tx: &mut WriteTx,
    backend: &Backend,
    new: &NewPerson<'_>,
    now: DateTime<Utc>,
) -> Result<Option<PersonId>> {
    let id = PersonId(backend.random.id(now));
    let words = searched(new.name, new.email);
    if !sql::insert(tx, id, new, &words, now).await? {
        return Ok(None);
    }
    let who = Who {
        person: Some(id),
        name: new.name.to_owned(),
        ..Who::program(new.organisation)
    };
    let facts = json!({"name": new.name, "email": new.email, "user_type": new.user_type.name});
    crate::audit::record(
        tx,
        backend.random,
        now,
        &who,
        &Entry::person(Event::PersonAdded, id, facts),
    )
    .await?;
    Ok(Some(id))
}

/// The person with this address, added if the organisation did not know it.
///
/// # Errors
/// A refusal when the person's access was ended.
pub(crate) async fn find_or_add(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    email: &EmailAddress,
    name: &str,
    now: DateTime<Utc>,
) -> Result<PersonId> {
    let wanted = Wanted {
        organisation,
        department: None,
        email: email.clone(),
        name: name.to_owned(),
    };
    let met = meet(tx, backend, std::slice::from_ref(&wanted), now).await?;
    let met = met.into_iter().next().expect("one was wanted")?;
    if met.is_new {
        let Added(entries) = add_all(tx, &[(met.person, &wanted)], now).await?;
        crate::audit::record_all(tx, backend.random, now, &entries).await?;
    }
    Ok(met.person)
}

/// Erases somebody who has nothing here any more, and never had more than others gave them: anyone who signs in with a password
/// or has a user type stays. What is left says that there was one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn erase(tx: &mut WriteTx, person: PersonId, now: DateTime<Utc>) -> Result<()> {
    let address = format!("deleted-{}@deleted.invalid", person.0.simple());
    Ok(sql::erase(tx, person, "Deleted recipient", &address, now).await?)
}

/// Rebuilds a person's search terms.
pub(crate) async fn renew_terms(tx: &mut WriteTx, person: PersonId) -> Result<()> {
    let Some(row) = sql::named(tx, person).await? else {
        return Ok(());
    };
    let email: EmailAddress = row
        .email
        .parse()
        .map_err(|_| corrupt("people", "email", person))?;
    Ok(sql::set_words(tx, row.organisation_id, person, &searched(&row.name, &email)).await?)
}

/// A person's search terms: the words of the name, the parts of the address, and the whole address.
fn searched(name: &str, email: &EmailAddress) -> BTreeSet<Vec<u8>> {
    let mut searched = words::words(name);
    searched.extend(words::words(email.as_str()));
    searched.insert(words::beginning_with(email.as_str().as_bytes()).0);
    searched
}
