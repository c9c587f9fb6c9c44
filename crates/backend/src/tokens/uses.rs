//! The uses of one token, by their numbers.

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
        query = query.bind(number);
    }
    Ok(query.all().await?)
}
