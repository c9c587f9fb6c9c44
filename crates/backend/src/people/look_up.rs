//! People by their ids and by search terms, for the features that build on this one.

use std::collections::{BTreeSet, HashMap};

use database::{Conn, FromRow, Part, Result, Statement};
use domain::{EmailAddress, OrganisationId, PersonId};

use super::{directory, sql};
use crate::{Scope, words};

#[derive(FromRow)]
struct Name {
    id: PersonId,
    name: String,
}

/// The names of some people, as far as they are in a scope: a limited caller does not learn the names of people outside
/// it.
pub(crate) async fn names_within(
    conn: &mut Conn,
    scope: &Scope,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, String>> {
    let ids: BTreeSet<PersonId> = ids.iter().copied().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let head = [
        Part::Text("SELECT p.id, p.name FROM people p WHERE p.organisation_id = $1 AND p.id IN"),
        Part::Values {
            first: 2,
            count: ids.len(),
        },
    ];
    let mut query = scope
        .query(conn, "p.department_id", 2 + ids.len(), &head, &[])
        .organisation();
    for id in ids {
        query = query.bind(id);
    }
    let rows: Vec<Name> = query.all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The name and address of a person in a scope whose access has not ended.
pub(crate) async fn mailbox(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
) -> crate::Result<Option<(String, EmailAddress)>> {
    let Some(row) = sql::by_id(conn, scope, person).await? else {
        return Ok(None);
    };
    if row.deactivated_at.is_some() {
        return Ok(None);
    }
    let email = super::address(person, &row.email)?;
    Ok(email.map(|email| (row.name, email)))
}

/// The most words of a search that are considered.
const MOST_WORDS: usize = 8;

#[derive(FromRow)]
struct Found {
    person_id: PersonId,
}

/// People whose name or address has a word beginning with every word that was typed, up to a limit. The rarest word
/// leads to them, and the others are tested on each.
pub(crate) async fn matching(
    conn: &mut Conn,
    organisation: OrganisationId,
    typed: &str,
    most: usize,
) -> Result<Vec<PersonId>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut words = Vec::new();
    for word in words::words(typed).into_iter().take(MOST_WORDS) {
        let matches = directory::matches(conn, organisation, &word, most).await?;
        words.push((matches, word));
    }
    words.sort_by_key(|(matches, _)| *matches);
    let Some(((_, rarest), others)) = words.split_first() else {
        return Ok(Vec::new());
    };
    let (from, to) = words::beginning_with(rarest);
    let statement = Statement::new("SELECT DISTINCT d.person_id FROM person_words d");
    let statement = match others {
        [] => statement,
        _ => statement.text("JOIN people p ON p.id = d.person_id"),
    };
    let statement = statement
        .text("WHERE d.organisation_id =")
        .value(organisation)
        .text("AND d.word >=")
        .value(from)
        .text("AND d.word <")
        .value(to);
    let statement = others.iter().fold(statement, |statement, (_, word)| {
        directory::holds_word(conn, statement, word)
    });
    let rows: Vec<Found> = statement.text("LIMIT").value(most).query(conn).all().await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}
