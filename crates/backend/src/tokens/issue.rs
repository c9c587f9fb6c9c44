//! Creating tokens and their secrets.

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::{DepartmentId, OrganisationId, PersonId, TokenId};
use zeroize::Zeroizing;

use super::kind::{Kind, Sealing};
use super::secret::{Kept, TokenSecret};
use super::{Token, sql};
use crate::Backend;
use crate::error::{Error, Fault, Result, corrupt};

/// How many secrets are in memory at once.
const ROWS_AT_ONCE: usize = 512;

/// A token to be created.
pub(crate) struct NewToken {
    pub organisation: OrganisationId,
    /// The department that it belongs to, if any.
    pub department: Option<DepartmentId>,
    pub kind: &'static Kind,
    pub name: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
    /// Whether its secret can be shown again; `None`: as its kind says.
    pub sealing: Option<Sealing>,
    pub created_by: Option<PersonId>,
}

/// Creates a token; returns its secret, if its kind has one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn issue(
    tx: &mut WriteTx,
    backend: &Backend,
    new: &NewToken,
) -> Result<(TokenId, Option<TokenSecret>)> {
    let now = backend.clock.now();
    let id = TokenId(backend.random.id(now));
    let secret = TokenSecret::random(new.kind.secret, backend.random);
    let sealing = new.sealing.unwrap_or(new.kind.sealing);
    let kept = secret
        .as_ref()
        .map(|secret| Kept::new(backend, id, new.kind, sealing, secret));
    sql::insert(tx, id, new, kept.as_ref(), now).await?;
    sql::put_words(tx, new.kind.family, new.organisation, id, &new.name).await?;
    Ok((id, secret))
}

/// Creates `count` parts of a token, numbered from `first`, and raises its limit accordingly.
///
/// # Errors
/// When the database fails.
pub(crate) async fn issue_parts(
    tx: &mut WriteTx,
    backend: &Backend,
    whole: &Token,
    first: i64,
    count: i64,
) -> Result<()> {
    let now = backend.clock.now();
    let kind = kind_of_parts(whole)?;
    let numbers: Vec<i64> = (first..first + count).collect();
    for slice in numbers.chunks(ROWS_AT_ONCE) {
        let parts = slice
            .iter()
            .map(|number| new_part(backend, kind, *number, now))
            .collect::<Result<Vec<_>>>()?;
        sql::insert_parts(tx, whole, kind, &parts, now).await?;
    }
    sql::add_to_limit(tx, whole.id, count).await?;
    Ok(())
}

/// Creates a part that replaces a consumed one, which keeps its use and points to the new one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn replace_part(
    tx: &mut WriteTx,
    backend: &Backend,
    whole: &Token,
    old: &Token,
) -> Result<TokenId> {
    let now = backend.clock.now();
    let kind = kind_of_parts(whole)?;
    let number = sql::highest_number(tx, whole.id).await? + 1;
    let part = new_part(backend, kind, number, now)?;
    let id = part.id;
    sql::insert_parts(tx, whole, kind, &[part], now).await?;
    sql::add_to_limit(tx, whole.id, 1).await?;
    sql::set_replaced(tx, old.id, id).await?;
    Ok(id)
}

/// A part to be written.
pub(super) struct NewPart {
    pub id: TokenId,
    pub number: i64,
    pub secret: Kept,
}

fn new_part(backend: &Backend, kind: &Kind, number: i64, now: DateTime<Utc>) -> Result<NewPart> {
    let id = TokenId(backend.random.id(now));
    let secret = TokenSecret::random(kind.secret, backend.random)
        .ok_or_else(|| Fault::new("parts of tokens have secrets"))?;
    let secret = Kept::new(backend, id, kind, kind.sealing, &secret);
    Ok(NewPart { id, number, secret })
}

fn kind_of_parts(whole: &Token) -> Result<&'static Kind> {
    let parts = whole.kind.parts;
    parts.ok_or_else(|| Fault::new("tokens of this kind have no parts").into())
}

/// Gives a token a new secret: from the next request on, the old one opens nothing. It is sealed if the old one was.
///
/// # Errors
/// When the database fails.
pub(crate) async fn renew(tx: &mut WriteTx, backend: &Backend, token: &Token) -> Result<TokenSecret> {
    let secret = TokenSecret::random(token.kind.secret, backend.random)
        .ok_or_else(|| Fault::new("tokens of this kind have no secret"))?;
    let sealing = if token.is_sealed {
        Sealing::Sealed
    } else {
        Sealing::ShownOnce
    };
    let kept = Kept::new(backend, token.id, token.kind, sealing, &secret);
    sql::set_secret(tx, token.id, &kept).await?;
    Ok(secret)
}

/// The secret of a token, from its sealed copy. The caller records that it was shown.
///
/// # Errors
/// When the database fails, or for a secret that is not sealed: check [`Token::is_sealed`] first.
pub(crate) async fn reveal(conn: &mut Conn, backend: &Backend, id: TokenId) -> Result<TokenSecret> {
    let row = sql::sealed(conn, id).await?;
    let kind = row.as_ref().and_then(|row| backend.kinds.get(&row.kind));
    let kind = kind.ok_or_else(|| corrupt("tokens", "kind", id))?;
    let sealed = row
        .and_then(|row| row.sealed)
        .ok_or_else(|| Error::Fault(Fault::new("a token has no sealed secret")))?;
    let text: Zeroizing<String> = backend.keys.unseal(id.0.as_bytes(), &sealed)?;
    TokenSecret::read(kind.secret, &text)
}
