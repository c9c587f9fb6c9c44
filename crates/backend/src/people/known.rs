//! Recognising people by their address, and adding those whom the organisation does not know yet.
//!
//! These are separate steps: a person who asks for something and is refused leaves no row behind.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::{BuiltIn, DepartmentId, EmailAddress, OrganisationId, PersonId, Refusal};
use serde_json::json;

use super::{searched, sql};
use crate::Backend;
use crate::audit::{Entry, Event, Who};
use crate::error::{Fault, Result};

/// A person who is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub organisation: OrganisationId,
    /// Where they belong if nobody has this address yet: to the department of what they come for.
    pub department: Option<DepartmentId>,
    pub email: EmailAddress,
    /// Their name if nobody has this address yet. A known name is kept: anyone can type anyone's address.
    pub name: String,
}

/// A person who was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    pub person: PersonId,
    /// Whether nobody has the address yet. Then this is the id that they will get when they are added.
    pub is_new: bool,
}

/// Recognises people by their addresses, in the order of the list. People whose access was ended are refused.
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

/// The audit entries of people who were added.
#[must_use = "what happens is recorded in the same transaction"]
pub(crate) struct Added(pub Vec<(Who, Entry)>);

/// Adds people who were found to be new, with their search terms. The caller records the audit entries, together with
/// those of what the people came for.
///
/// # Errors
/// When the database fails; a conflict when another server adds one of them at the same moment.
pub(crate) async fn add_all(
    tx: &mut WriteTx,
    new: &[(PersonId, &Wanted)],
    now: DateTime<Utc>,
) -> Result<Added> {
    // Each once, and always in the order of the addresses: then two servers that add the same people never wait for
    // each other.
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
