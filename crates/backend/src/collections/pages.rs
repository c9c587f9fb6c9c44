//! A collection and an item as recipients see them, and an admin's preview of the same.

use database::Conn;
use domain::collections::Cover;
use domain::recipients::{MyCollection, MyCollectionPage, MyItem, MyItemPage};
use domain::{CollectionId, ItemId, Permission, PersonId, Refusal};

use super::{Collections, grants, items, sql};
use crate::Caller;
use crate::error::Result;
use crate::times::Times;

/// The items of a collection, and which of them the person opened; in a preview, none is opened.
pub(crate) async fn my_items(
    conn: &mut Conn,
    collection: CollectionId,
    person: Option<PersonId>,
) -> Result<Vec<MyItem>> {
    let opened = match person {
        Some(person) => grants::opened(conn, person, collection).await?,
        None => Vec::new(),
    };
    let items = items::all(conn, collection).await?;
    Ok(items
        .into_iter()
        .map(|item| MyItem {
            opened: opened.contains(&item.id),
            item: item.shown(),
        })
        .collect())
}

/// The position of an item.
pub(crate) struct Place {
    pub organisation_name: String,
    pub collection: CollectionId,
    pub collection_title: String,
}

/// One item with its neighbours; `None` when it is not in the collection.
pub(crate) async fn item_page(
    conn: &mut Conn,
    place: Place,
    item: ItemId,
    person: Option<PersonId>,
) -> Result<Option<MyItemPage>> {
    let mut items = items::all(conn, place.collection).await?;
    let Some(at) = items.iter().position(|other| other.id == item) else {
        return Ok(None);
    };
    let neighbour = |at: Option<usize>| {
        at.and_then(|at| items.get(at))
            .map(|item| (item.id, item.title.clone()))
    };
    let (previous, next) = (neighbour(at.checked_sub(1)), neighbour(Some(at + 1)));
    let opened = match person {
        Some(person) => grants::opened(conn, person, place.collection)
            .await?
            .contains(&item),
        None => false,
    };
    Ok(Some(MyItemPage {
        organisation: place.organisation_name,
        collection: place.collection,
        collection_title: place.collection_title,
        item: items.swap_remove(at).shown(),
        opened,
        previous,
        next,
        preview: person.is_none(),
    }))
}

impl Collections<'_> {
    /// A collection as recipients will see it.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn preview(&self, caller: &Caller, id: CollectionId) -> Result<MyCollectionPage> {
        caller.may(Permission::CollectionsRead)?;
        let times = Times {
            zone: caller.time_zone,
            now: self.0.clock.now(),
        };
        let mut conn = self.0.db.read().await?;
        let head = sql::head(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(MyCollectionPage {
            organisation: caller.organisation_name.clone(),
            collection: MyCollection {
                id,
                title: head.title,
                summary: head.summary,
                cover: Cover {
                    colour: head.colour,
                    emoji: head.emoji,
                },
                opened: 0,
                items: head.items,
                since: times.when(times.now),
            },
            items: my_items(&mut conn, id, None).await?,
            preview: true,
        })
    }

    /// An item as recipients will see it.
    ///
    /// # Errors
    /// Forbidden or not found.
    pub async fn preview_item(&self, caller: &Caller, id: CollectionId, item: ItemId) -> Result<MyItemPage> {
        caller.may(Permission::CollectionsRead)?;
        let mut conn = self.0.db.read().await?;
        let head = sql::head(&mut conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let place = Place {
            organisation_name: caller.organisation_name.clone(),
            collection: id,
            collection_title: head.title,
        };
        Ok(item_page(&mut conn, place, item, None)
            .await?
            .ok_or(Refusal::NotFound)?)
    }
}
