//! Events of the live feed, as sent to browsers that show a list.

use std::fmt;
use std::str::FromStr;

use crate::id::{BadId, CollectionId, MailId, PersonId, TokenId};
use crate::tokens::Family;

/// A change within one organisation. It names what changed and nothing of its content: a listener fetches the rows it
/// shows, with its own rights.
///
/// It is sent as a few words: `token=ID family=access code=ID person=ID collection=ID`, `mail=ID code=ID`,
/// `collection=ID`, `person=ID` or `person`, followed by `new` where it applies, or `everything`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// A token of a list, or one of its codes: created, used, assigned, edited, deleted.
    Token {
        /// The token that the list shows.
        id: TokenId,
        /// The family whose lists it is in.
        family: Family,
        /// The code of a multi token, when one code is affected.
        code: Option<TokenId>,
        /// Whether it is new in the list.
        new: bool,
        /// Who used it, when it was used.
        person: Option<PersonId>,
        /// What it opened for them.
        collection: Option<CollectionId>,
    },
    /// A mail was sent, was given up or bounced.
    Mail {
        /// Which one.
        id: MailId,
        /// The code whose link is in it.
        code: Option<TokenId>,
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
        /// Which one, when one is affected.
        id: Option<PersonId>,
        /// Whether they are new in the list.
        new: bool,
    },
    /// More happened than was kept: reload everything on the screen.
    Everything,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let new = match *self {
            Self::Token {
                id,
                family,
                code,
                new,
                person,
                collection,
            } => {
                write!(f, "token={id} family={}", family.key())?;
                code.map_or(Ok(()), |code| write!(f, " code={code}"))?;
                person.map_or(Ok(()), |person| write!(f, " person={person}"))?;
                collection.map_or(Ok(()), |collection| write!(f, " collection={collection}"))?;
                new
            }
            Self::Mail { id, code } => {
                write!(f, "mail={id}")?;
                return code.map_or(Ok(()), |code| write!(f, " code={code}"));
            }
            Self::Collection { id, new } => {
                write!(f, "collection={id}")?;
                new
            }
            Self::Person { id, new } => {
                f.write_str("person")?;
                id.map_or(Ok(()), |id| write!(f, "={id}"))?;
                new
            }
            Self::Everything => return f.write_str("everything"),
        };
        f.write_str(if new { " new" } else { "" })
    }
}

impl FromStr for Change {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let words = Words(text);
        let new = words.has("new");
        match text.split([' ', '=']).next() {
            Some("token") => Ok(Self::Token {
                id: words.id("token")?.ok_or(BadId)?,
                family: words.of("family").and_then(Family::from_key).ok_or(BadId)?,
                code: words.id("code")?,
                new,
                person: words.id("person")?,
                collection: words.id("collection")?,
            }),
            Some("mail") => Ok(Self::Mail {
                id: words.id("mail")?.ok_or(BadId)?,
                code: words.id("code")?,
            }),
            Some("collection") => Ok(Self::Collection {
                id: words.id("collection")?.ok_or(BadId)?,
                new,
            }),
            Some("person") => Ok(Self::Person {
                id: words.id("person")?,
                new,
            }),
            Some("everything") => Ok(Self::Everything),
            _ => Err(BadId),
        }
    }
}

/// The words of a change.
struct Words<'a>(&'a str);

impl Words<'_> {
    fn has(&self, word: &str) -> bool {
        self.0.split(' ').any(|other| other == word)
    }

    /// The value after a word, if the word is there with one.
    fn of(&self, word: &str) -> Option<&str> {
        let mut pairs = self.0.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == word).map(|(_, text)| text)
    }

    /// The id after a word.
    fn id<T: FromStr<Err = BadId>>(&self, word: &str) -> Result<Option<T>, BadId> {
        self.of(word).map(str::parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_changed_is_read_back_from_its_words() {
        let [id, code] = [1, 2].map(|n| TokenId(Uuid::from_u128(n)));
        let person = PersonId(Uuid::from_u128(3));
        let collection = CollectionId(Uuid::from_u128(4));
        let mail = MailId(Uuid::from_u128(5));
        let mut changes = vec![
            Change::Mail { id: mail, code: None },
            Change::Mail {
                id: mail,
                code: Some(code),
            },
            Change::Everything,
        ];
        for new in [false, true] {
            for (family, code, person, collection) in [
                (Family::Access, None, None, None),
                (Family::Api, Some(code), None, None),
                (Family::Access, Some(code), Some(person), Some(collection)),
                (Family::Page, None, Some(person), Some(collection)),
            ] {
                changes.push(Change::Token {
                    id,
                    family,
                    code,
                    new,
                    person,
                    collection,
                });
            }
            changes.push(Change::Collection { id: collection, new });
            changes.push(Change::Person {
                id: Some(person),
                new,
            });
            changes.push(Change::Person { id: None, new });
        }
        for change in changes {
            assert_eq!(change.to_string().parse(), Ok(change), "{change}");
        }
        let made = Change::Collection {
            id: collection,
            new: true,
        };
        assert_eq!(
            made.to_string(),
            "collection=00000000-0000-0000-0000-000000000004 new"
        );
    }

    #[test]
    fn other_words_are_no_change() {
        for words in [
            "",
            "new",
            "token",
            "token=",
            "token=x",
            "token=00000000-0000-0000-0000-000000000001",
            "token=00000000-0000-0000-0000-000000000001 family=other",
            "mail new",
            "{\"what\":\"everything\"}",
        ] {
            assert_eq!(words.parse::<Change>(), Err(BadId), "{words}");
        }
    }
}
