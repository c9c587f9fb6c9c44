//! Sealing again with the key that makes: the links of mails, and the passwords of mail servers.

use database::{Conn, WriteTx};
use domain::OrganisationId;
use uuid::Uuid;

use super::{bound_to, sender, sql};
use crate::Backend;
use crate::error::Result;
use crate::keys::{Answer, FewSealed, Kept, SealedText, Slice, sealed_with};

/// Mails in one transaction.
const AT_ONCE: i64 = 500;

/// Links that are tried to see whether a key is the right one.
const SAMPLES: i64 = 20;

/// What mails keep under keys: their links, as long as they are not out.
pub(crate) const KEPT: Kept = Kept {
    what: "mail",
    many: "mails",
    keys: |conn| Box::pin(keys(conn)),
    count: |conn, key| Box::pin(async move { Ok(sql::count_with_key(conn, &key.to_be_bytes()).await?) }),
    samples: |conn, key| Box::pin(samples(conn, key)),
    move_slice: |backend, from, after| Box::pin(move_slice(backend, from, after)),
};

async fn keys(conn: &mut Conn) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    let mut after = Vec::new();
    while let Some(next) = sql::next_key(conn, &after).await? {
        keys.extend(sealed_with(&next));
        after = next;
    }
    Ok(keys)
}

async fn samples(conn: &mut Conn, key: i64) -> Result<Vec<SealedText>> {
    let rows = sql::sealed_with_key(conn, &key.to_be_bytes(), Uuid::nil(), SAMPLES).await?;
    let sample = |(id, sealed)| SealedText {
        bound_to: bound_to(id),
        sealed,
    };
    Ok(rows.into_iter().map(sample).collect())
}

async fn move_slice(backend: &Backend, from: i64, after: Uuid) -> Result<Slice> {
    let mut tx = backend.db.write_slice().await?;
    let rows = sql::sealed_with_key(&mut tx, &from.to_be_bytes(), after, AT_ONCE).await?;
    let mut slice = Slice {
        last: rows.last().map(|(id, _)| id.0),
        ..Slice::default()
    };
    for (id, read) in &rows {
        let Ok(link) = backend.keys.unseal(&bound_to(*id), read) else {
            slice.unreadable.push(id.0);
            continue;
        };
        let sealed = backend.keys.seal(&bound_to(*id), &link);
        if sql::move_sealed(&mut tx, *id, read, sealed).await? {
            slice.moved += 1;
        }
    }
    tx.commit_keeping_cache().await?;
    Ok(slice)
}

/// What the settings of mail keep under keys: the passwords of organisations' mail servers.
pub(crate) const KEPT_PASSWORDS: Kept = Kept::few::<Passwords>();

struct Passwords;

impl FewSealed for Passwords {
    const WHAT: &str = "password of a mail server";
    const MANY: &str = "passwords of mail servers";

    fn all(conn: &mut Conn) -> Answer<'_, Vec<(Uuid, Vec<u8>)>> {
        Box::pin(async move { Ok(sql::passwords(conn).await?) })
    }

    fn bound_to(id: Uuid) -> Vec<u8> {
        sender::bound_to(OrganisationId(id))
    }

    fn put<'a>(tx: &'a mut WriteTx, id: Uuid, read: &'a [u8], sealed: Vec<u8>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(sql::move_password(tx, OrganisationId(id), read, sealed).await?) })
    }
}
