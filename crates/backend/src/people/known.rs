//! Recognising people by their address, and adding those whom the organisation does not know yet.
//!
//! Both are steps of their own: whoever asks for something and gets nothing leaves nothing behind.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::{BuiltIn, DepartmentId, EmailAddress, OrganisationId, PersonId, Refusal};
use serde_json::json;

use super::{searched, sql};
use crate::Backend;
use crate::audit::{Entry, Event, Who};
use crate::error::{Fault, Result};

/// Somebody who is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub organisation: OrganisationId,
    /// Where they belong if nobody has this address yet: to the department of what they come for.
    pub department: Option<DepartmentId>,
    pub email: EmailAddress,
    /// What to call them if nobody has this address yet. A name that is known stays: anybody can type anybody's
    /// address.
    pub name: String,
}

/// Somebody who was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    pub person: PersonId,
    /// Whether nobody has the address yet. Then the id is one that they will have when they are added.
    pub is_new: bool,
}

/// Recognises people by their addresses, in the order in which they are asked for. Whoever's access was ended is
/// refused.
///
/// # Errors
/// When the database fails.
pub(crate) async fn meet(
    tx: &mut WriteTx,
    backend: &Backend,
    wanted: &[Wanted],
    now: DateTime<Utc>,
) -> Result<Vec<Result<Met, Refusal>>> {
    let addresses: Vec<_> = wanted
        .iter()
        .map(|one| (one.organisation, one.email.to_string()))
        .collect();
    let mut met: HashMap<_, Result<Met, Refusal>> = HashMap::with_capacity(wanted.len());
    for row in sql::by_addresses(tx, addresses.clone()).await? {
        let known = match row.deactivated_at {
            None => Ok(Met {
                person: row.id,
                is_new: false,
            }),
            Some(_) => Err(Refusal::Conflict(
                "Your access to this organisation was ended. Ask whoever gave you the link.".into(),
            )),
        };
        met.insert((row.organisation_id, row.email), known);
    }
    let mut ids = backend.random.ids(now, wanted.len());
    Ok(addresses
        .into_iter()
        .map(|address| {
            let mut new = || Met {
                person: PersonId(ids.next().unwrap_or_else(|| backend.random.id(now))),
                is_new: true,
            };
            met.entry(address).or_insert_with(|| Ok(new())).clone()
        })
        .collect())
}

/// The entries of people who were added.
#[must_use = "what happens is recorded in the same transaction"]
pub(crate) struct Added(pub Vec<(Who, Entry)>);

/// Adds people who were met as new, with their words. The entries of the audit log are the caller's to record, with
/// those of what they came for.
///
/// # Errors
/// A fault; a conflict when another server added one of them in this very moment.
pub(crate) async fn add_all(
    tx: &mut WriteTx,
    new: &[(PersonId, &Wanted)],
    now: DateTime<Utc>,
) -> Result<Added> {
    // Each once, and in the order of the addresses, everywhere: two servers that add the same people then never
    // wait for each other.
    let new: BTreeMap<_, _> = new
        .iter()
        .map(|(id, one)| ((one.organisation, one.email.as_str()), (*id, *one)))
        .collect();
    let new: Vec<_> = new
        .into_values()
        .map(|(id, one)| (id, one, searched(&one.name, &one.email)))
        .collect();
    if sql::insert_members(tx, &new, now).await? != new.len() as u64 {
        return Err(Fault::conflict("another server added the same person").into());
    }
    Ok(Added(new.iter().map(|(id, one, _)| added(*id, one)).collect()))
}

fn added(id: PersonId, one: &Wanted) -> (Who, Entry) {
    let who = Who {
        person: Some(id),
        name: one.name.clone(),
        ..Who::program(one.organisation)
    };
    let facts = json!({"name": one.name, "email": one.email, "user_type": BuiltIn::Member.name()});
    (who, Entry::person(Event::PersonAdded, id, facts))
}
