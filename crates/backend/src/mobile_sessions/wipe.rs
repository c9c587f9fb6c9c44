//! Wiping: an app is told at its next call to remove everything that it holds, and says when it has.
//!
//! It is a request to an app that is honest: nothing can be taken from a device that somebody else controls. So the
//! session lets nobody do anything from the moment at which it is asked for.

use domain::mobile_sessions::{MobileSessionRow, Wipe};
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{Context, MobileSessions, entry, sql, whole};
use crate::audit::Event;
use crate::error::Result;
use crate::{Caller, Client};

impl MobileSessions<'_> {
    /// Asks the app of a session to remove everything from the device. A session that is over can be asked, too: whoever
    /// loses a device signs it out first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] when the app has done so.
    pub async fn wipe(&self, caller: &Caller, id: TokenId) -> Result<MobileSessionRow> {
        caller.may(Permission::MobileSessionsManage)?;
        let mut tx = self.0.db.write().await?;
        let (_, row) = self.locked(&mut tx, caller, id).await?;
        match row.wipe() {
            Wipe::Done => {
                let sentence = "The app has removed everything from this device already.";
                return Err(Refusal::Conflict(sentence.into()).into());
            }
            Wipe::Pending => {}
            Wipe::Nothing => {
                sql::ask_wipe(&mut tx, id, self.0.clock.now()).await?;
                let facts = json!({ "name": row.name, "app": row.app });
                self.0
                    .record(
                        &mut tx,
                        caller,
                        entry(Event::MobileWipeAsked, id, row.person_id, facts),
                    )
                    .await?;
            }
        }
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    /// The app says that it has removed everything, by a token of the session; says whether it was asked to. The session
    /// ends with it.
    ///
    /// # Errors
    /// A fault.
    pub async fn wiped(&self, secret: &str, client: &Client) -> Result<bool> {
        let Some(context) = self.session_of(secret).await? else {
            return Ok(false);
        };
        if context.wipe != Wipe::Pending {
            return Ok(false);
        }
        let session = context.session;
        let mut tx = self.0.db.write().await?;
        let token = self.lock(&mut tx, &whole(context.organisation), session).await?;
        // Again, under the lock: it may have said so twice at once.
        let context = self.context_of(&mut tx, session).await?.unwrap_or(context);
        let (Some(token), Wipe::Pending) = (token, context.wipe) else {
            return Ok(false);
        };
        let now = self.0.clock.now();
        sql::set_wiped(&mut tx, session, now).await?;
        if !token.bounds.revoked {
            crate::tokens::revoke(&mut tx, &token, now).await?;
        }
        let facts = json!({ "name": context.person_name, "app": context.app.1 });
        let entry = entry(Event::MobileWiped, session, context.person, facts);
        self.0
            .record(&mut tx, Self::person_behind(&context, client), entry)
            .await?;
        self.0.commit(tx).await?;
        Ok(true)
    }

    /// The session that a token belongs to, whichever of its tokens it is and whatever became of it.
    pub(super) async fn session_of(&self, secret: &str) -> Result<Option<Context>> {
        if let Ok(secret) = PrefixedSecret::parse(Prefix::MOBILE, secret) {
            return self.by_access(&secret).await;
        }
        let Ok(secret) = PrefixedSecret::parse(Prefix::MOBILE_REFRESH, secret) else {
            return Ok(None);
        };
        let mut conn = self.0.db.read().await?;
        match self.presenting(&mut conn, &secret).await? {
            Some(found) => self.context_of(&mut conn, found.session).await,
            None => Ok(None),
        }
    }
}
