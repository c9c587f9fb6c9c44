//! Everything that a session's rights follow from, as it was at one moment.
//!
//! As for API tokens, it is read from rows and is no verdict: whether the time of an access token or of its session is
//! over is decided anew at each request.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::api_tokens::SelfView;
use domain::mobile_sessions::Wipe;
use domain::tokens::{Bounds, State};
use domain::{
    DepartmentId, EmailAddress, MobileAppId, OrganisationId, Permissions, PersonId, TokenId, UserTypeId,
};
use uuid::Uuid;

use super::sql::Details;
use crate::api_tokens::{OfToken, Why, first_of};
use crate::error::{Result, corrupt};
use crate::{Caller, Client, Scope, Who, times, user_types};

/// A session that calls.
#[derive(Debug, Clone)]
pub struct SessionCaller(pub(super) Arc<Context>);

/// Everything that a session's rights follow from.
#[derive(Debug)]
pub(crate) struct Context {
    pub session: TokenId,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub person: PersonId,
    pub person_name: String,
    pub email: EmailAddress,
    pub app: (MobileAppId, String),
    pub device: String,
    pub user_type: (UserTypeId, String),
    pub department: Option<(DepartmentId, String)>,
    /// What the person may do.
    pub of_person: Permissions,
    /// What was allowed at the sign-in.
    pub allowed: Permissions,
    /// What the app may do now.
    pub permissions: Permissions,
    pub bounds: Bounds,
    pub created_at: DateTime<Utc>,
    pub last_active_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub wipe: Wipe,
    /// Why it opens nothing, whatever its own row says: nobody, or no app, is behind it any more.
    pub void: Option<Why>,
    /// When the access token that it was found by opens no longer.
    pub access_until: Option<DateTime<Utc>>,
    time_zone: Tz,
    full_tokens: bool,
}

impl OfToken for Context {
    fn stands_on(&self) -> [Uuid; 2] {
        [self.session.0, self.organisation.0]
    }
}

impl Context {
    /// Puts the row together.
    pub(super) fn new(details: Details) -> Result<Self> {
        let built_in = user_types::built_in(details.built_in.as_deref(), details.user_type_id)?;
        let of_person = user_types::permissions(built_in, details.type_permissions.as_deref());
        let allowed = match details.permissions {
            Some(keys) => Permissions::from(keys),
            None => Permissions::all(),
        };
        Ok(Self {
            email: details
                .email
                .parse()
                .map_err(|_| corrupt("people", "email", details.person_id))?,
            time_zone: times::zone(&details.time_zone)
                .ok_or_else(|| corrupt("organisations", "time_zone", details.organisation_id))?,
            session: details.token_id,
            organisation: details.organisation_id,
            organisation_name: details.organisation,
            person: details.person_id,
            person_name: details.person_name,
            app: (details.app_id, details.app),
            device: details.device,
            user_type: (details.user_type_id, details.user_type),
            department: details.department_id.zip(details.department),
            of_person,
            allowed,
            permissions: of_person.intersection(allowed),
            bounds: Bounds {
                expires_at: details.expires_at,
                suspended: details.suspended_at.is_some(),
                revoked: details.revoked_at.is_some(),
                ..Bounds::default()
            },
            created_at: details.created_at,
            last_active_at: details.last_active_at,
            ends_at: details.ends_at,
            wipe: wipe(details.wipe_asked_at, details.wiped_at),
            void: first_of([
                (details.deleted_at.is_some(), Why::Deleted),
                (details.deactivated_at.is_some(), Why::Person),
                (details.cancelled_at.is_some(), Why::Organisation),
                (details.removed_at.is_some(), Why::App),
            ]),
            access_until: details.access_until,
            full_tokens: details.full_tokens,
        })
    }

    /// Whether a request may be made now.
    pub(super) fn judge(&self, now: DateTime<Utc>) -> Result<(), Why> {
        // First: anyone who lost a device signs it out, too.
        if self.wipe == Wipe::Pending {
            return Err(Why::Wipe);
        }
        if let Some(why) = &self.void {
            return Err(why.clone());
        }
        match self.bounds.state(now) {
            State::Live | State::UsedUp => {}
            State::Expired => return Err(Why::Expired(self.bounds.expires_at)),
            State::Suspended => return Err(Why::Suspended),
            State::Revoked => return Err(Why::Revoked),
            State::NotYet => return Err(Why::NotYet),
        }
        if self.access_until.is_some_and(|until| until <= now) {
            return Err(Why::Expired(self.access_until));
        }
        Ok(())
    }

    /// Its end, if it is not refreshed again.
    pub(super) fn end(&self) -> DateTime<Utc> {
        self.bounds.expires_at.unwrap_or(self.ends_at)
    }
}

/// What stands in the row of a wipe.
pub(super) fn wipe(asked: Option<DateTime<Utc>>, done: Option<DateTime<Utc>>) -> Wipe {
    match (asked, done) {
        (None, _) => Wipe::Nothing,
        (Some(_), None) => Wipe::Pending,
        (Some(_), Some(_)) => Wipe::Done,
    }
}

impl SessionCaller {
    /// The session.
    pub fn session(&self) -> TokenId {
        self.0.session
    }

    /// The person.
    pub fn person(&self) -> PersonId {
        self.0.person
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.0.person_name
    }

    /// What it is told of itself.
    pub(crate) fn view(&self, caller: &Caller, now: DateTime<Utc>) -> SelfView {
        let context = &self.0;
        SelfView {
            id: context.session,
            name: context.app.1.clone(),
            tenant: context.organisation,
            person: context.person,
            person_name: context.person_name.clone(),
            email: Some(context.email.clone()),
            department: context.department.clone(),
            user_type: context.user_type.clone(),
            permissions: caller.permissions,
            expires_at: Some(context.end()),
            state: context.bounds.state(now),
        }
    }

    /// The caller of a request.
    pub(super) fn caller(self, client: &Client) -> Caller {
        let context = Arc::clone(&self.0);
        let department = context.department.as_ref().map(|(id, _)| *id);
        Caller {
            who: Who::MobileApp(self),
            scope: Scope::new(context.organisation, department),
            permissions: context.permissions,
            organisation_name: context.organisation_name.clone(),
            time_zone: context.time_zone,
            full_tokens: context.full_tokens,
            client: client.clone(),
        }
    }
}
