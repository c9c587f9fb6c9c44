//! The list of tokens: what it is asked, and its rows.

use serde::{Deserialize, Serialize};

use super::TokenType;
use crate::id::{CollectionId, DepartmentId, TokenId};
use crate::jobs::Progress;
use crate::page::Cursor;
use crate::tokens::State;
pub use crate::tokens::{TokenList, TokenOrder};
use crate::when::When;

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
    /// Only this department and those below it.
    pub department: Option<DepartmentId>,
    /// Only this state.
    pub state: Option<State>,
    /// Where the page starts; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many rows it has; `None`: as many as a screen shows.
    pub rows: Option<u16>,
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
            department: None,
            state: None,
            after: None,
            rows: None,
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

    /// The Edit dialog, with what is there.
    pub fn form(&self) -> super::EditTokenForm {
        let date = |when: &Option<When>| when.as_ref().map(|when| when.input.clone()).unwrap_or_default();
        let limit = self.limit.filter(|_| self.token_type == TokenType::Single);
        super::EditTokenForm {
            name: self.name.clone(),
            starts: date(&self.starts),
            expires: date(&self.expires),
            usage_limit: limit.map(|limit| limit.to_string()).unwrap_or_default(),
        }
    }

    /// Whether it may be edited like any other: what was deleted has to be restored first.
    pub fn is_deleted(&self) -> bool {
        self.deleted.is_some()
    }
}
