//! Lists of what was revoked. A place is taken at random and never again, so that nobody learns from it when or for whom a
//! credential was issued.

use chrono::{DateTime, Utc};
use credentials::status_list::{self, BITS, StatusList};
use database::WriteTx;
use domain::{CredentialId, OrganisationId};

use super::issuer::{self, Signer};
use super::{Campaigns, sql};
use crate::error::{Fault, Result};
use crate::{Backend, organisations};

/// How often a place is looked for before another list is begun: half full is full enough.
const TRIES: usize = 6;

/// How long a list may be kept, in milliseconds.
const TTL: u32 = 60_000;

/// Takes a free place in the newest list of the issuer.
pub(super) async fn take_place(
    tx: &mut WriteTx,
    backend: &Backend,
    organisation: OrganisationId,
    signer: &Signer,
) -> Result<(i64, u32)> {
    let did = signer.issuer.did.as_str();
    if let Some(list) = sql::newest_list(tx, organisation, did).await?
        && let Some(place) = free_place(tx, backend, list).await?
    {
        return Ok((list, place));
    }
    let list = sql::begin_list(tx, organisation, did, signer.key, backend.clock.now()).await?;
    let place = free_place(tx, backend, list).await?;
    Ok((
        list,
        place.ok_or_else(|| Fault::new("a new status list has no free place"))?,
    ))
}

async fn free_place(tx: &mut WriteTx, backend: &Backend, list: i64) -> Result<Option<u32>> {
    for _ in 0..TRIES {
        let place = u32::from_le_bytes(backend.random.bytes()) % BITS;
        if sql::take_place(tx, list, place).await? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Sets the bit of a credential.
pub(super) async fn revoke(tx: &mut WriteTx, credential: CredentialId, at: DateTime<Utc>) -> Result<()> {
    Ok(sql::revoke_place(tx, credential, at).await?)
}

impl Campaigns<'_> {
    /// A status list, signed; as JWT for credentials that are JWTs. `None` when there is no such list.
    ///
    /// # Errors
    /// A fault.
    pub async fn status_list(&self, number: i64, as_jwt: bool) -> Result<Option<String>> {
        let mut conn = self.0.db.read().await?;
        let Some(list) = sql::list_of(&mut conn, number).await? else {
            return Ok(None);
        };
        let set = sql::revoked_places(&mut conn, number).await?;
        let is_stopped = organisations::credentials_stopped(&mut conn, list.organisation_id).await?;
        let signer = issuer::of_list(&mut conn, self.0, &list).await?;
        drop(conn);
        let bits = if is_stopped {
            // Copies that others keep stop validating, too, until the operator lets them again.
            StatusList::of(0..BITS)
        } else {
            StatusList::of(set.into_iter().filter_map(|place| u32::try_from(place).ok()))
        };
        let home = &self.0.settings.public_url;
        let address = if as_jwt {
            format!("{home}/status/{number}.jwt")
        } else {
            format!("{home}/status/{number}")
        };
        let issuer = credentials::badge::Issuer {
            did: credentials::did::Did::stored(&list.issuer),
            ..signer.issuer.clone()
        };
        let document = status_list::credential(&bits, &address, &issuer, list.created_at, TTL);
        if as_jwt {
            return signer.jwt(&document).map(Some);
        }
        Ok(Some(signer.sign(document, self.0.clock.now())?.to_string()))
    }
}
