//! Mobile sessions: people who are signed in in a registered app, by OAuth 2.1 with PKCE.
//!
//! A session is a token of the core, whose secret is its newest refresh token. Beside it stand the refresh tokens before
//! ([`refresh`]) and the access tokens of minutes with which the app calls ([`authenticate`]). What the app may do is what
//! the person may do at that moment, narrowed to what they allowed it: see [`context`].

mod apps;
mod authenticate;
mod context;
mod ending;
mod explain;
mod grant;
mod introspect;
mod list;
mod many;
#[cfg(test)]
mod model_tests;
mod own;
mod refresh;
mod scan;
mod sql;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod usage;
mod wipe;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Conn, WriteTx};
use domain::mobile_sessions::OAuthProblem;
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::tokens::Family;
use domain::{Permissions, PersonId, Refusal, TokenId};

pub use apps::{AskingApp, Signer};
pub(crate) use context::Context;
pub use context::SessionCaller;
pub(crate) use ending::end_some;
pub use introspect::{Active, Introspected};

use crate::audit;
use crate::error::{Error, Result};
use crate::keys::Kept;
use crate::tokens::{self, Kind, Purpose, Registered, Sealing, SecretForm, Token, UsePolicy};
use crate::{Backend, Caller, Client, Scope};

/// What this feature adds to the core.
pub(crate) static REGISTERED: Registered = Registered {
    kinds: &[&SESSION],
    checks: &[],
};

/// Sessions, found by their refresh token.
static SESSION: Kind = Kind {
    key: "mobile",
    family: Family::Mobile,
    secret: SecretForm::Prefixed(Prefix::MOBILE_REFRESH),
    purpose: Purpose("mobile"),
    sealing: Sealing::ShownOnce,
    use_policy: UsePolicy::LastUseOnly,
    parts: None,
    journal: None,
};

/// What access tokens are digested for.
const ACCESS: Purpose = Purpose("mobile access");

/// What authorization codes are digested for.
const CODE: &str = "mobile code";

/// How long the secrets of a session are remembered after its end.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// What refresh tokens that were followed by others, and access tokens, keep under keys.
pub(crate) const KEPT: Kept = Kept::digests(
    "earlier secret of a mobile session",
    "earlier secrets of mobile sessions",
    |conn| Box::pin(sql::keys(conn)),
    |conn, key| Box::pin(sql::count_with_key(conn, key)),
);

/// The view on mobile sessions.
pub struct MobileSessions<'a>(&'a Backend);

impl Backend {
    /// People who are signed in in mobile apps, and the apps.
    pub fn mobile_sessions(&self) -> MobileSessions<'_> {
        MobileSessions(self)
    }
}

/// What an app gets.
#[derive(Debug)]
pub struct Issued {
    /// The session.
    pub session: TokenId,
    /// What it calls with.
    pub access: PrefixedSecret,
    /// Seconds that this opens.
    pub seconds: i64,
    /// What it gets the next one with.
    pub refresh: PrefixedSecret,
    /// What it may do.
    pub permissions: Permissions,
}

/// Why an app gets no tokens.
#[derive(Debug)]
pub enum TokenError {
    /// What it asks for cannot be had.
    Refused(OAuthProblem),
    /// It is to remove everything that it holds from the device, and to say so.
    Wipe,
    /// Something broke.
    Fault(Error),
}

impl From<OAuthProblem> for TokenError {
    fn from(problem: OAuthProblem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl From<database::Error> for TokenError {
    fn from(error: database::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl MobileSessions<'_> {
    /// A session that the caller may see, locked.
    async fn locked(&self, tx: &mut WriteTx, caller: &Caller, id: TokenId) -> Result<(Token, sql::Listed)> {
        let row = sql::by_id(tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let token = self.lock(tx, &whole(caller.organisation()), id).await?;
        Ok((token.ok_or(Refusal::NotFound)?, row))
    }

    /// A session of this organisation, locked. Where its person belongs is read from the person's row.
    async fn lock(&self, tx: &mut WriteTx, organisation: &Scope, id: TokenId) -> Result<Option<Token>> {
        let found = tokens::lock(tx, self.0, organisation, id).await?;
        Ok(found
            .map(|found| found.token)
            .filter(|token| token.kind.family == Family::Mobile && token.deleted_at.is_none()))
    }

    /// Ends a session for good, if it is not over.
    async fn revoke(
        &self,
        tx: &mut WriteTx,
        token: &Token,
        who: impl Into<audit::Who>,
        entry: audit::Entry,
    ) -> Result<bool> {
        if token.bounds.revoked {
            return Ok(false);
        }
        tokens::revoke(tx, token, self.0.clock.now()).await?;
        self.0.record(tx, who, entry).await?;
        Ok(true)
    }

    /// Who is behind a session, as the audit log names them when the app itself acts.
    fn person_behind(context: &Context, client: &Client) -> audit::Who {
        audit::Who {
            organisation: context.organisation,
            person: Some(context.person),
            name: context.person_name.clone(),
            address: client.address_text(),
        }
    }

    /// Everything that a session's rights follow from.
    async fn context_of(&self, conn: &mut Conn, id: TokenId) -> Result<Option<Context>> {
        let details = sql::details(conn, id).await?;
        details.map(Context::new).transpose()
    }

    /// Removes what nobody needs any more: codes and access tokens whose time is over, and the refresh tokens of sessions
    /// that ended 90 days ago, with the last of each. Until then it tells an app to wipe, and needs its key.
    ///
    /// # Errors
    /// A fault.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.0.clock.now();
        let mut tx = self.0.db.write_slice().await?;
        sql::sweep(&mut tx, now, now - REMEMBERED).await?;
        tokens::forget_secrets(&mut tx, Family::Mobile, now - REMEMBERED).await?;
        Ok(tx.commit_keeping_cache().await?)
    }
}

/// The scope that is an organisation as a whole.
fn whole(organisation: domain::OrganisationId) -> Scope {
    Scope::new(organisation, None)
}

/// An entry about a session.
fn entry(event: audit::Event, session: TokenId, person: PersonId, facts: serde_json::Value) -> audit::Entry {
    audit::Entry {
        person: Some(person),
        ..audit::Entry::token(event, Family::Mobile, session, facts)
    }
}

/// When a session ends that is refreshed now.
fn end(now: DateTime<Utc>, ends_at: DateTime<Utc>) -> DateTime<Utc> {
    ends_at.min(now + domain::mobile_sessions::IDLE)
}
