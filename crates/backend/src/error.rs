//! The two ways in which a use case can fail.

use std::fmt;

use database::{CommitError, Trouble};
use domain::{Problems, Refusal};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no answer: `Refused` is for the caller, in plain words; `Fault` is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is not carried out, and the caller is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke. The caller gets an id to quote; the operator's log has the details under it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Something that should not happen: a lost database, a corrupt row.
pub struct Fault {
    id: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
    trouble: Option<Trouble>,
}

impl Fault {
    /// A fault with its cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut bytes = [0; 5];
        // An id to quote need not be secret; a failure of the generator must not hide the fault itself.
        let _ = getrandom::fill(&mut bytes);
        Self {
            id: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            cause: cause.into(),
            trouble: None,
        }
    }

    /// More requests than there is room for at this moment.
    pub(crate) fn busy(cause: &'static str) -> Self {
        Self {
            trouble: Some(Trouble::Passing),
            ..Self::new(cause)
        }
    }

    /// Two transactions conflicted, and this one is not committed: a retry will do.
    pub(crate) fn conflict(cause: &'static str) -> Self {
        Self {
            trouble: Some(Trouble::Conflict),
            ..Self::new(cause)
        }
    }

    /// The same, for another caller who waited for the same thing.
    pub(crate) fn shared(&self) -> Self {
        Self {
            trouble: self.trouble,
            ..Self::new(self.cause.to_string())
        }
    }

    /// The engine's part in it, if it had one.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// The id that the caller may quote.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its cause, only for the operator: it is never shown on a page.
    pub fn cause(&self) -> &(dyn std::error::Error + Send + Sync) {
        &*self.cause
    }

    /// Writes it to the log, once, at the edge of the program.
    pub fn log(&self) {
        tracing::error!(fault = self.id, cause = %self.cause, "something went wrong");
    }

    /// Whether the engine was too busy, out of space or unavailable, so that trying again later makes sense.
    pub fn is_passing(&self) -> bool {
        self.trouble.is_some()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Something went wrong on our side. Quote {} when you ask about it.",
            self.id
        )
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({}: {})", self.id, self.cause)
    }
}

impl std::error::Error for Fault {}

impl From<database::Error> for Error {
    fn from(error: database::Error) -> Self {
        Self::Fault(Fault {
            trouble: Trouble::of(&error),
            ..Fault::new(error)
        })
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        let trouble = match &error {
            CommitError::Undone(cause) => Trouble::of(cause),
            CommitError::Unknown(_) => Some(Trouble::Broken),
        };
        Self::Fault(Fault {
            trouble,
            ..Fault::new(error)
        })
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Refused(problems.into())
    }
}

/// A row with invalid content: a fault, which names the place to look at.
pub(crate) fn corrupt(table: &str, column: &str, id: impl fmt::Display) -> Error {
    Error::Fault(Fault::new(format!("corrupt row: {table}.{column} of {id}")))
}
