//! What an organisation allows its API tokens.

use domain::Permission;
use domain::api_tokens::{Policy, PolicyForm};
use serde_json::json;

use super::{ApiTokens, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;

impl ApiTokens<'_> {
    /// Changes what the organisation allows. Tokens that do not fit are refused from the next request on, and stay.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub async fn set_policy(&self, caller: &Caller, form: &PolicyForm) -> Result<Policy> {
        caller.may(Permission::OrganisationManage)?;
        self.is_a_person(caller)?;
        let policy = form.parse()?;
        let organisation = caller.organisation();
        let mut tx = self.0.db.write().await?;
        let before = sql::policy(&mut tx, organisation).await?;
        if before != policy {
            sql::put_policy(&mut tx, organisation, &policy).await?;
            let facts = json!({ "before": before, "after": policy });
            let entry = Entry {
                facts,
                ..Entry::new(Event::ApiTokenPolicyChanged)
            };
            self.0.record(&mut tx, caller, entry).await?;
        }
        self.0.commit(tx).await?;
        Ok(policy)
    }
}
