//! Locking tokens: what is read here stays as it is until the transaction ends.

use std::collections::{BTreeSet, HashMap};

use database::WriteTx;
use domain::tokens::Bounds;
use domain::{Code, OrganisationId, TokenId};

use super::{CODE, Found, Token, sql};
use crate::Backend;
use crate::error::Result;

/// Tokens that are locked, as they are then. Only what is in here can be spent.
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

    /// Whether a token is a part of a whole.
    pub(crate) fn is_part(&self, id: TokenId) -> bool {
        self.0.get(&id).is_some_and(|token| token.whole.is_some())
    }

    /// Whether a token is used up that stands in the lists of tokens, which codes do not.
    pub(super) fn has_to_end(&self, id: TokenId) -> bool {
        self.0.get(&id).is_some_and(|token| {
            let Bounds { uses, use_limit, .. } = token.bounds;
            token.whole.is_none() && use_limit.is_some_and(|limit| uses >= limit)
        })
    }

    /// Counts a use of a token, and of the whole it is part of; says how many uses each has then.
    pub(super) fn count(&mut self, id: TokenId) -> impl Iterator<Item = (TokenId, i64)> {
        let whole = self.0.get(&id).and_then(|token| token.whole);
        std::iter::once(id).chain(whole).filter_map(|id| {
            let bounds = &mut self.0.get_mut(&id)?.bounds;
            bounds.uses += 1;
            Some((id, bounds.uses))
        })
    }
}

/// Locks a token (and the whole it is part of) for the rest of the transaction, and reads it as it is then;
/// `None` for an unknown id and for another organisation's alike.
///
/// # Errors
/// A fault.
pub(crate) async fn lock(
    tx: &mut WriteTx,
    organisation: OrganisationId,
    id: TokenId,
) -> Result<Option<Found>> {
    let whole = sql::whole_of(tx, id).await?;
    let ids: BTreeSet<TokenId> = std::iter::once(id).chain(whole).collect();
    sql::lock(tx, &ids).await?;
    super::load(tx, organisation, id).await
}

/// What some codes belong to, before anything is locked.
pub(crate) struct Codes {
    /// Each code's digests, by the code's place.
    digests: Vec<Vec<Vec<u8>>>,
    found: Vec<sql::Digested>,
}

impl Codes {
    /// Finds what codes belong to.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn find(tx: &mut WriteTx, backend: &Backend, codes: &[&Code]) -> Result<Self> {
        let digests: Vec<Vec<Vec<u8>>> = codes
            .iter()
            .map(|code| {
                let look_ups = backend.keys.look_ups(CODE, code.reveal());
                look_ups.into_iter().map(|look_up| look_up.digest).collect()
            })
            .collect();
        let found = sql::ids_by_digests(tx, digests.concat()).await?;
        Ok(Self { digests, found })
    }

    /// The tokens that admins see: the wholes, and the single tokens themselves.
    pub(crate) fn shown(&self) -> impl Iterator<Item = TokenId> {
        self.found.iter().map(|row| row.whole_id.unwrap_or(row.id))
    }

    /// Locks what was found, with the wholes it is part of; and says which token each code opens, by the code's
    /// place. A code that was withdrawn before the lock was had opens none.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn lock(self, tx: &mut WriteTx) -> Result<(Locked, Vec<Option<TokenId>>)> {
        // Nothing is locked and read along, so that the same statements run for a code that nobody has.
        let nothing = TokenId(uuid::Uuid::nil());
        let ids = self
            .found
            .iter()
            .flat_map(|row| std::iter::once(row.id).chain(row.whole_id))
            .chain([nothing])
            .collect();
        let mut locked = Locked::default();
        let mut by_digest = HashMap::with_capacity(self.digests.len());
        for row in sql::lock_and_read(tx, &ids).await? {
            let token = Token::try_from(row.token)?;
            by_digest.extend(row.digest.map(|digest| (digest, token.id)));
            locked.0.insert(token.id, token);
        }
        let opened = self
            .digests
            .iter()
            .map(|own| own.iter().find_map(|digest| by_digest.get(digest).copied()))
            .collect();
        Ok((locked, opened))
    }
}

#[cfg(test)]
impl Locked {
    /// One token alone.
    pub(super) fn of(found: Found) -> Self {
        let tokens = std::iter::once(found.token).chain(found.whole);
        Self(tokens.map(|token| (token.id, token)).collect())
    }
}
