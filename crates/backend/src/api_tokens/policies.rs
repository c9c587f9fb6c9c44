//! The policies of organisations, kept in memory for as long as they are true: each token that is not known yet asks for one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use database::{Db, Moment};
use domain::OrganisationId;
use domain::api_tokens::Policy;

/// As many are kept; with more organisations than that, all are read again now and then.
const MOST: usize = 4_096;

/// The policies that are known, each with the moment before it was read.
#[derive(Default)]
pub(crate) struct Policies(Mutex<HashMap<OrganisationId, (Moment, Policy)>>);

impl Policies {
    /// The policy of an organisation, if nothing has changed there since it was read.
    pub(super) fn of(&self, db: &Db, organisation: OrganisationId) -> Option<Policy> {
        let (read_after, policy) = *self.locked().get(&organisation)?;
        let is_true = db.generations().are_unchanged(read_after, &[organisation.0]);
        is_true.then_some(policy)
    }

    /// Keeps what was read after a moment.
    pub(super) fn keep(&self, organisation: OrganisationId, policy: Policy, read_after: Moment) {
        let mut known = self.locked();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(organisation, (read_after, policy));
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<OrganisationId, (Moment, Policy)>> {
        // Each change is whole in itself, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
