//! The core of all tokens: issuing, finding, spending, withdrawing.
//!
//! A kind of token is a value ([`Kind`]) that says what its secret looks like, what a use is, and which family's lists
//! it belongs to. Its feature adds a table and rules of its own on top and registers it; it never writes a counter.
//! Everything here happens inside the caller's transaction, so that a use, its grant, its audit entry and its mail are
//! committed together.
//!
//! A *whole* is a token with parts: a multi token, whose codes are its parts. Using a part counts on both, and a part
//! is valid only while its whole is.

mod filters;
mod issue;
mod journal;
mod kind;
#[cfg_attr(not(test), expect(dead_code, reason = "families take it up one by one"))]
pub(crate) mod list;
mod lock;
mod rotate;
mod scan;
mod secret;
mod spend;
mod sql;
mod sweep;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod uses;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::code::Hint;
use domain::tokens::{Bounds, Family};
use domain::{DepartmentId, OrganisationId, PersonId, TokenId};

pub use filters::{Filters, Span};
pub(crate) use issue::{NewToken, issue, issue_parts, renew, replace_part, reveal};
pub(crate) use journal::{Journal, check as check_journal, spend_journaled};
pub(crate) use kind::{Kind, Kinds, Purpose, Registered, Sealing, SecretForm, UsePolicy};
pub(crate) use lock::{Locked, Secrets, lock, lock_undivided};
pub(crate) use rotate::KEPT;
pub(crate) use rotate::leave_old_key;
#[cfg(test)]
pub(crate) use rotate::redigest_if_old;
pub(crate) use scan::{become_scannable, digest_for_scanners, scanned};
pub(crate) use secret::{Presented, TokenSecret};
#[cfg(feature = "wrong-versions")]
pub(crate) use spend::spend_what_was_read;
pub(crate) use spend::{Spending, Spent, Unnumbered, add_unnumbered, spend, touch};
pub(crate) use sweep::sweep;

use crate::error::{Result, corrupt};
use crate::{Backend, Scope};

/// How long a deleted token can be restored.
pub const RESTORABLE: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// A token as the core knows it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub id: TokenId,
    pub organisation: OrganisationId,
    pub department: Option<DepartmentId>,
    pub kind: &'static Kind,
    pub whole: Option<TokenId>,
    pub name: String,
    pub hint: Option<Hint>,
    /// Its own bounds; for a part, [`Found::bounds`] has those limited by its whole.
    pub bounds: Bounds,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_by: Option<PersonId>,
    /// Whether its secret can be shown again.
    pub is_sealed: bool,
    /// Whether scanners can ask about its secret.
    pub is_scannable: bool,
}

impl Token {
    /// What lists show of its secret.
    pub(crate) fn hint_text(&self) -> String {
        self.hint.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// The token that a secret belongs to, with the whole it is part of.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub token: Token,
    pub whole: Option<Token>,
}

impl Found {
    /// The token that lists show: the whole, or the token itself if it is not a part.
    pub(crate) fn shown(&self) -> &Token {
        self.whole.as_ref().unwrap_or(&self.token)
    }

    /// Whether it is in a scope. A part is where its whole is.
    pub(crate) async fn is_in(&self, conn: &mut Conn, scope: &Scope) -> Result<bool> {
        let shown = self.shown();
        Ok(scope.has(conn, shown.organisation, shown.department).await?)
    }

    /// The bounds that apply to a use.
    pub(crate) fn bounds(&self) -> Bounds {
        match &self.whole {
            Some(whole) => self.token.bounds.within(whole.bounds),
            None => self.token.bounds,
        }
    }

    /// Whether it or its whole was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.token.deleted_at.is_some()
            || self
                .whole
                .as_ref()
                .is_some_and(|whole| whole.deleted_at.is_some())
    }
}

/// Finds what a secret belongs to, in whatever state. A secret that does not exist takes the same work as one that
/// does: one statement, with all keys at once.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(conn: &mut Conn, backend: &Backend, secret: Presented<'_>) -> Result<Option<Found>> {
    let rows = sql::by_digests(conn, secret.digests(backend)).await?;
    let read = |row| Token::read(&backend.kinds, row);
    let mut found: Vec<_> = rows.into_iter().map(read).collect::<Result<_>>()?;
    // The token itself comes first; its whole has no digest of its own.
    found.sort_by_key(|token| token.whole.is_none());
    let mut found = found.into_iter();
    let Some(token) = found.next() else {
        return Ok(None);
    };
    let whole = found.next();
    match token.whole {
        Some(id) if whole.is_none() => Err(corrupt("tokens", "whole_id", id)),
        _ => Ok(Some(Found { token, whole })),
    }
}

/// What a family stores beside its tokens, to be read with them: columns, none of which is called like one of the core's,
/// and joins, in which the token is `t`.
pub(crate) struct Own {
    pub columns: &'static str,
    pub joins: &'static str,
}

/// A token that was found by a digest, with what its family stores beside it.
pub(crate) struct FoundWith<O> {
    pub digest: Vec<u8>,
    pub token: Token,
    pub own: O,
}

/// The tokens that many digests belong to, in whatever state, with what their family stores beside them: one statement
/// for all of them. For kinds without parts.
///
/// # Errors
/// When the database fails, or a row cannot be read.
pub(crate) async fn find_with<O>(
    conn: &mut Conn,
    backend: &Backend,
    digests: Vec<Vec<u8>>,
    own: &Own,
) -> Result<Vec<FoundWith<O>>>
where
    sql::WithOwn<O>: database::Row,
{
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    let read = |row: sql::WithOwn<O>| {
        Ok(FoundWith {
            digest: row.digest,
            token: Token::read(&backend.kinds, row.token)?,
            own: row.own,
        })
    };
    let rows = sql::by_digests_with(conn, digests, own).await?;
    rows.into_iter().map(read).collect()
}

/// A token in a scope, with its whole; `None` for an unknown id and for one outside the scope alike.
///
/// # Errors
/// When the database fails.
pub(crate) async fn load(
    conn: &mut Conn,
    backend: &Backend,
    scope: &Scope,
    id: TokenId,
) -> Result<Option<Found>> {
    let organisation = scope.whole_organisation("the department is asked below");
    let Some(row) = sql::by_id(conn, organisation, id).await? else {
        return Ok(None);
    };
    let token = Token::read(&backend.kinds, row)?;
    let whole = match token.whole {
        Some(whole) => {
            let row = sql::by_id(conn, organisation, whole).await?;
            let row = row.ok_or_else(|| corrupt("tokens", "whole_id", id))?;
            Some(Token::read(&backend.kinds, row)?)
        }
        None => None,
    };
    let found = Found { token, whole };
    Ok(found.is_in(conn, scope).await?.then_some(found))
}

/// Puts tokens, with their parts, into a department or into none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set_department(
    tx: &mut WriteTx,
    ids: Vec<TokenId>,
    department: Option<DepartmentId>,
) -> Result<()> {
    Ok(sql::set_department(tx, ids, department).await?)
}

/// Records whose a token is, for a family whose lists are sorted by that ([`list::OwnOrder`]).
///
/// # Errors
/// When the database fails.
pub(crate) async fn belongs_to(tx: &mut WriteTx, token: TokenId, person: PersonId) -> Result<()> {
    Ok(sql::set_own_keys(tx, token, person).await?)
}

/// What may be changed about a token. The caller refuses a limit below the uses, with a message.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub name: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
}

/// Changes name and bounds. Whether the token is among the ended ones follows from the new bounds.
///
/// # Errors
/// When the database fails.
pub(crate) async fn change(
    tx: &mut WriteTx,
    token: &Token,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<()> {
    let bounds = Bounds {
        starts_at: change.starts_at,
        expires_at: change.expires_at,
        use_limit: change.use_limit,
        ..token.bounds
    };
    journal::must_be_folded(tx, token).await?;
    sql::change(tx, token.id, change, ended_at(&bounds, now)).await?;
    if token.name != change.name {
        sql::put_words(tx, token.kind.family, token.organisation, token.id, &change.name).await?;
    }
    Ok(())
}

/// Suspends or resumes a token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set_suspended(tx: &mut WriteTx, token: &Token, at: Option<DateTime<Utc>>) -> Result<()> {
    journal::must_be_folded(tx, token).await?;
    Ok(sql::set_suspended(tx, token.id, at).await?)
}

/// Ends a token for good.
///
/// # Errors
/// When the database fails.
pub(crate) async fn revoke(tx: &mut WriteTx, token: &Token, at: DateTime<Utc>) -> Result<()> {
    journal::must_be_folded(tx, token).await?;
    Ok(sql::revoke(tx, token.id, at).await?)
}

/// Deletes or restores a token. A deleted token opens nothing and is in no list except that of deleted tokens.
///
/// # Errors
/// When the database fails.
pub(crate) async fn set_deleted(tx: &mut WriteTx, token: &Token, at: Option<DateTime<Utc>>) -> Result<()> {
    journal::must_be_folded(tx, token).await?;
    Ok(sql::set_deleted(tx, token.id, at).await?)
}

/// Removes the secrets of tokens of a family that ended before an instant and of which no copy is kept: nothing can be
/// found by them any more, and no key is needed for them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget_secrets(tx: &mut WriteTx, family: Family, before: DateTime<Utc>) -> Result<()> {
    Ok(sql::forget_secrets(tx, family, before).await?)
}

/// The highest number among the parts of a whole; 0 when it has none.
///
/// # Errors
/// When the database fails.
pub(crate) async fn highest_part(tx: &mut WriteTx, whole: TokenId) -> Result<i64> {
    Ok(sql::highest_number(tx, whole).await?)
}

/// Whether a person used a token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn was_used_by(conn: &mut Conn, token: TokenId, person: PersonId) -> Result<bool> {
    Ok(sql::use_of_person(conn, token, person).await?.is_some())
}

/// The parts of some wholes that people used, as pairs of whole and person. A replaced part no longer counts: its
/// replacement is for the same person.
///
/// # Errors
/// When the database fails.
pub(crate) async fn parts_used_by(
    conn: &mut Conn,
    asked: Vec<(TokenId, PersonId)>,
) -> Result<HashMap<(TokenId, PersonId), HashSet<TokenId>>> {
    let mut used: HashMap<(TokenId, PersonId), HashSet<TokenId>> = HashMap::new();
    for row in sql::parts_used_by(conn, asked).await? {
        used.entry((row.whole_id, row.person_id))
            .or_default()
            .insert(row.token_id);
    }
    Ok(used)
}

/// Rebuilds the search terms of a token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn renew_terms(tx: &mut WriteTx, id: TokenId) -> Result<()> {
    let Some(row) = sql::named(tx, id).await? else {
        return Ok(());
    };
    let family = Family::from_key(&row.family).ok_or_else(|| corrupt("tokens", "family", id))?;
    Ok(sql::put_words(tx, family, row.organisation_id, id, &row.name).await?)
}

/// Since when a token with these bounds is among the ended ones, as of now.
fn ended_at(bounds: &Bounds, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (!bounds.state(now).is_active()).then_some(now)
}

impl Token {
    fn read(kinds: &Kinds, row: sql::TokenRow) -> Result<Self> {
        Ok(Self {
            kind: kinds
                .get(&row.kind)
                .ok_or_else(|| corrupt("tokens", "kind", row.id))?,
            id: row.id,
            organisation: row.organisation_id,
            department: row.department_id,
            whole: row.whole_id,
            hint: row
                .hint_head
                .zip(row.hint_tail)
                .map(|(head, tail)| Hint { head, tail }),
            name: row.name,
            bounds: Bounds {
                starts_at: row.starts_at,
                expires_at: row.expires_at,
                use_limit: row.use_limit,
                uses: row.uses,
                suspended: row.suspended_at.is_some(),
                revoked: row.revoked_at.is_some(),
            },
            deleted_at: row.deleted_at,
            created_by: row.created_by,
            is_sealed: row.is_sealed,
            is_scannable: row.is_scannable,
        })
    }
}
