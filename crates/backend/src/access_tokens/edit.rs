//! Changing a token: its name, its time and, for a single token, its limit. Of two people who edit one token, each keeps what
//! they changed, and who changed the same as the other is told.

use chrono::{DateTime, NaiveDate, Utc};
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

/// What a program changes about a token. What it does not name stays, and `Some(None)` takes a bound away.
#[derive(Debug, Clone, Default)]
pub struct TokenChange {
    /// Its name.
    pub name: Option<String>,
    /// How often a single token may be used.
    pub usage_limit: Option<Option<i64>>,
    /// From when on it opens.
    pub starts_at: Option<Option<DateTime<Utc>>>,
    /// Until when it opens.
    pub end: Option<End>,
}

/// When a token is to end.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// Never.
    Never,
    /// At this instant.
    At(DateTime<Utc>),
    /// With this day, where the organisation is.
    Through(NaiveDate),
}

/// What a token is to be.
struct Meant {
    name: String,
    limit: Option<i64>,
    starts_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

impl Meant {
    /// What somebody typed, who knows dates and no instants.
    fn of_dates(edit: EditToken, token: &Token, times: &Times) -> Self {
        let bounds = &token.bounds;
        Self {
            starts_at: edit.starts.map(|date| times.edited_start(bounds.starts_at, date)),
            expires_at: edit.expires.map(|date| times.edited_end(bounds.expires_at, date)),
            name: edit.name,
            limit: edit.limit,
        }
    }
}

impl AccessTokens<'_> {
    /// Changes a token's name, time and, for a single token, its limit. An expiry in the past ends it now.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn edit(&self, caller: &Caller, id: TokenId, form: &EditTokenForm) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let edit = form.parse()?;
        let (tx, token) = self.opened(caller, id).await?;
        let meant = Meant::of_dates(edit, &token, &self.0.times(caller));
        self.write(tx, caller, &token, meant).await
    }

    /// Changes what is named and nothing else, while nobody else writes. An expiry in the past ends it now.
    ///
    /// # Errors
    /// As [`edit`](Self::edit); a sentence at `usage_limit` for a multi token.
    pub async fn change(&self, caller: &Caller, id: TokenId, change: &TokenChange) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let (tx, token) = self.opened(caller, id).await?;
        if change.usage_limit.is_some() && token.kind != &SINGLE {
            let sentence = "A multi token has as many uses as it has codes.";
            return Err(Refusal::at("usage_limit", sentence).into());
        }
        let times = self.0.times(caller);
        let mut form = form_of(&token, &times);
        if let Some(name) = &change.name {
            form.name.clone_from(name);
        }
        if let Some(limit) = change.usage_limit {
            form.usage_limit = limit.map(|limit| limit.to_string()).unwrap_or_default();
        }
        let edit = form.parse()?;
        let meant = Meant {
            name: edit.name,
            limit: edit.limit,
            starts_at: change.starts_at.unwrap_or(token.bounds.starts_at),
            expires_at: match change.end {
                None => token.bounds.expires_at,
                Some(End::Never) => None,
                Some(End::At(end)) => Some(end),
                Some(End::Through(date)) => Some(times.edited_end(token.bounds.expires_at, date)),
            },
        };
        self.write(tx, caller, &token, meant).await
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
        let (tx, token) = self.opened(caller, id).await?;
        let times = self.0.times(caller);
        let now = form_of(&token, &times);
        if !form.settle(shown, &now).is_empty() {
            drop(tx);
            return Ok(Edited::Meanwhile(self.changed(caller, id).await?));
        }
        let meant = Meant::of_dates(form.parse()?, &token, &times);
        let row = self.write(tx, caller, &token, meant).await?;
        Ok(Edited::Saved(row))
    }

    /// A token that the caller may edit, locked.
    async fn opened(&self, caller: &Caller, id: TokenId) -> Result<(WriteTx, Token)> {
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, &caller.scope, id).await?;
        not_deleted(&token)?;
        Ok((tx, token))
    }

    async fn write(&self, mut tx: WriteTx, caller: &Caller, token: &Token, meant: Meant) -> Result<TokenRow> {
        let id = token.id;
        let times = self.0.times(caller);
        let use_limit = if token.kind == &SINGLE {
            meant.limit
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
            name: meant.name,
            starts_at: meant.starts_at,
            expires_at: meant.expires_at,
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
pub(super) fn changes(before: &Token, after: &tokens::Change, times: &Times) -> serde_json::Value {
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
