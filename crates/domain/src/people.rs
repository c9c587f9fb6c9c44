//! People: admins who sign in, and recipients who became known by claiming.

mod service_users;

use serde::{Deserialize, Serialize};

pub use service_users::{NewServiceUser, Owner, ServiceUserChange, ServiceUserForm};

use crate::access_tokens::HistoryEntry;
use crate::collections::Cover;
use crate::departments::DepartmentName;
use crate::email::EmailAddress;
use crate::form::{self, Problems};
use crate::id::{CollectionId, DepartmentId, InvitationId, OrganisationId, PersonId, SessionId, TokenId};
use crate::page::Cursor;
use crate::permission::Permissions;
use crate::user_types::{UserTypeName, UserTypeRef};
use crate::when::When;

/// The signed-in person, as pages need it: to greet them, and to leave out what they may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: EmailAddress,
    /// Their user type.
    pub user_type: UserTypeName,
    /// What they may do.
    pub permissions: Permissions,
    /// The department that limits what they see; `None`: the whole organisation.
    pub department: Option<DepartmentId>,
    /// Their organisation's id.
    pub organisation: OrganisationId,
    /// Their organisation's name.
    pub organisation_name: String,
    /// Their organisation's time zone.
    pub time_zone: String,
    /// Today's date there, as `<input type="date">` wants it.
    pub today: String,
    /// Whether the organisation has the full Tokens feature.
    pub full_tokens: bool,
}

/// The sign-in page, as typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    /// *E-mail*.
    pub email: String,
    /// *Password*.
    pub password: String,
    /// *Organisation*, asked only when the same address and password fit several; its id.
    pub organisation: String,
    /// Where to go afterwards: a path of this site.
    pub next: String,
}

impl std::fmt::Debug for SignInForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignInForm(…)")
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// Whether it is the caller's own.
    pub is_this: bool,
    /// The browser and system, as far as known.
    pub device: String,
    /// The address it came from.
    pub address: String,
    /// When it signed in.
    pub signed_in: When,
    /// When it was last seen.
    pub last_seen: When,
}

/// A row of the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The person.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address; a service user has none.
    pub email: Option<EmailAddress>,
    /// The person responsible for a service user; people have none.
    pub owner: Option<(PersonId, String)>,
    /// Their user type.
    pub user_type: UserTypeName,
    /// Their department, if they belong to one.
    pub department: Option<DepartmentName>,
    /// How many collections they have.
    pub collections: i64,
    /// Since when they have been known.
    pub since: When,
    /// Whether their access was ended.
    pub deactivated: bool,
}

impl PersonRow {
    /// Where they can be reached: their address, or the person responsible for a service user.
    pub fn reached_at(&self) -> String {
        match (&self.email, &self.owner) {
            (Some(email), _) => email.to_string(),
            (None, Some((_, owner))) => format!("service user of {owner}"),
            (None, None) => String::new(),
        }
    }
}

/// The query for the list of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PeopleQuery {
    /// Words of a name, or the start of an address; blank: everybody.
    pub search: String,
    /// Only people who manage something.
    pub admins_only: bool,
    /// Only people of this department and of those below it.
    pub department: Option<DepartmentId>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

/// The user report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonReport {
    /// Who.
    pub person: PersonRow,
    /// Their collections with progress, the newest first.
    pub collections: Vec<PersonCollection>,
    /// The codes they used, the newest first.
    pub uses: Vec<PersonUse>,
    /// What happened, the newest first.
    pub history: Vec<HistoryEntry>,
}

/// A collection that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCollection {
    /// The collection.
    pub id: CollectionId,
    /// Its title.
    pub title: String,
    /// Its cover.
    pub cover: Cover,
    /// How many of its items were opened.
    pub opened: i64,
    /// How many it has.
    pub items: i64,
    /// Since when they have it.
    pub since: When,
}

/// A code that somebody used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonUse {
    /// The single or multi token.
    pub token: TokenId,
    /// Its name.
    pub token_name: String,
    /// The part of the code that is shown.
    pub hint: String,
    /// The number of the use within its token.
    pub number: i64,
    /// When.
    pub when: When,
}

/// The invitation of an admin, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InvitationForm {
    /// *E-mail*.
    pub email: String,
    /// *User type*: the name of a built-in one, or an id.
    pub user_type: String,
    /// *Department*: its id; blank: none.
    pub department: String,
}

/// A person to be invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitee {
    /// Their address.
    pub email: EmailAddress,
    /// Their future user type.
    pub user_type: UserTypeRef,
    /// Their future department.
    pub department: Option<DepartmentId>,
}

impl InvitationForm {
    /// The invitation, from what was typed.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewInvitee, Problems> {
        let mut problems = Problems::default();
        let email = problems.check("email", self.email.parse::<EmailAddress>());
        let user_type = problems.check("user_type", self.user_type.parse());
        let department = problems.check("department", crate::departments::choice(&self.department));
        match (email, user_type, department) {
            (Some(email), Some(user_type), Some(department)) => Ok(NewInvitee {
                email,
                user_type,
                department,
            }),
            _ => Err(problems),
        }
    }
}

/// An invitation that is not yet accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRow {
    /// The invitation.
    pub id: InvitationId,
    /// Who is invited.
    pub email: EmailAddress,
    /// As what.
    pub user_type: UserTypeName,
    /// To which department they will belong.
    pub department: Option<DepartmentName>,
    /// By whom.
    pub invited_by: String,
    /// Until when the link works.
    pub expires: When,
    /// Whether it has expired.
    pub expired: bool,
}

/// A new invitation: its link is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// The invitation.
    pub row: InvitationRow,
    /// The link to pass on.
    pub link: String,
}

impl std::fmt::Debug for NewInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewInvitation(…)")
    }
}

/// The page that an invitation opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// The organisation's name.
    pub organisation: String,
    /// Who is invited.
    pub email: EmailAddress,
    /// As what: the name of a user type.
    pub user_type: String,
    /// By whom.
    pub invited_by: String,
}

/// The acceptance of an invitation, as typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AcceptForm {
    /// *Your name*.
    pub name: String,
    /// *Password*.
    pub password: String,
}

impl AcceptForm {
    /// The name and password.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<(String, String), Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", person_name(&self.name));
        let password = problems.check("password", crate::organisations::password(&self.password));
        problems.into_result()?;
        Ok((name.unwrap_or_default(), password.unwrap_or_default()))
    }
}

impl std::fmt::Debug for AcceptForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AcceptForm(…)")
    }
}

/// A person's name: one line of 1 to 120 characters.
///
/// # Errors
/// A sentence with the bounds.
pub fn person_name(text: &str) -> Result<String, form::BadText> {
    form::line("A name", 120, text)
}
