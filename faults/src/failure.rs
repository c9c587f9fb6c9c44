//! The two ways in which a case does not hold.

use std::fmt;

/// The result of a case: a line of counts, or why not.
pub type Outcome<T = String> = Result<T, Failure>;

/// Why a case does not hold. Only a broken promise says something about the product, and only that counts when a wrong
/// version is to be caught.
#[derive(Debug)]
pub enum Failure {
    /// The product broke a promise: what was found, in words.
    Broken(Vec<String>),
    /// The case could not be carried out.
    Hindered(String),
}

impl Failure {
    /// One promise, broken.
    pub fn broken(sentence: impl Into<String>) -> Self {
        Self::Broken(vec![sentence.into()])
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(findings) => {
                write!(f, "a promise is broken:")?;
                for finding in findings {
                    write!(f, "\n            - {finding}")?;
                }
                Ok(())
            }
            Self::Hindered(sentence) => write!(f, "could not be carried out: {sentence}"),
        }
    }
}

// Not an error itself, so that every error can become one with `?`.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Hindered(error.to_string())
    }
}

/// A promise that must hold.
pub fn promise(holds: bool, sentence: impl FnOnce() -> String) -> Outcome<()> {
    if holds {
        Ok(())
    } else {
        Err(Failure::broken(sentence()))
    }
}
