//! What an organisation allows its API tokens.
//!
//! A policy that becomes stricter ends no token: those that do not fit are refused when they are used ([`super::context`]),
//! stand in a list of their own, and open again when the policy or they are changed.

use database::Conn;
use domain::Permission;
use domain::api_tokens::{ApiTokenQuery, Policy, PolicyForm, PolicyView};
use domain::page::Count;
use serde_json::json;

use super::list::Asked;
use super::{ApiTokens, sql};
use crate::Caller;
use crate::audit::{self, Entry, Event};
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
            let change = changes(&before, &policy);
            let facts = json!({ "before": before, "after": policy, "change": change });
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
        let (Count::Exactly(refused) | Count::MoreThan(refused)) =
            self.count_of(conn, &asked, &query).await?;
        Ok(PolicyView { policy, refused })
    }
}

/// What a change of the policy changes, in words.
fn changes(before: &Policy, after: &Policy) -> Option<String> {
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let up_to = |most: Option<i64>| most.map_or_else(|| "none".to_owned(), domain::form::grouped);
    let days = |days: Option<i64>| match days {
        Some(days) => format!("{} days", domain::form::grouped(days)),
        None => "none".to_owned(),
    };
    let words = |policy: &Policy| {
        [
            ("the default lifetime", days(Some(policy.default_days))),
            ("the longest lifetime", days(policy.longest_days)),
            ("tokens that never end", yes(policy.never_allowed)),
            ("the end without use", days(policy.idle_days)),
            ("strings shown once", yes(policy.show_once)),
            ("networks needed", yes(policy.networks_required)),
            ("tokens per person", up_to(Some(policy.most_per_person))),
            ("revoking what was exposed", yes(policy.revoke_exposed)),
            ("requests per minute of a token", up_to(policy.per_minute)),
            (
                "requests per minute of all tokens",
                up_to(policy.organisation_per_minute),
            ),
        ]
    };
    let facts = words(before).into_iter().zip(words(after));
    audit::changes(facts.map(|((what, before), (_, after))| (what, before, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_that_changes_is_told_with_before_and_after() {
        let before = Policy::default();
        let after = Policy {
            longest_days: Some(366),
            show_once: true,
            organisation_per_minute: Some(6_000),
            ..before
        };
        assert_eq!(
            changes(&before, &after).as_deref(),
            Some(
                "the longest lifetime from none to 366 days, strings shown once from no to yes, requests per minute of all \
                 tokens from none to 6,000"
            )
        );
        assert_eq!(changes(&before, &before), None);
        let every = Policy {
            default_days: 1,
            longest_days: Some(2),
            never_allowed: false,
            idle_days: Some(3),
            show_once: true,
            networks_required: true,
            most_per_person: 4,
            revoke_exposed: true,
            per_minute: Some(5),
            organisation_per_minute: Some(6),
        };
        let told = changes(&before, &every).expect("changes");
        assert_eq!(told.matches(" from ").count(), 10, "{told}");
    }
}
