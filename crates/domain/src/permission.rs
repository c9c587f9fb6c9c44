//! User types and what they may do: one table.

use serde::{Deserialize, Serialize};

/// A named set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserType {
    /// Has what tokens opened for them; manages nothing.
    Member,
    /// Manages collections, tokens and people, but not the organisation itself.
    Administrator,
    /// May do everything, and there is always at least one.
    Owner,
}

/// Something that needs a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// See the Token Manager and the tokens in it.
    SeeTokens,
    /// Make, edit, assign, suspend, delete and restore tokens.
    ManageTokens,
    /// See the secret of a token again. Each time is recorded.
    RevealTokens,
    /// See all collections.
    SeeCollections,
    /// Make, edit, publish and archive collections.
    ManageCollections,
    /// See the people and their reports.
    SeePeople,
    /// Invite administrators, and change or end the access of anybody who is not an owner.
    ManagePeople,
    /// Invite owners, and change or end the access of owners.
    ManageOwners,
    /// Change the organisation's name, time zone and settings.
    ManageOrganisation,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 9] = [
        Self::SeeTokens,
        Self::ManageTokens,
        Self::RevealTokens,
        Self::SeeCollections,
        Self::ManageCollections,
        Self::SeePeople,
        Self::ManagePeople,
        Self::ManageOwners,
        Self::ManageOrganisation,
    ];
}

impl UserType {
    /// All user types, the mightiest first.
    pub const ALL: [UserType; 3] = [Self::Owner, Self::Administrator, Self::Member];

    /// Whether people of this type may do it.
    pub fn may(self, action: Action) -> bool {
        match self {
            Self::Owner => true,
            Self::Administrator => !matches!(action, Action::ManageOwners | Action::ManageOrganisation),
            Self::Member => false,
        }
    }

    /// Whether people of this type work in the admin's pages.
    pub fn is_admin(self) -> bool {
        self != Self::Member
    }

    /// The word on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Administrator => "Administrator",
            Self::Member => "Member",
        }
    }

    /// The word in forms and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Member => "member",
        }
    }

    /// The user type behind a word in a form or the database.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|user_type| user_type.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written out once more: a change of a permission has to be made twice, on purpose.
    #[test]
    fn the_permission_table_is_exactly_this() {
        use Action::*;
        let table: [(UserType, &[Action]); 3] = [
            (UserType::Owner, &Action::ALL),
            (
                UserType::Administrator,
                &[
                    SeeTokens,
                    ManageTokens,
                    RevealTokens,
                    SeeCollections,
                    ManageCollections,
                    SeePeople,
                    ManagePeople,
                ],
            ),
            (UserType::Member, &[]),
        ];
        for (user_type, allowed) in table {
            for action in Action::ALL {
                assert_eq!(
                    user_type.may(action),
                    allowed.contains(&action),
                    "{user_type:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn words_lead_back_to_their_user_type() {
        for user_type in UserType::ALL {
            assert_eq!(UserType::from_key(user_type.key()), Some(user_type));
        }
        assert_eq!(UserType::from_key("root"), None);
    }
}
