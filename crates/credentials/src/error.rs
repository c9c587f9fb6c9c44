//! What can be wrong with a credential.

/// Why something could not be made or read, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not what it should be.
    #[error("{0}")]
    Malformed(String),
    /// A document that is not built in was named where only built-in ones are read.
    #[error("It uses the context {0}, which is not known here.")]
    UnknownContext(String),
    /// The signature does not belong to the content and the key.
    #[error("The signature does not match the content.")]
    WrongSignature,
    /// A key is missing, damaged or of an unknown kind.
    #[error("{0}")]
    Key(String),
    /// A picture or document could not be drawn.
    #[error("{0}")]
    Drawing(String),
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}
