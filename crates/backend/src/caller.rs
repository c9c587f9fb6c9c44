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

/// The client at the other end: a browser, as far as can be told.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address; `None` for the command line.
    pub address: Option<IpAddr>,
    /// Its user agent.
    pub user_agent: String,
    /// A sign that somebody has signed in with it before. It proves nothing.
    pub device: Option<Secret>,
}

impl Client {
    /// The address as text.
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

/// Anyone or anything that calls a use case. It is built anew for each request from the database, so that a right that
/// is taken away is gone at the next request.
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
    /// A signed-in admin.
    Admin(SignedIn),
    /// A program with an API token.
    ApiToken(TokenCaller),
    /// A person, through an app on their device.
    MobileApp(SessionCaller),
    /// The operator, at the command line on the server.
    Operator,
}

impl Who {
    fn identity(&self) -> String {
        match self {
            Self::Admin(signed_in) => format!("person {}", signed_in.person),
            Self::ApiToken(token) => format!("token {}", token.token()),
            Self::MobileApp(session) => format!("session {}", session.session()),
            Self::Operator => "operator".into(),
        }
    }

    /// Whether both are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            // Programs ask about tokens all the time.
            (Self::ApiToken(one), Self::ApiToken(other)) => one.token() == other.token(),
            _ => self.identity() == other.identity(),
        }
    }
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
    /// Checks that this may be done.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may(&self, permission: Permission) -> Result<(), Refusal> {
        self.may_all([permission].into_iter().collect())
    }

    /// Checks that all of this may be done. Nobody grants what they do not have: granting permissions requires having
    /// them.
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

    /// Checks that one of these may be done.
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

    /// Checks that this may be done to what belongs to the whole organisation and not to a department, such as its
    /// settings and user types: a caller limited to a department may not.
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

    /// The organisation that everything they do is confined to. Its rows are read and written by [`Caller::scope`].
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

    /// Identifies the caller with a text that no other caller has: what is cached for one caller is not found by
    /// another.
    pub(crate) fn identity(&self) -> String {
        self.who.identity()
    }

    /// The signed-in admin, for what only a person in a browser may do.
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

/// A person on the recipients' side: they were given something in this browser, or proved a mailbox.
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
    /// Whether the mailbox is proven. Until then, only what was given in this session is shown: anyone can type any
    /// address.
    pub proven: bool,
    /// Whether the person manages something, and may open the admin pages.
    pub is_admin: bool,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's time zone.
    pub time_zone: Tz,
    /// Where they ask from.
    pub client: Client,
}
