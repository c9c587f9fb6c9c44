//! Locking tokens: what is read here stays unchanged until the transaction ends.

use std::collections::{BTreeSet, HashMap};

use database::WriteTx;
use domain::TokenId;
use domain::tokens::Bounds;

use super::rotate::redigest_if_old;
use super::secret::Presented;
use super::spend::Facts;
use super::{Found, Token, journal, sql};
use crate::error::Result;
use crate::{Backend, Scope};

/// Tokens that are locked by one statement, of those whose uses stand in the journal.
const AT_ONCE: usize = 1_024;

/// Locked tokens, as they are under the lock. Only what is in here can be spent.
#[derive(Debug, Default)]
pub(crate) struct Locked(HashMap<TokenId, Token>);

impl Locked {
    /// A token.
    pub(super) fn get(&self, id: TokenId) -> Option<&Token> {
        self.0.get(&id)
    }

    /// A token with the whole it is part of.
    pub(crate) fn found(&self, id: TokenId) -> Option<Found> {
        let token = self.0.get(&id)?.clone();
        let whole = match token.whole {
            Some(whole) => Some(self.0.get(&whole)?.clone()),
            None => None,
        };
        Some(Found { token, whole })
    }

    /// What a decision about a token rests on.
    pub(super) fn facts(&self, id: TokenId) -> Option<Facts> {
        let token = self.0.get(&id)?;
        let whole = match token.whole {
            Some(whole) => Some(self.0.get(&whole)?),
            None => None,
        };
        Some(Facts {
            kind: token.kind,
            bounds: whole.map_or(token.bounds, |whole| token.bounds.within(whole.bounds)),
            is_deleted: token.deleted_at.is_some() || whole.is_some_and(|whole| whole.deleted_at.is_some()),
        })
    }

    /// Whether a token is a part of a whole.
    pub(crate) fn is_part(&self, id: TokenId) -> bool {
        self.0.get(&id).is_some_and(|token| token.whole.is_some())
    }

    /// Whether a token that appears in lists, which parts do not, is used up.
    pub(super) fn has_to_end(&self, id: TokenId) -> bool {
        self.0.get(&id).is_some_and(|token| {
            let Bounds { uses, use_limit, .. } = token.bounds;
            token.whole.is_none() && use_limit.is_some_and(|limit| uses >= limit)
        })
    }

    /// Counts a use of a token, and of the whole it is part of; returns how many uses each then has.
    pub(super) fn count(&mut self, id: TokenId) -> impl Iterator<Item = (TokenId, i64)> {
        let whole = self.0.get(&id).and_then(|token| token.whole);
        std::iter::once(id).chain(whole).filter_map(|id| {
            let bounds = &mut self.0.get_mut(&id)?.bounds;
            bounds.uses += 1;
            Some((id, bounds.uses))
        })
    }
}

/// Locks a token (and the whole it is part of) for the rest of the transaction, and reads it under the lock; `None` for
/// an unknown id and for one outside the scope alike.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(
    tx: &mut WriteTx,
    backend: &Backend,
    scope: &Scope,
    id: TokenId,
) -> Result<Option<Found>> {
    let locked = lock_ids(tx, backend, &[id]).await?;
    match locked.found(id) {
        Some(found) if found.is_in(tx, scope).await? => Ok(Some(found)),
        _ => Ok(None),
    }
}

/// Locks tokens, with the wholes they are part of, for the rest of the transaction, and reads them under the lock.
/// Unknown ids are left out; the caller has to check whose they are.
///
/// # Errors
/// When the database fails.
async fn lock_ids(tx: &mut WriteTx, backend: &Backend, ids: &[TokenId]) -> Result<Locked> {
    if ids.is_empty() {
        return Ok(Locked::default());
    }
    let placed = sql::with_wholes(tx, ids.to_vec()).await?;
    let (locked, _) = lock_and_read(tx, backend, &placed).await?;
    Ok(locked)
}

/// The same for tokens of kinds without parts, which needs one statement less.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_undivided(tx: &mut WriteTx, backend: &Backend, ids: &[TokenId]) -> Result<Locked> {
    let undivided = |id: &TokenId| sql::Placed {
        id: *id,
        whole_id: None,
    };
    let placed: Vec<sql::Placed> = ids.iter().map(undivided).collect();
    let (locked, _) = lock_and_read(tx, backend, &placed).await?;
    Ok(locked)
}

/// What some secrets belong to, before anything is locked.
pub(crate) struct Secrets<'a> {
    secrets: Vec<Presented<'a>>,
    /// Each secret's digests, by the secret's index.
    digests: Vec<Vec<Vec<u8>>>,
    found: Vec<sql::Placed>,
}

impl<'a> Secrets<'a> {
    /// Finds what secrets belong to; each may be presented for its own purpose.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn find(tx: &mut WriteTx, backend: &Backend, secrets: &[Presented<'a>]) -> Result<Self> {
        let digests: Vec<Vec<Vec<u8>>> = secrets.iter().map(|secret| secret.digests(backend)).collect();
        let found = sql::ids_by_digests(tx, digests.concat()).await?;
        Ok(Self {
            secrets: secrets.to_vec(),
            digests,
            found,
        })
    }

    /// The tokens that lists show: the wholes, and the tokens that are not parts.
    pub(crate) fn shown(&self) -> impl Iterator<Item = TokenId> {
        self.found.iter().map(|row| row.whole_id.unwrap_or(row.id))
    }

    /// Locks what was found, with the wholes it is part of; returns which token each secret opens, by the secret's
    /// index. A secret that was withdrawn before the lock was taken opens none.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn lock(
        self,
        tx: &mut WriteTx,
        backend: &Backend,
    ) -> Result<(Locked, Vec<Option<TokenId>>)> {
        let (locked, by_digest) = lock_and_read(tx, backend, &self.found).await?;
        let mut opened = Vec::with_capacity(self.secrets.len());
        for (secret, own) in self.secrets.into_iter().zip(&self.digests) {
            let mut found = own.iter().enumerate();
            let found = found.find_map(|(at, digest)| Some((at, *by_digest.get(digest)?)));
            // The first digest is that of the current key.
            if let Some((1.., token)) = found.and_then(|(at, id)| Some((at, locked.get(id)?))) {
                redigest_if_old(tx, backend, token, secret).await?;
            }
            opened.push(found.map(|(_, id)| id));
        }
        Ok((locked, opened))
    }
}

/// Locks tokens with the wholes they are part of; also returns the digest by which each is found. Uses that stand in the
/// journal are in their places before anybody sees the tokens: what is locked is what there is.
async fn lock_and_read(
    tx: &mut WriteTx,
    backend: &Backend,
    placed: &[sql::Placed],
) -> Result<(Locked, HashMap<Vec<u8>, TokenId>)> {
    // An empty list still locks and reads, so that the same statements run for a secret that nobody has.
    let nothing = TokenId(uuid::Uuid::nil());
    let ids: BTreeSet<TokenId> = placed
        .iter()
        .flat_map(|row| std::iter::once(row.id).chain(row.whole_id))
        .chain([nothing])
        .collect();
    let (locked, by_digest) = read(tx, backend, &ids).await?;
    let journals = locked.0.values().any(|token| token.kind.journal.is_some());
    if journals && journal::fold(tx, backend).await? {
        return read(tx, backend, &ids).await;
    }
    Ok((locked, by_digest))
}

async fn read(
    tx: &mut WriteTx,
    backend: &Backend,
    ids: &BTreeSet<TokenId>,
) -> Result<(Locked, HashMap<Vec<u8>, TokenId>)> {
    let mut locked = Locked::default();
    let mut by_digest = HashMap::with_capacity(ids.len());
    for row in sql::lock_and_read(tx, ids).await? {
        let token = Token::read(&backend.kinds, row.token)?;
        by_digest.extend(row.digest.map(|digest| (digest, token.id)));
        locked.0.insert(token.id, token);
    }
    Ok((locked, by_digest))
}

/// Locks tokens of which uses stand in the journal, for those to be put in their places.
pub(super) async fn lock_to_fold(
    tx: &mut WriteTx,
    backend: &Backend,
    ids: &BTreeSet<TokenId>,
) -> Result<Locked> {
    let ids: Vec<TokenId> = ids.iter().copied().collect();
    let mut locked = Locked::default();
    for some in ids.chunks(AT_ONCE) {
        let (more, _) = read(tx, backend, &some.iter().copied().collect()).await?;
        locked.0.extend(more.0);
    }
    Ok(locked)
}

#[cfg(test)]
impl Locked {
    /// One token alone.
    pub(super) fn of(found: Found) -> Self {
        let tokens = std::iter::once(found.token).chain(found.whole);
        Self(tokens.map(|token| (token.id, token)).collect())
    }
}
