//! Changing, suspending, resuming and revoking.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::api_tokens::{ApiTokenForm, ApiTokenRow, ApiTokenView, Lifetime, NewApiToken, Policy};
use domain::tokens::Family;
use domain::{Permission, Permissions, Refusal, TokenId};
use serde_json::json;

use super::context::latest_end;
use super::create::written;
use super::{ApiTokens, reminders, sql};
use crate::audit::{self, Entry, Event};
use crate::error::Result;
use crate::tokens::{self, Token};
use crate::{Caller, Scope};

/// What the history compares, with its words.
type Recorded = [(&'static str, String); 8];

impl ApiTokens<'_> {
    /// Changes everything but the secret.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::NotFound`].
    pub async fn edit(&self, caller: &Caller, id: TokenId, new: &NewApiToken) -> Result<()> {
        caller.may(Permission::ApiTokensManage)?;
        self.is_a_person(caller)?;
        let (tx, token) = self.opened(caller, id).await?;
        self.write(tx, caller, &token, new).await
    }

    /// Changes what `change` writes over the form with what is there, while nobody else writes. A blank expiry stays as it
    /// is, unless there is another lifetime.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn change(
        &self,
        caller: &Caller,
        id: TokenId,
        lifetime: Option<Lifetime>,
        change: impl FnOnce(&mut ApiTokenForm) + Send,
    ) -> Result<ApiTokenView> {
        caller.may(Permission::ApiTokensManage)?;
        self.is_a_person(caller)?;
        let (mut tx, token) = self.opened(caller, id).await?;
        let details = sql::details(&mut tx, caller.organisation(), id).await?;
        let mut form = form_of(&token, details.ok_or(Refusal::NotFound)?);
        change(&mut form);
        let mut new = form.parse()?;
        new.lifetime = lifetime.or(new.lifetime);
        self.write(tx, caller, &token, &new).await?;
        self.changed_view(caller, id).await
    }

    /// A token that the caller may change, locked.
    pub(super) async fn opened(&self, caller: &Caller, id: TokenId) -> Result<(WriteTx, Token)> {
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if token.bounds.revoked {
            return Err(Refusal::Conflict("This token was revoked. Make a new one instead.".into()).into());
        }
        Ok((tx, token))
    }

    pub(super) async fn write(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        token: &Token,
        new: &NewApiToken,
    ) -> Result<()> {
        let now = self.0.clock.now();
        let (id, organisation) = (token.id, caller.organisation());
        let policy = sql::policy(&mut tx, organisation).await?;
        let granted = self.granted(&mut tx, caller, new).await?;
        let expires_at = match new.lifetime {
            None => token.bounds.expires_at,
            Some(Lifetime::Through(date))
                if token
                    .bounds
                    .expires_at
                    .is_some_and(|end| self.0.times(caller).edited_end(Some(end), date) == end) =>
            {
                token.bounds.expires_at
            }
            lifetime => {
                self.end_of_changed(caller, id, lifetime, &policy, &mut tx)
                    .await?
            }
        };
        let change = tokens::Change {
            name: new.name.clone(),
            starts_at: None,
            expires_at,
            use_limit: None,
        };
        let row = sql::New {
            token: id,
            organisation,
            person: granted.person,
            user_type: granted.user_type.id,
            permissions: new.permissions,
            networks: written(&new.networks),
            description: &new.description,
        };
        let details = sql::details(&mut tx, organisation, id).await?;
        let details = details.ok_or(Refusal::NotFound)?;
        let is_the_same = details.has(&row)
            && (&token.name, token.bounds.expires_at, token.department)
                == (&new.name, expires_at, new.department);
        if is_the_same {
            return Ok(());
        }
        let before = self.recorded(caller, token, details);
        tokens::change(&mut tx, token, &change, now).await?;
        if expires_at != token.bounds.expires_at {
            let remind_at = reminders::next(expires_at, now, caller.time_zone);
            sql::remind_at(&mut tx, id, remind_at).await?;
        }
        sql::change(&mut tx, &row).await?;
        tokens::belongs_to(&mut tx, id, granted.person).await?;
        if token.department != new.department {
            tokens::set_department(&mut tx, vec![id], new.department).await?;
        }
        let after = self.recorded_now(&mut tx, caller, id).await?;
        let facts = before.into_iter().zip(after);
        let facts = facts.map(|((what, before), (_, after))| (what, before, after));
        // Seconds are not told, nor apart what has the same name.
        let change = audit::changes(facts).unwrap_or_else(|| "a detail".into());
        let facts = json!({ "change": change });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::TokenChanged, Family::Api, id, facts),
            )
            .await?;
        self.0.commit(tx).await
    }

    /// What the history compares of a token after a change, in words.
    async fn recorded_now(&self, tx: &mut WriteTx, caller: &Caller, id: TokenId) -> Result<Recorded> {
        // Anyone who may change it was asked before, and may move it out of their own sight.
        let whole = Scope::new(caller.organisation(), None);
        let token = tokens::load(tx, self.0, &whole, id).await?;
        let details = sql::details(tx, caller.organisation(), id).await?;
        let (token, details) = token.zip(details).ok_or(Refusal::NotFound)?;
        Ok(self.recorded(caller, &token.token, details))
    }

    fn recorded(&self, caller: &Caller, token: &Token, details: sql::Details) -> Recorded {
        let times = self.0.times(caller);
        let or = |text: String, blank: &str| if text.is_empty() { blank.to_owned() } else { text };
        let narrowed = details
            .permissions
            .map(|keys| or(Permissions::from(keys).to_string(), "none"));
        [
            ("the name", token.name.clone()),
            (
                "the holder",
                format!("{} ({})", details.person_name, details.email),
            ),
            ("the user type", details.user_type),
            (
                "the department",
                details.department_name.unwrap_or_else(|| "none".into()),
            ),
            (
                "the permissions",
                narrowed.unwrap_or_else(|| "all of the user type".into()),
            ),
            (
                "the networks",
                or(details.networks.replace(',', ", "), "everywhere"),
            ),
            (
                "the expiry",
                token
                    .bounds
                    .expires_at
                    .map_or_else(|| "never".into(), |end| times.last_minute(end).minute),
            ),
            ("the description", or(details.description, "none")),
        ]
    }

    /// When a token ends that is there already. What it lives counts from when it was made, however often it is changed.
    async fn end_of_changed(
        &self,
        caller: &Caller,
        id: TokenId,
        lifetime: Option<Lifetime>,
        policy: &Policy,
        tx: &mut WriteTx,
    ) -> Result<Option<DateTime<Utc>>> {
        let end = self.end(caller, lifetime, policy, self.0.clock.now())?;
        let row = sql::by_id(tx, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let latest = latest_end(policy, row.created_at);
        if let Some((days, latest)) = policy.longest_days.zip(latest)
            && end.is_none_or(|end| end > latest)
        {
            let sentence = format!(
                "Your organisation allows tokens to live for {days} days at most, from when they were made. Make a new one instead."
            );
            return Err(Refusal::at("expires", sentence).into());
        }
        Ok(end)
    }

    /// The same from what was typed.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn edit_from(&self, caller: &Caller, id: TokenId, form: &ApiTokenForm) -> Result<()> {
        caller.may(Permission::ApiTokensManage)?;
        self.edit(caller, id, &form.parse()?).await
    }

    /// Pauses or resumes a token.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for one that was revoked.
    pub async fn set_suspended(&self, caller: &Caller, id: TokenId, suspended: bool) -> Result<ApiTokenRow> {
        caller.may(Permission::ApiTokensManage)?;
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if token.bounds.revoked {
            return Err(Refusal::Conflict("This token was revoked, which is for good.".into()).into());
        }
        if token.bounds.suspended != suspended {
            tokens::set_suspended(&mut tx, &token, suspended.then(|| self.0.clock.now())).await?;
            let event = if suspended {
                Event::TokenSuspended
            } else {
                Event::TokenResumed
            };
            self.0
                .record(&mut tx, caller, Entry::token(event, Family::Api, id, json!(null)))
                .await?;
        }
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }

    /// Ends a token for good: it opens nothing from the next request on. A token may end itself.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn revoke(&self, caller: &Caller, id: TokenId) -> Result<()> {
        self.may_change(caller, id)?;
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if !token.bounds.revoked {
            tokens::revoke(&mut tx, &token, self.0.clock.now()).await?;
            self.0
                .record(
                    &mut tx,
                    caller,
                    Entry::token(Event::TokenRevoked, Family::Api, id, json!(null)),
                )
                .await?;
        }
        self.0.commit(tx).await
    }
}

/// The form with what is there. When the token ends is left blank, which is to stay.
pub(super) fn form_of(token: &Token, details: sql::Details) -> ApiTokenForm {
    ApiTokenForm {
        name: token.name.clone(),
        expires: String::new(),
        user: details.person_id.to_string(),
        department: token.department.map(|id| id.to_string()).unwrap_or_default(),
        user_type: details.user_type_id.to_string(),
        narrowed: details.permissions.is_some(),
        permissions: details
            .permissions
            .map(|keys| Permissions::from(keys).to_string())
            .unwrap_or_default(),
        networks: details.networks,
        description: details.description,
    }
}
