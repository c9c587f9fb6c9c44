//! What happened, as told to the browsers that look at a list.

use serde::{Deserialize, Serialize};

use crate::id::{CollectionId, PersonId, TokenId};

/// A change within one organisation. It names what changed and nothing of its content: whoever hears it
/// asks for the rows it shows, with its own rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// A single or multi token, or one of its codes: made, used, assigned, edited, deleted.
    Token {
        /// The single or multi token.
        id: TokenId,
        /// The code of a multi token, when one code is concerned.
        code: Option<TokenId>,
        /// Whether it is new in the list.
        new: bool,
        /// Who used it, when it was used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// What it opened for them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collection: Option<CollectionId>,
    },
    /// The mail with the link of a code went out, or was given up.
    Mail {
        /// The code of a multi token.
        code: TokenId,
    },
    /// A collection.
    Collection {
        /// Which one.
        id: CollectionId,
        /// Whether it is new in the list.
        new: bool,
    },
    /// A person, their sessions or invitations.
    Person {
        /// Which one, when one is concerned.
        id: Option<PersonId>,
        /// Whether they are new in the list.
        new: bool,
    },
    /// More happened than was kept: ask for everything on the screen.
    Everything,
}
