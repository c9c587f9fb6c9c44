//! Changing a token: its name, its time and, for a single token, its limit. Of two people who edit one token, each keeps what
//! they changed, and who changed the same as the other is told.

use chrono::{DateTime, Utc};
use database::WriteTx;
use domain::access_tokens::{EditToken, EditTokenForm, TokenRow};
use domain::form::Edited;
use domain::tokens::Family;
use domain::{Permission, Refusal, TokenId};
use serde_json::json;

use super::{AccessTokens, SINGLE, not_deleted};
use crate::audit::{self, Entry, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::times::Times;
use crate::tokens::{self, Token};

impl AccessTokens<'_> {
    /// Changes a token's name, time and, for a single token, its limit. An expiry in the past ends it now.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn edit(&self, caller: &Caller, id: TokenId, form: &EditTokenForm) -> Result<TokenRow> {
        self.edit_within(caller, id, form, None, None).await
    }

    /// The same with instants where programs know them, instead of the form's dates.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn edit_within(
        &self,
        caller: &Caller,
        id: TokenId,
        form: &EditTokenForm,
        starts_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let edit = form.parse()?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        self.write(tx, caller, &token, edit, starts_at, expires_at).await
    }

    /// Changes what was changed in a form that was opened with `shown`. Where somebody else changed the same meanwhile,
    /// nothing is written.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn edit_shown(
        &self,
        caller: &Caller,
        id: TokenId,
        mut form: EditTokenForm,
        shown: &EditTokenForm,
    ) -> Result<Edited<TokenRow>> {
        caller.may(Permission::TokensManage)?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        let now = form_of(&token, &self.0.times(caller));
        if !form.settle(shown, &now).is_empty() {
            drop(tx);
            return Ok(Edited::Meanwhile(self.changed(caller, id).await?));
        }
        let edit = form.parse()?;
        let row = self.write(tx, caller, &token, edit, None, None).await?;
        Ok(Edited::Saved(row))
    }

    async fn write(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        token: &Token,
        edit: EditToken,
        starts_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<TokenRow> {
        let id = token.id;
        let times = self.0.times(caller);
        let use_limit = if token.kind == &SINGLE {
            edit.limit
        } else {
            token.bounds.use_limit
        };
        if let Some(limit) = use_limit.filter(|limit| *limit < token.bounds.uses) {
            let uses = domain::form::grouped(token.bounds.uses);
            return Err(Refusal::at(
                "usage_limit",
                format!(
                    "It was used {uses} times already, so the limit cannot be {}.",
                    domain::form::grouped(limit)
                ),
            )
            .into());
        }
        let change = tokens::Change {
            name: edit.name,
            starts_at: starts_at.or(edit
                .starts
                .map(|date| times.edited_start(token.bounds.starts_at, date))),
            expires_at: expires_at.or(edit
                .expires
                .map(|date| times.edited_end(token.bounds.expires_at, date))),
            use_limit,
        };
        let starts_after_end = change
            .starts_at
            .zip(change.expires_at)
            .is_some_and(|(start, end)| end <= start);
        if starts_after_end && change.expires_at > Some(times.now) {
            return Err(Refusal::at("expires", "Expires is a date on or after the start.").into());
        }
        tokens::change(&mut tx, token, &change, times.now).await?;
        let entry = Entry::token(
            Event::TokenChanged,
            Family::Access,
            id,
            changes(token, &change, &times),
        );
        self.0.record(&mut tx, caller, entry).await?;
        self.0.commit(tx).await?;
        self.changed(caller, id).await
    }
}

/// The Edit dialog with what is there, as [`TokenRow::form`] has it.
fn form_of(token: &Token, times: &Times) -> EditTokenForm {
    let bounds = &token.bounds;
    let limit = bounds.use_limit.filter(|_| token.kind == &SINGLE);
    EditTokenForm {
        name: token.name.clone(),
        starts: bounds
            .starts_at
            .map(|at| times.when(at).input)
            .unwrap_or_default(),
        expires: bounds
            .expires_at
            .map(|end| times.last_minute(end).input)
            .unwrap_or_default(),
        usage_limit: limit.map(|limit| limit.to_string()).unwrap_or_default(),
    }
}

/// What was changed, in words and with before and after.
fn changes(before: &Token, after: &tokens::Change, times: &Times) -> serde_json::Value {
    let day = |at: Option<chrono::DateTime<chrono::Utc>>, end: bool| match at {
        None => "none".to_owned(),
        Some(at) if end => times.last_minute(at).minute,
        Some(at) => times.when(at).minute,
    };
    let limit = |limit: Option<i64>| limit.map_or_else(|| "none".to_owned(), domain::form::grouped);
    let facts = [
        ("the name", before.name.clone(), after.name.clone()),
        (
            "the start",
            day(before.bounds.starts_at, false),
            day(after.starts_at, false),
        ),
        (
            "the expiry",
            day(before.bounds.expires_at, true),
            day(after.expires_at, true),
        ),
        (
            "the limit",
            limit(before.bounds.use_limit),
            limit(after.use_limit),
        ),
    ];
    json!({ "change": audit::changes(facts).unwrap_or_else(|| "nothing".into()) })
}
