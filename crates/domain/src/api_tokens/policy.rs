//! What an organisation allows its API tokens.

use serde::{Deserialize, Serialize};

use crate::form::{self, Problems};

/// The rules. One that is made stricter refuses tokens that do not fit it when they are used, and destroys nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Days that a token lives when nobody says how long.
    pub default_days: i64,
    /// Days that a token may live at most; `None`: as long as anybody likes.
    pub longest_days: Option<i64>,
    /// Whether a token may live for ever.
    pub never_allowed: bool,
    /// Days after which a token that nobody uses ends; `None`: it does not.
    pub idle_days: Option<i64>,
    /// Whether a secret is shown when it is made and never again.
    pub show_once: bool,
    /// Whether each token must be limited to networks.
    pub networks_required: bool,
    /// Tokens that stand behind one person at most.
    pub most_per_person: i64,
    /// Whether a token that travelled without encryption is revoked.
    pub revoke_exposed: bool,
    /// Requests that a token may make in a minute; `None`: as many as it likes.
    pub per_minute: Option<i64>,
    /// Requests that all tokens together may make in a minute; `None`: as many as they like.
    #[serde(default)]
    pub organisation_per_minute: Option<i64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            default_days: 90,
            longest_days: None,
            never_allowed: true,
            idle_days: None,
            show_once: false,
            networks_required: false,
            most_per_person: 200,
            revoke_exposed: false,
            per_minute: None,
            organisation_per_minute: None,
        }
    }
}

/// The policy, with what it does to the tokens that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// What the organisation allows.
    pub policy: Policy,
    /// Active tokens that it refuses: they are there, and open nothing.
    pub refused: i64,
}

/// The policy, as typed. All of it is said: what is left out would be lifted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyForm {
    /// *Default lifetime*, in days.
    pub default_days: String,
    /// *Longest lifetime*, in days; blank: none.
    pub longest_days: String,
    /// *Tokens may live for ever*.
    pub never_allowed: bool,
    /// *Unused tokens end after*, in days; blank: they do not.
    pub idle_days: String,
    /// *Show each secret once*.
    pub show_once: bool,
    /// *Each token needs networks*.
    pub networks_required: bool,
    /// *Tokens per person*.
    pub most_per_person: String,
    /// *Revoke tokens that travel without encryption*.
    pub revoke_exposed: bool,
    /// *Requests per minute*; blank: no limit.
    pub per_minute: String,
    /// *Requests per minute of all tokens*; blank: no limit.
    pub organisation_per_minute: String,
}

impl PolicyForm {
    /// The rules that were described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<Policy, Problems> {
        let mut problems = Problems::default();
        let mut days = |field: &str, what: &str, text: &str| {
            problems.check(field, form::number(what, 1, 3650, text)).flatten()
        };
        let default_days = days("default_days", "The default lifetime", &self.default_days);
        let longest_days = days("longest_days", "The longest lifetime", &self.longest_days);
        let idle_days = days("idle_days", "The time without use", &self.idle_days);
        let most = form::number("Tokens per person", 1, 10_000, &self.most_per_person);
        let most_per_person = problems.check("most_per_person", most).flatten();
        let mut requests = |field: &str, text: &str| {
            let number = form::number("Requests per minute", 1, 1_000_000, text);
            problems.check(field, number).flatten()
        };
        let per_minute = requests("per_minute", &self.per_minute);
        let organisation_per_minute = requests("organisation_per_minute", &self.organisation_per_minute);
        if default_days
            .zip(longest_days)
            .is_some_and(|(default, longest)| default > longest)
        {
            problems.add(
                "default_days",
                "The default lifetime is not longer than the longest.",
            );
        }
        problems.into_result()?;
        let usual = Policy::default();
        Ok(Policy {
            default_days: default_days
                .unwrap_or_else(|| usual.default_days.min(longest_days.unwrap_or(i64::MAX))),
            longest_days,
            never_allowed: self.never_allowed && longest_days.is_none(),
            idle_days,
            show_once: self.show_once,
            networks_required: self.networks_required,
            most_per_person: most_per_person.unwrap_or(usual.most_per_person),
            revoke_exposed: self.revoke_exposed,
            per_minute,
            organisation_per_minute,
        })
    }
}

impl From<Policy> for PolicyForm {
    fn from(policy: Policy) -> Self {
        let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            default_days: policy.default_days.to_string(),
            longest_days: text(policy.longest_days),
            never_allowed: policy.never_allowed,
            idle_days: text(policy.idle_days),
            show_once: policy.show_once,
            networks_required: policy.networks_required,
            most_per_person: policy.most_per_person.to_string(),
            revoke_exposed: policy.revoke_exposed,
            per_minute: text(policy.per_minute),
            organisation_per_minute: text(policy.organisation_per_minute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_comes_back_from_its_form() {
        let policy = Policy {
            longest_days: Some(366),
            never_allowed: false,
            per_minute: Some(60),
            organisation_per_minute: Some(6_000),
            ..Policy::default()
        };
        assert_eq!(PolicyForm::from(policy).parse(), Ok(policy));
        let form = PolicyForm {
            default_days: "400".into(),
            ..PolicyForm::from(policy)
        };
        assert!(form.parse().expect_err("too long").at("default_days").is_some());
    }
}
