//! Making tokens and their secrets.

use chrono::{DateTime, Utc};
use database::{Conn, WriteTx};
use domain::{Code, OrganisationId, PersonId, TokenId};
use zeroize::Zeroizing;

use super::{CODE, Kind, Token, sql};
use crate::Backend;
use crate::error::{Error, Fault, Result};

/// Codes that are in memory at once.
const ROWS_AT_ONCE: usize = 512;

/// A token to be made.
pub(crate) struct NewToken {
    pub organisation: OrganisationId,
    pub kind: Kind,
    pub name: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub use_limit: Option<i64>,
    pub created_by: Option<PersonId>,
}

/// Makes a token; a whole gets no secret.
///
/// # Errors
/// A fault.
pub(crate) async fn issue(tx: &mut WriteTx, backend: &Backend, new: &NewToken) -> Result<TokenId> {
    let now = backend.clock.now();
    let id = TokenId(backend.random.id(now));
    let sealed = (new.kind != Kind::Multi).then(|| Sealed::new(backend, id, &backend.random.code()));
    sql::insert(tx, id, new, sealed.as_ref(), now).await?;
    sql::put_words(tx, new.organisation, id, &new.name).await?;
    Ok(id)
}

/// Makes `count` codes as parts of a whole, numbered from `first` on, and raises the whole's limit with them.
///
/// # Errors
/// A fault.
pub(crate) async fn issue_parts(
    tx: &mut WriteTx,
    backend: &Backend,
    whole: &Token,
    first: i64,
    count: i64,
) -> Result<()> {
    let now = backend.clock.now();
    let numbers: Vec<i64> = (first..first + count).collect();
    for slice in numbers.chunks(ROWS_AT_ONCE) {
        let parts: Vec<_> = slice
            .iter()
            .map(|number| {
                let id = TokenId(backend.random.id(now));
                (id, *number, Sealed::new(backend, id, &backend.random.code()))
            })
            .collect();
        sql::insert_parts(tx, whole, &parts, now).await?;
    }
    sql::add_to_limit(tx, whole.id, count).await?;
    Ok(())
}

/// Makes a code that takes the place of a consumed one, which keeps its use and points to the new one.
///
/// # Errors
/// A fault.
pub(crate) async fn replace_part(
    tx: &mut WriteTx,
    backend: &Backend,
    whole: &Token,
    old: &Token,
) -> Result<TokenId> {
    let now = backend.clock.now();
    let id = TokenId(backend.random.id(now));
    let number = sql::highest_number(tx, whole.id).await? + 1;
    sql::insert_parts(
        tx,
        whole,
        &[(id, number, Sealed::new(backend, id, &backend.random.code()))],
        now,
    )
    .await?;
    sql::add_to_limit(tx, whole.id, 1).await?;
    sql::set_replaced(tx, old.id, id).await?;
    Ok(id)
}

/// Gives a token a new secret: from the next request on the old one opens nothing.
///
/// # Errors
/// A fault.
pub(crate) async fn renew(tx: &mut WriteTx, backend: &Backend, id: TokenId) -> Result<Code> {
    let code = backend.random.code();
    sql::set_secret(tx, id, &Sealed::new(backend, id, &code)).await?;
    Ok(code)
}

/// The secret of a token, from its sealed copy. The caller records that it was shown.
///
/// # Errors
/// A fault.
pub(crate) async fn reveal(conn: &mut Conn, backend: &Backend, id: TokenId) -> Result<Code> {
    let sealed = sql::sealed(conn, id)
        .await?
        .ok_or_else(|| Error::Fault(Fault::new("a token has no secret")))?;
    let text: Zeroizing<String> = backend.keys.unseal(id.0.as_bytes(), &sealed)?;
    text.parse()
        .map_err(|error: domain::code::BadCode| Fault::new(error).into())
}

/// A secret in the forms in which it is kept.
pub(super) struct Sealed {
    pub digest: Vec<u8>,
    pub key_id: i64,
    pub sealed: Vec<u8>,
    pub hint: domain::code::Hint,
}

impl Sealed {
    pub(super) fn new(backend: &Backend, id: TokenId, code: &Code) -> Self {
        let look_up = backend.keys.look_up(CODE, code.reveal());
        Self {
            digest: look_up.digest,
            key_id: look_up.key_id,
            sealed: backend.keys.seal(id.0.as_bytes(), code.reveal()),
            hint: code.hint(),
        }
    }
}
