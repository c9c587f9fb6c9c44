//! What is shown of API tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ApiTokenForm, Policy};
use crate::access_tokens::HistoryEntry;
use crate::departments::DepartmentView;
use crate::email::EmailAddress;
use crate::id::{DepartmentId, OrganisationId, PersonId, TokenId, UserTypeId};
use crate::page::Cursor;
use crate::permission::Permissions;
use crate::tokens::State;
use crate::when::When;

/// Which API tokens a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiTokenList {
    /// Those that can be used, now or later.
    #[default]
    Active,
    /// Those whose time is over, or that were revoked.
    Ended,
}

/// What the list of API tokens is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiTokenOrder {
    /// When it was made.
    #[default]
    Created,
    /// The name.
    Name,
    /// The name of the person behind it.
    User,
    /// The name of the department that limits it; none comes first.
    Department,
    /// When it was last used; never comes first.
    LastUsed,
    /// When it ends; never comes last.
    Expires,
}

impl ApiTokenOrder {
    /// All orders.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Name,
        Self::User,
        Self::Department,
        Self::LastUsed,
        Self::Expires,
    ];

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Name => "name",
            Self::User => "user",
            Self::Department => "department",
            Self::LastUsed => "last-used",
            Self::Expires => "expires",
        }
    }

    /// The order behind a word in an address, with a leading `-` for the way down.
    pub fn from_key(key: &str) -> Option<(Self, bool)> {
        let (word, descending) = key.strip_prefix('-').map_or((key, false), |word| (word, true));
        let order = Self::ALL.into_iter().find(|order| order.key() == word)?;
        Some((order, descending))
    }
}

/// What the list of API tokens is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiTokenQuery {
    /// Which of the lists.
    pub list: ApiTokenList,
    /// Words of the name, a secret or the shown part of one, or the address of the person behind it; blank: everything.
    pub search: String,
    /// What it is ordered by.
    pub order: ApiTokenOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Only this state.
    pub state: Option<State>,
    /// Only tokens behind this person.
    pub person: Option<PersonId>,
    /// Only tokens of this user type.
    pub user_type: Option<UserTypeId>,
    /// Only tokens of this department and of those below it.
    pub department: Option<DepartmentId>,
    /// Only tokens that end within so many days.
    pub expires_within: Option<i64>,
    /// Only tokens that nobody has used.
    pub never_used: bool,
    /// Only tokens that the organisation's policy refuses.
    pub refused: bool,
    /// Only tokens that may do all of this.
    pub may: Permissions,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

impl Default for ApiTokenQuery {
    /// The newest of the active tokens.
    fn default() -> Self {
        Self {
            list: ApiTokenList::Active,
            search: String::new(),
            order: ApiTokenOrder::Created,
            descending: true,
            state: None,
            person: None,
            user_type: None,
            department: None,
            expires_within: None,
            never_used: false,
            refused: false,
            may: Permissions::NONE,
            after: None,
            rows: None,
        }
    }
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiTokenRow {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// What is shown of its secret: `twa_7f3k…m5qj`.
    pub hint: String,
    /// What it is now.
    pub state: State,
    /// The person behind it.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// Their address; a service user has none.
    pub email: Option<EmailAddress>,
    /// Its department, if it is limited to one.
    pub department: Option<(DepartmentId, String)>,
    /// Its user type.
    pub user_type: (UserTypeId, String),
    /// When it was made.
    pub created: When,
    /// Its last valid minute.
    pub expires: Option<When>,
    /// When it ends, as an instant.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used: Option<When>,
    /// Where from.
    pub last_address: String,
}

impl ApiTokenRow {
    /// The address of the person behind it.
    pub fn reached_at(&self) -> &str {
        self.email.as_ref().map_or("service user", EmailAddress::as_str)
    }
}

/// Everything that a token's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiTokenView {
    /// As the list shows it.
    pub row: ApiTokenRow,
    /// The organisation: *Tenant Id*.
    pub tenant: OrganisationId,
    /// What it is for.
    pub description: String,
    /// What it was narrowed to; `None`: nothing.
    pub narrowed: Option<Permissions>,
    /// What it may do now, after everything that limits it.
    pub permissions: Permissions,
    /// What of this it has used.
    pub used_permissions: Permissions,
    /// Where it may be used from; blank: everywhere.
    pub networks: String,
    /// What it was last used with.
    pub last_agent: String,
    /// The addresses that it was used from last, the latest first.
    pub addresses: Vec<(String, When)>,
    /// Whether its secret can be shown again.
    pub can_be_shown: bool,
    /// Until when the secret before still opens, after a rotation.
    pub grace: Option<When>,
    /// Why it opens nothing although it is live: the person has no access, the policy is stricter.
    pub held_back: Option<String>,
    /// Uses per day of the last ninety: the day, counted from the first, and how many.
    pub days: Vec<(i64, i64)>,
    /// What happened, the newest first.
    pub history: Vec<HistoryEntry>,
    /// How the API is reached: `https://tokens.example.org`.
    pub address: String,
}

impl ApiTokenView {
    /// The form with what the token has; its end stays as it is while nothing else is typed.
    pub fn form(&self) -> ApiTokenForm {
        let row = &self.row;
        ApiTokenForm {
            name: row.name.clone(),
            expires: String::new(),
            user: row.person.to_string(),
            department: row
                .department
                .as_ref()
                .map(|(id, _)| id.to_string())
                .unwrap_or_default(),
            user_type: row.user_type.0.to_string(),
            permissions: self.narrowed.map(|set| set.to_string()).unwrap_or_default(),
            narrowed: self.narrowed.is_some(),
            networks: self.networks.replace(',', ", "),
            description: self.description.clone(),
        }
    }

    /// What somebody sees who opens the form, with when the token ends.
    pub fn shown(&self) -> ApiTokenForm {
        let end = self.row.expires.as_ref();
        ApiTokenForm {
            expires: end.map(|end| end.input.clone()).unwrap_or_default(),
            ..self.form()
        }
    }
}

/// A token that was just made or rotated, with its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedApiToken {
    /// The token.
    pub id: TokenId,
    /// The secret: in this answer, and in no log.
    pub secret: String,
    /// When it ends.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether nobody sees the secret again. Browsers know it from the policy.
    #[serde(skip)]
    pub shown_once: bool,
}

impl std::fmt::Debug for IssuedApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuedApiToken({}, …)", self.id)
    }
}

/// What a token is told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfView {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// The organisation.
    pub tenant: OrganisationId,
    /// The person behind it.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// Their address; a service user has none.
    pub email: Option<EmailAddress>,
    /// Its department.
    pub department: Option<(DepartmentId, String)>,
    /// Its user type.
    pub user_type: (UserTypeId, String),
    /// What it may do now.
    pub permissions: Permissions,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is now.
    pub state: State,
}

/// What the form of a new token and the filters of the list offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Who asks.
    pub me: PersonId,
    /// The people who can stand behind a token: their ids and names.
    pub users: Vec<(String, String)>,
    /// The departments that it can be limited to.
    pub departments: Vec<DepartmentView>,
    /// The user types that it can have.
    pub user_types: Vec<UserTypeChoice>,
    /// What the organisation allows.
    pub policy: Policy,
}

/// A user type that a token can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTypeChoice {
    /// Which one.
    pub id: UserTypeId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Whether whoever asks has all of this, and so may hand it out.
    pub can_be_granted: bool,
}

/// What a token could reach, before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// What it may do, after everything that limits it.
    pub permissions: Permissions,
    /// The department whose rows it sees; `None`: those of the whole organisation.
    pub department: Option<String>,
    /// The operations of the REST API that it may carry out, such as `GET /api/v1/collections`.
    pub operations: Vec<String>,
    /// The rows that it sees: what they are, and how many there are.
    pub records: Vec<(String, i64)>,
}

/// What is done to many tokens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bulk {
    /// They are ended for good.
    Revoke,
    /// They are paused.
    Suspend,
    /// Their pause ends.
    Resume,
}

/// What became of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkResult {
    /// It was revoked.
    Revoked,
    /// It had been revoked before.
    AlreadyRevoked,
    /// It was paused.
    Suspended,
    /// Its pause has ended.
    Resumed,
    /// It is unknown, or somebody else's.
    NotFound,
}

impl BulkResult {
    /// What became of it, in words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Revoked => "deleted",
            Self::AlreadyRevoked => "was deleted before",
            Self::Suspended => "suspended",
            Self::Resumed => "works again",
            Self::NotFound => "is not there any more",
        }
    }
}

/// What a change of many tokens would hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPreview {
    /// How many tokens that are not revoked yet.
    pub tokens: i64,
    /// How many of them were used in the last hour.
    pub used_last_hour: i64,
    /// How many in the last day.
    pub used_last_day: i64,
    /// From how many addresses: in the last hour if any was used in it, and in the last day otherwise.
    pub addresses: i64,
    /// How many nobody has used.
    pub never_used: i64,
    /// How many people stand behind them.
    pub people: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_lead_back_from_their_words() {
        for order in ApiTokenOrder::ALL {
            let down = format!("-{}", order.key());
            assert_eq!(ApiTokenOrder::from_key(order.key()), Some((order, false)));
            assert_eq!(ApiTokenOrder::from_key(&down), Some((order, true)));
        }
        assert_eq!(ApiTokenOrder::from_key("uses"), None, "it is another list's");
    }
}
