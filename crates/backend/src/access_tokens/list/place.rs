//! Places in the orders of a list, and the cursors that lead back to them.

use chrono::{DateTime, Utc};
use domain::access_tokens::TokenOrder;
use domain::{Cursor, TokenId};

/// Where in an order a row stands.
pub(super) struct Place {
    pub key: Key,
    pub id: TokenId,
}

/// What an order sorts by, of one row.
pub(super) enum Key {
    /// The id alone: ids sort by the time they were made.
    None,
    Text(Vec<u8>),
    Instant(DateTime<Utc>),
    Number(i64),
}

impl Place {
    /// The cursor that leads back here.
    pub fn write(&self) -> Cursor {
        let key = match &self.key {
            Key::None => String::new(),
            Key::Text(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Key::Instant(at) => at.timestamp_micros().to_string(),
            Key::Number(number) => number.to_string(),
        };
        Cursor(format!("{}~{key}", self.id.0.simple()))
    }

    /// A cursor that was made for another order, or by nobody, starts at the beginning.
    pub fn read(text: &str, order: TokenOrder) -> Option<Self> {
        let (id, key) = text.split_once('~')?;
        let key = match order {
            TokenOrder::Created => Key::None,
            TokenOrder::Name => {
                let byte = |at| {
                    key.get(at..at + 2)
                        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                };
                Key::Text((0..key.len()).step_by(2).map(byte).collect::<Option<_>>()?)
            }
            TokenOrder::Expires | TokenOrder::LastUsed => {
                Key::Instant(DateTime::from_timestamp_micros(key.parse().ok()?)?)
            }
            TokenOrder::Uses | TokenOrder::Remaining => Key::Number(key.parse().ok()?),
        };
        Some(Self {
            key,
            id: id.parse().ok()?,
        })
    }
}
