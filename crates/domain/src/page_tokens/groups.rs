//! The groups that a page token makes its bearer a member of. They travel in one header with commas between them, so
//! what could be read as two names, or as another header, is refused.

use serde::{Deserialize, Serialize};

/// Most groups of a token.
const MOST: usize = 50;
/// Longest name, in characters.
const LONGEST: usize = 60;

/// Names of groups, each once, in the order in which they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(Vec<String>);

impl Groups {
    /// Reads names with commas between them; blank: none.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::of(text.split(','))
    }

    /// Takes names one by one.
    ///
    /// # Errors
    /// A sentence for the field.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut groups: Vec<String> = Vec::new();
        for name in names {
            let name = name.trim();
            if name.is_empty() {
                continue;
            }
            if name.contains(',') || name.chars().any(|c| c.is_control() || turns_around(c)) {
                return Err("The name of a group holds no comma and no control characters.".into());
            }
            if name.chars().count() > LONGEST {
                return Err(format!("The name of a group has at most {LONGEST} characters."));
            }
            if !groups.iter().any(|group| group == name) {
                groups.push(name.to_owned());
            }
        }
        if groups.len() > MOST {
            return Err(format!("A token has at most {MOST} groups."));
        }
        Ok(Self(groups))
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of these that is not among those.
    pub fn first_not_in<'a>(&'a self, known: &Groups) -> Option<&'a str> {
        self.names()
            .find(|name| !known.names().any(|other| other == *name))
    }
}

impl std::fmt::Display for Groups {
    /// As the header `Remote-Groups` has them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// Characters that make one name look like another.
fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_as_they_are_typed() {
        let groups = Groups::parse(" Editors, Batch jobs,,Editors ,Prüfer").expect("names");
        assert_eq!(groups.to_string(), "Editors,Batch jobs,Prüfer");
        assert!(Groups::parse(" , ").expect("nothing").is_empty());
    }

    #[test]
    fn what_could_be_another_group_or_header_is_refused() {
        for name in ["a\r\nRemote-User: root", "a\0", "a\u{7f}b", "a\u{202e}b"] {
            assert!(Groups::of([name]).is_err(), "{name:?}");
        }
        assert!(Groups::of(["a,b"]).is_err());
        assert!(Groups::parse(&"x".repeat(61)).is_err());
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert!(Groups::parse(&many.join(",")).is_err());
    }

    #[test]
    fn a_site_can_say_which_groups_exist() {
        let known = Groups::parse("a,b").expect("names");
        let wanted = Groups::parse("b,c").expect("names");
        assert_eq!(wanted.first_not_in(&known), Some("c"));
        assert_eq!(known.first_not_in(&known), None);
    }
}
