//! Permissions: what a caller may do, as `resource:action`, each feature's in one list.
//!
//! A user type holds some of them, an API token may hold fewer, and a use case checks one in its first line. A new
//! feature adds its lines to the list below; nothing else has to change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $key:literal $area:literal $sentence:literal),+ $(,)?) => {
        /// An action that needs a permission.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name),+ }

        impl Permission {
            /// All permissions, in the order in which people read them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// `resource:action`, as written in the database, in tokens and in the API.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            /// The part of the product that it belongs to, as people know it.
            pub fn area(self) -> &'static str {
                match self { $(Self::$name => $area),+ }
            }

            /// What it allows, in words for people: the end of a sentence that begins with "may".
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),+ }
            }
        }
    };
}

permissions! {
    /// See the Token Manager and the tokens in it.
    TokensRead "tokens:read" "Tokens" "see tokens, their codes and who used them",
    /// Make, edit, assign, suspend, delete and restore tokens.
    TokensManage "tokens:manage" "Tokens" "make, edit, assign, suspend, revoke, delete and restore tokens",
    /// See the secret of a token again. Each time is recorded.
    TokensReveal "tokens:reveal" "Tokens" "see and export the links of tokens; each time is recorded",
    /// See API tokens, but not their secrets.
    ApiTokensRead "api_tokens:read" "API tokens" "see API tokens, what they may do and when they were used",
    /// Make, edit, rotate, suspend and revoke API tokens, and see their secrets.
    ApiTokensManage "api_tokens:manage" "API tokens" "make, edit, rotate, suspend and revoke API tokens",
    /// See who is signed in in mobile apps, and which apps are registered.
    MobileSessionsRead "mobile_sessions:read" "Mobile apps" "see who is signed in in mobile apps, and which apps there are",
    /// Sign people out of mobile apps, have devices wiped, and register apps.
    MobileSessionsManage "mobile_sessions:manage" "Mobile apps" "sign people out of mobile apps, have apps remove what they hold, and register apps",
    /// Read the audit log.
    AuditRead "audit:read" "Organisation" "read what happened in the organisation",
    /// See all collections.
    CollectionsRead "collections:read" "Collections" "see collections and their content",
    /// Make, edit, publish and archive collections.
    CollectionsManage "collections:manage" "Collections" "make, edit, publish and archive collections",
    /// See campaigns, their recipients and what was issued.
    CampaignsRead "campaigns:read" "Certificates" "see certificates and badges, and who has them",
    /// Make campaigns, add recipients, reset and revoke tokens, revoke credentials.
    CampaignsManage "campaigns:manage" "Certificates" "make certificates and badges, send them, and reset or revoke them",
    /// See the people and their reports.
    PeopleRead "people:read" "People" "see people, their reports and open invitations",
    /// Invite people, set user types and departments, and end or give back access.
    PeopleManage "people:manage" "People" "invite people, set their user type and department, and end their access",
    /// See page tokens and the sites that are guarded.
    PageTokensRead "page_tokens:read" "Page tokens" "see page tokens, the sites they belong to and why a request is refused",
    /// Make, edit, rotate and withdraw page tokens, and look after sites.
    PageTokensManage "page_tokens:manage" "Page tokens" "make, edit, rotate, suspend, revoke and delete page tokens, and look after sites",
    /// See what mail went out, what waits and what came back.
    MailsRead "mails:read" "Mail" "see mails, their texts and what became of them",
    /// Send mails again, correct addresses, and change the texts of mails.
    MailsManage "mails:manage" "Mail" "send mails again, correct addresses and change the texts of mails",
    /// Change the organisation's name, time zone and settings.
    OrganisationManage "organisation:manage" "Organisation" "change the organisation's name, time zone and settings",
    /// Make, edit and delete user types.
    UserTypesManage "user_types:manage" "Organisation" "make, edit and delete user types",
    /// Make, rename, move and remove departments.
    DepartmentsManage "departments:manage" "Organisation" "make, rename, move and remove departments",
}

impl Permission {
    /// The permission behind a key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.key() == key)
    }

    fn bit(self) -> u64 {
        1 << (self as u32)
    }
}

/// A set of permissions. It is stored and sent as keys separated by spaces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Permissions(u64);

impl Permissions {
    /// No permission at all.
    pub const NONE: Self = Self(0);

    /// Every permission there is.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether it is one of them.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether another set contains all of these.
    pub fn is_subset(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those in both sets.
    #[must_use]
    pub fn intersection(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those of this set that are not in the other.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order in which people read them.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |permission| self.contains(*permission))
    }

    /// What they allow, in words for people.
    pub fn in_words(self) -> String {
        let sentences: Vec<_> = self.iter().map(Permission::sentence).collect();
        match sentences.is_empty() {
            true => "nothing".to_owned(),
            false => sentences.join("; "),
        }
    }

    /// The set behind some keys. A key that this version does not know grants nothing: an older server may read what a
    /// newer one has written.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        keys.into_iter().filter_map(Permission::from_key).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(
            permissions
                .into_iter()
                .fold(0, |bits, permission| bits | permission.bit()),
        )
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, permission) in self.iter().enumerate() {
            if number > 0 {
                f.write_str(" ")?;
            }
            f.write_str(permission.key())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permissions({self})")
    }
}

impl From<Permissions> for String {
    fn from(permissions: Permissions) -> Self {
        permissions.to_string()
    }
}

impl From<String> for Permissions {
    fn from(keys: String) -> Self {
        Self::from_keys(keys.split(' '))
    }
}

impl FromStr for Permissions {
    type Err = UnknownPermission;

    /// Reads keys that somebody wrote: an unknown one is an error here, not ignored.
    fn from_str(keys: &str) -> Result<Self, UnknownPermission> {
        keys.split_whitespace()
            .map(|key| Permission::from_key(key).ok_or_else(|| UnknownPermission(key.to_owned())))
            .collect()
    }
}

/// A key that stands for no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("There is no permission {0:?}.")]
pub struct UnknownPermission(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_their_permission_and_are_a_resource_and_an_action() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_key(permission.key()), Some(*permission));
            let (resource, action) = permission.key().split_once(':').expect("two parts");
            assert!(!resource.is_empty() && !action.is_empty(), "{permission:?}");
        }
        assert!(Permission::ALL.len() <= 64, "one bit each");
        assert_eq!(Permission::from_key("root"), None);
    }

    #[test]
    fn a_set_is_written_and_read_as_keys() {
        let set: Permissions = [Permission::PeopleRead, Permission::TokensRead]
            .into_iter()
            .collect();
        assert_eq!(set.to_string(), "tokens:read people:read");
        assert_eq!("people:read tokens:read".parse(), Ok(set));
        assert_eq!(Permissions::from(String::from(set)), set);
        assert_eq!("".parse(), Ok(Permissions::NONE));
        assert!("tokens:read root".parse::<Permissions>().is_err());
        assert_eq!(
            Permissions::from_keys(["tokens:read", "of_later:manage"]),
            [Permission::TokensRead].into_iter().collect()
        );
    }

    #[test]
    fn sets_are_compared_as_sets() {
        let (all, none) = (Permissions::all(), Permissions::NONE);
        let one: Permissions = [Permission::TokensReveal].into_iter().collect();
        assert!(none.is_subset(one) && one.is_subset(all) && !all.is_subset(one));
        assert_eq!(all.intersection(one), one);
        assert!(!all.without(one).contains(Permission::TokensReveal));
        assert!(none.is_empty() && !one.is_empty());
        assert_eq!(none.in_words(), "nothing");
        assert!(one.in_words().starts_with("see and export the links"));
        assert_eq!(all.iter().count(), Permission::ALL.len());
    }
}
