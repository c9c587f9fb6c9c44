//! What must never be in the database: the checks that `fsck` runs, each registered by the feature whose rows it is
//! about.

/// A check: what must not exist, and the statement that finds it as `id, found, expected`. It binds the most rows to
/// name as `$1`.
pub(crate) struct Check {
    pub wrong: &'static str,
    pub statement: &'static str,
}
