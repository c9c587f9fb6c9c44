//! Who has which collection, and their progress in it.

mod sql;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::collections::Cover;
use domain::people::PersonCollection;
use domain::recipients::MyCollection;
use domain::{CollectionId, FileId, ItemId, OrganisationId, PersonId, SessionId, TokenId};

use super::files;
use crate::Scope;
use crate::error::Result;
use crate::times::Times;

/// What a use gives.
pub(crate) struct NewGrant {
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub collection: CollectionId,
    pub token: TokenId,
    pub use_number: i64,
    /// The session it was created in: as long as the mailbox is not proven, only this one sees it.
    pub session: Option<SessionId>,
}

/// Gives collections to people, in the transaction of the uses that pay for them.
pub(crate) async fn grant_all(tx: &mut WriteTx, new: &[NewGrant], now: DateTime<Utc>) -> Result<()> {
    Ok(sql::insert(tx, new, now).await?)
}

/// Moves a grant to another session: its request was sent again, and the first answer may never have arrived.
pub(crate) async fn move_to_session(
    tx: &mut WriteTx,
    person: PersonId,
    token: TokenId,
    session: SessionId,
) -> Result<()> {
    Ok(sql::set_session(tx, person, token, session).await?)
}

/// How many collections a person has.
pub(crate) async fn count_of_person(conn: &mut Conn, person: PersonId) -> Result<i64> {
    Ok(sql::count_of_person(conn, person).await?)
}

/// How many people have a collection.
pub(crate) async fn people(conn: &mut Conn, collection: CollectionId) -> Result<i64> {
    Ok(sql::people(conn, collection).await?)
}

/// Whether a person has a collection; in a session with an unproven mailbox, whether it was given in it.
pub(crate) async fn has(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
    only_of: Option<SessionId>,
    collection: CollectionId,
) -> Result<bool> {
    Ok(sql::has(conn, organisation, person, only_of, collection).await?)
}

/// Whether a person has the collection that a file belongs to.
pub(crate) async fn has_file(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
    only_of: Option<SessionId>,
    file: FileId,
) -> Result<bool> {
    match files::collection_of(conn, organisation, file).await? {
        Some(collection) => has(conn, organisation, person, only_of, collection).await,
        None => Ok(false),
    }
}

/// What a person has, as an admin sees it; the newest first.
pub(crate) async fn of_person(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
    times: &Times,
) -> Result<Vec<PersonCollection>> {
    let rows = sql::of_person(conn, scope, person, None).await?;
    Ok(rows
        .into_iter()
        .map(|row| PersonCollection {
            id: row.id,
            title: row.title,
            cover: Cover {
                colour: row.colour,
                emoji: row.emoji,
            },
            opened: row.opened,
            items: row.items,
            since: times.when(row.since),
        })
        .collect())
}

/// What a person has, as they see it themselves; in a session with an unproven mailbox, only what was given in it. The
/// newest first.
pub(crate) async fn mine(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
    only_of: Option<SessionId>,
    times: &Times,
) -> Result<Vec<MyCollection>> {
    let rows = sql::of_person(conn, &Scope::new(organisation, None), person, only_of).await?;
    Ok(rows
        .into_iter()
        .map(|row| MyCollection {
            id: row.id,
            title: row.title,
            summary: row.summary,
            cover: Cover {
                colour: row.colour,
                emoji: row.emoji,
            },
            opened: row.opened,
            items: row.items,
            since: times.when(row.since),
        })
        .collect())
}

/// The items that a person opened.
pub(crate) async fn opened(
    conn: &mut Conn,
    person: PersonId,
    collection: CollectionId,
) -> Result<Vec<ItemId>> {
    Ok(sql::opened(conn, person, collection).await?)
}

/// Ticks an item; returns whether it was not ticked before.
pub(crate) async fn open(
    tx: &mut WriteTx,
    person: PersonId,
    item: ItemId,
    now: DateTime<Utc>,
) -> Result<bool> {
    Ok(sql::open(tx, person, item, now).await?)
}
