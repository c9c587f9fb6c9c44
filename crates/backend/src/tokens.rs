//! The core of all tokens: issuing, finding, spending, withdrawing.
//!
//! A kind of token (access tokens today) adds a table and rules of its own on top; it never writes a
//! counter. Everything here happens inside the caller's transaction, so that a use, its grant, its audit entry
//! and its mail are one.
//!
//! A *whole* is a token with parts: a multi token, whose codes are its parts. Using a part counts on both, and
//! a part is only as good as its whole.

mod issue;
mod lock;
mod rotate;
mod spend;
mod sql;
mod sweep;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::code::Hint;
use domain::tokens::Bounds;
use domain::{Code, OrganisationId, PersonId, TokenId};

pub(crate) use issue::{NewToken, issue, issue_parts, renew, replace_part, reveal};
pub(crate) use lock::{Codes, Locked, lock};
pub(crate) use rotate::move_to_newest_key;
#[cfg(feature = "wrong-versions")]
pub(crate) use spend::spend_what_was_read;
pub(crate) use spend::{Spending, Spent, spend};
pub(crate) use sweep::sweep;

use crate::Backend;
use crate::error::{Error, Result, corrupt};

/// The purpose that codes are digested for: a digest of one purpose finds nothing of another.
const CODE: &str = "code";

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A single token: one code with a limit.
    Single,
    /// A multi token: a whole without a secret of its own.
    Multi,
    /// A code of a multi token.
    Code,
}

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Self::Single => "access_single",
            Self::Multi => "access_multi",
            Self::Code => "access_code",
        }
    }

    /// The kind behind a word in the database.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        [Self::Single, Self::Multi, Self::Code]
            .into_iter()
            .find(|kind| kind.key() == key)
    }
}

/// A token as the core knows it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub id: TokenId,
    pub organisation: OrganisationId,
    pub kind: Kind,
    pub whole: Option<TokenId>,
    pub name: String,
    pub hint: Option<Hint>,
    /// Its own bounds; for a part, [`Found::bounds`] has those inside its whole.
    pub bounds: Bounds,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_by: Option<PersonId>,
}

impl Token {
    /// What lists show of its code.
    pub(crate) fn hint_text(&self) -> String {
        self.hint.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

/// A token that a code belongs to, with the whole it is part of.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub token: Token,
    pub whole: Option<Token>,
}

impl Found {
    /// The token that admins see: the whole, or the single token itself.
    pub(crate) fn shown(&self) -> &Token {
        self.whole.as_ref().unwrap_or(&self.token)
    }

    /// The bounds that hold for a use.
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

/// What a code is found by among what is kept in memory.
pub(crate) fn digest(backend: &Backend, code: &Code) -> Vec<u8> {
    backend.keys.look_up(CODE, code.reveal()).digest
}

/// Finds what a code belongs to, whatever its state. A code that does not exist takes the same work as one that
/// does: one statement, with all keys at once.
///
/// # Errors
/// A fault.
pub(crate) async fn find(conn: &mut Conn, backend: &Backend, code: &Code) -> Result<Option<Found>> {
    let look_ups = backend.keys.look_ups(CODE, code.reveal());
    let digests = look_ups.into_iter().map(|look_up| look_up.digest).collect();
    let rows = sql::by_digests(conn, digests).await?;
    let mut found: Vec<_> = rows.into_iter().map(Token::try_from).collect::<Result<_>>()?;
    // The code itself comes first; what it is part of has no digest of its own.
    found.sort_by_key(|token| token.kind == Kind::Multi);
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

/// A token of an organisation, with its whole; `None` for an unknown id and for another organisation's alike.
///
/// # Errors
/// A fault.
pub(crate) async fn load(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: TokenId,
) -> Result<Option<Found>> {
    match sql::by_id(conn, organisation, id).await? {
        Some(row) => with_whole(conn, Token::try_from(row)?).await.map(Some),
        None => Ok(None),
    }
}

async fn with_whole(conn: &mut Conn, token: Token) -> Result<Found> {
    let whole = match token.whole {
        Some(id) => {
            let row = sql::by_id(conn, token.organisation, id).await?;
            Some(
                row.ok_or_else(|| corrupt("tokens", "whole_id", token.id))
                    .and_then(Token::try_from)?,
            )
        }
        None => None,
    };
    Ok(Found { token, whole })
}

/// What may be changed about a token. A limit below the uses is refused by the caller, in words.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub name: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
}

/// Changes name and bounds. Whether the token stands among the ended ones follows from the new bounds.
///
/// # Errors
/// A fault.
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
    sql::change(tx, token.id, change, ended_at(&bounds, now)).await?;
    if token.name != change.name {
        sql::put_words(tx, token.organisation, token.id, &change.name).await?;
    }
    Ok(())
}

/// Pauses or resumes a token.
///
/// # Errors
/// A fault.
pub(crate) async fn set_suspended(tx: &mut WriteTx, token: &Token, at: Option<DateTime<Utc>>) -> Result<()> {
    Ok(sql::set_suspended(tx, token.id, at).await?)
}

/// Ends a token for good.
///
/// # Errors
/// A fault.
pub(crate) async fn revoke(tx: &mut WriteTx, token: &Token, at: DateTime<Utc>) -> Result<()> {
    Ok(sql::revoke(tx, token.id, at).await?)
}

/// Deletes or restores a token. What is deleted opens nothing and stands in no list but that of deleted ones.
///
/// # Errors
/// A fault.
pub(crate) async fn set_deleted(tx: &mut WriteTx, token: &Token, at: Option<DateTime<Utc>>) -> Result<()> {
    Ok(sql::set_deleted(tx, token.id, at).await?)
}

/// The highest number among the parts of a whole; 0 when it has none.
///
/// # Errors
/// A fault.
pub(crate) async fn highest_part(tx: &mut WriteTx, whole: TokenId) -> Result<i64> {
    Ok(sql::highest_number(tx, whole).await?)
}

/// Whether somebody used a token.
///
/// # Errors
/// A fault.
pub(crate) async fn was_used_by(conn: &mut Conn, token: TokenId, person: PersonId) -> Result<bool> {
    Ok(sql::use_of_person(conn, token, person).await?.is_some())
}

/// Since when a token with these bounds stands among the ended ones, as of now.
fn ended_at(bounds: &Bounds, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (!bounds.state(now).is_active()).then_some(now)
}

impl TryFrom<sql::TokenRow> for Token {
    type Error = Error;

    fn try_from(row: sql::TokenRow) -> Result<Self> {
        Ok(Self {
            kind: Kind::from_key(&row.kind).ok_or_else(|| corrupt("tokens", "kind", row.id))?,
            id: row.id,
            organisation: row.organisation_id,
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
        })
    }
}
