//! What must never be found in the database: the checks that `fsck` runs, each registered by the feature whose rows
//! it is about.

/// A check: what must not be found, and the statement that finds it as `id, found, expected`. It binds how many rows
/// are named, at most, as `$1`.
pub(crate) struct Check {
    pub wrong: &'static str,
    pub statement: &'static str,
}
