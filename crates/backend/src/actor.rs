//! Who is asking, and from where.

use std::net::IpAddr;

use chrono_tz::Tz;
use domain::{Action, EmailAddress, OrganisationId, PersonId, Refusal, SessionId, UserType};

/// The program at the other end: a browser, as far as it can be told.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address; `None` for the command line.
    pub address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: String,
}

impl Client {
    /// The address as text.
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

/// An admin who is signed in.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// Their organisation: everything they do stays within it.
    pub organisation: OrganisationId,
    /// What they may do.
    pub user_type: UserType,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: EmailAddress,
    /// The session they are signed in with.
    pub session: SessionId,
    /// Their organisation's name.
    pub organisation_name: String,
    /// Their organisation's time zone.
    pub time_zone: Tz,
    /// Whether the organisation has the full Tokens feature.
    pub full_tokens: bool,
    /// Where they ask from.
    pub client: Client,
}

impl Actor {
    /// Whether this may be done.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may(&self, action: Action) -> Result<(), Refusal> {
        if self.user_type.may(action) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
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
