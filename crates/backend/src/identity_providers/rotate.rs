//! Sealing clients' secrets again with the current key.

use database::{Conn, WriteTx};
use domain::IdentityProviderId;
use uuid::Uuid;

use super::{bound_to, sql};
use crate::keys::{Answer, FewSealed, Kept};

/// What identity providers store under keys: clients' secrets.
pub(crate) const KEPT: Kept = Kept::few::<Secrets>();

struct Secrets;

impl FewSealed for Secrets {
    const WHAT: &str = "secret of a sign-in provider";
    const MANY: &str = "secrets of sign-in providers";

    fn all(conn: &mut Conn) -> Answer<'_, Vec<(Uuid, Vec<u8>)>> {
        Box::pin(async move { Ok(sql::sealed(conn).await?) })
    }

    fn bound_to(id: Uuid) -> Vec<u8> {
        bound_to(IdentityProviderId(id))
    }

    fn put<'a>(tx: &'a mut WriteTx, id: Uuid, read: &'a [u8], sealed: Vec<u8>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(sql::move_sealed(tx, IdentityProviderId(id), read, sealed).await?) })
    }
}
