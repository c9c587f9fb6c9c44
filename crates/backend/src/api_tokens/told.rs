//! What an API token is told of itself, and whether that is the same as before.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::api_tokens::SelfView;
use domain::tokens::State;
use domain::{Permissions, TokenId};

use super::{ApiTokens, TokenCaller};
use crate::{Caller, Who};

/// All that the view of a token follows from: of two that are equal, the views are equal. It is cheaper than a view, so
/// that whoever keeps what they made of one finds it again.
#[derive(Debug, Clone)]
pub struct Told {
    token: TokenCaller,
    permissions: Permissions,
    state: State,
}

impl PartialEq for Told {
    /// Rows that were read at another time may say something else.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.token.0, &other.token.0)
            && self.permissions == other.permissions
            && self.state == other.state
    }
}

impl Eq for Told {}

impl Told {
    /// For a token that calls with these permissions.
    pub(super) fn of(token: &TokenCaller, permissions: Permissions, now: DateTime<Utc>) -> Self {
        Self {
            token: token.clone(),
            permissions,
            state: token.0.bounds.state(now),
        }
    }

    /// For a token, as it would call.
    pub(crate) fn of_itself(token: &TokenCaller, now: DateTime<Utc>) -> Self {
        Self::of(token, token.0.permissions, now)
    }

    /// The token.
    pub fn token(&self) -> TokenId {
        self.token.token()
    }

    /// What it is told.
    pub fn view(&self) -> SelfView {
        let context = &self.token.0;
        SelfView {
            id: context.token,
            name: context.name.clone(),
            tenant: context.organisation,
            person: context.person,
            person_name: context.person_name.clone(),
            email: context.email.clone(),
            department: context.department.clone(),
            user_type: context.user_type.clone(),
            permissions: self.permissions,
            expires_at: context.bounds.expires_at,
            state: self.state,
        }
    }
}

impl ApiTokens<'_> {
    /// What [`myself`](Self::myself) follows from; `None` for callers that are no API token.
    pub fn told(&self, caller: &Caller) -> Option<Told> {
        match &caller.who {
            Who::ApiToken(token) => Some(Told::of(token, caller.permissions, self.0.clock.now())),
            _ => None,
        }
    }
}
