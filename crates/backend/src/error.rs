//! The two ways in which a use case does not answer.

use std::fmt;

use domain::{Problems, Refusal};

/// The answer of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer: `Refused` is for the caller, in words for a person; `Fault` is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is not carried out, and its reader is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something broke. The caller learns an id to quote, the operator's log has the rest under it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Something that should not happen: a lost database, a corrupt row.
pub struct Fault {
    id: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    /// A fault with its cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut bytes = [0; 5];
        // An id to quote need not be secret; that the generator fails must not hide the fault itself.
        let _ = getrandom::fill(&mut bytes);
        Self {
            id: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            cause: cause.into(),
        }
    }

    /// What the caller may quote.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes it to the log, once, where it leaves the program.
    pub fn log(&self) {
        tracing::error!(fault = self.id, cause = %self.cause, "something went wrong");
    }

    /// Whether the engine was too busy or out of space, so that trying again later makes sense.
    pub fn is_passing(&self) -> bool {
        match self.cause.downcast_ref::<database::Error>() {
            Some(database::Error::PoolTimedOut) => true,
            Some(database::Error::Database(error)) => {
                matches!(
                    error.code().as_deref(),
                    Some("5" | "13" | "517" | "53100" | "53300" | "57014" | "40001" | "40P01")
                )
            }
            _ => false,
        }
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
        Self::Fault(Fault::new(error))
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Refused(problems.into())
    }
}

/// A row that holds what it must not: a fault, with the place to look at.
pub(crate) fn corrupt(table: &str, column: &str, id: impl fmt::Display) -> Error {
    Error::Fault(Fault::new(format!("corrupt row: {table}.{column} of {id}")))
}
