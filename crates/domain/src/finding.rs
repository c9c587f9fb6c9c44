//! The search by name from any page, and the first steps of a new organisation.

use serde::{Deserialize, Serialize};

use crate::{CollectionId, PersonId, TokenId};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// An access token.
    Token(TokenId),
    /// A collection.
    Collection(CollectionId),
    /// A person.
    Person(PersonId),
}

/// A search result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it is.
    pub which: Which,
    /// Its name.
    pub name: String,
    /// What distinguishes it from another of the same name: the collection of a token, the address of a person.
    pub note: String,
}

/// How far an organisation has come towards its first link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSteps {
    /// The collection to continue with, if there is one: a draft.
    pub draft: Option<CollectionId>,
    /// Whether there is a published collection.
    pub is_published: bool,
    /// Whether there has ever been a token.
    pub has_tokens: bool,
}
