//! People by their ids and by what is typed of their names, for the features that stand on this one.

use std::collections::{BTreeSet, HashMap};

use database::{Conn, FromRow, Part, Result, Sql};
use domain::{OrganisationId, PersonId};

use crate::words;

#[derive(FromRow)]
struct Name {
    id: PersonId,
    name: String,
}

/// The names of some people.
pub(crate) async fn names(conn: &mut Conn, ids: &[PersonId]) -> Result<HashMap<PersonId, String>> {
    let ids: BTreeSet<PersonId> = ids.iter().copied().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = conn.query(Sql::parts(&[
        Part::Text("SELECT id, name FROM people WHERE id IN"),
        Part::Values {
            first: 1,
            count: ids.len(),
        },
    ]));
    for id in ids {
        query = query.bind(id);
    }
    let rows: Vec<Name> = query.all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

#[derive(FromRow)]
struct Found {
    person_id: PersonId,
}

/// People of whom every word that was typed begins a word of the name or address; at most so many.
pub(crate) async fn matching(
    conn: &mut Conn,
    organisation: OrganisationId,
    typed: &str,
    most: usize,
) -> Result<Vec<PersonId>> {
    let mut matching: Option<BTreeSet<PersonId>> = None;
    let mut words: Vec<Vec<u8>> = words::words(typed).into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words.into_iter().take(3) {
        let (from, to) = words::beginning_with(&word);
        let rows: Vec<Found> = conn
            .query(
                "SELECT DISTINCT person_id FROM person_words
                 WHERE organisation_id = $1 AND word >= $2 AND word < $3 LIMIT $4",
            )
            .bind(organisation)
            .bind(from)
            .bind(to)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .all()
            .await?;
        let found: BTreeSet<PersonId> = rows.into_iter().map(|row| row.person_id).collect();
        matching = Some(match matching {
            Some(before) => before.intersection(&found).copied().collect(),
            None => found,
        });
    }
    Ok(matching.into_iter().flatten().take(most).collect())
}
