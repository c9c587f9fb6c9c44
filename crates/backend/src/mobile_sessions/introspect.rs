//! What a token is, for a program that was given it and may know (RFC 7662). Asking counts as no use.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::api_tokens::SelfView;
use domain::mobile_sessions::Standing;
use domain::prefixed::{Prefix, PrefixedSecret};
use domain::{MobileAppId, Permission};

use super::{Context, MobileSessions, SessionCaller};
use crate::api_tokens::{Denied, Told};
use crate::error::Result;
use crate::{Caller, Client, Scope, Who};

/// What is said of a token that is active.
#[derive(Debug, Clone)]
pub struct Introspected {
    /// What it is told of itself.
    pub view: SelfView,
    /// The app that has it; `None` for an API token.
    pub app: Option<MobileAppId>,
    /// When the session began.
    pub issued_at: Option<DateTime<Utc>>,
    /// Whether an app calls with it.
    pub is_bearer: bool,
}

/// A token that is active.
#[derive(Debug, Clone)]
pub enum Active {
    /// An API token: what all that is said of it follows from.
    ApiToken(Told),
    /// A secret of an app.
    Session(Box<Introspected>),
}

impl From<&Told> for Introspected {
    fn from(told: &Told) -> Self {
        Self {
            view: told.view(),
            app: None,
            issued_at: None,
            is_bearer: true,
        }
    }
}

impl From<Active> for Introspected {
    fn from(active: Active) -> Self {
        match active {
            Active::ApiToken(told) => Self::from(&told),
            Active::Session(session) => *session,
        }
    }
}

/// A token that was found, with who would call with it, and what they would see.
struct Asked {
    who: Who,
    scope: Scope,
    about: Active,
    needed: Permission,
}

impl MobileSessions<'_> {
    /// What a token of any kind is; `None` for one that is not active and for one that the caller may not know about: its
    /// own it may know, others in its organisation and department with the permission to see them.
    ///
    /// # Errors
    /// A fault.
    pub async fn introspect(&self, caller: &Caller, secret: &str) -> Result<Option<Introspected>> {
        let active = self.active(caller, secret).await?;
        Ok(active.map(Introspected::from))
    }

    /// The same, for whoever may know already what is said of it.
    ///
    /// # Errors
    /// A fault.
    pub async fn active(&self, caller: &Caller, secret: &str) -> Result<Option<Active>> {
        let Some(asked) = self.asked(&caller.client, secret).await? else {
            return Ok(None);
        };
        if !asked.scope.is_of(caller.organisation()) {
            return Ok(None);
        }
        if caller.who.is(&asked.who) {
            return Ok(Some(asked.about));
        }
        if caller.may(asked.needed).is_err() {
            return Ok(None);
        }
        if !caller.scope.is_whole() {
            let mut conn = self.0.db.read().await?;
            if !caller
                .scope
                .has(&mut conn, caller.organisation(), asked.scope.department())
                .await?
            {
                return Ok(None);
            }
        }
        Ok(Some(asked.about))
    }

    /// The view of a secret of an app that could be used now, no matter who asks.
    pub(crate) async fn verify(&self, secret: &str) -> Result<Option<SelfView>> {
        let asked = self.asked(&Client::default(), secret).await?;
        Ok(asked.map(|asked| Introspected::from(asked.about).view))
    }

    async fn asked(&self, client: &Client, secret: &str) -> Result<Option<Asked>> {
        let context = match PrefixedSecret::parse(Prefix::MOBILE, secret) {
            // Boxed, so that they take no room in the future of a question about an API token.
            Ok(secret) => Box::pin(self.by_access(&secret))
                .await?
                .map(|context| (context, true)),
            Err(_) => match PrefixedSecret::parse(Prefix::MOBILE_REFRESH, secret) {
                Ok(secret) => Box::pin(self.by_refresh(&secret))
                    .await?
                    .map(|context| (context, false)),
                Err(_) => return self.api_token(client, secret).await,
            },
        };
        let now = self.0.clock.now();
        let Some((context, is_bearer)) = context.filter(|(context, _)| context.judge(now).is_ok()) else {
            return Ok(None);
        };
        let (app, issued_at) = (context.app.0, context.created_at);
        let end = context.access_until;
        let session = SessionCaller(Arc::new(context));
        let its_caller = session.clone().caller(client);
        let view = session.view(&its_caller, now);
        Ok(Some(Asked {
            about: Active::Session(Box::new(Introspected {
                view: SelfView {
                    expires_at: end.or(view.expires_at),
                    ..view
                },
                app: Some(app),
                issued_at: Some(issued_at),
                is_bearer,
            })),
            who: its_caller.who,
            scope: its_caller.scope,
            needed: Permission::MobileSessionsRead,
        }))
    }

    async fn api_token(&self, client: &Client, secret: &str) -> Result<Option<Asked>> {
        let token = match self.0.api_tokens().check_token(secret, client).await {
            Ok(token) => token,
            Err(Denied::Fault(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        Ok(Some(Asked {
            about: Active::ApiToken(Told::of_itself(&token, self.0.clock.now())),
            scope: token.scope(),
            who: Who::ApiToken(token),
            needed: Permission::ApiTokensRead,
        }))
    }

    /// What a refresh token belongs to that could be used now.
    async fn by_refresh(&self, secret: &PrefixedSecret) -> Result<Option<Context>> {
        let mut conn = self.0.db.read().await?;
        let Some(presenting) = self.presenting(&mut conn, secret).await? else {
            return Ok(None);
        };
        let newest = super::sql::generation(&mut conn, presenting.session).await?;
        let is_good = match self.standing(&mut conn, &presenting).await? {
            Some(Standing::Newest) => true,
            Some(Standing::Earlier { generation, used_at }) => generation == newest && used_at.is_none(),
            None => false,
        };
        match is_good {
            true => self.context_of(&mut conn, presenting.session).await,
            false => Ok(None),
        }
    }
}
