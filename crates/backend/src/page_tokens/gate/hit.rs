//! A hit of a token with a limit: a use, made in the group commit, and answered after it. On SQLite it stands in the journal
//! first ([`tokens::spend_journaled`]).

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::TokenId;
use domain::page_tokens::Rule;

use super::known::Known;
use super::rule_of;
use crate::Backend;
use crate::error::Result;
use crate::group_commit::{self, Attempted, Work};
use crate::tokens::{self, Spending, Spent};

/// A hit that waits for a commit.
pub(super) struct Hit {
    spending: Spending,
}

impl Hit {
    /// A hit; a key tells one that is asked about twice from a new one.
    pub(super) fn new(
        backend: &Backend,
        known: &Known,
        key: Option<Vec<u8>>,
        client: Option<IpAddr>,
    ) -> Self {
        let now = backend.clock.now();
        let dates = match backend.db.is_shared() {
            true => LONG,
            false => SHORT,
        };
        let earlier_key = key.as_ref().and_then(|key| dates.before(now, key));
        let key = match key {
            Some(key) => dates.now(now, &key),
            None => dates.now(now, &backend.random.bytes::<KEPT>()),
        };
        Self {
            spending: Spending {
                token: known.token,
                person: None,
                idempotency_key: key,
                earlier_key,
                address: client.map(|client| client.to_string()),
            },
        }
    }
}

/// How much of a key is kept: 128 bits of a digest, which nobody finds twice.
const KEPT: usize = 16;

/// What keys begin with: a period, so that their index grows at its end and not everywhere.
struct Dates {
    /// Its seconds.
    period: i64,
    /// How long after its beginning a request may have been asked about before it. A proxy asks twice for one request within
    /// milliseconds, or when a gate did not answer in time.
    turn: i64,
}

/// Where several gates serve a site, a proxy asks another one about a request of which the first told it nothing.
const LONG: Dates = Dates {
    period: 600,
    turn: 60,
};

/// Where there is one. Each hit falls on a page of its own in the part of the index that belongs to a period: the shorter it is,
/// the fewer pages.
const SHORT: Dates = Dates { period: 5, turn: 5 };

impl Dates {
    fn of(&self, now: DateTime<Utc>) -> i64 {
        now.timestamp().div_euclid(self.period)
    }

    fn now(&self, now: DateTime<Utc>, key: &[u8]) -> Vec<u8> {
        dated(self.of(now), key)
    }

    /// The key of a request that was asked about in the period before.
    fn before(&self, now: DateTime<Utc>, key: &[u8]) -> Option<Vec<u8>> {
        let is_turn = now.timestamp().rem_euclid(self.period) < self.turn;
        is_turn.then(|| dated(self.of(now) - 1, key))
    }
}

fn dated(period: i64, key: &[u8]) -> Vec<u8> {
    let period = u32::try_from(period).unwrap_or_default().to_be_bytes();
    [&period[..], &key[..key.len().min(KEPT)]].concat()
}

/// Spends a hit, unless a rule is against it.
pub(super) async fn spend(backend: &Backend, hit: Hit) -> Result<std::result::Result<(), Rule>> {
    let (_, row) = hit.spending.token.0.as_u64_pair();
    let spent = group_commit::run(backend, row, hit).await?;
    Ok(match spent {
        Spent::New { .. } | Spent::Repeated { .. } | Spent::AlreadyTheirs { .. } | Spent::Unnumbered => {
            Ok(())
        }
        Spent::Refused(state) => Err(rule_of(state)),
        Spent::Gone => Err(Rule::Revoked),
    })
}

impl Work for Hit {
    type Outcome = Spent;
    const NAME: &'static str = "page hit";

    async fn attempt(backend: &Backend, tx: &mut WriteTx, batch: &[Self]) -> Result<Attempted<Spent>> {
        let spendings: Vec<&Spending> = batch.iter().map(|hit| &hit.spending).collect();
        let done = tokens::spend_journaled(tx, backend, &spendings, backend.clock.now()).await?;
        let counts: Vec<(TokenId, i64)> = batch
            .iter()
            .zip(&done.spent)
            .filter_map(|(hit, spent)| match spent {
                Spent::New { number } => Some((hit.spending.token, *number)),
                _ => None,
            })
            .collect();
        Ok(Attempted {
            outcomes: done.spent.into_iter().map(Ok).collect(),
            wrote: done.wrote,
            after_commit: Some(Box::new(move |backend| {
                done.remembered.committed(backend);
                backend.gate.were_used(&counts);
            })),
        })
    }

    fn label(outcome: &Result<Spent>) -> &'static str {
        match outcome {
            Ok(Spent::New { .. } | Spent::Unnumbered) => "counted",
            Ok(Spent::Repeated { .. } | Spent::AlreadyTheirs { .. }) => "repeated",
            Ok(Spent::Refused(_) | Spent::Gone) => "refused",
            Err(_) => "fault",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_asked_about_again_is_known_for_as_long_as_is_said() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("an instant");
        let key = [7; 32];
        for (dates, seconds) in [(SHORT, 5), (LONG, 60)] {
            for first in 0..700 {
                let made = dates.now(at(first), &key);
                for again in [0, 1, seconds - 1, seconds] {
                    let again = at(first + again);
                    let is_known =
                        dates.now(again, &key) == made || dates.before(again, &key) == Some(made.clone());
                    assert!(is_known, "{seconds} {first}");
                }
                assert_ne!(dates.now(at(first + 2 * dates.period), &key), made);
            }
        }
    }
}
