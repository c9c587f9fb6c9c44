//! What must hold of the journal: each use in it follows the one before, up to the limit, and none is there twice.

use std::collections::HashMap;

use database::Conn;
use domain::TokenId;
use domain::tokens::Family;

use super::memory::uses_of;
use super::packed::Use;
use super::sql;
use crate::Backend;
use crate::error::Result;
use crate::tokens::spend::made_with_keys;

/// How often the journal is read again when it was folded meanwhile. What was folded is checked in its places.
const TRIES: usize = 20;

/// Everything that is inconsistent about the uses of a family that stand in the journal, in words.
///
/// # Errors
/// When the database fails.
pub(crate) async fn check(conn: &mut Conn, backend: &Backend, family: Family) -> Result<Vec<String>> {
    for _ in 0..TRIES {
        let rows = sql::rows(conn).await?;
        let mut uses = Vec::new();
        let mut findings = Vec::new();
        for row in &rows {
            match uses_of(row) {
                Ok(found) => uses.extend(found),
                Err(_) => findings.push(format!("row {} of the journal cannot be read", row.sequence)),
            }
        }
        findings.extend(wrong(conn, backend, family, &uses).await?);
        // Rows are added meanwhile, and do not matter; they are removed by a fold alone, which moves the counters.
        if findings.is_empty() || sql::rows(conn).await?.starts_with(&rows) {
            return Ok(findings);
        }
    }
    Ok(Vec::new())
}

async fn wrong(conn: &mut Conn, backend: &Backend, family: Family, uses: &[Use]) -> Result<Vec<String>> {
    let mut by_token: HashMap<TokenId, Vec<&Use>> = HashMap::new();
    for one in uses {
        by_token.entry(one.token).or_default().push(one);
    }
    let mut findings = Vec::new();
    if by_token.is_empty() {
        return Ok(findings);
    }
    let tokens: Vec<TokenId> = by_token.keys().copied().collect();
    for some in tokens.chunks(1_000) {
        let mut rows: HashMap<TokenId, sql::Decisive> = sql::decisive(conn, some.to_vec())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        for token in some {
            let Some(row) = rows.remove(token) else {
                findings.push(format!("a use in the journal is of no token: {token}"));
                continue;
            };
            let kind = backend.kinds.get(&row.kind).filter(|kind| kind.family == family);
            let Some(kind) = kind else {
                continue;
            };
            if kind.journal.is_none() {
                findings.push(format!(
                    "a use in the journal is of a token that is not spent through it: {token}"
                ));
            }
            for (expected, one) in (row.uses + 1..).zip(&by_token[token]) {
                if one.number != expected {
                    findings.push(format!(
                        "a use in the journal does not follow the one before: {token} (found {}, expected {expected})",
                        one.number
                    ));
                    break;
                }
                if row.use_limit.is_some_and(|limit| one.number > limit) {
                    findings.push(format!(
                        "a use in the journal is above the limit: {token} ({expected})"
                    ));
                    break;
                }
            }
        }
    }
    for some in uses.chunks(1_000) {
        let keys = some.iter().map(|one| (one.token, &one.key[..])).collect();
        for row in made_with_keys(conn, keys).await? {
            let (token, number) = (row.token_id, row.number);
            findings.push(format!(
                "a use in the journal is in its place already: {token} (number {number})"
            ));
        }
    }
    Ok(findings)
}
