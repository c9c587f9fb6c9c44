//! Who is calling, from where, within which part of an organisation, and what they may do.

mod needs;
mod scope;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use chrono_tz::Tz;
use domain::user_types::UserTypeName;
use domain::{EmailAddress, OrganisationId, Permission, Permissions, PersonId, Refusal, SessionId};

use crate::api_tokens::TokenCaller;
use crate::mobile_sessions::SessionCaller;
use crate::secret::Secret;

pub use needs::{Lacks, Needs, Operations};
pub use scope::Scope;
pub(crate) use scope::Scoped;

/// The program at the other end: a browser, as far as it can be told.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address; `None` for the command line.
    pub address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: String,
    /// What it has to show that somebody signed in with it before. Nothing is proven by that.
    pub device: Option<Secret>,
}

impl Client {
    /// The address as text.
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

/// Anybody or anything that asks for a use case. It is made anew for each request from what the database says then, so
/// that whatever is taken away is gone at the next one.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
    /// The rows that they may see and change.
    pub scope: Scope,
    /// What they may do with them.
    pub permissions: Permissions,
    /// Their organisation's name.
    pub organisation_name: String,
    /// Their organisation's time zone.
    pub time_zone: Tz,
    /// Whether the organisation has the full Tokens feature.
    pub full_tokens: bool,
    /// Where they ask from.
    pub client: Client,
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Who {
    /// An admin who is signed in.
    Admin(SignedIn),
    /// A program with an API token.
    ApiToken(TokenCaller),
    /// A person, by an app on their device.
    MobileApp(SessionCaller),
    /// Whoever runs the command line on the server.
    Operator,
}

/// An admin's session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: EmailAddress,
    /// The session they are signed in with.
    pub session: SessionId,
    /// Their user type.
    pub user_type: UserTypeName,
}

impl Caller {
    /// Whether this may be done.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may(&self, permission: Permission) -> Result<(), Refusal> {
        self.may_all([permission].into_iter().collect())
    }

    /// Whether all of this may be done. Nobody grants what they do not have: who gives permissions to others is asked
    /// for the same.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may_all(&self, permissions: Permissions) -> Result<(), Refusal> {
        if permissions.is_subset(self.permissions) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// Whether one of these may be done.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may_any(&self, permissions: &[Permission]) -> Result<(), Refusal> {
        if permissions
            .iter()
            .any(|permission| self.permissions.contains(*permission))
        {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// Whether this may be done to what belongs to the whole organisation and not to a department, such as its settings and
    /// user types: somebody who is limited to a department may not.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may_everywhere(&self, permission: Permission) -> Result<(), Refusal> {
        self.may(permission)?;
        if self.scope.is_whole() {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// The organisation that everything they do stays within. Its rows are read and written by [`Caller::scope`].
    pub fn organisation(&self) -> OrganisationId {
        self.scope.organisation()
    }

    /// The person who is behind it, if there is one.
    pub fn person(&self) -> Option<PersonId> {
        match &self.who {
            Who::Admin(signed_in) => Some(signed_in.person),
            Who::ApiToken(token) => Some(token.person()),
            Who::MobileApp(session) => Some(session.person()),
            Who::Operator => None,
        }
    }

    /// What the audit log calls them.
    pub fn name(&self) -> &str {
        match &self.who {
            Who::Admin(signed_in) => &signed_in.name,
            Who::ApiToken(token) => token.name(),
            Who::MobileApp(session) => session.name(),
            Who::Operator => "the operator",
        }
    }

    /// Who it is, in a text that nobody else has: what is kept for one caller is found by no other.
    pub(crate) fn identity(&self) -> String {
        match &self.who {
            Who::Admin(signed_in) => format!("person {}", signed_in.person),
            Who::ApiToken(token) => format!("token {}", token.token()),
            Who::MobileApp(session) => format!("session {}", session.session()),
            Who::Operator => "operator".into(),
        }
    }

    /// The admin who is signed in, for what only a person in a browser does.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a program.
    pub fn signed_in(&self) -> Result<&SignedIn, Refusal> {
        match &self.who {
            Who::Admin(signed_in) => Ok(signed_in),
            Who::ApiToken(_) | Who::MobileApp(_) | Who::Operator => Err(Refusal::Forbidden),
        }
    }
}

/// Somebody on the recipient's side: whoever was given something in this browser, or proved a mailbox.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The person.
    pub person: PersonId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: EmailAddress,
    /// The session.
    pub session: SessionId,
    /// Whether the mailbox is proven. Until then, only what was given in this session is shown: anybody can
    /// type anybody's address.
    pub proven: bool,
    /// Whether the person manages something, and could go to the admin's pages.
    pub is_admin: bool,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's time zone.
    pub time_zone: Tz,
    /// Where they ask from.
    pub client: Client,
}
