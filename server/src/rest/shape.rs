//! Small shapes that several resources share.

use chrono::{DateTime, TimeDelta, Utc};
use domain::When;
use domain::tokens::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a token is right now.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Its start lies ahead.
    NotYet,
    /// It opens what it is for.
    Live,
    /// Its last use was spent.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody paused it.
    Suspended,
    /// Somebody ended it for good.
    Revoked,
}

impl From<State> for TokenState {
    fn from(state: State) -> Self {
        match state {
            State::NotYet => Self::NotYet,
            State::Live => Self::Live,
            State::UsedUp => Self::UsedUp,
            State::Expired => Self::Expired,
            State::Suspended => Self::Suspended,
            State::Revoked => Self::Revoked,
        }
    }
}

/// Which of the tokens of programs and apps a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhichTokens")]
pub enum Which {
    /// Those that can be used now or later: live and suspended ones.
    #[default]
    Active,
    /// The others: expired and revoked ones.
    Ended,
    /// Those that open something now.
    Live,
    /// Those that somebody paused.
    Suspended,
    /// Live ones that end within 30 days, or within as many as `expires_within` says.
    Expiring,
    /// Those whose time is over.
    Expired,
    /// Those that somebody ended for good.
    Revoked,
}

/// Days within which something ends that is called expiring.
pub const SOON: i64 = 30;

impl Which {
    /// Whether they stand in the list of those that can be used.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::Live | Self::Suspended | Self::Expiring)
    }

    /// The one state that they have.
    pub fn state(self) -> Option<State> {
        match self {
            Self::Active | Self::Ended => None,
            Self::Live | Self::Expiring => Some(State::Live),
            Self::Suspended => Some(State::Suspended),
            Self::Expired => Some(State::Expired),
            Self::Revoked => Some(State::Revoked),
        }
    }

    /// Days within which they end, for what was asked beside it.
    pub fn within(self, days: Option<i64>) -> Option<i64> {
        match self {
            Self::Expiring => days.or(Some(SOON)),
            _ => days,
        }
    }
}

/// Somebody, in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Named {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its name.
    pub name: String,
}

/// The instant at which something ends whose last valid minute is shown.
pub fn end(last: &When) -> DateTime<Utc> {
    last.at + TimeDelta::microseconds(1)
}

/// A field that was said: null is something else than nothing.
pub mod said {
    use serde::{Deserialize, Deserializer};

    /// Reads it.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(reader).map(Some)
    }
}
