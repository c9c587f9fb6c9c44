//! What can go wrong between here and a provider. No sentence holds a secret: neither a client's nor a code.

/// Why a provider did not say who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was not reached.
    #[error("It was not reached: {0}.")]
    Unreachable(String),
    /// It answered something that OpenID Connect does not know.
    #[error("Its answer cannot be used: {0}.")]
    Strange(String),
    /// It said no, with its own word.
    #[error("It answered: {0}.")]
    Refused(String),
    /// What it vouched for does not hold.
    #[error("What it said of you does not hold: {0}.")]
    Distrusted(String),
    /// The answer belongs to another browser or another try.
    #[error("The answer does not belong to what was asked.")]
    OtherState,
}
