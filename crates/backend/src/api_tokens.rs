//! API tokens: standing permissions of programs to call the REST API.
//!
//! The core makes, finds and withdraws them; here stands whom they belong to, what narrows them, and how a request with
//! one becomes a [`Caller`]. What a token may do is the intersection of the token, the person behind it, both user types, the
//! department and the organisation, read from their rows: see [`context`].

mod authenticate;
mod cache;
mod change;
mod choices;
mod context;
mod create;
mod explain;
mod list;
mod many;
mod meanwhile;
mod meter;
mod operator;
mod order;
mod pace;
mod policies;
mod policy;
mod reading;
mod reminders;
mod replaced;
mod reveal;
mod rotate;
mod scan;
mod sql;
#[cfg(test)]
mod tests;
mod told;
mod usage;
mod why;

use database::{Conn, WriteTx};
use domain::api_tokens::SelfView;
use domain::prefixed::Prefix;
use domain::tokens::Family;
use domain::{Refusal, TokenId};

pub use authenticate::{Denied, Known, Notes};
pub(crate) use cache::{Contexts, OfToken};
pub use context::TokenCaller;
pub(crate) use context::{Context, NO_NETWORK, first_of};
pub(crate) use explain::{Considered, Rights};
pub use list::DAYS_SHOWN;
pub use many::MOST_AT_ONCE;
pub use meter::Meter;
pub use operator::Named;
pub use order::BulkOrder;
pub use pace::Left;
pub(crate) use pace::Paces;
pub(crate) use policies::Policies;
pub(crate) use reading::Readings;
pub(crate) use replaced::KEPT;
pub use told::Told;
pub(crate) use usage::Usage;
pub(crate) use why::Why;

use crate::error::Result;
use crate::tokens::{self, Kind, Purpose, Registered, Sealing, SecretForm, Token, UsePolicy};
use crate::{Backend, Caller, Who};

/// What this feature adds to the core.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&API],
    checks: &[],
};

/// API tokens.
static API: Kind = Kind {
    key: "api",
    family: Family::Api,
    secret: SecretForm::Prefixed(Prefix::API),
    purpose: Purpose("api"),
    sealing: Sealing::Sealed,
    use_policy: UsePolicy::LastUseOnly,
    parts: None,
    journal: None,
};

/// The view on API tokens.
pub struct ApiTokens<'a>(&'a Backend);

impl Backend {
    /// API tokens.
    pub fn api_tokens(&self) -> ApiTokens<'_> {
        ApiTokens(self)
    }
}

impl ApiTokens<'_> {
    /// What a token is told of itself.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for callers that are no token.
    pub fn myself(&self, caller: &Caller) -> Result<SelfView> {
        match &caller.who {
            Who::ApiToken(token) => Ok(Told::of(token, caller.permissions, self.0.clock.now()).view()),
            Who::MobileApp(session) => Ok(session.view(caller, self.0.clock.now())),
            _ => Err(Refusal::NotFound.into()),
        }
    }

    /// A token of this family that the caller may see, locked.
    async fn locked(&self, tx: &mut WriteTx, caller: &Caller, id: TokenId) -> Result<Token> {
        sql::by_id(tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let found = tokens::lock(tx, self.0, &caller.scope, id).await?;
        found
            .map(|found| found.token)
            .filter(is_there)
            .ok_or_else(|| Refusal::NotFound.into())
    }

    /// The same to read.
    async fn loaded(&self, conn: &mut Conn, caller: &Caller, id: TokenId) -> Result<Token> {
        sql::by_id(conn, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let found = tokens::load(conn, self.0, &caller.scope, id).await?;
        found
            .map(|found| found.token)
            .filter(is_there)
            .ok_or_else(|| Refusal::NotFound.into())
    }
}

fn is_there(token: &Token) -> bool {
    token.kind.family == Family::Api && token.deleted_at.is_none()
}
