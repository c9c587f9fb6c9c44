//! What features keep under keys, as a rotation sees it.

use database::Conn;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::Backend;
use crate::error::Result;

/// An answer that takes a while.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T>>;

/// Rows of one feature that carry the number of a key. A feature that digests or seals anything has one, and stands in
/// the list of `key_management`: a key that no list speaks for would be dropped while it is needed.
pub(crate) struct Kept {
    /// What the rows are, for people: `token`, `mail`.
    pub what: &'static str,
    /// The same for several of them.
    pub many: &'static str,
    /// The numbers of the keys that rows carry.
    pub keys: for<'a> fn(&'a mut Conn) -> Answer<'a, Vec<i64>>,
    /// How many rows carry the number of a key.
    pub count: for<'a> fn(&'a mut Conn, i64) -> Answer<'a, i64>,
    /// Some texts that were sealed with a key, to see whether it opens them.
    pub samples: for<'a> fn(&'a mut Conn, i64) -> Answer<'a, Vec<SealedText>>,
    /// Moves rows from a key to the one that makes, in one transaction of their own, in the order of their ids from
    /// behind an id on.
    pub move_slice: for<'a> fn(&'a Backend, i64, Uuid) -> Answer<'a, Slice>,
}

impl Kept {
    /// So many of them, in words.
    pub fn counted(&self, rows: i64) -> String {
        let what = if rows == 1 { self.what } else { self.many };
        format!("{rows} {what}")
    }

    /// Digests of secrets of which nothing else is kept, so that no rotation can move them: they keep their key until they
    /// are removed.
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

/// A sealed text, and what it is bound to.
pub(crate) struct SealedText {
    pub bound_to: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// What a slice of a move did.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// How many rows were moved.
    pub moved: usize,
    /// Rows whose secret cannot be opened. They stay as they are.
    pub unreadable: Vec<Uuid>,
    /// The last row that was looked at; none when there are no more.
    pub last: Option<Uuid>,
}
