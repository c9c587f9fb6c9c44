//! Spending: the one door through which a use is made.
//!
//! A token with limit N is spent N times, never N+1 and never N−1. Three fences stand behind each other: the
//! row is locked while it is decided, the counter moves only below the limit, and a use has a number that is
//! unique within its token. The answer goes out after the commit, which the caller makes.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::tokens::State;
use domain::{OrganisationId, PersonId, TokenId};

use super::sql;
use crate::error::{Result, corrupt};

/// What a use is made with.
#[derive(Debug, Clone)]
pub(crate) struct Spending {
    /// Who uses it, where a person does.
    pub person: Option<PersonId>,
    /// What tells a repeated request from a new one.
    pub idempotency_key: Vec<u8>,
    /// Where it is used from.
    pub address: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// A use was made.
    New {
        /// Its number within the token.
        number: i64,
    },
    /// This very request was carried out before: the same use.
    Repeated {
        /// Its number within the token.
        number: i64,
    },
    /// This person used the token before: nothing more is spent.
    AlreadyTheirs {
        /// The number of their use.
        number: i64,
    },
    /// It cannot be used: it is not live.
    Refused(State),
    /// It is gone: deleted, or there is no such token.
    Gone,
}

/// Spends one use of a token.
///
/// # Errors
/// A fault; the caller's transaction must not be committed then.
pub(crate) async fn spend(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: TokenId,
    spending: &Spending,
    now: DateTime<Utc>,
) -> Result<Spent> {
    let Some(found) = super::lock(tx, organisation, id).await? else {
        return Ok(Spent::Gone);
    };
    if found.is_deleted() {
        return Ok(Spent::Gone);
    }
    if let Some(number) = sql::use_with_key(tx, id, &spending.idempotency_key).await? {
        return Ok(Spent::Repeated { number });
    }
    if let Some(person) = spending.person
        && let Some(number) = sql::use_of_person(tx, id, person).await?
    {
        return Ok(Spent::AlreadyTheirs { number });
    }
    match found.bounds().state(now) {
        State::Live => {}
        other => return Ok(Spent::Refused(other)),
    }
    let number = sql::count_use(tx, id, now)
        .await?
        .ok_or_else(|| corrupt("tokens", "uses", id))?;
    if let Some(whole) = &found.whole {
        sql::count_use(tx, whole.id, now)
            .await?
            .ok_or_else(|| corrupt("tokens", "uses", whole.id))?;
    }
    sql::insert_use(tx, organisation, id, number, spending, now).await?;
    Ok(Spent::New { number })
}
