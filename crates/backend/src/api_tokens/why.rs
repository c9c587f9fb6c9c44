//! Why a token opens nothing, as exactly as the admins who see it may know. Anyone who holds it is told less: [`Denied`].

use chrono::{DateTime, Utc};

use super::Denied;

/// Why a token opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was replaced, and opens nothing since an instant.
    Replaced(DateTime<Utc>),
    /// It was deleted.
    Deleted,
    /// The access of the person behind it has ended.
    Person,
    /// Its organisation was cancelled.
    Organisation,
    /// Its department is not one of those that the person sees.
    Department,
    /// The app behind it was removed.
    App,
    /// The app is to remove everything first.
    Wipe,
    /// Its start lies ahead.
    NotYet,
    /// Its time is over, since an instant.
    Expired(Option<DateTime<Utc>>),
    /// Nobody used it for so many days.
    Unused(i64),
    /// It is paused.
    Suspended,
    /// It was ended.
    Revoked,
    /// The organisation's policy refuses it, in a sentence.
    Policy(&'static str),
    /// It is limited to no network, which the organisation's policy asks for.
    PolicyNetworks,
    /// It may not be used from there.
    Network,
}

impl From<Why> for Denied {
    fn from(why: Why) -> Self {
        match why {
            Why::Replaced(_) => Self::Replaced,
            Why::Deleted
            | Why::Person
            | Why::Organisation
            | Why::Department
            | Why::App
            | Why::NotYet
            | Why::Revoked => Self::Unknown,
            Why::Wipe => Self::Wipe,
            Why::Expired(_) | Why::Unused(_) => Self::Expired,
            Why::Suspended => Self::Suspended,
            Why::Policy(_) => Self::Policy,
            Why::PolicyNetworks => Self::PolicyNetworks,
            Why::Network => Self::Network,
        }
    }
}
