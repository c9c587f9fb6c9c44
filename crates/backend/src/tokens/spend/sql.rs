//! The statements of spending: uses, and the counters that agree with them.

use chrono::{DateTime, Utc};
use database::{FromRow, Result, Sql, WriteTx, in_pieces, padded};
use domain::{OrganisationId, PersonId, TokenId};

use super::Spending;
#[cfg(feature = "wrong-versions")]
use crate::tokens::Token;

/// The number of a use, and what it was looked for by.
#[derive(FromRow)]
pub(super) struct KeyedUse {
    pub token_id: TokenId,
    pub idempotency_key: Vec<u8>,
    pub number: i64,
}

/// The uses that were made with some keys. The lists are joined because that is what lets both engines find each
/// row by its index.
pub(super) async fn uses_with_keys(tx: &mut WriteTx, wanted: &[Spending]) -> Result<Vec<KeyedUse>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = padded(wanted.iter().collect());
    let mut query = tx.query(Sql::rows(
        "SELECT u.token_id, u.idempotency_key, u.number FROM (VALUES",
        2,
        wanted.len(),
        ") AS v JOIN uses u ON u.token_id = v.column1 AND u.idempotency_key = v.column2",
    ));
    for one in wanted {
        query = query.bind(one.token).bind(one.idempotency_key.clone());
    }
    query.all().await
}

/// The number of a use, and whose it is.
#[derive(FromRow)]
pub(super) struct PersonsUse {
    pub token_id: TokenId,
    pub person_id: PersonId,
    pub number: i64,
}

/// The uses that some people made of some tokens.
pub(super) async fn uses_of_people(
    tx: &mut WriteTx,
    wanted: Vec<(TokenId, PersonId)>,
) -> Result<Vec<PersonsUse>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = padded(wanted);
    let mut query = tx.query(Sql::rows(
        "SELECT u.token_id, u.person_id, u.number FROM (VALUES",
        2,
        wanted.len(),
        ") AS v JOIN uses u ON u.person_id = v.column2 AND u.token_id = v.column1",
    ));
    for (token, person) in wanted {
        query = query.bind(token).bind(person);
    }
    query.all().await
}

/// A counter that moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub token: TokenId,
    pub before: i64,
    pub after: i64,
}

/// Moves counters, each from what it was read as, and never above its limit; says how many moved.
pub(super) async fn count_uses(tx: &mut WriteTx, counted: &[Counted], now: DateTime<Utc>) -> Result<u64> {
    let mut moved = 0;
    for piece in in_pieces(counted) {
        let mut query = tx.query(Sql::rows(
            "UPDATE tokens
             SET uses = v.column3, last_used_at = v.column4,
                 ended_at = CASE WHEN v.column3 >= use_limit THEN v.column4 ELSE ended_at END
             FROM (VALUES",
            4,
            piece.len(),
            ") AS v
             WHERE tokens.id = v.column1 AND tokens.uses = v.column2
               AND (tokens.use_limit IS NULL OR v.column3 <= tokens.use_limit)",
        ));
        for one in piece {
            query = query.bind(one.token).bind(one.before).bind(one.after).bind(now);
        }
        moved += query.run().await?;
    }
    Ok(moved)
}

/// A use to be written.
pub(super) struct NewUse<'a> {
    pub organisation: OrganisationId,
    pub number: i64,
    pub spending: &'a Spending,
}

pub(super) async fn insert_uses(tx: &mut WriteTx, uses: &[NewUse<'_>], now: DateTime<Utc>) -> Result<()> {
    for piece in in_pieces(uses) {
        let mut query = tx.query(Sql::rows(
            "INSERT INTO uses (token_id, number, organisation_id, idempotency_key, at, person_id, address) VALUES",
            7,
            piece.len(),
            "",
        ));
        for one in piece {
            query = query
                .bind(one.spending.token)
                .bind(one.number)
                .bind(one.organisation)
                .bind(one.spending.idempotency_key.clone())
                .bind(now)
                .bind(one.spending.person)
                .bind(one.spending.address.clone());
        }
        query.run().await?;
    }
    Ok(())
}

/// Writes a counter from what was read before, and a use with whatever number is free: the fences are down.
#[cfg(feature = "wrong-versions")]
pub(super) async fn write_what_was_read(
    tx: &mut WriteTx,
    read: &Token,
    spending: &Spending,
    now: DateTime<Utc>,
) -> Result<i64> {
    tx.query("UPDATE tokens SET uses = $2 WHERE id = $1")
        .bind(read.id)
        .bind(read.bounds.uses + 1)
        .run()
        .await?;
    let number = tx
        .query("SELECT COALESCE(MAX(number), 0) + 1 FROM uses WHERE token_id = $1")
        .bind(read.id)
        .number()
        .await?;
    let one = NewUse {
        organisation: read.organisation,
        number,
        spending,
    };
    insert_uses(tx, &[one], now).await?;
    Ok(number)
}
