//! How a commit can fail, and what that means.
//!
//! A commit that failed cleanly left nothing. One with an unknown outcome may have kept everything: nobody may be told
//! that nothing happened, nor that something did.

/// Why a transaction was not committed, as far as known.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Nothing of it was kept.
    #[error("the transaction was undone: {0}")]
    Undone(sqlx::Error),
    /// The connection broke before the answer came: either all of it was kept, or nothing.
    #[error("it is unknown whether the transaction was committed: {0}")]
    Unknown(sqlx::Error),
}

impl CommitError {
    /// The engine's message.
    pub fn into_cause(self) -> sqlx::Error {
        match self {
            Self::Undone(cause) | Self::Unknown(cause) => cause,
        }
    }

    /// SQLite rolls back a transaction whose pages found no space, and keeps one open that could not get its lock. An
    /// I/O error, for example from `fsync`, says nothing about what reached the disk, and a second `fsync` that
    /// succeeds would prove nothing either.
    pub(crate) fn of_sqlite(error: sqlx::Error) -> Self {
        if is_clean(&error) {
            return Self::Undone(error);
        }
        stop(&format!(
            "it is unknown whether a transaction was committed: {error}"
        ))
    }

    /// PostgreSQL reports that it rolled back a transaction. Without such a report, nothing is known.
    pub(crate) fn of_postgres(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(_) => Self::Undone(error),
            other => Self::Unknown(other),
        }
    }
}

/// The primary result codes of SQLite after which a commit left nothing: BUSY, LOCKED, NOMEM, FULL, CONSTRAINT.
const CLEAN: [i32; 5] = [5, 6, 7, 13, 19];

fn is_clean(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code: Option<i32> = error.code().and_then(|code| code.parse().ok());
    code.is_some_and(|code| CLEAN.contains(&(code & 0xff)))
}

/// Ends the process at once: continuing could break a promise. It starts clean from what is on the disk. No core is
/// dumped, since memory contains secrets.
pub fn stop(reason: &str) -> ! {
    tracing::error!(
        reason,
        "stopping at once, to start clean from what is on the disk"
    );
    std::process::exit(STOPPED)
}

/// The exit code of a process that ended itself (`EX_SOFTWARE` of sysexits.h).
const STOPPED: i32 = 70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_leaves_the_result_unknown() {
        let broken = CommitError::of_postgres(sqlx::Error::Io(std::io::Error::other("reset")));
        assert!(matches!(broken, CommitError::Unknown(_)));
        let timed_out = CommitError::of_postgres(sqlx::Error::PoolTimedOut);
        assert!(matches!(timed_out, CommitError::Unknown(_)));
    }

    #[test]
    fn an_io_error_is_not_clean() {
        assert!(!is_clean(&sqlx::Error::Io(std::io::Error::other("gone"))));
        assert!(!is_clean(&sqlx::Error::WorkerCrashed));
    }
}
