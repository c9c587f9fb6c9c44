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
//!
//! What is spent very often goes through the journal ([`super::journal`]): the same decision, whose outcome is written down in
//! short and carried out a moment later, by the same functions.

mod sql;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::tokens::{Bounds, State};
use domain::{OrganisationId, PersonId, TokenId};

use super::kind::Kind;
use super::{Locked, UsePolicy};
use crate::error::Result;
pub(super) use sql::made_with_keys;

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
    let mut decided = Decided::none(now);
    let mut last_used = BTreeSet::new();
    for spending in spendings {
        let facts = locked.facts(spending.token);
        let of_person = known.of_person(locked, &spending);
        let spent = decide(facts.as_ref(), known.with_key(&spending), of_person, now);
        if spent == Spent::Unnumbered {
            last_used.insert(spending.token);
        }
        if let Spent::New { number } = spent {
            known.add(&spending, number);
        }
        decided.add(locked, spending, spent, now);
    }
    decided.last_used = last_used.into_iter().collect();
    Ok(decided)
}

/// The outcomes of some spendings, valid once they are written and the caller's transaction is committed, not before.
#[must_use = "a use that is not written was not made"]
pub(crate) struct Decided {
    decided: Vec<Decision>,
    counters: BTreeMap<TokenId, sql::Counted>,
    /// Tokens of which only the time of the last use is kept.
    last_used: Vec<TokenId>,
    /// Tokens that are among the ended ones from now on, with the instant of their last use.
    used_up: BTreeMap<TokenId, DateTime<Utc>>,
    now: DateTime<Utc>,
}

/// One spending with its outcome.
struct Decision {
    spending: Spending,
    spent: Spent,
    organisation: Option<OrganisationId>,
    at: DateTime<Utc>,
}

impl Decided {
    /// Nothing, as of an instant.
    pub(super) fn none(now: DateTime<Utc>) -> Self {
        Self {
            decided: Vec::new(),
            counters: BTreeMap::new(),
            last_used: Vec::new(),
            used_up: BTreeMap::new(),
            now,
        }
    }

    /// Adds an outcome. A new use is counted, on the whole as well.
    pub(super) fn add(&mut self, locked: &mut Locked, spending: Spending, spent: Spent, at: DateTime<Utc>) {
        if let Spent::New { .. } = spent {
            let counted: Vec<(TokenId, i64)> = locked.count(spending.token).collect();
            for (token, after) in counted {
                let counted = self.counters.entry(token).or_insert(sql::Counted {
                    token,
                    before: after - 1,
                    after,
                    at,
                });
                (counted.after, counted.at) = (after, at);
                if locked.has_to_end(token) {
                    self.used_up.insert(token, at);
                }
            }
        }
        let organisation = locked.get(spending.token).map(|token| token.organisation);
        self.decided.push(Decision {
            spending,
            spent,
            organisation,
            at,
        });
    }

    /// The outcome of each, in order.
    pub(crate) fn spent(&self) -> impl Iterator<Item = Spent> {
        self.decided.iter().map(|one| one.spent)
    }

    /// The uses that were made, in order.
    pub(super) fn made(&self) -> impl Iterator<Item = (&Spending, i64, DateTime<Utc>)> {
        self.decided.iter().filter_map(|one| match one.spent {
            Spent::New { number } => Some((&one.spending, number, one.at)),
            _ => None,
        })
    }

    /// Moves the counters and writes the uses. The people who make them must already be in the database.
    ///
    /// # Errors
    /// When the database fails; the transaction must then not be committed.
    pub(crate) async fn write(&self, tx: &mut WriteTx) -> Result<()> {
        let counters: Vec<sql::Counted> = self.counters.values().copied().collect();
        let moved = sql::count_uses(tx, &counters).await?;
        if moved != counters.len() as u64 {
            // The rows are locked, so only a defect of this program can have interfered.
            database::stop(&format!("{moved} of {} counters moved", counters.len()));
        }
        sql::set_last_used(tx, &self.last_used, self.now).await?;
        let used_up: Vec<(TokenId, DateTime<Utc>)> =
            self.used_up.iter().map(|(token, at)| (*token, *at)).collect();
        let ended = sql::end(tx, &used_up).await?;
        if ended != used_up.len() as u64 {
            database::stop(&format!("{ended} of {} tokens are used up", used_up.len()));
        }
        let mut uses: Vec<sql::NewUse> = self
            .decided
            .iter()
            .filter_map(|one| match one.spent {
                Spent::New { number } => Some(sql::NewUse {
                    organisation: one.organisation?,
                    number,
                    spending: &one.spending,
                    at: one.at,
                }),
                _ => None,
            })
            .collect();
        // Many walk through the index of their keys once, and not here and there.
        uses.sort_unstable_by(|one, other| {
            let (one, other) = (&one.spending.idempotency_key, &other.spending.idempotency_key);
            one.cmp(other)
        });
        #[cfg(feature = "wrong-versions")]
        if crate::wrong::is(crate::wrong::COUNTER_WITHOUT_USE) {
            return Ok(());
        }
        Ok(sql::insert_uses(tx, &uses).await?)
    }
}

/// What a decision rests on.
pub(super) struct Facts {
    pub kind: &'static Kind,
    /// Its own uses, within the bounds of its whole.
    pub bounds: Bounds,
    pub is_deleted: bool,
}

/// The one decision: what becomes of a spending of a token, if there is one, of which a use was made with the same key, or
/// by the same person, if so.
pub(super) fn decide(
    facts: Option<&Facts>,
    with_key: Option<i64>,
    of_person: Option<i64>,
    now: DateTime<Utc>,
) -> Spent {
    let Some(facts) = facts.filter(|facts| !facts.is_deleted) else {
        return Spent::Gone;
    };
    if let Some(number) = with_key {
        return Spent::Repeated { number };
    }
    if let Some(number) = of_person {
        return Spent::AlreadyTheirs { number };
    }
    match (facts.bounds.state(now), facts.kind.use_policy) {
        (State::Live, UsePolicy::OncePerPerson | UsePolicy::UpToLimit) => Spent::New {
            number: facts.bounds.uses + 1,
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

/// The numbers of uses, by their token and the key of their request.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<TokenId, HashMap<Vec<u8>, i64>>);

impl Keys {
    pub(super) fn add(&mut self, token: TokenId, key: Vec<u8>, number: i64) {
        self.0.entry(token).or_default().insert(key, number);
    }

    /// The number of the use that a spending would repeat.
    pub(super) fn with_key(&self, spending: &Spending) -> Option<i64> {
        let keys = self.0.get(&spending.token)?;
        spending.keys().find_map(|key| keys.get(key).copied())
    }
}

impl Spending {
    /// The keys that its request may have been carried out with.
    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.idempotency_key[..]).chain(self.earlier_key.as_deref())
    }
}

/// The uses that already exist, by what distinguishes them.
struct Known {
    keys: Keys,
    people: HashMap<(TokenId, PersonId), i64>,
}

impl Known {
    async fn read(tx: &mut WriteTx, locked: &Locked, spendings: &[Spending]) -> Result<Self> {
        let mut known = Self {
            keys: Keys::default(),
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
            known.keys.add(row.token_id, row.idempotency_key, row.number);
            if let Some(person) = row.person_id {
                known.people.insert((row.token_id, person), row.number);
            }
        }
        Ok(known)
    }

    fn with_key(&self, spending: &Spending) -> Option<i64> {
        self.keys.with_key(spending)
    }

    fn of_person(&self, locked: &Locked, spending: &Spending) -> Option<i64> {
        let person = only_person(locked, spending)?;
        self.people.get(&(spending.token, person)).copied()
    }

    fn add(&mut self, spending: &Spending, number: i64) {
        self.keys
            .add(spending.token, spending.idempotency_key.clone(), number);
        if let Some(person) = spending.person {
            self.people.insert((spending.token, person), number);
        }
    }
}
