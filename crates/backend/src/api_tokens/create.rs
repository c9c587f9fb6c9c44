//! Making API tokens.

use chrono::{DateTime, TimeDelta, Utc};
use database::Conn;
use domain::api_tokens::{IssuedApiToken, Lifetime, NewApiToken, Policy};
use domain::tokens::Family;
use domain::{DepartmentId, Permission, Permissions, PersonId, Problems, Refusal};
use serde_json::json;

use super::{API, ApiTokens, reminders, sql};
use crate::audit::{Entry, Event};
use crate::error::{Fault, Result};
use crate::tokens::{self, Sealing};
use crate::user_types::{UserType, UserTypes};
use crate::{Caller, Scope, Who, departments, people, user_types};

/// What a token will be limited by, checked against whoever makes it.
pub(super) struct Granted {
    pub person: PersonId,
    pub user_type: UserType,
    /// What the person may do.
    persons: Permissions,
    /// The department that limits the person.
    department: Option<DepartmentId>,
}

impl ApiTokens<'_> {
    /// Makes a token. Its secret is in this answer; whether it can be seen again is the policy's business.
    ///
    /// # Errors
    /// All problems at once, by field. Tokens make no tokens: [`Refusal::Forbidden`].
    pub async fn create(&self, caller: &Caller, new: &NewApiToken) -> Result<IssuedApiToken> {
        caller.may(Permission::ApiTokensManage)?;
        self.is_a_person(caller)?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let organisation = caller.organisation();
        let policy = sql::policy(&mut tx, organisation).await?;
        let granted = self.granted(&mut tx, caller, new).await?;
        let expires_at = self.end(caller, new.lifetime, &policy, now)?;
        if policy.networks_required && new.networks.is_empty() {
            let sentence = "Your organisation asks for the networks that a token may be used from.";
            return Err(Refusal::at("networks", sentence).into());
        }
        if sql::count_of_person(&mut tx, organisation, granted.person).await? >= policy.most_per_person {
            let sentence = format!(
                "This person has {} tokens, which is as many as your organisation allows. Revoke one first.",
                policy.most_per_person
            );
            return Err(Refusal::at("user", sentence).into());
        }
        let sealing = if policy.show_once {
            Sealing::ShownOnce
        } else {
            Sealing::Sealed
        };
        let token = tokens::NewToken {
            organisation,
            department: new.department,
            kind: &API,
            name: new.name.clone(),
            starts_at: None,
            expires_at,
            use_limit: None,
            sealing: Some(sealing),
            created_by: caller.person(),
        };
        let (id, secret) = tokens::issue(&mut tx, self.0, &token).await?;
        let secret = secret.ok_or_else(|| Fault::new("an API token was made without a secret"))?;
        let row = sql::New {
            token: id,
            organisation,
            person: granted.person,
            user_type: granted.user_type.id,
            permissions: new.permissions,
            networks: written(&new.networks),
            description: &new.description,
        };
        sql::insert(&mut tx, &row).await?;
        tokens::belongs_to(&mut tx, id, granted.person).await?;
        let remind_at = reminders::next(expires_at, now, caller.time_zone);
        sql::remind_at(&mut tx, id, remind_at).await?;
        let facts = json!({
            "name": new.name,
            "user_type": granted.user_type.name,
            "expires": expires_at,
            "networks": row.networks,
        });
        let entry = Entry {
            person: Some(granted.person),
            ..Entry::token(Event::ApiTokenCreated, Family::Api, id, facts)
        };
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        Ok(IssuedApiToken {
            id,
            secret: secret.reveal().to_owned(),
            expires_at,
            shown_once: policy.show_once,
        })
    }

    /// Who is behind a token, and its user type: nobody grants what they do not have, and nobody hands out what they do
    /// not see.
    pub(super) async fn granted(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        new: &NewApiToken,
    ) -> Result<Granted> {
        let mut problems = Problems::default();
        let own = caller.person();
        let Some(person) = new.person.or(own) else {
            return Err(Refusal::at("user", "Choose a user from the list.").into());
        };
        let Some(behind) = people::behind(conn, &caller.scope, person).await? else {
            return Err(Refusal::at("user", "Choose a user from the list.").into());
        };
        let types = UserTypes::of(conn, caller.organisation()).await?;
        let persons = types.of_person(behind.user_type)?;
        let user_type = match new.user_type {
            Some(which) => user_types::chosen(conn, caller.organisation(), which).await?,
            None => persons.clone(),
        };
        let rights = new.permissions.map_or(user_type.permissions, |narrowed| {
            narrowed.intersection(user_type.permissions)
        });
        if !rights.is_subset(caller.permissions) {
            let more = rights.without(caller.permissions);
            problems.add(
                "user_type",
                format!("You cannot grant what you may not do yourself: {more}."),
            );
        }
        if let Some(narrowed) = new.permissions
            && !narrowed.is_subset(user_type.permissions)
        {
            let more = narrowed.without(user_type.permissions);
            problems.add(
                "permissions",
                format!("The user type {} does not have {more}.", user_type.name),
            );
        }
        departments::chosen(conn, &caller.scope, new.department).await?;
        self.is_within(conn, caller, behind.department, new.department)
            .await?;
        problems.into_result()?;
        Ok(Granted {
            person,
            persons: persons.permissions,
            department: behind.department,
            user_type,
        })
    }

    /// A token of a department that its person does not see would open nothing.
    async fn is_within(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        persons: Option<DepartmentId>,
        tokens: Option<DepartmentId>,
    ) -> Result<()> {
        let (Some(persons), Some(tokens)) = (persons, tokens) else {
            return Ok(());
        };
        let organisation = caller.organisation();
        let seen = Scope::new(organisation, Some(persons));
        if seen.has(conn, organisation, Some(tokens)).await? {
            return Ok(());
        }
        let sentence = "The user does not see this department: the token would open nothing. Choose theirs, or one below it.";
        Err(Refusal::at("department", sentence).into())
    }

    /// The rows that a token would see, what it would be allowed, and the name of the department that limits it.
    ///
    /// # Errors
    /// What making it would be refused for.
    pub(crate) async fn would_be(
        &self,
        caller: &Caller,
        new: &NewApiToken,
    ) -> Result<(Scope, Permissions, Option<String>)> {
        self.is_a_person(caller)?;
        let mut conn = self.0.db.read().await?;
        let granted = self.granted(&mut conn, caller, new).await?;
        let department = new.department.or(granted.department);
        let names = departments::names(&mut conn, department.into_iter()).await?;
        let narrowed = new.permissions.unwrap_or_else(Permissions::all);
        let permissions = granted
            .user_type
            .permissions
            .intersection(granted.persons)
            .intersection(narrowed);
        Ok((
            Scope::new(caller.organisation(), department),
            permissions,
            names.into_values().next().map(|named| named.name),
        ))
    }

    /// When a token ends, as it was asked for and the policy allows.
    pub(super) fn end(
        &self,
        caller: &Caller,
        lifetime: Option<Lifetime>,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let times = self.0.times(caller);
        let end = match lifetime.unwrap_or(Lifetime::Days(policy.default_days)) {
            Lifetime::Days(days) => Some(now + TimeDelta::days(days)),
            Lifetime::Through(date) if date < times.today() => {
                return Err(Refusal::at("expires", "Expiry Date is today or a later date.").into());
            }
            Lifetime::Through(date) => Some(times.end_of(date)),
            Lifetime::Until(at) if at <= now => {
                return Err(Refusal::at("expires", "The end is later than now.").into());
            }
            Lifetime::Until(at) => Some(at),
            Lifetime::Never => None,
        };
        if end.is_none() && !policy.never_allowed {
            return Err(Refusal::at(
                "expires",
                "Your organisation does not allow tokens that never end.",
            )
            .into());
        }
        if let Some(days) = policy.longest_days
            && end.is_none_or(|end| end > times.end_of(times.today() + TimeDelta::days(days)))
        {
            let sentence = format!("Your organisation allows tokens to live for {days} days at most.");
            return Err(Refusal::at("expires", sentence).into());
        }
        Ok(end)
    }

    /// Tokens make no tokens, and change none but themselves.
    pub(super) fn is_a_person(&self, caller: &Caller) -> Result<(), Refusal> {
        match caller.who {
            Who::ApiToken(_) | Who::MobileApp(_) => Err(Refusal::Forbidden),
            _ => Ok(()),
        }
    }
}

/// Networks as they are stored.
pub(super) fn written(networks: &[domain::network::Network]) -> String {
    networks
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}
