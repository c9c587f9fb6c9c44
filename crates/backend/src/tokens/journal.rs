//! The journal: uses that are decided, numbered and answered, and put in their places a moment later.
//!
//! A use changes a counter, three orders of lists, the uses and their keys, and the audit log. When a thousand tokens are
//! spent in turn, each use falls on another page of each of them, and SQLite writes every page that a commit touches. So on
//! SQLite a batch of uses of a kind that is spent very often is one row of the table `hit_journal`, which is as durable as
//! everything else, and nothing but that. A moment later all rows are *folded*: carried out by the functions that carry out
//! all uses, many thousand in one transaction, which then touches a page once and not a hundred times.
//!
//! What holds:
//!
//! * A use is decided as always, from the token's row in the same transaction ([`super::spend::decide`]), with the uses
//!   added that stand in the journal. Its number is final.
//! * The journal and its places are never seen apart by anyone who decides or changes: whoever locks a token of such a kind
//!   has the journal folded first, in the same transaction ([`super::lock()`]); so has the sweep. What changes a token and
//!   finds the journal otherwise fails.
//! * Whoever reads what uses change has it folded before ([`Backend::fold_to_read`]).
//! * A fold puts all of it in its places, or nothing. It takes the uses from the table and not from memory, so that any
//!   process may do it.
//!
//! On PostgreSQL several servers spend one token at once, under the lock of its row, and each use is in its places at once.

mod check;
mod fold;
mod memory;
mod packed;
mod sql;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::TokenId;
use domain::tokens::Bounds;
use serde_json::json;

use super::spend::{Decided, Facts, Keys, decide, made_with_keys};
use super::{Locked, Spending, Spent, lock_undivided, spend};
use crate::Backend;
use crate::audit::{self, PastUse};
use crate::error::{Result, corrupt};
pub(crate) use check::check;
pub(super) use fold::{fold, must_be_folded};
pub(crate) use memory::Journal;
use memory::Unfolded;
use packed::Packed;

/// The outcomes of some spendings, valid once the caller's transaction is committed.
#[must_use = "what is remembered has to follow what is committed"]
pub(crate) struct Journaled {
    /// The outcome of each, in order.
    pub spent: Vec<Spent>,
    /// Whether there is something to commit.
    pub wrote: bool,
    /// What is remembered from the commit on.
    pub remembered: Remembered,
}

/// What is known of the journal once a transaction is committed. Dropped instead, nothing is known, and the next batch reads
/// the journal.
pub(crate) struct Remembered(Option<Unfolded>);

impl Remembered {
    /// The transaction is committed.
    pub(crate) fn committed(self, backend: &Backend) {
        if let Some(unfolded) = self.0 {
            backend.journal.put_back(unfolded);
        }
    }
}

/// Spends tokens of kinds that are spent through the journal, in order, and writes that down and records it.
///
/// # Errors
/// When the database fails; the transaction must then not be committed.
pub(crate) async fn spend_journaled(
    tx: &mut WriteTx,
    backend: &Backend,
    spendings: &[&Spending],
    now: DateTime<Utc>,
) -> Result<Journaled> {
    let tokens: BTreeSet<TokenId> = spendings.iter().map(|spending| spending.token).collect();
    let tokens: Vec<TokenId> = tokens.into_iter().collect();
    match backend.db.is_shared() {
        true => at_once(tx, backend, tokens, spendings, now).await,
        false => through_the_journal(tx, backend, tokens, spendings, now).await,
    }
}

async fn at_once(
    tx: &mut WriteTx,
    backend: &Backend,
    tokens: Vec<TokenId>,
    spendings: &[&Spending],
    now: DateTime<Utc>,
) -> Result<Journaled> {
    let mut locked = lock_undivided(tx, backend, &tokens).await?;
    let spendings = spendings.iter().map(|spending| (*spending).clone()).collect();
    let decided = spend(tx, &mut locked, spendings, now).await?;
    write(tx, backend, &locked, &decided, now).await?;
    Ok(Journaled {
        wrote: decided.made().next().is_some(),
        spent: decided.spent().collect(),
        remembered: Remembered(None),
    })
}

async fn through_the_journal(
    tx: &mut WriteTx,
    backend: &Backend,
    tokens: Vec<TokenId>,
    spendings: &[&Spending],
    now: DateTime<Utc>,
) -> Result<Journaled> {
    let mut unfolded = known(tx, backend).await?;
    let mut wrote = false;
    if unfolded.is_full() {
        wrote = fold(tx, backend).await?;
        unfolded = Unfolded::default();
    }
    let mut facts = facts_of(tx, backend, tokens, &unfolded).await?;
    let made = uses_with_keys(tx, spendings).await?;
    let mut packed = Packed::new();
    let mut spent = Vec::with_capacity(spendings.len());
    for spending in spendings {
        let repeated = unfolded.with_key(spending).or_else(|| made.with_key(spending));
        let outcome = decide(facts.get(&spending.token), repeated, None, now);
        if let Spent::New { number } = outcome {
            if let Some(facts) = facts.get_mut(&spending.token) {
                // The row has the last word, and it is asked only when this is folded.
                if facts.bounds.use_limit.is_some_and(|limit| number > limit) {
                    return Err(corrupt("tokens", "use_limit", spending.token));
                }
                facts.bounds.uses = number;
            }
            let (key, address) = (&spending.idempotency_key, spending.address.as_deref());
            packed.add(spending.token, number, key, address);
            unfolded.add(spending.token, key.clone(), number);
        }
        spent.push(outcome);
    }
    if !packed.is_empty() {
        let sequence = unfolded.next_sequence(backend.random);
        sql::append(tx, sequence, now, packed.into_bytes()).await?;
        unfolded.stands_in(sequence);
        wrote = true;
    }
    Ok(Journaled {
        spent,
        wrote,
        remembered: Remembered(Some(unfolded)),
    })
}

/// What stands in the journal: from memory, if it is remembered of the rows that are there.
async fn known(conn: &mut Conn, backend: &Backend) -> Result<Unfolded> {
    let ends = sql::ends(conn).await?;
    match (backend.journal.take(ends), ends) {
        (Some(unfolded), _) => Ok(unfolded),
        (None, None) => Ok(Unfolded::default()),
        (None, Some(_)) => Unfolded::of(&sql::rows(conn).await?),
    }
}

/// What decisions about these tokens rest on, with the uses that stand in the journal.
async fn facts_of(
    conn: &mut Conn,
    backend: &Backend,
    tokens: Vec<TokenId>,
    unfolded: &Unfolded,
) -> Result<HashMap<TokenId, Facts>> {
    let mut facts = HashMap::with_capacity(tokens.len());
    if tokens.is_empty() {
        return Ok(facts);
    }
    for row in sql::decisive(conn, tokens).await? {
        let kind = backend.kinds.get(&row.kind);
        let kind = kind.ok_or_else(|| corrupt("tokens", "kind", row.id))?;
        let bounds = Bounds {
            starts_at: row.starts_at,
            expires_at: row.expires_at,
            use_limit: row.use_limit,
            uses: row.uses + unfolded.count(row.id),
            suspended: row.is_suspended,
            revoked: row.is_revoked,
        };
        facts.insert(
            row.id,
            Facts {
                kind,
                bounds,
                is_deleted: row.is_deleted,
            },
        );
    }
    Ok(facts)
}

/// The uses in their places that some spendings would repeat.
async fn uses_with_keys(conn: &mut Conn, spendings: &[&Spending]) -> Result<Keys> {
    let mut wanted: Vec<(TokenId, &[u8])> = Vec::with_capacity(2 * spendings.len());
    for spending in spendings {
        wanted.extend(spending.keys().map(|key| (spending.token, key)));
    }
    let mut keys = Keys::default();
    for row in made_with_keys(conn, wanted).await? {
        keys.add(row.token_id, row.idempotency_key, row.number);
    }
    Ok(keys)
}

/// Moves counters, writes uses, and records them, each as of its own instant.
async fn write(
    tx: &mut WriteTx,
    backend: &Backend,
    locked: &Locked,
    decided: &Decided,
    now: DateTime<Utc>,
) -> Result<()> {
    decided.write(tx).await?;
    // A token is used many times in a fold, and its hint is the same each time.
    let mut hints: HashMap<TokenId, String> = HashMap::new();
    for kind in backend.kinds.all() {
        let Some(name) = kind.journal else { continue };
        let mut uses = Vec::new();
        for (spending, number, at) in decided.made() {
            let token = locked.get(spending.token).filter(|token| token.kind == kind);
            let Some(token) = token else { continue };
            let hint = hints
                .entry(token.id)
                .or_insert_with(|| json!(token.hint_text()).to_string());
            uses.push(PastUse {
                at,
                organisation: token.organisation,
                token: token.id,
                facts: format!(r#"{{"hint":{hint},"number":{number}}}"#),
                address: spending.address.clone(),
            });
        }
        audit::record_uses(tx, backend.random, now, (name, kind.family), &uses).await?;
    }
    Ok(())
}
