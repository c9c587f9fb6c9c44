//! A hit of a token with a limit: a use, made in the group commit, and answered after it.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::TokenId;
use domain::page_tokens::Rule;
use domain::tokens::Family;
use serde_json::json;

use super::known::Known;
use super::rule_of;
use crate::Backend;
use crate::audit::{self, Entry, Event, Who};
use crate::error::Result;
use crate::group_commit::{self, Attempted, Work};
use crate::tokens::{self, Spending, Spent};

/// A hit that waits for a commit.
pub(super) struct Hit {
    known: Arc<Known>,
    spending: Spending,
}

impl Hit {
    /// A hit; a key tells one that is asked about twice from a new one.
    pub(super) fn new(
        backend: &Backend,
        known: &Arc<Known>,
        key: Option<Vec<u8>>,
        client: Option<IpAddr>,
    ) -> Self {
        let now = backend.clock.now();
        let earlier_key = key.as_ref().and_then(|key| dated_before(now, key));
        let key = key.unwrap_or_else(|| backend.random.bytes::<16>().to_vec());
        Self {
            spending: Spending {
                token: known.token,
                person: None,
                idempotency_key: dated(period(now), &key),
                earlier_key,
                address: client.map(|client| client.to_string()),
            },
            known: Arc::clone(known),
        }
    }
}

/// Seconds of a period of keys. What each use keeps by a random value begins with when it was made, so that its index grows at
/// its end and not everywhere.
const PERIOD: i64 = 600;

/// How long after the beginning of a period a request may have been asked about before it. Proxies ask twice within
/// milliseconds.
const TURN: i64 = 60;

fn period(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(PERIOD)
}

fn dated(period: i64, key: &[u8]) -> Vec<u8> {
    let period = u32::try_from(period).unwrap_or_default().to_be_bytes();
    [&period[..], key].concat()
}

/// The key of a request that was asked about in the period before.
fn dated_before(now: DateTime<Utc>, key: &[u8]) -> Option<Vec<u8>> {
    let is_turn = now.timestamp().rem_euclid(PERIOD) < TURN;
    is_turn.then(|| dated(period(now) - 1, key))
}

/// Spends a hit, unless a rule is against it.
pub(super) async fn spend(backend: &Backend, hit: Hit) -> Result<std::result::Result<(), Rule>> {
    let (_, row) = hit.known.token.0.as_u64_pair();
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
        let now = backend.clock.now();
        let mut ids: Vec<TokenId> = batch.iter().map(|hit| hit.spending.token).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut locked = tokens::lock_undivided(tx, backend, &ids).await?;
        let spendings = batch.iter().map(|hit| hit.spending.clone()).collect();
        let decided = tokens::spend(tx, &mut locked, spendings, now).await?;
        decided.write(tx).await?;
        let spent: Vec<Spent> = decided.spent().collect();
        let numbered = || {
            batch.iter().zip(&spent).filter_map(|(hit, spent)| match spent {
                Spent::New { number } => Some((hit, *number)),
                _ => None,
            })
        };
        let entries: Vec<(Who, Entry)> = numbered().map(|(hit, number)| used(hit, number)).collect();
        audit::record_all(tx, backend.random, now, &entries).await?;
        let counts: Vec<(TokenId, i64)> = numbered()
            .map(|(hit, number)| (hit.known.token, number))
            .collect();
        Ok(Attempted {
            outcomes: spent.into_iter().map(Ok).collect(),
            wrote: !entries.is_empty(),
            after_commit: Some(Box::new(move |backend| {
                for (token, number) in counts {
                    backend.gate.was_used(token, number);
                }
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

fn used(hit: &Hit, number: i64) -> (Who, Entry) {
    let known = &hit.known;
    let who = Who {
        organisation: known.organisation,
        person: None,
        name: "A page token".into(),
        address: hit.spending.address.clone(),
    };
    let facts = json!({ "hint": known.hint, "number": number });
    (
        who,
        Entry::token(Event::TokenUsed, Family::Page, known.token, facts),
    )
}
