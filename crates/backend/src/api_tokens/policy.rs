//! What an organisation allows its API tokens.
//!
//! A policy that becomes stricter ends no token: those that do not fit are refused when they are used ([`super::context`]),
//! stand in a list of their own, and open again when the policy or they are changed.

use database::Conn;
use domain::Permission;
use domain::api_tokens::{ApiTokenQuery, Policy, PolicyForm, PolicyView};
use serde_json::json;

use super::list::Asked;
use super::{ApiTokens, sql};
use crate::Caller;
use crate::audit::{Entry, Event};
use crate::error::Result;

impl ApiTokens<'_> {
    /// Changes what the organisation allows. Tokens that do not fit are refused from the next request on, and stay.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub async fn set_policy(&self, caller: &Caller, form: &PolicyForm) -> Result<PolicyView> {
        caller.may_everywhere(Permission::OrganisationManage)?;
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
        let mut conn = self.0.db.read().await?;
        self.seen_as(&mut conn, caller, policy).await
    }

    /// What the organisation allows, and how many of the tokens that the caller sees it refuses.
    ///
    /// # Errors
    /// [`domain::Refusal::Forbidden`].
    pub async fn policy(&self, caller: &Caller) -> Result<PolicyView> {
        caller.may(Permission::ApiTokensRead)?;
        let mut conn = self.0.db.read().await?;
        let policy = sql::policy(&mut conn, caller.organisation()).await?;
        self.seen_as(&mut conn, caller, policy).await
    }

    /// How many tokens a policy would refuse that is not in force yet.
    ///
    /// # Errors
    /// [`domain::Refusal::Forbidden`]; all problems at once, by field.
    pub async fn would_refuse(&self, caller: &Caller, form: &PolicyForm) -> Result<i64> {
        caller.may(Permission::ApiTokensRead)?;
        let policy = form.parse()?;
        let mut conn = self.0.db.read().await?;
        Ok(self.seen_as(&mut conn, caller, policy).await?.refused)
    }

    async fn seen_as(&self, conn: &mut Conn, caller: &Caller, policy: Policy) -> Result<PolicyView> {
        let query = ApiTokenQuery {
            refused: true,
            ..ApiTokenQuery::default()
        };
        let mut asked = Asked::of(conn, caller, &query, self.0.clock.now()).await?;
        asked.refused_by(conn, policy);
        let refused = self.count_of(conn, &asked, &query).await?;
        Ok(PolicyView { policy, refused })
    }
}
