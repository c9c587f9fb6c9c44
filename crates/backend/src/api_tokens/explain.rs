//! A token that somebody asks about: as it would call now, with what decides about it.
//!
//! It is judged by what judges it at a request ([`Context::judge`]), nothing is counted, and nothing ends by it.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::api_tokens::Subject;
use domain::{Permission, Permissions, PrefixedSecret, prefixed::Prefix};

use super::context::{Context, TokenCaller};
use super::why::Why;
use super::{API, ApiTokens, Meter, Paces, sql};
use crate::error::Result;
use crate::{Caller, Client, tokens};

/// What the permissions of a token follow from: it has those that are in all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rights {
    /// Those of its user type.
    pub of_type: Permissions,
    /// Those of its person's user type.
    pub of_person: Permissions,
    /// Those that it was narrowed to.
    pub narrowed: Permissions,
}

/// A token that somebody asks about.
pub(crate) struct Considered {
    /// Who would call.
    pub caller: Caller,
    /// Why it is not let in, whatever it asks for.
    pub verdict: Result<(), Why>,
    /// Seconds until another request fits, if it calls too often.
    pub wait: Option<i64>,
    /// What it may do, and why no more.
    pub rights: Rights,
    /// Its user type's name.
    pub user_type: String,
    /// Its department's name, if it is limited to one.
    pub department: Option<String>,
    /// Where it may be used from; none: everywhere.
    pub networks: Vec<String>,
}

impl ApiTokens<'_> {
    /// The token that is asked about, if the caller may see it. A request from an address that is not said comes from one
    /// that fits.
    pub(crate) async fn considered(
        &self,
        caller: &Caller,
        subject: &Subject,
        address: Option<IpAddr>,
    ) -> Result<Option<Considered>> {
        if caller.may(Permission::ApiTokensRead).is_err() {
            return Ok(None);
        }
        // So that the last use is what a request would be judged by.
        self.note_uses().await?;
        let (context, meter) = match subject {
            Subject::Secret(secret) if secret.prefix() == Prefix::API => {
                (self.context(secret).await?, self.meter(secret))
            }
            Subject::Id(id) => {
                let mut conn = self.0.db.read().await?;
                match tokens::load(&mut conn, self.0, &caller.scope, *id).await? {
                    Some(found) => (self.context_of(&mut conn, &found.token, None).await?, None),
                    None => (None, None),
                }
            }
            Subject::Secret(_) | Subject::Nothing => (None, None),
        };
        let Some(context) = context else { return Ok(None) };
        if context.organisation != caller.organisation() {
            return Ok(None);
        }
        let mut conn = self.0.db.read().await?;
        if sql::by_id(&mut conn, &caller.scope, context.token)
            .await?
            .is_none()
        {
            return Ok(None);
        }
        Ok(Some(consider(
            context,
            meter.as_deref(),
            &self.0.paces,
            address,
            self.0.clock.now(),
        )))
    }

    /// What counts the calls of a token, if it is known here.
    fn meter(&self, secret: &PrefixedSecret) -> Option<Arc<Meter>> {
        let digest = self.0.keys.look_up(API.purpose.0, secret.reveal()).digest;
        match self.0.contexts.find(&self.0.db, &digest) {
            Ok(entry) => Some(entry.meter),
            Err(meter) => meter,
        }
    }
}

fn consider(
    context: Context,
    meter: Option<&Meter>,
    paces: &Paces,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Considered {
    let client = Client {
        address,
        ..Client::default()
    };
    let verdict = match context.judge(now, context.last_used_at, &client) {
        Err(Why::Network) if address.is_none() => Ok(()),
        verdict => verdict,
    };
    let own = meter
        .zip(context.policy.per_minute)
        .map(|(meter, per_minute)| meter.pace.left(now, per_minute));
    let together = context
        .policy
        .organisation_per_minute
        .map(|per_minute| paces.of(context.organisation).left(now, per_minute));
    let wait = [own, together]
        .into_iter()
        .flatten()
        .filter(|left| left.requests == 0)
        .map(|left| left.seconds)
        .max();
    Considered {
        verdict,
        wait,
        rights: context.rights,
        user_type: context.user_type.1.clone(),
        department: context.department.as_ref().map(|(_, name)| name.clone()),
        networks: context.networks(),
        caller: TokenCaller(Arc::new(context)).caller(&client),
    }
}
