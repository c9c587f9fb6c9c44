//! A request with an access token becomes a caller.

use std::sync::Arc;

use domain::Permissions;
use domain::prefixed::{Prefix, PrefixedSecret};
use serde_json::json;

use super::{ACCESS, Context, MobileSessions, SessionCaller, entry, sql, whole};
use crate::Client;
use crate::api_tokens::{Denied, Known, Meter, Notes};
use crate::audit::Event;
use crate::error::Result;

impl MobileSessions<'_> {
    /// The caller behind an access token, for a request that comes now. Texts that cannot be one cost nothing.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn authenticate(&self, secret: &str, client: &Client) -> Result<Known, Denied> {
        let secret = PrefixedSecret::parse(Prefix::MOBILE, secret).map_err(|_| Denied::Unknown)?;
        self.0.opens()?;
        let digest = self.0.keys.look_up(ACCESS.0, secret.reveal()).digest;
        let entry = match self.0.sessions.find(&self.0.db, &digest) {
            Ok(entry) => entry,
            Err(meter) => {
                let read_after = self.0.db.generations().moment();
                let Some(context) = self.by_access(&secret).await? else {
                    self.0.sessions.forget(&digest);
                    return Err(Denied::Unknown);
                };
                let meter = meter.unwrap_or_else(|| {
                    let last = Some(context.last_active_at);
                    Arc::new(Meter::new(context.session, last, Permissions::NONE))
                });
                self.0.sessions.keep(digest, Arc::new(context), meter, read_after)
            }
        };
        let now = self.0.clock.now();
        entry.context.judge(now)?;
        if entry.meter.count(now, client) {
            self.0.session_uses.note(Arc::clone(&entry.meter));
        }
        Ok(Known {
            caller: SessionCaller(entry.context).caller(client),
            meter: entry.meter,
            notes: Notes::default(),
        })
    }

    /// What an access token belongs to.
    pub(super) async fn by_access(&self, secret: &PrefixedSecret) -> Result<Option<Context>> {
        let digests = self.access_digests(secret);
        let details = sql::details_by_access(&mut self.0.db.read().await?, digests).await?;
        details.map(Context::new).transpose()
    }

    /// Everything that an access token may be found by.
    pub(super) fn access_digests(&self, secret: &PrefixedSecret) -> Vec<Vec<u8>> {
        let look_ups = self.0.keys.look_ups(ACCESS.0, secret.reveal());
        look_ups.into_iter().map(|look_up| look_up.digest).collect()
    }

    /// Somebody found a token of a session where it does not belong, and shows it: the session ends, and its person is
    /// told.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn was_leaked(&self, secret: &str, client: &Client) -> Result<()> {
        let Some(context) = self.session_of(secret).await? else {
            return Ok(());
        };
        let mut tx = self.0.db.write().await?;
        let token = self
            .lock(&mut tx, &whole(context.organisation), context.session)
            .await?;
        if let Some(token) = token {
            self.end_stolen(&mut tx, &token, &context, Event::MobileLeaked, client)
                .await?;
        }
        self.0.commit(tx).await
    }

    /// A token was seen where it does not belong: in an address, or without encryption. It is recorded. An access token
    /// opens nothing from then on, and the app gets another one; the session of a refresh token ends.
    ///
    /// # Errors
    /// A fault.
    pub async fn was_exposed(&self, secret: &str, client: &Client) -> Result<()> {
        let Some(context) = self.session_of(secret).await? else {
            return Ok(());
        };
        let mut tx = self.0.db.write().await?;
        if let Ok(access) = PrefixedSecret::parse(Prefix::MOBILE, secret) {
            sql::remove_access_token(&mut tx, self.access_digests(&access)).await?;
            let facts = json!({ "name": context.person_name });
            let entry = entry(Event::MobileExposed, context.session, context.person, facts);
            self.0
                .record(&mut tx, Self::person_behind(&context, client), entry)
                .await?;
        } else if let Some(token) = self
            .lock(&mut tx, &whole(context.organisation), context.session)
            .await?
        {
            self.end_stolen(&mut tx, &token, &context, Event::MobileExposed, client)
                .await?;
        }
        self.0.commit(tx).await
    }
}
