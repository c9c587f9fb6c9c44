//! Sealing again with the key that makes: the links of mails, and the passwords of mail servers.

use database::Conn;
use domain::OrganisationId;
use uuid::Uuid;

use super::{bound_to, sender, sql};
use crate::Backend;
use crate::error::Result;
use crate::keys::{Kept, SealedText, Slice, sealed_with};

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
pub(crate) const KEPT_PASSWORDS: Kept = Kept {
    what: "password of a mail server",
    many: "passwords of mail servers",
    keys: |conn| Box::pin(keys_of_passwords(conn)),
    count: |conn, key| {
        Box::pin(async move { Ok(passwords(conn, key, Uuid::nil(), i64::MAX).await?.len() as i64) })
    },
    samples: |conn, key| Box::pin(samples_of_passwords(conn, key)),
    move_slice: |backend, from, after| Box::pin(move_passwords(backend, from, after)),
};

async fn keys_of_passwords(conn: &mut Conn) -> Result<Vec<i64>> {
    let sealed = sql::passwords(conn, Uuid::nil(), i64::MAX).await?;
    let mut keys: Vec<i64> = sealed
        .iter()
        .filter_map(|(_, sealed)| sealed_with(sealed))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// There are as many as there are organisations with a mail server of their own, so they are looked through.
async fn passwords(
    conn: &mut Conn,
    key: i64,
    after: Uuid,
    most: i64,
) -> Result<Vec<(OrganisationId, Vec<u8>)>> {
    let sealed = sql::passwords(conn, after, i64::MAX).await?;
    let with_key = sealed
        .into_iter()
        .filter(|(_, sealed)| sealed_with(sealed) == Some(key));
    Ok(with_key
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect())
}

async fn samples_of_passwords(conn: &mut Conn, key: i64) -> Result<Vec<SealedText>> {
    let sample = |(organisation, sealed)| SealedText {
        bound_to: sender::bound_to(organisation),
        sealed,
    };
    let rows = passwords(conn, key, Uuid::nil(), SAMPLES).await?;
    Ok(rows.into_iter().map(sample).collect())
}

async fn move_passwords(backend: &Backend, from: i64, after: Uuid) -> Result<Slice> {
    let mut tx = backend.db.write_slice().await?;
    let rows = passwords(&mut tx, from, after, AT_ONCE).await?;
    let mut slice = Slice {
        last: rows.last().map(|(organisation, _)| organisation.0),
        ..Slice::default()
    };
    for (organisation, read) in &rows {
        let bound = sender::bound_to(*organisation);
        let Ok(password) = backend.keys.unseal(&bound, read) else {
            slice.unreadable.push(organisation.0);
            continue;
        };
        let sealed = backend.keys.seal(&bound, &password);
        if sql::move_password(&mut tx, *organisation, read, sealed).await? {
            slice.moved += 1;
        }
    }
    tx.commit_keeping_cache().await?;
    Ok(slice)
}
