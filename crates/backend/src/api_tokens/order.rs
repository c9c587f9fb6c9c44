//! How many tokens are changed at once: what is done to them, why, and whether to all of them or to none.

use domain::api_tokens::{Bulk, BulkResult};
use domain::{Refusal, TokenId, form};
use serde_json::{Value, json};

use crate::audit::Entry;
use crate::error::Result;

/// Characters of a reason.
const REASON: usize = 200;

/// What is done to many tokens at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOrder {
    /// What is done to each.
    pub what: Bulk,
    /// Whether nothing is done if it cannot be done to each of them.
    pub all_or_none: bool,
    /// Why, for the history of each.
    pub reason: Option<String>,
}

impl From<Bulk> for BulkOrder {
    fn from(what: Bulk) -> Self {
        Self {
            what,
            all_or_none: false,
            reason: None,
        }
    }
}

impl BulkOrder {
    /// The same with its reason as it is written down.
    ///
    /// # Errors
    /// A sentence at `reason`.
    pub(crate) fn checked(self) -> Result<Self> {
        let reason = self.reason.map(|reason| form::line("A reason", REASON, &reason));
        Ok(Self {
            reason: reason
                .transpose()
                .map_err(|error| Refusal::at("reason", error.to_string()))?,
            ..self
        })
    }

    /// The entry, with the reason among its facts.
    pub(crate) fn noted(&self, mut entry: Entry) -> Entry {
        if let Some(reason) = &self.reason {
            match &mut entry.facts {
                Value::Object(facts) => {
                    facts.insert("reason".into(), reason.as_str().into());
                }
                facts => *facts = json!({ "reason": reason }),
            }
        }
        entry
    }

    /// Whether what became of each may stay so.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] with those that stand in the way, where it is all or none.
    pub(crate) fn settled(&self, results: &[(TokenId, BulkResult)]) -> Result<(), Refusal> {
        let stands_in_the_way = |result| match result {
            BulkResult::NotFound => true,
            // What is over already is as it should be, if it was to end.
            BulkResult::AlreadyRevoked => self.what != Bulk::Revoke,
            BulkResult::Revoked | BulkResult::Suspended | BulkResult::Resumed => false,
        };
        if !self.all_or_none {
            return Ok(());
        }
        let mut those = results.iter().filter(|(_, result)| stands_in_the_way(*result));
        let Some((first, result)) = those.next() else {
            return Ok(());
        };
        let why = match result {
            BulkResult::NotFound => "is unknown",
            _ => "was ended before",
        };
        let others = match those.count() {
            0 => "",
            _ => ", and it is not the only one in the way",
        };
        Err(Refusal::Conflict(format!(
            "Nothing was done: {first} {why}{others}. Leave such tokens out, or send the mode best_effort."
        )))
    }
}
