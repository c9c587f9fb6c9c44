//! Small shapes that several resources share.

use chrono::{DateTime, TimeDelta, Utc};
use domain::When;
use domain::tokens::State;
use schemars::JsonSchema;
use serde::Serialize;

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
