//! Spending: the only function through which uses are made.
//!
//! What a use is follows from the kind's [`UsePolicy`]: numbered uses up to the limit, once per person or not, or only
//! the time of the last one.
//!
//! A token with limit N is spent N times, never N+1 and never N−1. Three safeguards back each other up: the rows are
//! locked during the decision, a counter moves only from the value that was read and only up to the limit, and a use
//! has a number that is unique within its token. The answer goes out after the commit, which the caller makes.
//!
//! Many are spent at once, in a number of statements that does not grow with them: memory decides who gets which
//! number, the rows have the last word.

mod sql;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::tokens::State;
use domain::{OrganisationId, PersonId, TokenId};

use super::{Locked, UsePolicy};
use crate::error::Result;

/// The input of a use.
#[derive(Debug, Clone)]
pub(crate) struct Spending {
    /// What is spent.
    pub token: TokenId,
    /// Who uses it, where a person does.
    pub person: Option<PersonId>,
    /// Tells a repeated request from a new one.
    pub idempotency_key: Vec<u8>,
    /// The key that the same request had if it came a moment ago, where a key says when it was made.
    pub earlier_key: Option<Vec<u8>>,
    /// Where it is used from.
    pub address: Option<String>,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// A use was made.
    New {
        /// Its number within the token.
        number: i64,
    },
    /// It may be used; only the time of its last use is kept.
    Unnumbered,
    /// This same request was carried out before: the same use.
    Repeated {
        /// Its number within the token.
        number: i64,
    },
    /// This person has used the token before: nothing more is spent.
    AlreadyTheirs {
        /// The number of their use.
        number: i64,
    },
    /// It cannot be used: it is not active.
    Refused(State),
    /// It is gone: it was deleted, or there is no such token.
    Gone,
}

/// Notes the last use of tokens whose uses are not numbered, unless a later one is already noted. For a kind that adds
/// up such uses instead of writing each one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn touch(tx: &mut WriteTx, used: &[(TokenId, DateTime<Utc>)]) -> Result<()> {
    Ok(sql::set_last_used_at(tx, used).await?)
}

/// Uses of a token that were added up and have no numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unnumbered {
    /// The token.
    pub token: TokenId,
    /// How many.
    pub count: i64,
    /// The last of them.
    pub last: DateTime<Utc>,
}

/// Adds unnumbered uses to the counters, and notes the last one. Rows are written in the order of the list.
///
/// # Errors
/// When the database fails.
pub(crate) async fn add_unnumbered(tx: &mut WriteTx, uses: &[Unnumbered]) -> Result<()> {
    Ok(sql::add_unnumbered(tx, uses).await?)
}

/// Decides the outcome of each spending, in order; each gets one use, as long as there are any left.
///
/// # Errors
/// When the database fails.
pub(crate) async fn spend(
    tx: &mut WriteTx,
    locked: &mut Locked,
    spendings: Vec<Spending>,
    now: DateTime<Utc>,
) -> Result<Decided> {
    let mut known = Known::read(tx, locked, &spendings).await?;
    let mut counters = BTreeMap::new();
    let mut last_used = BTreeSet::new();
    let mut decided = Vec::with_capacity(spendings.len());
    for spending in spendings {
        let spent = decide(locked, &known, &spending, now);
        if spent == Spent::Unnumbered {
            last_used.insert(spending.token);
        }
        if let Spent::New { number } = spent {
            known.add(&spending, number);
            for (token, after) in locked.count(spending.token) {
                let counted = sql::Counted {
                    token,
                    before: after - 1,
                    after,
                };
                counters
                    .entry(token)
                    .and_modify(|one: &mut sql::Counted| one.after = after)
                    .or_insert(counted);
            }
        }
        let organisation = locked.get(spending.token).map(|token| token.organisation);
        decided.push((spending, spent, organisation));
    }
    let used_up = counters.keys().copied().filter(|id| locked.has_to_end(*id));
    Ok(Decided {
        decided,
        used_up: used_up.collect(),
        counters: counters.into_values().collect(),
        last_used: last_used.into_iter().collect(),
        now,
    })
}

/// The outcomes of some spendings, valid once they are written and the caller's transaction is committed, not before.
#[must_use = "a use that is not written was not made"]
pub(crate) struct Decided {
    decided: Vec<(Spending, Spent, Option<OrganisationId>)>,
    counters: Vec<sql::Counted>,
    /// Tokens of which only the time of the last use is kept.
    last_used: Vec<TokenId>,
    /// Tokens that are among the ended ones from now on.
    used_up: Vec<TokenId>,
    now: DateTime<Utc>,
}

impl Decided {
    /// The outcome of each, in order.
    pub(crate) fn spent(&self) -> impl Iterator<Item = Spent> {
        self.decided.iter().map(|(_, spent, _)| *spent)
    }

    /// Moves the counters and writes the uses. The people who make them must already be in the database.
    ///
    /// # Errors
    /// When the database fails; the transaction must then not be committed.
    pub(crate) async fn write(&self, tx: &mut WriteTx) -> Result<()> {
        let moved = sql::count_uses(tx, &self.counters, self.now).await?;
        if moved != self.counters.len() as u64 {
            // The rows are locked, so only a defect of this program can have interfered.
            database::stop(&format!("{moved} of {} counters moved", self.counters.len()));
        }
        sql::set_last_used(tx, &self.last_used, self.now).await?;
        let ended = sql::end(tx, &self.used_up, self.now).await?;
        if ended != self.used_up.len() as u64 {
            database::stop(&format!("{ended} of {} tokens are used up", self.used_up.len()));
        }
        let uses: Vec<sql::NewUse> = self
            .decided
            .iter()
            .filter_map(|(spending, spent, organisation)| match spent {
                Spent::New { number } => Some(sql::NewUse {
                    organisation: (*organisation)?,
                    number: *number,
                    spending,
                }),
                _ => None,
            })
            .collect();
        #[cfg(feature = "wrong-versions")]
        if crate::wrong::is(crate::wrong::COUNTER_WITHOUT_USE) {
            return Ok(());
        }
        Ok(sql::insert_uses(tx, &uses, self.now).await?)
    }
}

fn decide(locked: &Locked, known: &Known, spending: &Spending, now: DateTime<Utc>) -> Spent {
    let Some(found) = locked.found(spending.token).filter(|found| !found.is_deleted()) else {
        return Spent::Gone;
    };
    if let Some(number) = known.with_key(spending) {
        return Spent::Repeated { number };
    }
    if let Some(number) = known.of_person(locked, spending) {
        return Spent::AlreadyTheirs { number };
    }
    match (found.bounds().state(now), found.token.kind.use_policy) {
        (State::Live, UsePolicy::OncePerPerson | UsePolicy::UpToLimit) => Spent::New {
            number: found.token.bounds.uses + 1,
        },
        (State::Live, UsePolicy::LastUseOnly) => Spent::Unnumbered,
        // It has no secret, so nobody can present one.
        (State::Live, UsePolicy::SumOfParts) => Spent::Gone,
        (other, _) => Spent::Refused(other),
    }
}

/// A deliberate fault: spending by a value that was read a moment earlier. Whether a use is left was decided by that
/// value, and the counter becomes one more than it.
#[cfg(feature = "wrong-versions")]
pub(crate) async fn spend_what_was_read(
    tx: &mut WriteTx,
    read: &super::Token,
    spending: &Spending,
    now: DateTime<Utc>,
) -> Result<Spent> {
    let state = read.bounds.state(now);
    if state != State::Live {
        return Ok(Spent::Refused(state));
    }
    let number = sql::write_what_was_read(tx, read, spending, now).await?;
    Ok(Spent::New { number })
}

/// The person a use is counted for, of a token that each person uses once.
fn only_person(locked: &Locked, spending: &Spending) -> Option<PersonId> {
    let kind = locked.get(spending.token)?.kind;
    let is_once = kind.use_policy == UsePolicy::OncePerPerson;
    spending.person.filter(|_| is_once)
}

/// The uses that already exist, by what distinguishes them.
struct Known {
    keys: HashMap<(TokenId, Vec<u8>), i64>,
    people: HashMap<(TokenId, PersonId), i64>,
}

impl Known {
    async fn read(tx: &mut WriteTx, locked: &Locked, spendings: &[Spending]) -> Result<Self> {
        let mut known = Self {
            keys: HashMap::new(),
            people: HashMap::new(),
        };
        let is_numbered = |spending: &&Spending| {
            let token = locked.get(spending.token);
            token.is_some_and(|token| token.kind.use_policy.is_numbered())
        };
        let wanted: Vec<_> = spendings
            .iter()
            .filter(is_numbered)
            .flat_map(|spending| {
                let wanted = |key, person| sql::Wanted {
                    token: spending.token,
                    key,
                    person,
                };
                let earlier = spending.earlier_key.as_deref().map(|key| wanted(key, None));
                let now = wanted(&spending.idempotency_key, only_person(locked, spending));
                std::iter::once(now).chain(earlier)
            })
            .collect();
        for row in sql::made_before(tx, wanted).await? {
            known.keys.insert((row.token_id, row.idempotency_key), row.number);
            if let Some(person) = row.person_id {
                known.people.insert((row.token_id, person), row.number);
            }
        }
        Ok(known)
    }

    fn with_key(&self, spending: &Spending) -> Option<i64> {
        let keys = [Some(&spending.idempotency_key), spending.earlier_key.as_ref()];
        let mut numbers = keys
            .into_iter()
            .flatten()
            .map(|key| self.keys.get(&(spending.token, key.clone())).copied());
        numbers.find_map(|number| number)
    }

    fn of_person(&self, locked: &Locked, spending: &Spending) -> Option<i64> {
        let person = only_person(locked, spending)?;
        self.people.get(&(spending.token, person)).copied()
    }

    fn add(&mut self, spending: &Spending, number: i64) {
        let key = (spending.token, spending.idempotency_key.clone());
        self.keys.insert(key, number);
        if let Some(person) = spending.person {
            self.people.insert((spending.token, person), number);
        }
    }
}
