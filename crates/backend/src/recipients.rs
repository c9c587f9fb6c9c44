//! The recipient's side: what somebody has been given, and how they come back to it.
//!
//! Anybody can type anybody's address. Until the mailbox is proven, by a link that was sent to it, a browser
//! sees only what it was given itself.

#[cfg(test)]
mod model;
#[cfg(test)]
mod model_tests;
mod redeem;
#[cfg(test)]
mod redeem_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use domain::recipients::{MyCollectionPage, MyItemPage, MyPage};
use domain::{CollectionId, EmailAddress, FileId, ItemId, Refusal, SessionId};
use serde_json::json;

use crate::audit::{Entry, Event};
use crate::collections::{self, FileContent, Place};
use crate::error::Result;
use crate::people::NewSession;
use crate::times::Times;
use crate::{Backend, Client, Recipient, Scope, Secret};

pub(crate) use redeem::FLOODED;
pub use redeem::Redeemed;
pub(crate) use redeem::{LandingCache, Parents};

/// What recipients do.
pub struct Recipients<'a>(pub(crate) &'a Backend);

impl Backend {
    /// The recipient's side.
    pub fn recipients(&self) -> Recipients<'_> {
        Recipients(self)
    }
}

impl Recipient {
    /// The session whose grants alone are shown; `None` when all are.
    fn only_of(&self) -> Option<SessionId> {
        if self.proven { None } else { Some(self.session) }
    }

    /// How this browser may call them: whoever merely typed an address is not told the name behind it.
    pub fn shown_name(&self) -> String {
        if self.proven {
            self.name.clone()
        } else {
            self.email.to_string()
        }
    }
}

impl Recipients<'_> {
    /// Everything that somebody has.
    ///
    /// # Errors
    /// A fault.
    pub async fn my(&self, recipient: &Recipient) -> Result<MyPage> {
        let times = self.times(recipient);
        let mut conn = self.0.db.read().await?;
        let (organisation, person) = (recipient.organisation, recipient.person);
        let collections =
            collections::mine(&mut conn, organisation, person, recipient.only_of(), &times).await?;
        Ok(MyPage {
            name: recipient.shown_name(),
            email: recipient.email.clone(),
            organisation: recipient.organisation_name.clone(),
            proven: recipient.proven,
            collections,
        })
    }

    /// One collection of one's own.
    ///
    /// # Errors
    /// Not found: no such collection, or it is not theirs.
    pub async fn my_collection(&self, recipient: &Recipient, id: CollectionId) -> Result<MyCollectionPage> {
        let collection = self
            .my(recipient)
            .await?
            .collections
            .into_iter()
            .find(|mine| mine.id == id);
        let collection = collection.ok_or(Refusal::NotFound)?;
        let mut conn = self.0.db.read().await?;
        Ok(MyCollectionPage {
            organisation: recipient.organisation_name.clone(),
            items: collections::my_items(&mut conn, id, Some(recipient.person)).await?,
            collection,
            preview: false,
        })
    }

    /// One item of a collection of one's own. Reading ticks nothing: a browser may read ahead.
    ///
    /// # Errors
    /// Not found: no such item, or it is not theirs.
    pub async fn open_item(
        &self,
        recipient: &Recipient,
        id: CollectionId,
        item: ItemId,
    ) -> Result<MyItemPage> {
        let mut conn = self.0.db.read().await?;
        let (organisation, person) = (recipient.organisation, recipient.person);
        if !collections::has(&mut conn, organisation, person, recipient.only_of(), id).await? {
            return Err(Refusal::NotFound.into());
        }
        let head = collections::head(&mut conn, &Scope::new(organisation, None), id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let place = Place {
            organisation_name: recipient.organisation_name.clone(),
            collection: id,
            collection_title: head.title,
        };
        Ok(collections::item_page(&mut conn, place, item, Some(person))
            .await?
            .ok_or(Refusal::NotFound)?)
    }

    /// Ticks an item as opened. The first time is recorded.
    ///
    /// # Errors
    /// Not found: no such item, or it is not theirs.
    pub async fn mark_opened(&self, recipient: &Recipient, id: CollectionId, item: ItemId) -> Result<()> {
        let page = self.open_item(recipient, id, item).await?;
        if page.opened {
            return Ok(());
        }
        let mut tx = self.0.db.write().await?;
        if collections::open(&mut tx, recipient.person, item, self.0.clock.now()).await? {
            let facts = json!({"item": item, "title": page.item.title});
            let entry = Entry {
                collection: Some(id),
                ..Entry::person(Event::ItemOpened, recipient.person, facts)
            };
            self.0.record(&mut tx, recipient, entry).await?;
        }
        self.0.commit_keeping_cache(tx).await
    }

    /// A file of a collection of one's own.
    ///
    /// # Errors
    /// Not found: no such file, or its collection is not theirs.
    pub async fn file(&self, recipient: &Recipient, file: FileId) -> Result<FileContent> {
        let (organisation, person) = (recipient.organisation, recipient.person);
        let only_of = recipient.only_of();
        if !collections::has_file(&mut self.0.db.read().await?, organisation, person, only_of, file).await? {
            return Err(Refusal::NotFound.into());
        }
        Ok(collections::content(self.0, organisation, file)
            .await?
            .ok_or(Refusal::NotFound)?)
    }

    /// Sends a link to sign in with to a mailbox, if somebody has it. Whether somebody does is not told.
    ///
    /// # Errors
    /// Refused at `email`, or because of too many tries; the same for those who are known and those who are not.
    pub async fn request_sign_in_link(&self, email: &str, client: &Client) -> Result<()> {
        let email: EmailAddress = email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        self.0.people().send_sign_in_link(None, &email, client).await
    }

    /// The address that a sign-in link was sent to, with most of it left out; `None` when the link is none, was
    /// used, or is over.
    ///
    /// # Errors
    /// A fault.
    pub async fn look_sign_in_link(&self, secret: &Secret) -> Result<Option<String>> {
        Ok(self
            .0
            .people()
            .look_sign_in_link(secret)
            .await?
            .map(|email| email.masked()))
    }

    /// Lets in whoever has the link, once.
    ///
    /// # Errors
    /// Not found: the link is none, was used, or is over.
    pub async fn sign_in_by_link(&self, secret: &Secret, client: &Client) -> Result<NewSession> {
        self.0.people().sign_in_by_link(secret, client).await
    }

    fn times(&self, recipient: &Recipient) -> Times {
        Times {
            zone: recipient.time_zone,
            now: self.0.clock.now(),
        }
    }
}
