//! The statements of spending: uses, and the counters that agree with them.

use chrono::{DateTime, Utc};
use database::{Conn, FromRow, Result, Sql, WriteTx, padded};
use domain::{OrganisationId, PersonId, TokenId};

use super::Spending;
#[cfg(feature = "wrong-versions")]
use crate::tokens::Token;

/// A use that was made before.
#[derive(FromRow)]
pub(in crate::tokens) struct MadeBefore {
    pub token_id: TokenId,
    pub number: i64,
    pub idempotency_key: Vec<u8>,
    pub person_id: Option<PersonId>,
}

/// How an earlier use is recognised.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub token: TokenId,
    pub key: &'a [u8],
    /// `None` where a person may use a token many times.
    pub person: Option<PersonId>,
}

/// The uses that were made with the same keys, and those that the same people made. Joining the list lets both engines
/// find each row by its index.
pub(super) async fn made_before(tx: &mut WriteTx, wanted: Vec<Wanted<'_>>) -> Result<Vec<MadeBefore>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = padded(wanted);
    let mut query = tx.query(Sql::rows(
        "WITH wanted (token_id, idempotency_key, person_id) AS (VALUES",
        3,
        wanted.len(),
        ")
         SELECT u.token_id, u.number, u.idempotency_key, u.person_id
         FROM wanted w JOIN uses u ON u.token_id = w.token_id AND u.idempotency_key = w.idempotency_key
         UNION ALL
         SELECT u.token_id, u.number, u.idempotency_key, u.person_id
         FROM wanted w JOIN uses u ON u.person_id = w.person_id AND u.token_id = w.token_id",
    ));
    for one in wanted {
        query = query.bind(one.token).bind(one.key.to_vec()).bind(one.person);
    }
    query.all().await
}

/// The uses that were made with some keys alone.
pub(in crate::tokens) async fn made_with_keys(
    conn: &mut Conn,
    wanted: Vec<(TokenId, &[u8])>,
) -> Result<Vec<MadeBefore>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = padded(wanted);
    let mut query = conn.query(Sql::rows(
        "WITH wanted (token_id, idempotency_key) AS (VALUES",
        2,
        wanted.len(),
        ")
         SELECT u.token_id, u.number, u.idempotency_key, u.person_id
         FROM wanted w JOIN uses u ON u.token_id = w.token_id AND u.idempotency_key = w.idempotency_key",
    ));
    for (token, key) in wanted {
        query = query.bind(token).bind(key.to_vec());
    }
    query.all().await
}

/// A counter that moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub token: TokenId,
    pub before: i64,
    pub after: i64,
    /// When its last use was made.
    pub at: DateTime<Utc>,
}

/// Moves counters, each from the value that was read, and never above its limit; returns how many moved.
///
/// Nothing else is set: half of the indexes on tokens contain only those that have not ended, and SQLite rewrites each
/// of them for a statement that may set that column, even if it does not.
pub(super) async fn count_uses(tx: &mut WriteTx, counted: &[Counted]) -> Result<u64> {
    tx.update(
        "UPDATE tokens SET uses = v.column4, last_used_at = v.column5",
        4,
        "AND tokens.id = v.column2 AND tokens.uses = v.column3
         AND (tokens.use_limit IS NULL OR v.column4 <= tokens.use_limit)",
        counted,
        |query, one| {
            query
                .bind(one.token)
                .bind(one.before)
                .bind(one.after)
                .bind(one.at)
        },
    )
    .await
}

/// Notes the time of a use, for tokens whose uses have no numbers. A clock that is behind another server's does not set
/// it back.
pub(super) async fn set_last_used(tx: &mut WriteTx, used: &[TokenId], now: DateTime<Utc>) -> Result<()> {
    let used: Vec<(TokenId, DateTime<Utc>)> = used.iter().map(|token| (*token, now)).collect();
    set_last_used_at(tx, &used).await
}

/// The same, each at its own time.
pub(super) async fn set_last_used_at(tx: &mut WriteTx, used: &[(TokenId, DateTime<Utc>)]) -> Result<()> {
    tx.update(
        "UPDATE tokens SET last_used_at = v.column3",
        2,
        "AND tokens.id = v.column2 AND (tokens.last_used_at IS NULL OR tokens.last_used_at < v.column3)",
        used,
        |query, (token, at)| query.bind(*token).bind(*at),
    )
    .await?;
    Ok(())
}

/// Adds to the unnumbered uses, and notes the last one unless a later one is noted.
pub(super) async fn add_unnumbered(tx: &mut WriteTx, uses: &[super::Unnumbered]) -> Result<()> {
    tx.update(
        "UPDATE tokens SET unnumbered_uses = tokens.unnumbered_uses + v.column3,
                           last_used_at = CASE WHEN tokens.last_used_at > v.column4 THEN tokens.last_used_at
                                               ELSE v.column4 END",
        3,
        "AND tokens.id = v.column2",
        uses,
        |query, uses| query.bind(uses.token).bind(uses.count).bind(uses.last),
    )
    .await?;
    Ok(())
}

/// Puts tokens that are used up among the ended ones, each as of its last use; returns how many there were.
pub(super) async fn end(tx: &mut WriteTx, used_up: &[(TokenId, DateTime<Utc>)]) -> Result<u64> {
    tx.update(
        "UPDATE tokens SET ended_at = v.column3",
        2,
        "AND tokens.id = v.column2 AND tokens.uses >= tokens.use_limit",
        used_up,
        |query, (token, at)| query.bind(*token).bind(*at),
    )
    .await
}

/// A use to be written.
pub(super) struct NewUse<'a> {
    pub organisation: OrganisationId,
    pub number: i64,
    pub spending: &'a Spending,
    pub at: DateTime<Utc>,
}

pub(super) async fn insert_uses(tx: &mut WriteTx, uses: &[NewUse<'_>]) -> Result<()> {
    tx.insert(
        "INSERT INTO uses (token_id, number, organisation_id, idempotency_key, at, person_id, address)",
        7,
        "",
        uses,
        |query, one| {
            query
                .bind(one.spending.token)
                .bind(one.number)
                .bind(one.organisation)
                .bind(one.spending.idempotency_key.clone())
                .bind(one.at)
                .bind(one.spending.person)
                .bind(one.spending.address.clone())
        },
    )
    .await?;
    Ok(())
}

/// Writes a counter from a value read earlier, and a use with any free number: the safeguards are off.
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
        at: now,
    };
    insert_uses(tx, &[one]).await?;
    Ok(number)
}
