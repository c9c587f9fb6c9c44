//! People by their ids and by what is typed of their names, for the features that stand on this one.

use std::collections::{BTreeSet, HashMap};

use database::{Conn, FromRow, Part, Result, Sql};
use domain::{OrganisationId, PersonId};

use super::directory;
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

/// People of whom every word that was typed begins a word of the name or address; at most so many. The rarest
/// word leads to them, and the others are asked of each.
pub(crate) async fn matching(
    conn: &mut Conn,
    organisation: OrganisationId,
    typed: &str,
    most: usize,
) -> Result<Vec<PersonId>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut ranges = Vec::new();
    for word in words::words(typed).into_iter().take(EXISTS.len() + 1) {
        let range = words::beginning_with(&word);
        let matches = directory::matches(conn, organisation, &range, most).await?;
        ranges.push((matches, range));
    }
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    ranges.sort_by_key(|(matches, _)| *matches);
    let mut pieces = vec![
        "SELECT DISTINCT d.person_id FROM person_words d
         WHERE d.organisation_id = $1 AND d.word >= $3 AND d.word < $4",
    ];
    pieces.extend(&EXISTS[..ranges.len() - 1]);
    pieces.push("LIMIT $2");
    let mut query = conn.query(Sql::pieces(&pieces)).bind(organisation).bind(most);
    for (_, (from, to)) in ranges {
        query = query.bind(from).bind(to);
    }
    let rows: Vec<Found> = query.all().await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

const EXISTS: [&str; 3] = [
    "AND EXISTS (SELECT 1 FROM person_words w WHERE w.person_id = d.person_id AND w.word >= $5 AND w.word < $6)",
    "AND EXISTS (SELECT 1 FROM person_words w WHERE w.person_id = d.person_id AND w.word >= $7 AND w.word < $8)",
    "AND EXISTS (SELECT 1 FROM person_words w WHERE w.person_id = d.person_id AND w.word >= $9 AND w.word < $10)",
];
