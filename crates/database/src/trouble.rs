//! What an engine's error means for the caller.

use sqlx::Error;

/// A transient problem: trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too busy, out of space, or read-only for now.
    Passing,
    /// Two transactions conflicted, and this one was rolled back.
    Conflict,
    /// The connection broke, or the engine is not there.
    Broken,
}

/// SQLite: BUSY, FULL, and READONLY with its extended codes (<https://www.sqlite.org/rescode.html>): for example after
/// a file system was remounted. PostgreSQL: disk full, out of memory, too many connections, statement timeout,
/// read-only transaction, as on a standby.
const PASSING: [&str; 14] = [
    "5", "13", "8", "264", "520", "776", "1032", "1288", "1544", "53100", "53200", "53300", "57014", "25006",
];

/// SQLite: BUSY_SNAPSHOT. PostgreSQL: serialization failure, deadlock, a lock that could not be obtained.
const CONFLICT: [&str; 4] = ["517", "40001", "40P01", "55P03"];

/// PostgreSQL: ended by an administrator, after a crash, not ready yet, idle for too long.
const BROKEN: [&str; 4] = ["57P01", "57P02", "57P03", "25P03"];

impl Trouble {
    /// What kind of problem an error is; `None`: trying again would have the same result.
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::PoolTimedOut => Some(Self::Passing),
            Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolClosed => Some(Self::Broken),
            Error::Database(error) => Self::of_code(&error.code()?),
            _ => None,
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        if PASSING.contains(&code) {
            Some(Self::Passing)
        } else if CONFLICT.contains(&code) {
            Some(Self::Conflict)
        } else if BROKEN.contains(&code) || (code.len() == 5 && code.starts_with("08")) {
            Some(Self::Broken)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        assert_eq!(Trouble::of(&Error::PoolTimedOut), Some(Trouble::Passing));
        assert_eq!(Trouble::of_code("13"), Some(Trouble::Passing));
        assert_eq!(Trouble::of_code("25006"), Some(Trouble::Passing));
        assert_eq!(Trouble::of_code("40P01"), Some(Trouble::Conflict));
        assert_eq!(Trouble::of_code("08006"), Some(Trouble::Broken));
        assert_eq!(
            Trouble::of_code("23505"),
            None,
            "a row that is there already stays there"
        );
        assert_eq!(Trouble::of(&Error::RowNotFound), None);
    }
}
