//! The lists of tokens, and their orders: the same for every family.

use serde::{Deserialize, Serialize};

/// The lists that each family of tokens has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenList {
    /// Scheduled, active and suspended ones.
    #[default]
    Active,
    /// Used up, expired and revoked ones.
    Expired,
    /// Deleted ones that can still be restored.
    Deleted,
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOrder {
    /// The name.
    Name,
    /// When it was created.
    #[default]
    Created,
    /// When it ends; never comes last.
    Expires,
    /// How often it was used.
    Uses,
    /// How many uses are left; no limit comes last.
    Remaining,
    /// When it was last used; never comes first.
    LastUsed,
}

impl TokenOrder {
    /// All orders, as in the menu.
    pub const ALL: [TokenOrder; 6] = [
        Self::Created,
        Self::Name,
        Self::Expires,
        Self::Uses,
        Self::Remaining,
        Self::LastUsed,
    ];

    /// Its label in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Created => "Created",
            Self::Expires => "Expires",
            Self::Uses => "Uses",
            Self::Remaining => "Remaining",
            Self::LastUsed => "Last used",
        }
    }

    /// Its name in URLs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::Expires => "expires",
            Self::Uses => "uses",
            Self::Remaining => "remaining",
            Self::LastUsed => "last-used",
        }
    }

    /// The order with this name in URLs, with a leading `-` for descending.
    pub fn from_key(key: &str) -> Option<(Self, bool)> {
        let (word, descending) = key.strip_prefix('-').map_or((key, false), |word| (word, true));
        Self::ALL
            .into_iter()
            .find(|order| order.key() == word)
            .map(|order| (order, descending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_lead_back_from_their_words() {
        for order in TokenOrder::ALL {
            assert_eq!(TokenOrder::from_key(order.key()), Some((order, false)));
            assert_eq!(
                TokenOrder::from_key(&format!("-{}", order.key())),
                Some((order, true))
            );
        }
    }
}
