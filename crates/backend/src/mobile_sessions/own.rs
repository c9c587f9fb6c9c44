//! One's own sessions.

use domain::mobile_sessions::{Device, OwnMobileSession};
use domain::{PersonId, Refusal, TokenId};
use serde_json::json;

use super::{MobileSessions, entry, sql, whole};
use crate::audit::Event;
use crate::error::Result;
use crate::{Caller, Who};

impl MobileSessions<'_> {
    /// The apps that are signed in as the one who asks, the last active first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for anyone who is no person.
    pub async fn own(&self, caller: &Caller) -> Result<Vec<OwnMobileSession>> {
        let person = person(caller)?;
        self.note_uses().await?;
        let times = self.0.times(caller);
        let mut conn = self.0.db.read().await?;
        let mut rows = sql::alive_of_person(&mut conn, caller.organisation(), person).await?;
        rows.retain(|row| row.expires_at.is_none_or(|end| end > times.now));
        rows.sort_by_key(|row| std::cmp::Reverse(row.last_active_at));
        Ok(rows
            .into_iter()
            .map(|row| OwnMobileSession {
                id: row.id,
                is_this: this(caller) == Some(row.id),
                device: Device {
                    name: row.device,
                    app: row.version,
                    system: row.system,
                }
                .label(),
                app: row.app,
                signed_in: times.when(row.created_at),
                last_active: times.when(row.last_active_at),
                last_address: row.last_address,
            })
            .collect())
    }

    /// Signs one of one's own apps out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: no such session, or somebody else's.
    pub async fn end_own(&self, caller: &Caller, id: TokenId) -> Result<()> {
        let person = person(caller)?;
        let mut tx = self.0.db.write().await?;
        let token = self.lock(&mut tx, &whole(caller.organisation()), id).await?;
        let context = self.context_of(&mut tx, id).await?;
        let (Some(token), Some(context)) = (token, context.filter(|context| context.person == person)) else {
            return Err(Refusal::NotFound.into());
        };
        let facts = json!({ "app": context.app.1 });
        let entry = entry(Event::MobileSignedOut, id, person, facts);
        self.revoke(&mut tx, &token, caller, entry).await?;
        self.0.commit(tx).await
    }

    /// Signs all of one's own apps out, but for the one that asks; says how many that were.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for anyone who is no person.
    pub async fn end_other_own(&self, caller: &Caller) -> Result<i64> {
        let person = person(caller)?;
        let mut tx = self.0.db.write().await?;
        let mut ended = 0;
        for session in sql::alive_of_person(&mut tx, caller.organisation(), person).await? {
            if this(caller) == Some(session.id) {
                continue;
            }
            if let Some(token) = self
                .lock(&mut tx, &whole(caller.organisation()), session.id)
                .await?
            {
                let facts = json!({ "app": session.app });
                let entry = entry(Event::MobileSignedOut, session.id, person, facts);
                ended += i64::from(self.revoke(&mut tx, &token, caller, entry).await?);
            }
        }
        self.0.commit(tx).await?;
        Ok(ended)
    }
}

/// The person who asks, in a browser or in an app. A program has no sessions.
fn person(caller: &Caller) -> Result<PersonId, Refusal> {
    match &caller.who {
        Who::Admin(signed_in) => Ok(signed_in.person),
        Who::MobileApp(session) => Ok(session.person()),
        Who::ApiToken(_) | Who::Operator => Err(Refusal::Forbidden),
    }
}

/// The session that asks, if an app does.
fn this(caller: &Caller) -> Option<TokenId> {
    match &caller.who {
        Who::MobileApp(session) => Some(session.session()),
        _ => None,
    }
}
