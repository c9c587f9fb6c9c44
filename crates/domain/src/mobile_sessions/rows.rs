//! What is shown of mobile sessions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access_tokens::HistoryEntry;
use crate::departments::DepartmentView;
use crate::email::EmailAddress;
use crate::id::{DepartmentId, MobileAppId, PersonId, TokenId, UserTypeId};
use crate::page::Cursor;
use crate::permission::Permissions;
use crate::tokens::State;
use crate::when::When;

/// Which sessions a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MobileList {
    /// Those that are signed in.
    #[default]
    Active,
    /// Those that are over.
    Ended,
}

/// What the list of mobile sessions is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MobileOrder {
    /// When they signed in.
    #[default]
    SignedIn,
    /// *User Name*.
    Name,
    /// *Last Active*.
    LastActive,
    /// *Expiry Date*.
    Expires,
}

impl MobileOrder {
    /// All orders.
    pub const ALL: [Self; 4] = [Self::SignedIn, Self::Name, Self::LastActive, Self::Expires];

    /// The word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::Name => "name",
            Self::LastActive => "last-active",
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

/// What the list of mobile sessions is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct MobileQuery {
    /// Words of a name or address; blank: everybody.
    pub search: String,
    /// Which of the lists.
    pub list: MobileList,
    /// What it is ordered by.
    pub order: MobileOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Only this state.
    pub state: Option<State>,
    /// Only sessions of this person.
    pub person: Option<PersonId>,
    /// Only sessions with this app.
    pub app: Option<MobileAppId>,
    /// Only people of this department and of those below it.
    pub department: Option<DepartmentId>,
    /// Only people of this user type.
    pub user_type: Option<UserTypeId>,
    /// Only sessions that end within so many days.
    pub expires_within: Option<i64>,
    /// Where the page starts.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
}

impl Default for MobileQuery {
    /// Whoever signed in last comes first.
    fn default() -> Self {
        Self {
            search: String::new(),
            list: MobileList::Active,
            order: MobileOrder::SignedIn,
            descending: true,
            state: None,
            person: None,
            app: None,
            department: None,
            user_type: None,
            expires_within: None,
            after: None,
            rows: None,
        }
    }
}

/// What the filters of the list offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileChoices {
    /// The departments that whoever asks sees.
    pub departments: Vec<DepartmentView>,
    /// The user types.
    pub user_types: Vec<(UserTypeId, String)>,
    /// The registered apps.
    pub apps: Vec<(MobileAppId, String)>,
}

/// Whether the app is to remove everything from the device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wipe {
    /// Nobody asked for it.
    #[default]
    Nothing,
    /// The app is told at its next call.
    Pending,
    /// The app said that it has done so.
    Done,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileSessionRow {
    /// The session.
    pub id: TokenId,
    /// What it is now.
    pub state: State,
    /// Whether the app is to remove everything from the device.
    pub wipe: Wipe,
    /// The person.
    pub person: PersonId,
    /// *User Name*.
    pub name: String,
    /// *Email*.
    pub email: EmailAddress,
    /// *Department*.
    pub department: Option<(DepartmentId, String)>,
    /// *User Type*.
    pub user_type: String,
    /// The registered app.
    pub app: (MobileAppId, String),
    /// The device, as far as the app says.
    pub device: String,
    /// The app and its version, as far as it says.
    pub version: String,
    /// The system, as far as the app says.
    pub system: String,
    /// When it signed in.
    pub signed_in: When,
    /// *Last Active*.
    pub last_active: When,
    /// Where from.
    pub last_address: String,
    /// *Expiry Date*: its last valid minute, if it is not used until then.
    pub expires: When,
    /// The same as an instant.
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub expires_at: DateTime<Utc>,
}

/// Everything that a session's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileSessionView {
    /// As the list shows it.
    pub row: MobileSessionRow,
    /// What the app may do now, after everything that limits it.
    pub permissions: Permissions,
    /// Its last valid minute, however much it is used.
    pub ends: When,
    /// The addresses that it was used from last, the latest first.
    pub networks: Vec<(String, When)>,
    /// Why it opens nothing although it is alive: the person has no access any more.
    pub held_back: Option<String>,
    /// How many other sessions this person has.
    pub others: i64,
    /// What happened, the newest first.
    pub history: Vec<HistoryEntry>,
}

/// One of one's own sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMobileSession {
    /// The session.
    pub id: TokenId,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// The app.
    pub app: String,
    /// The device, in a few words.
    pub device: String,
    /// When it signed in.
    pub signed_in: When,
    /// When it was last active.
    pub last_active: When,
    /// Where from.
    pub last_address: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_lead_back_from_their_words() {
        for order in MobileOrder::ALL {
            let down = format!("-{}", order.key());
            assert_eq!(MobileOrder::from_key(order.key()), Some((order, false)));
            assert_eq!(MobileOrder::from_key(&down), Some((order, true)));
        }
    }
}
