//! The sidebar: an entry for each place.

use domain::Permission;

use crate::routes;
use crate::ui::icon;

/// A place to go to.
pub struct Entry {
    /// Its path.
    pub path: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Without this permission, the place is not shown.
    pub needed: Permission,
    /// People with this permission get there from another place.
    pub unless: Option<Permission>,
    /// Its group.
    pub group: Group,
}

/// Groups of places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What gives access to something.
    GiveAccess,
    /// People.
    People,
    /// What programs and apps use.
    Connect,
    /// Settings of the organisation.
    Administrator,
}

impl Group {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 4] = [Self::GiveAccess, Self::People, Self::Connect, Self::Administrator];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::GiveAccess => "Give access",
            Self::People => "People",
            Self::Connect => "Connect",
            Self::Administrator => "Administrator",
        }
    }
}

/// All places, in order.
#[rustfmt::skip]
pub static ENTRIES: &[Entry] = &[
    entry(Group::GiveAccess, routes::TOKENS, "Tokens", icon::TOKEN, Permission::TokensRead),
    entry(Group::GiveAccess, routes::COLLECTIONS, "Collections", icon::COLLECTION, Permission::CollectionsRead),
    entry(Group::GiveAccess, routes::PAGE_TOKENS, "Page tokens", icon::PAGE, Permission::PageTokensRead),
    entry(Group::GiveAccess, routes::CAMPAIGNS, "Certificates", icon::CERTIFICATE, Permission::CampaignsRead),
    entry(Group::People, routes::PEOPLE, "People", icon::PERSON, Permission::PeopleRead),
    entry(Group::Connect, routes::API_TOKENS, "API tokens", icon::BRACES, Permission::ApiTokensRead),
    Entry { unless: Some(Permission::ApiTokensRead), ..entry(Group::Connect, routes::MOBILE_USERS, "Mobile users", icon::PERSON, Permission::MobileSessionsRead) },
    entry(Group::Administrator, routes::MAIL, "Mail", icon::MAIL, Permission::MailsRead),
    entry(Group::Administrator, routes::ORGANISATION, "Settings", icon::SLIDERS, Permission::PeopleRead),
];

const fn entry(
    group: Group,
    path: &'static str,
    label: &'static str,
    icon: &'static str,
    needed: Permission,
) -> Entry {
    Entry {
        path,
        label,
        icon,
        needed,
        unless: None,
        group,
    }
}
