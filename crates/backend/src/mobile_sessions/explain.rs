//! A session that somebody asks about, as its app would call now.

use std::sync::Arc;

use domain::api_tokens::Subject;
use domain::prefixed::Prefix;
use domain::{Permission, Permissions};

use super::{MobileSessions, SessionCaller, sql};
use crate::api_tokens::{Considered, Rights};
use crate::error::Result;
use crate::{Caller, Client};

impl MobileSessions<'_> {
    /// The session that is asked about, by an access token or by its id, if the caller may see it. It is judged by what
    /// judges it at a request, and nothing is counted.
    pub(crate) async fn considered(&self, caller: &Caller, subject: &Subject) -> Result<Option<Considered>> {
        if caller.may(Permission::MobileSessionsRead).is_err() {
            return Ok(None);
        }
        let context = match subject {
            Subject::Secret(secret) if secret.prefix() == Prefix::MOBILE => self.by_access(secret).await?,
            Subject::Id(id) => {
                let mut conn = self.0.db.read().await?;
                self.context_of(&mut conn, *id).await?
            }
            Subject::Secret(_) | Subject::Nothing => None,
        };
        let Some(context) = context else { return Ok(None) };
        let mut conn = self.0.db.read().await?;
        // In this organisation, and in the part of it that the caller sees.
        if sql::by_id(&mut conn, &caller.scope, context.session)
            .await?
            .is_none()
        {
            return Ok(None);
        }
        let now = self.0.clock.now();
        Ok(Some(Considered {
            verdict: context.judge(now),
            wait: None,
            rights: Rights {
                of_type: context.of_person,
                of_person: Permissions::all(),
                narrowed: context.allowed,
            },
            user_type: context.user_type.1.clone(),
            department: context.department.as_ref().map(|(_, name)| name.clone()),
            networks: Vec::new(),
            caller: SessionCaller(Arc::new(context)).caller(&Client::default()),
        }))
    }
}
