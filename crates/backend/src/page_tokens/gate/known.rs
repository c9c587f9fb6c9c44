//! What the gate knows of a token: its rule in a form that is compared at once, its bounds, and who its bearer is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use database::Conn;
use domain::page_tokens::PageRule;
use domain::prefixed::Prefix;
use domain::tokens::Bounds;
use domain::{OrganisationId, PrefixedSecret, SiteId, TokenId};

use super::Identity;
use crate::error::{Result, corrupt};
use crate::page_tokens::{kind, sql};
use crate::tokens::{self, Token};
use crate::{Backend, Scope, organisations};

/// A page token, as it was when it was read; only its uses move with what this server spends.
#[derive(Debug)]
pub(crate) struct Known {
    pub token: TokenId,
    pub organisation: OrganisationId,
    pub site: SiteId,
    pub rule: PageRule,
    pub groups: String,
    pub hint: String,
    pub confirm: bool,
    /// Whether it was deleted, or its organisation cancelled.
    pub is_gone: bool,
    pub identity: Arc<Identity>,
    pub generation: i64,
    previous_until: Option<DateTime<Utc>>,
    bounds: Bounds,
    uses: AtomicI64,
}

impl Known {
    /// The token that a text is the secret of, or was until it was rotated, as long as its grace lasts. A text that is no
    /// whole token is answered without a query.
    pub(in crate::page_tokens) async fn by_secret_text(
        conn: &mut Conn,
        backend: &Backend,
        text: &str,
    ) -> Result<Option<Self>> {
        match PrefixedSecret::parse(Prefix::PAGE, text) {
            Ok(secret) => Ok(Self::by_secret(conn, backend, &secret)
                .await?
                .map(|(known, _)| known)),
            Err(_) => Ok(None),
        }
    }

    /// The same for a whole token, and whether its secret is one in its grace.
    pub(super) async fn by_secret(
        conn: &mut Conn,
        backend: &Backend,
        secret: &PrefixedSecret,
    ) -> Result<Option<(Self, bool)>> {
        let found = tokens::find(conn, backend, kind::presented(secret)).await?;
        let look_ups = backend.keys.look_ups(kind::PAGES.0, secret.reveal());
        let digests = look_ups.into_iter().map(|look_up| look_up.digest).collect();
        // Asked in either case, so that a secret that nobody has takes the same work.
        let previous = sql::by_previous(conn, digests, backend.clock.now()).await?;
        if let Some(found) = found {
            return Ok(Some((Self::of(conn, &found.token).await?, false)));
        }
        let Some((token, organisation)) = previous else {
            return Ok(None);
        };
        match tokens::load(conn, backend, &Scope::new(organisation, None), token).await? {
            Some(found) => Ok(Some((Self::of(conn, &found.token).await?, true))),
            None => Ok(None),
        }
    }

    /// The token with an id.
    pub(in crate::page_tokens) async fn by_id(
        conn: &mut Conn,
        backend: &Backend,
        id: TokenId,
    ) -> Result<Option<Self>> {
        let Some(details) = sql::details(conn, id).await? else {
            return Ok(None);
        };
        match tokens::load(conn, backend, &Scope::new(details.organisation_id, None), id).await? {
            Some(found) => Self::of(conn, &found.token).await.map(Some),
            None => Ok(None),
        }
    }

    async fn of(conn: &mut Conn, token: &Token) -> Result<Self> {
        let details = sql::details(conn, token.id).await?;
        let details = details.ok_or_else(|| corrupt("page_tokens", "token_id", token.id))?;
        let is_active = organisations::is_active(conn, token.organisation).await?;
        Ok(Self {
            token: token.id,
            organisation: token.organisation,
            site: details.site_id,
            rule: details.rule()?,
            hint: token.hint_text(),
            confirm: details.confirm,
            is_gone: token.deleted_at.is_some() || !is_active,
            identity: Arc::new(Identity {
                token: Some(token.id),
                groups: details.group_names.clone(),
                name: details.note.clone(),
                email: details.email.clone(),
            }),
            groups: details.group_names,
            generation: details.generation,
            previous_until: details.previous_until,
            bounds: token.bounds,
            uses: AtomicI64::new(token.bounds.uses),
        })
    }

    /// From when, until when, how often, and how often so far.
    pub(in crate::page_tokens) fn bounds(&self) -> Bounds {
        Bounds {
            uses: self.uses.load(Ordering::Relaxed),
            ..self.bounds
        }
    }

    /// Whether its hits are counted one by one.
    pub(super) fn is_limited(&self) -> bool {
        self.bounds.use_limit.is_some()
    }

    /// Notes how often it was used by now.
    pub(super) fn was_used(&self, number: i64) {
        self.uses.fetch_max(number, Ordering::Relaxed);
    }

    /// Whether a session that began with this secret of the token goes on.
    pub(super) fn has_generation(&self, generation: i64, now: DateTime<Utc>) -> bool {
        let is_in_grace = || self.previous_until.is_some_and(|until| now < until);
        generation == self.generation || (generation == self.generation - 1 && is_in_grace())
    }
}
