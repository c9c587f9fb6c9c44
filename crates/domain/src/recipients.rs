//! The recipient's side: what somebody with a link sees, and what becomes theirs.

use crate::collections::{Cover, ItemView};
use crate::email::EmailAddress;
use crate::form::Problems;
use crate::id::{CollectionId, ItemId};
use crate::people::person_name;
use crate::when::When;

/// What a link or code is answered with: one card each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LinkStatus {
    /// It opens something.
    Open(Offer),
    /// It will, later. Only whoever holds a real code learns it.
    NotYet {
        /// What it is about.
        offer: Offer,
        /// When it starts.
        starts: When,
    },
    /// Its time is over.
    Expired {
        /// What it was about.
        offer: Offer,
        /// Its last minute.
        ended: When,
    },
    /// Its last use was spent, by others.
    UsedUp(Offer),
    /// This person has it already; nothing more is spent.
    Yours {
        /// What it is about.
        offer: Offer,
        /// Whether this browser is signed in as that person; otherwise a link to the mailbox leads there.
        signed_in: bool,
    },
    /// Somebody paused it, or its collection is not open.
    Suspended(Offer),
    /// The code was assigned to one address, and this browser is signed in as somebody with another one.
    WrongRecipient {
        /// What it is about; `assigned` says for whom, masked.
        offer: Offer,
        /// Who is signed in.
        signed_in_as: EmailAddress,
    },
    /// No such code, a wrong check character, revoked, deleted, another organisation's: all the same.
    Unknown,
    /// Too many wrong codes from here.
    TooMany {
        /// Seconds until the next try is listened to.
        seconds: i64,
    },
}

/// What a link gives access to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Offer {
    /// The organisation's name.
    pub organisation: String,
    /// The collection.
    pub collection: CollectionId,
    /// The collection's title.
    pub title: String,
    /// The collection's summary.
    pub summary: String,
    /// The collection's cover.
    pub cover: Cover,
    /// How many items it has.
    pub items: i64,
    /// Until when the link works: its last minute.
    pub until: Option<When>,
    /// The address that the code was assigned to, with most of it left out. It takes no other.
    pub assigned: Option<String>,
    /// The organisation's time zone, in which all times of the card are said.
    pub time_zone: String,
}

/// The recipient's form, as typed.
#[derive(Debug, Clone, Default)]
pub struct RedeemForm {
    /// *Your name*.
    pub name: String,
    /// *E-mail*; not asked for an assigned code.
    pub email: String,
}

impl RedeemForm {
    /// Whether nothing is filled in.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty()
    }

    /// The name and address. An assigned code knows its address, so none is asked for.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self, assigned: Option<&EmailAddress>) -> Result<(String, EmailAddress), Problems> {
        let mut problems = Problems::default();
        let name = problems.check("name", person_name(&self.name));
        let email = match assigned {
            Some(address) => Some(address.clone()),
            None => problems.check("email", self.email.parse()),
        };
        match (name, email) {
            (Some(name), Some(email)) => Ok((name, email)),
            _ => Err(problems),
        }
    }
}

/// The recipient's own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyPage {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: EmailAddress,
    /// The organisation's name.
    pub organisation: String,
    /// Whether the mailbox is proven. Until then only what was opened in this browser is listed.
    pub proven: bool,
    /// What they have, the newest first.
    pub collections: Vec<MyCollection>,
}

/// A collection of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyCollection {
    /// The collection.
    pub id: CollectionId,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its cover.
    pub cover: Cover,
    /// How many items were opened.
    pub opened: i64,
    /// How many there are.
    pub items: i64,
    /// Since when it is theirs.
    pub since: When,
}

/// One collection of one's own, with its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyCollectionPage {
    /// The organisation's name.
    pub organisation: String,
    /// The collection.
    pub collection: MyCollection,
    /// Its items, and which were opened.
    pub items: Vec<MyItem>,
    /// Whether an admin looks at it as a recipient would: nothing is ticked or kept.
    pub preview: bool,
}

/// An item of a collection of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyItem {
    /// The item.
    pub item: ItemView,
    /// Whether it was opened.
    pub opened: bool,
}

/// One item, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyItemPage {
    /// The organisation's name.
    pub organisation: String,
    /// The collection it stands in.
    pub collection: CollectionId,
    /// The collection's title.
    pub collection_title: String,
    /// The item.
    pub item: ItemView,
    /// Whether it was marked as opened.
    pub opened: bool,
    /// The one before it.
    pub previous: Option<(ItemId, String)>,
    /// The one after it.
    pub next: Option<(ItemId, String)>,
    /// Whether an admin looks at it as a recipient would.
    pub preview: bool,
}
