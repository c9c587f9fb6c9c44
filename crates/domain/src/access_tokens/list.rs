//! The list of tokens: what it is asked, and its rows.

use serde::{Deserialize, Serialize};

use super::TokenType;
use crate::id::{CollectionId, TokenId};
use crate::jobs::Progress;
use crate::page::Cursor;
use crate::tokens::State;
use crate::when::When;

/// The two lists of the Token Manager.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenList {
    /// Not yet, live and suspended ones.
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
    /// When it was made.
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

    /// The words in the menu.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Created => "Created",
            Self::Expires => "Expires",
            Self::Uses => "Uses",
            Self::Remaining => "Remaining",
            Self::LastUsed => "Last used",
        }
    }

    /// The word in addresses.
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

    /// The order behind a word in an address, with a leading `-` for the way down.
    pub fn from_key(key: &str) -> Option<(Self, bool)> {
        let (word, descending) = key.strip_prefix('-').map_or((key, false), |word| (word, true));
        Self::ALL
            .into_iter()
            .find(|order| order.key() == word)
            .map(|order| (order, descending))
    }
}

/// What the Token Manager asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenQuery {
    /// Which of the lists.
    pub list: TokenList,
    /// Words, an e-mail address, a code or the shown part of one; blank: everything.
    pub search: String,
    /// What it is ordered by.
    pub order: TokenOrder,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Only this type.
    pub token_type: Option<TokenType>,
    /// Only this collection.
    pub collection: Option<CollectionId>,
    /// Only this state.
    pub state: Option<State>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
}

impl Default for TokenQuery {
    /// The newest of the active tokens.
    fn default() -> Self {
        Self {
            list: TokenList::Active,
            search: String::new(),
            order: TokenOrder::Created,
            descending: true,
            token_type: None,
            collection: None,
            state: None,
            after: None,
        }
    }
}

/// A row of the Token Manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Single or multi.
    pub token_type: TokenType,
    /// What is shown of a single token's code: `7F3K…M5QJ`. A multi token has none of its own.
    pub hint: Option<String>,
    /// What it opens.
    pub collection: CollectionId,
    /// The collection's title.
    pub collection_title: String,
    /// How often it, or its codes together, were used.
    pub uses: i64,
    /// How often it may be used; the number of codes of a multi token; `None`: no limit.
    pub limit: Option<i64>,
    /// What it is now.
    pub state: State,
    /// Its start, if it has one.
    pub starts: Option<When>,
    /// Its last valid minute, if it has an end: what `Expires` shows.
    pub expires: Option<When>,
    /// When it was last used.
    pub last_used: Option<When>,
    /// When it was made.
    pub created: When,
    /// Who made it.
    pub created_by: String,
    /// When it was deleted, if it was.
    pub deleted: Option<When>,
    /// The job that is making its codes, while one does.
    pub making: Option<Progress>,
}

impl TokenRow {
    /// How many uses are left; `None`: no limit.
    pub fn remaining(&self) -> Option<i64> {
        self.limit.map(|limit| (limit - self.uses).max(0))
    }

    /// Whether it may be edited like any other: what was deleted has to be restored first.
    pub fn is_deleted(&self) -> bool {
        self.deleted.is_some()
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
