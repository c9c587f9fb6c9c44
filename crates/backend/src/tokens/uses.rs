//! The uses of one token, by their numbers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Part, Sql};
use domain::{PersonId, TokenId};

use crate::error::Result;

/// A use.
#[derive(Debug, FromRow)]
pub(crate) struct Numbered {
    pub number: i64,
    pub at: DateTime<Utc>,
    pub person_id: Option<PersonId>,
}

/// As many uses of a token as requested, from this number downwards.
///
/// Each use has a number, from 1 without gaps, which leads the key of the table: so the query names the numbers, and no
/// use of another token is read.
pub(crate) async fn down_from(
    conn: &mut Conn,
    token: TokenId,
    last: i64,
    most: i64,
) -> Result<Vec<Numbered>> {
    let numbers: Vec<i64> = ((last - most).max(0) + 1..=last).collect();
    numbered(conn, token, &numbers).await
}

/// How many uses came before each of these instants, of a token that has been used so often.
///
/// Uses are numbered as they came, so that each answer is found by halving, all of them with the same queries: what a token
/// was used for in a season costs no more when it was used a million times.
pub(crate) async fn before(
    conn: &mut Conn,
    token: TokenId,
    uses: i64,
    instants: &[DateTime<Utc>],
) -> Result<Vec<i64>> {
    // The answer is one of the numbers from the first to the second.
    let mut between = vec![(0, uses); instants.len()];
    let middle = |from: i64, to: i64| (from + to) / 2 + 1;
    loop {
        let open = between.iter().filter(|(from, to)| from < to);
        let mut asked: Vec<i64> = open.map(|(from, to)| middle(*from, *to)).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Ok(between.into_iter().map(|(from, _)| from).collect());
        }
        let found = numbered(conn, token, &asked).await?;
        let times: HashMap<i64, DateTime<Utc>> = found.into_iter().map(|one| (one.number, one.at)).collect();
        for ((from, to), instant) in between.iter_mut().zip(instants) {
            if from < to {
                let number = middle(*from, *to);
                match times.get(&number).is_some_and(|at| at < instant) {
                    true => *from = number,
                    false => *to = number - 1,
                }
            }
        }
    }
}

/// The uses with these numbers, the latest first.
async fn numbered(conn: &mut Conn, token: TokenId, numbers: &[i64]) -> Result<Vec<Numbered>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = conn
        .query(Sql::parts(&[
            Part::Text("SELECT number, at, person_id FROM uses WHERE token_id = $1 AND number IN"),
            Part::Values {
                first: 2,
                count: numbers.len(),
            },
            Part::Text("ORDER BY number DESC"),
        ]))
        .bind(token);
    for number in numbers {
        query = query.bind(*number);
    }
    Ok(query.all().await?)
}

/// The people who used a token.
pub(crate) async fn people_of(conn: &mut Conn, token: TokenId) -> Result<Vec<PersonId>> {
    let rows: Vec<(PersonId,)> = conn
        .query("SELECT DISTINCT person_id FROM uses WHERE token_id = $1 AND person_id IS NOT NULL")
        .bind(token)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(person,)| person).collect())
}

/// Whether somebody used a token beside this one that was not deleted.
pub(crate) async fn has_another(conn: &mut Conn, person: PersonId, token: TokenId) -> Result<bool> {
    let row: Option<(TokenId,)> = conn
        .query(
            "SELECT u.token_id FROM uses u JOIN tokens t ON t.id = u.token_id
             WHERE u.person_id = $1 AND u.token_id <> $2 AND t.deleted_at IS NULL LIMIT 1",
        )
        .bind(person)
        .bind(token)
        .optional()
        .await?;
    Ok(row.is_some())
}
