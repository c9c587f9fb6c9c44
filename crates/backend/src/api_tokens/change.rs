//! Suspending, resuming, revoking, changing and seeing again.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use database::WriteTx;
use domain::api_tokens::{
    ApiTokenForm, ApiTokenRow, ApiTokenView, Bulk, BulkPreview, BulkResult, Lifetime, NewApiToken, Policy,
};
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

/// Tokens in one call at most.
pub const MOST_AT_ONCE: usize = 1_000;

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
    /// is.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn change(
        &self,
        caller: &Caller,
        id: TokenId,
        change: impl FnOnce(&mut ApiTokenForm) + Send,
    ) -> Result<ApiTokenView> {
        caller.may(Permission::ApiTokensManage)?;
        self.is_a_person(caller)?;
        let (mut tx, token) = self.opened(caller, id).await?;
        let details = sql::details(&mut tx, caller.organisation(), id).await?;
        let mut form = form_of(&token, details.ok_or(Refusal::NotFound)?);
        change(&mut form);
        self.write(tx, caller, &token, &form.parse()?).await?;
        self.changed_view(caller, id).await
    }

    /// A token that the caller may change, locked.
    async fn opened(&self, caller: &Caller, id: TokenId) -> Result<(WriteTx, Token)> {
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if token.bounds.revoked {
            return Err(Refusal::Conflict("This token was revoked. Make a new one instead.".into()).into());
        }
        Ok((tx, token))
    }

    async fn write(&self, mut tx: WriteTx, caller: &Caller, token: &Token, new: &NewApiToken) -> Result<()> {
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
        // Whoever may change it was asked before, and may move it out of their own sight.
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

    /// The same for many, in one transaction, with what became of each. Somebody else's are answered like unknown ones.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; a sentence at `ids`.
    pub async fn bulk(
        &self,
        caller: &Caller,
        ids: &[TokenId],
        what: Bulk,
    ) -> Result<Vec<(TokenId, BulkResult)>> {
        caller.may(Permission::ApiTokensManage)?;
        not_too_many(ids)?;
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let mut results = Vec::with_capacity(ids.len());
        // In one order, so that two calls for the same tokens do not wait for each other.
        let mut ordered: Vec<TokenId> = ids.to_vec();
        ordered.sort_unstable();
        ordered.dedup();
        for id in ordered {
            let token = match self.locked(&mut tx, caller, id).await {
                Ok(token) => token,
                Err(crate::Error::Refused(_)) => {
                    results.push((id, BulkResult::NotFound));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let (event, result) = match what {
                _ if token.bounds.revoked => {
                    results.push((id, BulkResult::AlreadyRevoked));
                    continue;
                }
                Bulk::Revoke => {
                    tokens::revoke(&mut tx, &token, now).await?;
                    (Event::TokenRevoked, BulkResult::Revoked)
                }
                Bulk::Suspend => {
                    tokens::set_suspended(&mut tx, &token, Some(now)).await?;
                    (Event::TokenSuspended, BulkResult::Suspended)
                }
                Bulk::Resume => {
                    tokens::set_suspended(&mut tx, &token, None).await?;
                    (Event::TokenResumed, BulkResult::Resumed)
                }
            };
            self.0
                .record(&mut tx, caller, Entry::token(event, Family::Api, id, json!(null)))
                .await?;
            results.push((id, result));
        }
        self.0.commit(tx).await?;
        Ok(results)
    }

    /// What a change of these tokens would hit: how many of them are in use, and how much.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]; a sentence at `ids`.
    pub async fn preview(&self, caller: &Caller, ids: &[TokenId]) -> Result<BulkPreview> {
        caller.may(Permission::ApiTokensManage)?;
        not_too_many(ids)?;
        self.note_uses().await?;
        let now = self.0.clock.now();
        let mut conn = self.0.db.read().await?;
        let rows = sql::by_ids(&mut conn, &caller.scope, ids).await?;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.revoked_at.is_none()).collect();
        let within = |time: TimeDelta| {
            let since = now - time;
            rows.iter()
                .filter(move |row| row.last_used_at.is_some_and(|at| at > since))
        };
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        let used_last_hour = within(hour).count();
        let spoken_of = if used_last_hour > 0 { hour } else { day };
        let addresses: HashSet<_> = within(spoken_of).map(|row| &row.last_address).collect();
        let people: HashSet<_> = rows.iter().map(|row| row.person_id).collect();
        let never_used = rows.iter().filter(|row| row.last_used_at.is_none());
        Ok(BulkPreview {
            tokens: number(rows.len()),
            used_last_hour: number(used_last_hour),
            used_last_day: number(within(day).count()),
            addresses: number(addresses.len()),
            never_used: number(never_used.count()),
            people: number(people.len()),
        })
    }

    /// The secret of a token, for a person who types their password again. Each time is recorded.
    ///
    /// # Errors
    /// A sentence at `password`; [`Refusal::Conflict`] for one that was shown once.
    pub async fn reveal(&self, caller: &Caller, id: TokenId, password: &str) -> Result<String> {
        caller.may(Permission::ApiTokensManage)?;
        let signed_in = caller.signed_in()?;
        // Somebody else's is not there, whatever password is typed.
        self.loaded(&mut self.0.db.read().await?, caller, id).await?;
        self.0
            .people()
            .confirm_password(caller, signed_in.person, password)
            .await?;
        let mut tx = self.0.db.write().await?;
        let token = self.locked(&mut tx, caller, id).await?;
        if !token.is_sealed {
            let sentence = "This token was shown once, when it was made. Rotate it to get a new string.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let secret = tokens::reveal(&mut tx, self.0, id).await?;
        let facts = json!({ "hint": secret.hint().to_string() });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::ApiTokenRevealed, Family::Api, id, facts),
            )
            .await?;
        self.0.commit(tx).await?;
        Ok(secret.reveal().to_owned())
    }
}

/// The form with what is there. When the token ends is left blank, which is to stay.
fn form_of(token: &Token, details: sql::Details) -> ApiTokenForm {
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

fn not_too_many(ids: &[TokenId]) -> Result<(), Refusal> {
    match ids.len() {
        1..=MOST_AT_ONCE => Ok(()),
        _ => Err(Refusal::at("ids", "Name 1 to 1,000 tokens.")),
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
