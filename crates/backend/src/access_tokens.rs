//! Access tokens: links that open a collection, for the Token Manager.
//!
//! The core ([`crate::tokens`]) makes, counts and withdraws; here stands what is special about access tokens:
//! what they open, whom codes are assigned to, and how admins find them.

mod bulk;
mod codes;
mod edit;
mod export;
mod export_list;
mod kinds;
mod list;
mod mail_again;
mod make_codes;
mod search;
mod selective_filters;
mod share;
mod sheet;
mod sql;
mod standing;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::access_tokens::{HistoryEntry, NewTokenForm, NewTokenKind, TokenRow};
use domain::collections::CollectionState;
use domain::people::PersonUse;
use domain::tokens::Family;
use domain::{CollectionId, DepartmentId, EmailAddress, Permission, PersonId, Refusal, TokenId};
use serde_json::json;

pub(crate) use bulk::ACT_ON_TOKENS;
pub use edit::{End, TokenChange};
pub use export::CsvLines;
pub use export_list::ListLines;
use kinds::MULTI;
pub(crate) use kinds::{REGISTERED, SINGLE, presented};
pub(crate) use make_codes::MAKE_CODES;
pub use uses::UseLines;

use crate::audit::{self, Entry, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::jobs;
use crate::times::Times;
pub use crate::tokens::RESTORABLE;
use crate::tokens::{self, Found, Token};
use crate::{Backend, Scope, collections, mail};

/// The view on access tokens.
pub struct AccessTokens<'a>(&'a Backend);

impl Backend {
    /// Access tokens.
    pub fn access_tokens(&self) -> AccessTokens<'_> {
        AccessTokens(self)
    }

    pub(crate) fn times(&self, caller: &Caller) -> Times {
        Times {
            zone: caller.time_zone,
            now: self.clock.now(),
        }
    }
}

impl AccessTokens<'_> {
    /// Makes a token. Up to 2,000 codes are there on return; more are made by a job, which the row shows.
    ///
    /// # Errors
    /// All problems at once, by field; [`Refusal::FeatureOff`] for more than a simple token without the full
    /// Tokens feature.
    pub async fn create(&self, caller: &Caller, form: &NewTokenForm) -> Result<TokenRow> {
        self.create_within(caller, form, None, None).await
    }

    /// The same with instants where programs know them, instead of the form's dates.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_within(
        &self,
        caller: &Caller,
        form: &NewTokenForm,
        starts_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let times = self.0.times(caller);
        let new = form.parse(times.today())?;
        // A simple token: single, with no options but a name and an expiry.
        let starts_at = starts_at.or(new.starts.map(|date| times.start_of(date)));
        let expires_at = expires_at.or(new.expires.map(|date| times.end_of(date)));
        if expires_at.is_some_and(|end| end <= times.now || starts_at.is_some_and(|start| end <= start)) {
            let sentence = "Expires lies ahead, and behind the start: a new token opens something.";
            return Err(Refusal::at("expires", sentence).into());
        }
        let simple = new.what == NewTokenKind::Single { limit: None } && starts_at.is_none();
        if !caller.full_tokens && !simple {
            return Err(Refusal::FeatureOff.into());
        }
        let mut tx = self.0.db.write().await?;
        let department = self.published(&mut tx, caller, new.collection).await?;
        let (kind, use_limit, codes) = match new.what {
            NewTokenKind::Single { limit } => (&SINGLE, limit, 0),
            NewTokenKind::Multi { codes } => (&MULTI, Some(0), codes),
        };
        let token = tokens::NewToken {
            organisation: caller.organisation(),
            department,
            kind,
            name: new.name.clone(),
            starts_at,
            expires_at,
            use_limit,
            sealing: None,
            created_by: caller.person(),
        };
        let (id, _) = tokens::issue(&mut tx, self.0, &token).await?;
        sql::insert(&mut tx, id, caller.organisation(), new.collection).await?;
        let facts =
            json!({ "name": new.name, "collection": new.collection, "codes": codes, "limit": use_limit });
        self.0
            .record(
                &mut tx,
                caller,
                Entry::token(Event::TokenCreated, Family::Access, id, facts),
            )
            .await?;
        if codes > 0 {
            self.order_codes(&mut tx, caller, id, codes).await?;
        }
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        self.changed(caller, id).await
    }

    /// Adds codes to a multi token.
    ///
    /// # Errors
    /// A sentence at `no_of_tokens`; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a single, a deleted or a
    /// revoked one, and while codes are being made.
    pub async fn add_codes(&self, caller: &Caller, id: TokenId, count: &str) -> Result<TokenRow> {
        caller.may(Permission::TokensManage)?;
        let count = domain::access_tokens::code_count("No of Tokens", count)
            .map_err(|sentence| Refusal::at("no_of_tokens", sentence))?;
        let mut tx = self.0.db.write().await?;
        let found = self.shown(&mut tx, &caller.scope, id).await?;
        if found.kind != &MULTI {
            return Err(Refusal::Conflict("Only a multi token has codes to add to.".into()).into());
        }
        not_deleted(&found)?;
        if found.bounds.revoked {
            let sentence = "This token was revoked, so further codes would open nothing. Make a new token.";
            return Err(Refusal::Conflict(sentence.into()).into());
        }
        let open = jobs::of_tokens(&mut tx, caller.organisation(), &[id]).await?;
        if !open.is_empty() {
            return Err(
                Refusal::Conflict("Codes are being made already. Wait until they are there.".into()).into(),
            );
        }
        let there = found.bounds.use_limit.unwrap_or_default();
        if there + count > domain::access_tokens::MOST_CODES {
            let most = domain::form::grouped(domain::access_tokens::MOST_CODES - there);
            return Err(Refusal::at(
                "no_of_tokens",
                format!("A multi token has up to 100,000 codes; up to {most} can be added to this one."),
            )
            .into());
        }
        self.order_codes(&mut tx, caller, id, count).await?;
        self.0.commit(tx).await?;
        self.0.job_woken.notify_one();
        self.changed(caller, id).await
    }

    /// The last events of a token, or of one code.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn history(&self, caller: &Caller, id: TokenId) -> Result<Vec<HistoryEntry>> {
        caller.may(Permission::TokensRead)?;
        let mut conn = self.0.db.read().await?;
        tokens::load(&mut conn, self.0, &caller.scope, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        audit::history_of_token(&mut conn, &caller.scope, id, &self.0.times(caller)).await
    }

    /// Makes codes now, or orders them from a job when they are many.
    async fn order_codes(&self, tx: &mut WriteTx, caller: &Caller, id: TokenId, count: i64) -> Result<()> {
        if count <= domain::access_tokens::CODES_AT_ONCE {
            return make_codes::make(tx, self.0, caller, id, count).await;
        }
        jobs::start(
            tx,
            self.0,
            caller.organisation(),
            &MAKE_CODES,
            jobs::Subject::Token(id),
            count,
            caller.person(),
        )
        .await?;
        let entry = Entry::token(
            Event::CodesOrdered,
            Family::Access,
            id,
            json!({ "count": domain::form::grouped(count) }),
        );
        self.0.record(tx, caller, entry).await
    }

    /// The department of the collection, if tokens can be made for it; it stays there until they are.
    async fn published(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        id: CollectionId,
    ) -> Result<Option<DepartmentId>> {
        match collections::keep(tx, &caller.scope, id).await? {
            Some(collection) if collection.state == CollectionState::Published => Ok(collection.department),
            _ => Err(Refusal::at("collection", "Choose a published collection.").into()),
        }
    }

    /// A single or multi token, locked; codes are not found this way.
    async fn shown(&self, tx: &mut WriteTx, scope: &Scope, id: TokenId) -> Result<Token> {
        match tokens::lock(tx, self.0, scope, id).await? {
            Some(Found { token, whole: None }) => Ok(token),
            _ => Err(Refusal::NotFound.into()),
        }
    }
}

fn not_deleted(token: &Token) -> std::result::Result<(), Refusal> {
    match token.deleted_at {
        None => Ok(()),
        Some(_) => Err(Refusal::Conflict(
            "This token was deleted. Restore it first.".into(),
        )),
    }
}

/// Whom codes are assigned to.
pub(crate) async fn assigned_among(
    conn: &mut Conn,
    codes: Vec<TokenId>,
) -> Result<HashMap<TokenId, EmailAddress>> {
    let rows = sql::assignments(conn, codes).await?;
    rows.into_iter()
        .map(|row| Ok((row.code_id, row.address()?)))
        .collect()
}

/// Moves the tokens of a collection to its department.
pub(crate) async fn move_with_collection(
    tx: &mut WriteTx,
    collection: CollectionId,
    department: Option<DepartmentId>,
) -> Result<()> {
    let ids = sql::of_collection(tx, collection).await?;
    mail::move_with_tokens(tx, &ids, department).await?;
    tokens::set_department(tx, ids, department).await
}

/// How many tokens open a collection.
pub(crate) async fn count_of_collection(conn: &mut Conn, collection: CollectionId) -> Result<i64> {
    Ok(sql::count_of_collection(conn, collection).await?)
}

/// The codes that somebody used, the newest first.
pub(crate) async fn uses_of_person(
    conn: &mut Conn,
    scope: &Scope,
    person: PersonId,
    times: &Times,
) -> Result<Vec<PersonUse>> {
    let rows = sql::uses_of_person(conn, scope, person).await?;
    Ok(rows.into_iter().map(|row| row.shown(times)).collect())
}
