//! User types: named sets of permissions, rows of an organisation.

use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};
use crate::id::UserTypeId;
use crate::permission::{Permission, Permissions};

/// The user types that every organisation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltIn {
    /// May do everything, and there is always at least one.
    Owner,
    /// Manages collections, tokens and people, but not the organisation itself.
    Administrator,
    /// Has what tokens opened for them; manages nothing.
    Member,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Administrator, Self::Member];

    /// Its name, until somebody changes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Administrator => "Administrator",
            Self::Member => "Member",
        }
    }

    /// What it is for, until somebody changes it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Owner => "May do everything. Every organisation has at least one.",
            Self::Administrator => "Manages collections, tokens and people, but not the organisation itself.",
            Self::Member => {
                "Has what tokens opened for them and manages nothing. Whoever uses a token is one."
            }
        }
    }

    /// Its name in forms and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Member => "member",
        }
    }

    /// The built-in user type with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|built_in| built_in.key() == key)
    }

    /// What people of this type may do, until somebody changes it. A permission that a new version adds is given to
    /// owners and, unless it is about the organisation itself, to administrators.
    pub fn permissions(self) -> Permissions {
        match self {
            Self::Owner => Permissions::all(),
            Self::Administrator => Permission::ALL
                .iter()
                .copied()
                .filter(|permission| permission.area() != Permission::OrganisationManage.area())
                .collect(),
            Self::Member => Permissions::NONE,
        }
    }

    /// Whether its permissions can be changed. An owner may do everything, or else nobody could restore permissions;
    /// every person who uses a token becomes a member, so members may do nothing.
    pub fn is_editable(self) -> bool {
        self == Self::Administrator
    }
}

/// A user type, as rows name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTypeName {
    /// Which one.
    pub id: UserTypeId,
    /// Its name.
    pub name: String,
    /// Which of the built-in ones it is, if it is one.
    pub built_in: Option<BuiltIn>,
}

/// A user type, as the organisation's settings show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTypeView {
    /// Which one.
    pub id: UserTypeId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What people of this type may do.
    pub permissions: Permissions,
    /// Which of the built-in ones it is, if it is one.
    pub built_in: Option<BuiltIn>,
    /// How many people have it, up to one more than [`MOST_COUNTED`].
    pub people: i64,
}

/// People of a user type are counted up to here.
pub const MOST_COUNTED: i64 = 10_000;

/// The most user types in an organisation.
pub const MOST_USER_TYPES: i64 = 100;

/// Which user type is meant: a built-in one by its name, any by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserTypeRef {
    /// By its name.
    BuiltIn(BuiltIn),
    /// By its id.
    Id(UserTypeId),
}

impl std::str::FromStr for UserTypeRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(built_in) = BuiltIn::from_key(text.trim()) {
            return Ok(Self::BuiltIn(built_in));
        }
        text.parse()
            .map(Self::Id)
            .map_err(|_| "Choose a user type from the list.")
    }
}

impl From<BuiltIn> for UserTypeRef {
    fn from(built_in: BuiltIn) -> Self {
        Self::BuiltIn(built_in)
    }
}

/// A user type, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserTypeForm {
    /// *Name*.
    pub name: String,
    /// *Description*.
    pub description: String,
    /// The keys of the permissions that were ticked, with a space between them.
    pub permissions: String,
}

/// A user type to be created, or the new content of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUserType {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What people of this type may do.
    pub permissions: Permissions,
}

impl UserTypeForm {
    /// The user type.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<NewUserType, Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", form::line("A user type's name", 60, &self.name));
        let description = form::text(self.description.trim());
        if description.chars().count() > MOST_DESCRIPTION {
            problems.add("description", "A description has up to 300 characters.");
        }
        let permissions = problems.check("permissions", self.permissions.parse());
        match (name, permissions) {
            (Some(name), Some(permissions)) if problems.is_empty() => Ok(NewUserType {
                name,
                description,
                permissions,
            }),
            _ => Err(problems),
        }
    }
}

const MOST_DESCRIPTION: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the built-in user types may do, written out again: a change has to be made twice, on purpose.
    #[test]
    fn the_built_in_user_types_hold_exactly_these_permissions() {
        let table = [
            (BuiltIn::Owner, Permissions::all()),
            (
                BuiltIn::Administrator,
                "tokens:read tokens:manage tokens:reveal api_tokens:read api_tokens:manage mobile_sessions:read \
                 mobile_sessions:manage collections:read \
                 collections:manage campaigns:read campaigns:manage people:read people:manage page_tokens:read \
                 page_tokens:manage mails:read mails:manage"
                    .parse()
                    .expect("permissions"),
            ),
            (BuiltIn::Member, Permissions::NONE),
        ];
        for (built_in, permissions) in table {
            assert_eq!(built_in.permissions(), permissions, "{built_in:?}");
            assert_eq!(BuiltIn::from_key(built_in.key()), Some(built_in));
        }
        assert_eq!(BuiltIn::from_key("root"), None);
    }

    #[test]
    fn a_user_type_is_named_by_its_word_or_its_id() {
        assert_eq!("owner".parse(), Ok(UserTypeRef::BuiltIn(BuiltIn::Owner)));
        let id = UserTypeId(uuid::Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(UserTypeRef::Id(id)));
        assert!("root".parse::<UserTypeRef>().is_err());
    }

    #[test]
    fn a_form_says_all_problems_at_once() {
        let form = UserTypeForm {
            name: " ".into(),
            description: "x".repeat(301),
            permissions: "tokens:read root".into(),
        };
        let problems = form.parse().expect_err("a bad form");
        let fields: Vec<&str> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["name", "description", "permissions"]);
    }
}
