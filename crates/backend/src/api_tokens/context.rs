//! Everything that a token's rights follow from, as it was at one moment.
//!
//! It is read from rows, never written into the token, and what is kept of it is no verdict: whether the token's time is
//! over, whether the address fits, is decided anew at each request.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::api_tokens::{Policy, networks};
use domain::network::Network;
use domain::tokens::{Bounds, State};
use domain::{DepartmentId, EmailAddress, OrganisationId, Permissions, PersonId, TokenId, UserTypeId};

use super::authenticate::Notes;
use super::cache::OfToken;
use super::explain::Rights;
use super::sql::{Details, Replaced};
use super::why::Why;
use crate::error::{Result, corrupt};
use crate::tokens::Token;
use crate::{Caller, Client, Scope, Who, people, user_types};

/// How much longer than the policy's days a token may live: an expiry date runs through the end of its day.
pub(super) const TO_THE_END_OF_THE_DAY: TimeDelta = TimeDelta::hours(50);

/// What is said of a token that is limited to no network, where the policy asks for one.
pub(crate) const NO_NETWORK: &str = "It is limited to no network, which the organisation's policy asks for.";

/// A token that calls.
#[derive(Debug, Clone)]
pub struct TokenCaller(pub(super) Arc<Context>);

/// Everything that a token's rights follow from.
#[derive(Debug)]
pub(crate) struct Context {
    pub token: TokenId,
    pub name: String,
    pub organisation: OrganisationId,
    pub department: Option<(DepartmentId, String)>,
    pub person: PersonId,
    pub person_name: String,
    /// Their address; a service user has none.
    pub email: Option<EmailAddress>,
    pub user_type: (UserTypeId, String),
    pub permissions: Permissions,
    /// What these follow from.
    pub(super) rights: Rights,
    scope: Scope,
    pub(super) bounds: Bounds,
    created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub used_permissions: Permissions,
    networks: Vec<Network>,
    pub policy: Policy,
    /// When the secret that it was found by opens no longer, if it was replaced.
    replaced: Option<Replaced>,
    /// The one that opened before, which may end with the first use of this one.
    pub(super) before: Option<Replaced>,
    /// Why it opens nothing, whatever its own row says: nobody is behind it any more.
    void: Option<Why>,
    pub organisation_name: String,
    time_zone: Tz,
    full_tokens: bool,
}

impl OfToken for Context {
    fn stands_on(&self) -> [uuid::Uuid; 2] {
        [self.token.0, self.organisation.0]
    }
}

impl Context {
    /// Puts the rows together.
    pub(super) fn new(
        token: &Token,
        details: &Details,
        policy: Policy,
        replaced: Option<Replaced>,
        before: Option<Replaced>,
    ) -> Result<Self> {
        let of = |built_in: &Option<String>, stored: &Option<String>| -> Result<Permissions> {
            let built_in = user_types::built_in(built_in.as_deref(), details.user_type_id)?;
            Ok(user_types::permissions(built_in, stored.as_deref()))
        };
        let of_type = of(&details.type_built_in, &details.type_permissions)?;
        // A person without a user type is a member, who may do nothing.
        let of_person = of(&details.person_built_in, &details.person_permissions)?;
        let narrowed = match &details.permissions {
            Some(keys) => Permissions::from(keys.clone()),
            None => Permissions::all(),
        };
        let is_outside =
            details.person_department.is_some() && token.department.is_some() && details.within.is_none();
        let department = token.department.or(details.person_department);
        let time_zone = details
            .time_zone
            .parse()
            .map_err(|_| corrupt("organisations", "time_zone", token.organisation))?;
        Ok(Self {
            token: token.id,
            name: token.name.clone(),
            organisation: token.organisation,
            department: token.department.zip(details.department_name.clone()),
            person: details.person_id,
            person_name: details.person_name.clone(),
            email: people::address(details.person_id, &details.email)?,
            user_type: (details.user_type_id, details.user_type.clone()),
            permissions: of_type.intersection(of_person).intersection(narrowed),
            rights: Rights {
                of_type,
                of_person,
                narrowed,
            },
            scope: Scope::new(token.organisation, department),
            bounds: token.bounds,
            created_at: details.created_at,
            last_used_at: details.last_used_at,
            used_permissions: Permissions::from(details.used_permissions.clone()),
            networks: networks(&details.networks).map_err(|_| corrupt("api_tokens", "networks", token.id))?,
            policy,
            replaced,
            before,
            void: first_of([
                (token.deleted_at.is_some(), Why::Deleted),
                (details.deactivated_at.is_some(), Why::Person),
                (details.cancelled_at.is_some(), Why::Organisation),
                (is_outside, Why::Department),
            ]),
            organisation_name: details.organisation.clone(),
            time_zone,
            full_tokens: details.full_tokens,
        })
    }

    /// Whether a request may be made now, from there.
    pub(super) fn judge(
        &self,
        now: DateTime<Utc>,
        last_used: Option<DateTime<Utc>>,
        client: &Client,
    ) -> Result<(), Why> {
        if let Some(replaced) = &self.replaced
            && replaced.opens_until <= now
        {
            return Err(Why::Replaced(replaced.opens_until));
        }
        if let Some(why) = &self.void {
            return Err(why.clone());
        }
        match self.bounds.state(now) {
            State::Live | State::UsedUp => {}
            State::Expired => return Err(Why::Expired(self.bounds.expires_at)),
            State::Suspended => return Err(Why::Suspended),
            State::Revoked => return Err(Why::Revoked),
            State::NotYet => return Err(Why::NotYet),
        }
        if let Some(days) = self.policy.idle_days
            && last_used.unwrap_or(self.created_at).max(self.created_at) + TimeDelta::days(days) <= now
        {
            return Err(Why::Unused(days));
        }
        if let Some(sentence) = self.outlives_policy() {
            return Err(Why::Policy(sentence));
        }
        if self.lacks_networks() {
            return Err(Why::PolicyNetworks);
        }
        if !self.is_from_there(client.address) {
            return Err(Why::Network);
        }
        Ok(())
    }

    /// What its program should know: its end, if that is before an instant, and that the secret was replaced.
    pub(super) fn notes(&self, soon: DateTime<Utc>) -> Notes {
        Notes {
            ends_at: self.bounds.expires_at.filter(|end| *end < soon),
            replaced_until: self.replaced.as_ref().map(|replaced| replaced.opens_until),
            limit: None,
            organisation_limit: None,
        }
    }

    /// Why the policy refuses it, as a sentence.
    pub(super) fn against_policy(&self) -> Option<&'static str> {
        self.outlives_policy()
            .or_else(|| self.lacks_networks().then_some(NO_NETWORK))
    }

    fn lacks_networks(&self) -> bool {
        self.policy.networks_required && self.networks.is_empty()
    }

    fn outlives_policy(&self) -> Option<&'static str> {
        if let Some(latest) = latest_end(&self.policy, self.created_at)
            && self.bounds.expires_at.is_none_or(|end| end > latest)
        {
            return Some("It lives longer than the organisation's policy allows.");
        }
        (!self.policy.never_allowed && self.bounds.expires_at.is_none())
            .then_some("It never ends, which the organisation's policy does not allow.")
    }

    /// Why it opens nothing although its own row says it is live.
    pub(super) fn held_back(&self) -> Option<String> {
        if self.void.is_some() {
            return Some("Nobody is behind it: the person's access has ended, or its department is not theirs any more.".into());
        }
        self.against_policy().map(str::to_owned)
    }

    /// Where it may be used from; none: everywhere.
    pub(super) fn networks(&self) -> Vec<String> {
        self.networks.iter().map(ToString::to_string).collect()
    }

    /// An address that is not known is in no network.
    fn is_from_there(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| self.networks.iter().any(|network| network.contains(address)))
    }
}

/// The first reason that holds.
pub(crate) fn first_of<const N: usize>(reasons: [(bool, Why); N]) -> Option<Why> {
    reasons.into_iter().find_map(|(holds, why)| holds.then_some(why))
}

/// When a token that was made at an instant ends at the latest, as the policy says.
pub(super) fn latest_end(policy: &Policy, created_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = TimeDelta::days(policy.longest_days?);
    Some(created_at + days + TO_THE_END_OF_THE_DAY)
}

impl TokenCaller {
    /// The token.
    pub fn token(&self) -> TokenId {
        self.0.token
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The person behind it.
    pub fn person(&self) -> PersonId {
        self.0.person
    }

    /// Their name.
    pub fn person_name(&self) -> &str {
        &self.0.person_name
    }

    /// The rows that it may see and change.
    pub(crate) fn scope(&self) -> Scope {
        self.0.scope
    }

    /// The caller of a request.
    pub(super) fn caller(self, client: &Client) -> Caller {
        let context = Arc::clone(&self.0);
        Caller {
            who: Who::ApiToken(self),
            scope: context.scope,
            permissions: context.permissions,
            organisation_name: context.organisation_name.clone(),
            time_zone: context.time_zone,
            full_tokens: context.full_tokens,
            client: client.clone(),
        }
    }
}
