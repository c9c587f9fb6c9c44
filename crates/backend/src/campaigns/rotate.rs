//! Sealing issuers' keys again with the key that makes.

use database::{Conn, WriteTx};
use domain::IssuerKeyId;
use uuid::Uuid;

use super::issuer::bound_to;
use super::sql;
use crate::keys::{Answer, FewSealed, Kept};

/// What issuers keep under keys: their own.
pub(crate) const KEPT: Kept = Kept::few::<IssuerKeys>();

struct IssuerKeys;

impl FewSealed for IssuerKeys {
    const WHAT: &str = "issuer's key";
    const MANY: &str = "keys of issuers";

    fn all(conn: &mut Conn) -> Answer<'_, Vec<(Uuid, Vec<u8>)>> {
        Box::pin(async move { Ok(sql::sealed_keys(conn).await?) })
    }

    fn bound_to(id: Uuid) -> Vec<u8> {
        bound_to(IssuerKeyId(id))
    }

    fn put<'a>(tx: &'a mut WriteTx, id: Uuid, read: &'a [u8], sealed: Vec<u8>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(sql::move_sealed_key(tx, IssuerKeyId(id), read, sealed).await?) })
    }
}
