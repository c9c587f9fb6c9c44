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

/// How well a name fits what was typed, both folded the same way: 0 for the name itself, 1 for its beginning, 2 for the
/// beginning of a word, 3 for a place within one; 4 where it fits by something else than the name.
pub fn rank(name: &str, typed: &str) -> usize {
    if name == typed {
        0
    } else if name.starts_with(typed) {
        1
    } else if name.split([' ', '-']).any(|word| word.starts_with(typed)) {
        2
    } else if name.contains(typed) {
        3
    } else {
        4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_the_better_the_earlier_it_says_what_was_typed() {
        let ranks = ["spring", "spring intake", "late spring", "offspring", "autumn"]
            .map(|name| rank(name, "spring"));
        assert_eq!(ranks, [0, 1, 2, 3, 4]);
        assert_eq!(rank("api tokens", "api tok"), 1);
        assert_eq!(rank("page-tokens", "tok"), 2);
    }
}
