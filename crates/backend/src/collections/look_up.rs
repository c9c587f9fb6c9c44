//! Collections by their ids and by words of their titles, for the features that build on this one.

use std::collections::{BTreeSet, HashMap};

use database::{Conn, FromRow, Part, Result, Sql};
use domain::{CollectionId, OrganisationId};

#[derive(FromRow)]
struct Title {
    id: CollectionId,
    title: String,
}

/// The titles of some collections.
pub(crate) async fn titles(conn: &mut Conn, ids: &[CollectionId]) -> Result<HashMap<CollectionId, String>> {
    let ids: BTreeSet<CollectionId> = ids.iter().copied().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = conn.query(Sql::parts(&[
        Part::Text("SELECT id, title FROM collections WHERE id IN"),
        Part::Values {
            first: 1,
            count: ids.len(),
        },
    ]));
    for id in ids {
        query = query.bind(id);
    }
    let rows: Vec<Title> = query.all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title)).collect())
}

#[derive(FromRow)]
struct Found {
    collection_id: CollectionId,
}

/// Collections with a word in a range; one more than the limit tells that there are too many.
pub(crate) async fn with_word(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): &(Vec<u8>, Vec<u8>),
    most: usize,
) -> Result<Vec<CollectionId>> {
    let rows: Vec<Found> = conn
        .query(
            "SELECT DISTINCT collection_id FROM collection_words
             WHERE organisation_id = $1 AND word >= $2 AND word < $3 LIMIT $4",
        )
        .bind(organisation)
        .bind(from.clone())
        .bind(to.clone())
        .bind(i64::try_from(most + 1).unwrap_or(i64::MAX))
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.collection_id).collect())
}
