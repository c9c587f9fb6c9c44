//! Refreshing: an access token for a refresh token, which is replaced with each use.
//!
//! Which refresh tokens are good is decided by [`judge`], under the lock of the session's row: of two that come at once
//! one waits, and finds what the other has made.

use database::{Conn, WriteTx};
use domain::TokenId;
use domain::mobile_sessions::{Device, OAuthError, OAuthProblem, Standing, TokenForm, Verdict, Wipe, judge};
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::tokens::State;
use serde_json::json;

use super::{Context, Issued, MobileSessions, SESSION, TokenError, end, entry, sql, whole};
use crate::Client;
use crate::audit::Event;
use crate::error::Result;
use crate::mail::{NewMail, Template};
use crate::tokens::{self, Presented, Token};

/// What is said of every refresh token that opens nothing.
const NO_REFRESH: OAuthProblem = OAuthProblem {
    error: OAuthError::InvalidGrant,
    description: "This refresh token opens nothing: it is unknown, used, or its session is over. Sign in again.",
};

/// What a refresh token leads to.
pub(super) struct Presenting {
    pub session: TokenId,
    digests: Vec<Vec<u8>>,
}

impl MobileSessions<'_> {
    /// New tokens for a refresh token, which is good once. An answer that was lost can be asked for again for ten
    /// seconds; when a token is used again after that, the session ends and its person is told by mail.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn refresh(
        &self,
        form: &TokenForm,
        device: &Device,
        client: &Client,
    ) -> Result<Issued, TokenError> {
        let asked = form.scope()?;
        let secret =
            PrefixedSecret::parse(Prefix::MOBILE_REFRESH, &form.refresh_token).map_err(|_| NO_REFRESH)?;
        // Looked for before a transaction is asked for: tokens that were made up would occupy the one writer of SQLite.
        let found = self.presenting(&mut self.0.db.read().await?, &secret).await?;
        let presenting = found.ok_or(NO_REFRESH)?;
        let mut tx = self.0.db.write().await?;
        let session = presenting.session;
        let Some(organisation) = sql::organisation(&mut tx, session).await? else {
            return Err(NO_REFRESH.into());
        };
        let token = self.lock(&mut tx, &whole(organisation), session).await?;
        let context = self.context_of(&mut tx, session).await?;
        let (Some(token), Some(context)) = (token, context) else {
            return Err(NO_REFRESH.into());
        };
        if context.app.0.to_string() != form.client_id {
            return Err(NO_REFRESH.into());
        }
        if context.wipe == Wipe::Pending {
            return Err(TokenError::Wipe);
        }
        let now = self.0.clock.now();
        if context.void.is_some() || context.bounds.state(now) != State::Live {
            return Err(NO_REFRESH.into());
        }
        let standing = self.standing(&mut tx, &presenting).await?;
        let newest = sql::generation(&mut tx, session).await?;
        let Some(verdict) = standing.map(|standing| judge(newest, standing, now)) else {
            return Err(NO_REFRESH.into());
        };
        if verdict == Verdict::Stolen {
            self.end_stolen(&mut tx, &token, &context, Event::MobileReused, client)
                .await?;
            self.0.commit(tx).await?;
            return Err(NO_REFRESH.into());
        }
        if let Some(asked) = asked
            && !asked.is_subset(context.allowed)
        {
            return Err(OAuthError::InvalidScope
                .because("scope holds more than was allowed at the sign-in.")
                .into());
        }
        sql::keep_refresh(&mut tx, session, newest).await?;
        if verdict == Verdict::Next {
            sql::set_refreshed(&mut tx, presenting.digests, now).await?;
            sql::set_generation(&mut tx, session, newest + 1).await?;
        }
        let refresh = tokens::renew(&mut tx, self.0, &token).await?;
        let change = tokens::Change {
            name: token.name.clone(),
            starts_at: None,
            expires_at: Some(end(now, context.ends_at)),
            use_limit: None,
        };
        tokens::change(&mut tx, &token, &change, now).await?;
        sql::set_seen(
            &mut tx,
            session,
            device,
            &client.address_text().unwrap_or_default(),
            now,
        )
        .await?;
        sql::remove_access(&mut tx, session, now).await?;
        let context = self.context_of(&mut tx, session).await?.ok_or(NO_REFRESH)?;
        let issued = self.issued(&mut tx, &context, Some(refresh)).await?;
        // What is kept in memory of this session stays true: its end moves forward, and nothing is taken away.
        self.0.commit_keeping_cache(tx).await?;
        Ok(issued)
    }

    /// What a refresh token leads to, whichever of its session's it is.
    pub(super) async fn presenting(
        &self,
        conn: &mut Conn,
        secret: &PrefixedSecret,
    ) -> Result<Option<Presenting>> {
        let digests: Vec<Vec<u8>> = self
            .0
            .keys
            .look_ups(SESSION.purpose.0, secret.reveal())
            .into_iter()
            .map(|look_up| look_up.digest)
            .collect();
        let presented = Presented::prefixed(SESSION.purpose, secret);
        let session = match tokens::find(conn, self.0, presented).await? {
            Some(found) => Some(found.token.id),
            None => sql::earlier(conn, digests.clone()).await?.map(|row| row.token_id),
        };
        Ok(session.map(|session| Presenting { session, digests }))
    }

    /// How a refresh token stands in its session. It is asked under the session's lock: another one may have been made
    /// since it was found.
    pub(super) async fn standing(
        &self,
        conn: &mut Conn,
        presenting: &Presenting,
    ) -> Result<Option<Standing>> {
        if sql::is_newest(conn, presenting.session, presenting.digests.clone()).await? {
            return Ok(Some(Standing::Newest));
        }
        let earlier = sql::earlier(conn, presenting.digests.clone()).await?;
        Ok(earlier.map(|row| Standing::Earlier {
            generation: row.generation,
            used_at: row.used_at,
        }))
    }

    /// Ends a session whose secret is in two hands, records it, and tells its person.
    pub(super) async fn end_stolen(
        &self,
        tx: &mut WriteTx,
        token: &Token,
        context: &Context,
        event: Event,
        client: &Client,
    ) -> Result<()> {
        let facts = json!({ "name": context.person_name, "app": context.app.1 });
        let who = crate::audit::Who {
            name: "somebody with an old secret".into(),
            address: client.address_text(),
            ..crate::audit::Who::program(context.organisation)
        };
        let entry = entry(event, context.session, context.person, facts);
        if self.revoke(tx, token, who, entry).await? {
            let mail = NewMail {
                to_name: context.person_name.clone(),
                facts: json!({
                    "organisation": context.organisation_name,
                    "app": context.app.1,
                    "device": context.device,
                }),
                token: Some(context.session),
                ..NewMail::to(context.organisation, context.email.clone(), Template::MobileEnded)
            };
            self.0.queue_mail(tx, mail).await?;
        }
        Ok(())
    }
}
