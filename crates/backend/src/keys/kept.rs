//! What features store under keys, as a rotation sees it.

use database::{Conn, WriteTx};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::sealed_with;
use crate::Backend;
use crate::error::Result;

/// An answer that takes a while.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T>>;

/// Rows of one feature that carry the number of a key. A feature that digests or seals anything has one, listed in
/// `key_management`: a key that no entry claims would be dropped while it is needed.
pub(crate) struct Kept {
    /// The name of one such row, for people: `token`, `mail`.
    pub what: &'static str,
    /// The plural.
    pub many: &'static str,
    /// The key numbers that rows carry.
    pub keys: for<'a> fn(&'a mut Conn) -> Answer<'a, Vec<i64>>,
    /// How many rows carry the number of a key.
    pub count: for<'a> fn(&'a mut Conn, i64) -> Answer<'a, i64>,
    /// Some texts that were sealed with a key, to check whether it opens them.
    pub samples: for<'a> fn(&'a mut Conn, i64) -> Answer<'a, Vec<SealedText>>,
    /// Moves rows from a key to the current one, in a transaction of its own, in the order of their ids, starting after
    /// an id.
    pub move_slice: for<'a> fn(&'a Backend, i64, Uuid) -> Answer<'a, Slice>,
}

impl Kept {
    /// A number of them, in words.
    pub fn counted(&self, rows: i64) -> String {
        let what = if rows == 1 { self.what } else { self.many };
        format!("{rows} {what}")
    }

    /// Digests of secrets that are stored in no other form, so that no rotation can move them: they keep their key
    /// until they are removed.
    pub const fn digests(
        what: &'static str,
        many: &'static str,
        keys: for<'a> fn(&'a mut Conn) -> Answer<'a, Vec<i64>>,
        count: for<'a> fn(&'a mut Conn, i64) -> Answer<'a, i64>,
    ) -> Self {
        Self {
            what,
            many,
            keys,
            count,
            samples: |_, _| Box::pin(async { Ok(Vec::new()) }),
            move_slice: |_, _, _| Box::pin(async { Ok(Slice::default()) }),
        }
    }
}

/// Sealed texts of which an organisation has only a few, so that all are read.
pub(crate) trait FewSealed {
    /// The name of one such row, for people.
    const WHAT: &str;
    /// The plural.
    const MANY: &str;

    /// All of them in the order of their ids, with what is sealed.
    fn all(conn: &mut Conn) -> Answer<'_, Vec<(Uuid, Vec<u8>)>>;

    /// What a row's text is bound to.
    fn bound_to(id: Uuid) -> Vec<u8>;

    /// Replaces the text that was read with a newly sealed one; returns whether the old one was still there.
    fn put<'a>(tx: &'a mut WriteTx, id: Uuid, read: &'a [u8], sealed: Vec<u8>) -> Answer<'a, bool>;
}

/// Texts in one transaction, and texts that are opened to check whether a key is the right one.
const AT_ONCE: usize = 200;

impl Kept {
    /// What a feature stores of which there are only a few.
    pub const fn few<T: FewSealed + 'static>() -> Self {
        Self {
            what: T::WHAT,
            many: T::MANY,
            keys: |conn| Box::pin(keys_of_few::<T>(conn)),
            count: |conn, key| {
                Box::pin(async move {
                    let rows = few_with_key::<T>(conn, key).await?;
                    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
                })
            },
            samples: |conn, key| Box::pin(samples_of_few::<T>(conn, key)),
            move_slice: |backend, from, after| Box::pin(move_few::<T>(backend, from, after)),
        }
    }
}

async fn keys_of_few<T: FewSealed>(conn: &mut Conn) -> Result<Vec<i64>> {
    let rows = T::all(conn).await?;
    let mut keys: Vec<i64> = rows
        .iter()
        .filter_map(|(_, sealed)| sealed_with(sealed))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

async fn few_with_key<T: FewSealed>(conn: &mut Conn, key: i64) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let mut rows = T::all(conn).await?;
    rows.retain(|(_, sealed)| sealed_with(sealed) == Some(key));
    Ok(rows)
}

async fn samples_of_few<T: FewSealed>(conn: &mut Conn, key: i64) -> Result<Vec<SealedText>> {
    let rows = few_with_key::<T>(conn, key).await?;
    let sample = |(id, sealed)| SealedText {
        bound_to: T::bound_to(id),
        sealed,
    };
    Ok(rows.into_iter().take(AT_ONCE).map(sample).collect())
}

async fn move_few<T: FewSealed>(backend: &Backend, from: i64, after: Uuid) -> Result<Slice> {
    let mut tx = backend.db.write_slice().await?;
    let mut rows = few_with_key::<T>(&mut tx, from).await?;
    rows.retain(|(id, _)| *id > after);
    rows.truncate(AT_ONCE);
    let mut slice = Slice {
        last: rows.last().map(|(id, _)| *id),
        ..Slice::default()
    };
    for (id, read) in &rows {
        let bound_to = T::bound_to(*id);
        let Ok(text) = backend.keys.unseal(&bound_to, read) else {
            slice.unreadable.push(*id);
            continue;
        };
        let sealed = backend.keys.seal(&bound_to, &text);
        slice.moved += usize::from(T::put(&mut tx, *id, read, sealed).await?);
    }
    tx.commit_keeping_cache().await?;
    Ok(slice)
}

/// A sealed text, and what it is bound to.
pub(crate) struct SealedText {
    pub bound_to: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// The result of one slice of a move.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// How many rows were moved.
    pub moved: usize,
    /// Rows whose secret cannot be opened. They stay as they are.
    pub unreadable: Vec<Uuid>,
    /// The last row that was read; none when there are no more.
    pub last: Option<Uuid>,
}
